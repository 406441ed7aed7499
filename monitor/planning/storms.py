"""When a feed's entries are suddenly new as a whole: what is held, and what the operator is told of it.

A publisher who moves to another system gives old articles new names. Where their texts stayed, they are known by these;
where those changed, too, nothing tells them from news, and somebody has to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Alert, Channel, Feed, Headline, Reason, Severity
from monitor.planning.deliveries import to_operators
from monitor.planning.identity import digest
from monitor.planning.work import FeedState, NewAlert, StoredEntry

LEAST_LISTED = 10  # entries of a stable document; of fewer, a busy hour changes most.
NEW_SHARE = 0.8  # of a document that is new all at once.
KEPT_SHARE = 0.5  # of the last document, which a flood of news that only adds to it does not push out.
MOST_TIMES = 4  # the last document: more at once is no feed renamed, but a flood, which is told in digests.
RATE_TIMES = 3  # as many as the feed's cadence promises: so many more than usual is no busy hour.
UNKNOWN_CADENCE = timedelta(minutes=2)  # of a feed that was asked once and gave no dates.
# After a release: whoever lets a storm through has seen that this feed renews itself as a whole.
TRUSTED_FOR = timedelta(days=30)
NAMED = 5  # of the held entries, in the message.


@dataclass(frozen=True, slots=True)
class Counted:
    """A document in numbers: its entries, those of them that are new, and those known before."""

    listed: int
    new: int
    known: int


def is_storm(state: FeedState, counted: Counted, *, now: datetime) -> bool:
    """Say whether most of a stable feed is suddenly new, in place of what stood there before.

    What a longer silence of ours, or a flood of news, explains is none.
    """
    if state.listed < LEAST_LISTED or state.last_success_at is None:
        return False
    if state.released_at is not None and now - state.released_at < TRUSTED_FOR:
        return False
    expected = (now - state.last_success_at) / (state.cadence or UNKNOWN_CADENCE)
    return (
        NEW_SHARE * counted.listed <= counted.new <= MOST_TIMES * state.listed
        and counted.known <= KEPT_SHARE * state.listed
        and counted.new > RATE_TIMES * (expected + 1)
    )


def plan_held(
    feed: Feed,
    state: FeedState,
    held: Sequence[StoredEntry],
    operators: Sequence[Channel],
    *,
    matching: int,
    now: datetime,
) -> NewAlert:
    """Tell the operator what is held, and how to let it through. `state` is the feed's before this poll.

    While something is held already, there is one message a day at most.
    """
    since = state.held_at or now
    text = (
        f"{feed.id}: {len(held)} entries of {feed.name} were suddenly new, in place of nearly all that stood there.\n"
        f"They are held: none of them is announced, none is lost. {_matching(matching)}.\n"
        f"`monitor feeds release {feed.id}` announces them; with --drop they are taken for known.\n"
        "What comes in later polls is announced as usual."
    )
    shown = tuple(
        Headline(row.entry.title, row.entry.url, feed.id, row.entry.published_at, row.entry.published_raw)
        for row in held[:NAMED]
    )
    id_ = digest("held", feed.id, since.isoformat(), str((now - since).days))
    alert = Alert(id_, Reason.HEALTH, Severity.HIGH, now, headlines=shown, seen_at=now, text=text)
    return to_operators(alert, operators, now=now)


def plan_rewritten(feed: Feed, known: int, operators: Sequence[Channel], *, now: datetime) -> NewAlert:
    """Tell the operator that a feed's entries have new names over the same texts; once a day at most."""
    text = (
        f"{feed.id}: {known} entries of {feed.name} have new ids and links over the same texts.\n"
        "They were known by these, and nothing is announced again; there is nothing to do."
    )
    id_ = digest("rewritten", feed.id, now.date().isoformat())
    return to_operators(Alert(id_, Reason.HEALTH, Severity.NORMAL, now, seen_at=now, text=text), operators, now=now)


def _matching(number: int) -> str:
    if number == 0:
        return "Going by the feed's own text, none of them matches a watch"
    return f"Going by the feed's own text, {number} of them match{'es' if number == 1 else ''} a watch"
