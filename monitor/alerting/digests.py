"""Gather alerts into digests: which go into one message, what it is called, and its line for each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alerting.fit import shorten, shorten_lines, width
from monitor.alerting.words import (
    IDS,
    MAX_TITLE,
    REPEATED,
    Names,
    first_line,
    headline_title,
    is_rtl,
    link_line,
    speaks,
)
from monitor.model import Alert, Headline, Limits, Reason

MAX_TEXT = 120  # of a digest's text, so that it fits a title and leaves room for the lines.
MAX_NAME = 40  # of one watch in it.
MAX_FEED = 30  # of a feed's name in a line that has to be short.
TITLE_START = 100  # of an article's title where many share a message: nine of ten are no longer.
# Titles are as long as all of them can be. The last ones are for a service whose limit has shrunk meanwhile.
_TITLES = (MAX_TITLE, 200, 140, TITLE_START, 60, 30, 12)
_HEAD = "[critical, possible repeat] News monitor: "  # the longest words before a digest's text.


@dataclass(frozen=True, slots=True)
class Member:
    """One delivery that waits to go into a digest: its id, its alert, and the watches it stands for."""

    id: str
    alert: Alert
    watches: tuple[str, ...]


def pack(
    members: Sequence[Member], names: Names, limits: Limits, *, discreet: bool = False
) -> tuple[tuple[str, ...], ...]:
    """Return the ids of `members` by message, in as few messages as their lines fill.

    The most severe come first, then the oldest. What brings a text of its own (a summary, a health message) is a
    message of its own, and so is what no digest of this service has room for.
    """
    room = _room(limits)
    pages: list[list[str]] = []
    page: list[str] = []
    left = 0
    for member in sorted(members, key=_order):
        need = width(_entry(_headline(member), names, limits, TITLE_START, discreet=discreet)) + 2
        if speaks(member.alert) or need > room:
            pages.append([member.id])
            continue
        if need > left or not page:
            page, left = [], room
            pages.append(page)
        page.append(member.id)
        left -= need
    return tuple(tuple(each) for each in pages)


def digest_alert(
    digest_id: str, members: Sequence[Member], names: Names, *, now: datetime, discreet: bool = False
) -> Alert:
    """Make the alert of a digest out of those that `pack` put together; `discreet` calls watches by their ids."""
    ordered = sorted(members, key=_order)
    return Alert(
        id=digest_id,
        reason=Reason.DIGEST,
        severity=max((member.alert.severity for member in ordered), key=lambda severity: severity.rank),
        created_at=now,
        watches=tuple(dict.fromkeys(watch for member in ordered for watch in member.watches)),
        headlines=tuple(_headline(member) for member in ordered),
        seen_at=min(member.alert.seen_at or member.alert.created_at for member in ordered),
        text=digest_text(ordered, IDS if discreet else names),
    )


def digest_text(members: Sequence[Member], names: Names) -> str:
    """Say how many alerts there are and how many for each watch, most first: "7 alerts: Homs 5, Hama 2"."""
    counts = Counter(watch for member in members for watch in dict.fromkeys(member.watches))
    said = f"{len(members)} {'alert' if len(members) == 1 else 'alerts'}"
    parts = [f"{shorten(names.watch(watch), MAX_NAME) or watch[:MAX_NAME]} {n}" for watch, n in counts.most_common()]
    for shown in range(len(parts), 0, -1):
        rest = len(parts) - shown
        more = f" and {rest} more {'watch' if rest == 1 else 'watches'}" if rest else ""
        text = f"{said}: {', '.join(parts[:shown])}{more}"
        if width(text) <= MAX_TEXT:
            return text
    return said


def digest_lines(
    headlines: Sequence[Headline], names: Names, limits: Limits, room: int, *, discreet: bool = False
) -> str:
    """Write a line with title and feed, and its link under it, for every headline, with titles as long as fit."""
    for title in _TITLES:
        text = "\n".join(_entry(headline, names, limits, title, discreet=discreet) for headline in headlines)
        if width(text) <= room:
            return text
    # Only a digest that was packed for a service with more room: what is left out is counted.
    return shorten_lines(text, room)


def _order(member: Member) -> tuple[int, datetime, str]:
    return (-member.alert.severity.rank, member.alert.created_at, member.id)


def _headline(member: Member) -> Headline:
    """Return what stands for an alert in a digest: its article, or the first line of its own text."""
    if member.alert.headlines and not speaks(member.alert):
        return member.alert.headlines[0]
    return Headline(first_line(member.alert.text), "", "")


def _entry(headline: Headline, names: Names, limits: Limits, title: int, *, discreet: bool) -> str:
    link = link_line(headline.url, limits.body // 2)
    if discreet:
        return link or "(no link)"
    feed = shorten(names.feed(headline.feed_id), MAX_FEED if title <= TITLE_START else MAX_TITLE)
    said = headline_title(headline, title)
    if is_rtl(said):
        return "\n".join(filter(None, (f"- {said}", feed and f"({feed})", link)))
    return "\n".join(filter(None, (f"- {said}{f' ({feed})' if feed else ''}", link)))


def _room(limits: Limits) -> int:
    """Return what a digest's lines may take in one message, whatever else it has to say."""
    return limits.body - width("\n".join((_HEAD + "x" * MAX_TEXT, REPEATED, "")))
