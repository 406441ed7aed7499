"""When a sign of life is due: a cron line, and when it was last given. Nothing is planned ahead.

So a clock that jumps, a summer time that begins and a configuration that changes need nothing of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol

from monitor.model import Channel, Settings

ASTRAY = timedelta(days=1)  # a sign given so far in the future was given by a wrong clock.


class NextAfter(Protocol):
    """Say when a cron line next fires after a moment, by the wall clock of a zone; None for never."""

    def __call__(self, line: str, after: datetime, *, zone: tzinfo) -> datetime | None: ...  # noqa: D102 - said above.


class Kind(StrEnum):
    """What is given at the times of a cron line."""

    ALIVE = "alive"
    CANARY = "canary"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that is given whenever its cron line fires; a report is for one channel."""

    kind: Kind
    line: str
    zone: tzinfo
    channel_id: str = ""

    @property
    def name(self) -> str:
        """What it is remembered by."""
        return f"{self.kind} {self.channel_id}".rstrip()

    @property
    def timing(self) -> str:
        """The line with its zone: when either changes, counting begins anew."""
        return f"{self.line} {self.zone}"


@dataclass(frozen=True, slots=True)
class Given:
    """What is remembered of a sign: up to when its firings are dealt with, when it was last given, its timing.

    `since` is when it was configured, if it was never given.
    """

    at: datetime
    since: datetime
    timing: str


@dataclass(frozen=True, slots=True)
class Due:
    """A sign to be given now, which speaks for the time from `since` on. `id` stays the same if it is done twice."""

    sign: Sign
    since: datetime
    id: str


@dataclass(frozen=True, slots=True)
class SignsPlan:
    """What is given now, and what is then remembered: new facts by name, and names to forget."""

    due: tuple[Due, ...] = ()
    given: tuple[tuple[str, Given], ...] = ()
    forgotten: tuple[str, ...] = ()


def signs_of(settings: Settings, zones: Mapping[str, tzinfo], zone: tzinfo) -> tuple[Sign, ...]:
    """Return the signs that are configured; `zones` says where each channel's reader lives."""
    heart = settings.heartbeat
    lines = ((Kind.ALIVE, heart.alive), (Kind.CANARY, heart.canary))
    own = tuple(Sign(kind, line, zone) for kind, line in lines if line)
    reports = (_report(channel, zones.get(channel.id, zone)) for channel in settings.channels)
    return (*own, *(sign for sign in reports if sign))


def _report(channel: Channel, zone: tzinfo) -> Sign | None:
    return Sign(Kind.REPORT, channel.digest, zone, channel.id) if channel.digest else None


def plan_signs(signs: Sequence[Sign], known: Mapping[str, Given], next_after: NextAfter, *, now: datetime) -> SignsPlan:
    """Return what is due. One never seen before begins to count now; several firings that were missed are one."""
    due: list[Due] = []
    given: list[tuple[str, Given]] = []
    for sign in signs:
        last = known.get(sign.name)
        if last is None:
            given.append((sign.name, Given(now, now, sign.timing)))
        elif last.timing != sign.timing or last.at > now + ASTRAY:
            given.append((sign.name, Given(now, min(last.since, now), sign.timing)))
        elif _fires(sign, last, next_after, now):
            due.append(Due(sign, last.since, f"{sign.name} {last.at.isoformat()}"))
            given.append((sign.name, replace(last, at=now, since=now)))
    names = {sign.name for sign in signs}
    return SignsPlan(tuple(due), tuple(given), tuple(name for name in known if name not in names))


def _fires(sign: Sign, last: Given, next_after: NextAfter, now: datetime) -> bool:
    if last.at >= now:
        return False
    fires_at = next_after(sign.line, last.at, zone=sign.zone)
    while fires_at is not None and _is_again(sign, last.at, fires_at):
        fires_at = next_after(sign.line, fires_at, zone=sign.zone)
    return fires_at is not None and fires_at <= now


def _is_again(sign: Sign, before: datetime, fires_at: datetime) -> bool:
    """Say whether the wall clock shows a fixed time for the second time, as summer time ends. Source: cron(8)."""
    minute, hour, *_ = sign.line.split()
    shown, later = before.astimezone(sign.zone), fires_at.astimezone(sign.zone)
    return "*" not in minute + hour and later.replace(tzinfo=None, fold=0) <= shown.replace(tzinfo=None, fold=0)
