"""The words of health messages: what is wrong with a feed, since when, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from monitor.planning.cadence import Silence
from monitor.planning.noticed import Incident, Kind, Noticed
from monitor.planning.work import FeedState

LISTED = 8  # feeds that a message about many names.

_MANY = {
    Kind.FAILING: "fail",
    Kind.GONE: "are gone (410)",
    Kind.PAGE: "answer with a web page",
    Kind.EMPTY: "hold no entries any more",
    Kind.OVERDUE: "are not asked as they should be",
    Kind.SILENT: "are silent beyond their habit",
    Kind.GAP: "may have lost entries between two polls",
    Kind.AHEAD: "date what is new in the future",
    Kind.BODIES: "give far less text than usual",
}
_OVER = {
    Kind.FAILING: "answers again",
    Kind.GONE: "is back",
    Kind.PAGE: "is a feed again",
    Kind.EMPTY: "holds entries again",
    Kind.OVERDUE: "is asked again as it should be",
    Kind.SILENT: "has something new again",
    Kind.GAP: "has had no gap for three days",
    Kind.AHEAD: "dates what is new correctly again",
    Kind.BODIES: "gives whole texts again",
}


def finding_text(kind: Kind, state: FeedState, noticed: Noticed, silence: Silence | None = None) -> str:
    """Say what is wrong with one feed, to follow its name: what, since when; then what to do."""
    what, advice = _words(kind, state, noticed, silence)
    return f"{what}.\n{advice}\n{state.url}"


def _words(kind: Kind, state: FeedState, noticed: Noticed, silence: Silence | None) -> tuple[str, str]:
    asked_on = f"The last answer: {state.error}. It is asked again, however long that lasts."
    times = "once" if state.failures == 1 else f"{state.failures} times in a row"
    words = {
        Kind.GONE: (
            f"is gone: its publisher answered 410 at {at(state.last_poll_at)}",
            "It is asked once a day; look for its new address, or take it out of the configuration.",
        ),
        Kind.PAGE: (
            f"answers with a web page since {at(state.failing_since)}",
            f"Is it a consent page, a login, or has the feed moved? The last answer: {state.error}",
        ),
        Kind.EMPTY: (
            f"holds no entries since {at(noticed.empty_since)}; before, it held {noticed.held}",
            "Open it in a browser: its publisher may have moved it, or broken it.",
        ),
        Kind.OVERDUE: (
            f"was due at {at(state.next_poll_at)}, and no answer of it was taken down since {at(state.last_poll_at)}",
            "The log tells why: a job that failed, or a machine that cannot keep up.",
        ),
        Kind.SILENT: (
            f"has had nothing new since {at(silence.since if silence else None)}, longer than its habit",
            f"Its longest pause so far was {span(silence.longest if silence else None)}. Is its website silent, too?",
        ),
        Kind.GAP: (
            f"may have lost entries between {at(noticed.gap_since)} and {at(noticed.gap_at)}",
            "Nothing of what it held was left at the next poll. It is asked more often now, unless `every` is set.",
        ),
        Kind.AHEAD: (
            f"dates what is new in the future since {at(noticed.ahead_since)}, by {span(noticed.ahead_by)} or more",
            "Its dates are shown as given; nothing is held back for them.",
        ),
        Kind.BODIES: (
            "gives far less text on its pages than usual",
            "Is there a paywall or a consent page now? Titles and teasers are matched all the same.",
        ),
    }
    return words.get(kind, (f"fails since {at(state.failing_since)}, {times}", asked_on))


def many_text(group: Sequence[Incident], names: Mapping[str, str]) -> str:
    """Say that the same is wrong with many feeds."""
    return f"{len(group)} feeds {_MANY.get(group[0].kind, 'need a look')}.\n{_list(group, names)}"


def close_text(
    group: Sequence[Incident], counted: str, names: Mapping[str, str], lossy: Sequence[Noticed] = (), *, now: datetime
) -> str:
    """Say that it is over; of one feed, to follow its name. `counted` are the feeds that answer, of all.

    `lossy` are the feeds that may have lost entries meanwhile.
    """
    first = group[0]
    lasted = span(now - min(one.opened_at for one in group))
    if first.kind is Kind.NETWORK:
        return f"{counted} answer again, after {lasted}.\nThose that do not are asked on."
    if first.kind is Kind.CLOCK:
        return f"Dates are no longer ahead of this machine's clock, after {lasted}."
    over = _OVER.get(first.kind, "is well again")
    if len(group) == 1:
        return "\n".join([f"{over}, {lasted} after that was told.", *map(_lost, lossy)])
    lost = f"\nEntries may be lost of {len(lossy)} of them." if lossy else ""
    return f"{len(group)} feeds are well again: each {over}.{lost}\n{_list(group, names)}"


def _lost(noticed: Noticed) -> str:
    return f"Entries may be lost that it held between {at(noticed.gap_since)} and {at(noticed.gap_at)} only."


def _list(group: Sequence[Incident], names: Mapping[str, str]) -> str:
    listed = [names.get(one.feed_id, one.feed_id) for one in group[:LISTED]]
    more = [f"and {len(group) - LISTED} more"] if len(group) > LISTED else []
    return "\n".join([*listed, *more])


def at(moment: datetime | None) -> str:
    """Write a time for a message."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else "the beginning"


def span(time: timedelta | None) -> str:
    """Write a duration for a message, in its two largest units."""
    if time is None:
        return "shorter"
    minutes = max(int(time.total_seconds() // 60), 0)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"
