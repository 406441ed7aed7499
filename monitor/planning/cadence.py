"""When a feed says something: the hours in which it did, what that makes of its week, and how long it may be silent.

A silence is measured in what it lacks: in how many of its hours the feed would have said something, going by weekday
and hour of the day. A night or a weekend off hardly counts, a Monday morning does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

HOUR = timedelta(hours=1)
WEEK = 168  # hours.
LEAP = timedelta(days=31)  # between two readings of a feed: a clock that was set, or a monitor that was away.
KEPT = 26 * WEEK  # hours that are remembered: half a year shows the habit of who writes once a week.

LEAST_WATCHED = 8 * 24  # hours, a weekend among them, before anything is a habit,
LEAST_GAPS = 8  # and this many pauses.
LEAST_LACK = 3.0  # of its hours: a shorter silence is none, however regular the feed.

# The hours of a week are known by themselves only after some weeks; until then by weekday and by hour of the day.
_TRUST = 2.0
# A silence that comes by chance once in so many years for one feed is told as one.
_YEARS = 20.0
_BEYOND = 1.5  # a silence is longer than the longest known pause by this factor at least,
_FAR_BEYOND = 6.0  # and need not be longer by more than this one,
_CHANCE = 1e-6  # or than what chance makes of the next pause once in so many, where it makes the pauses.
_TAIL = 40  # at most so many of the longest pauses show how pauses get longer.
# What is believed of that before any is seen: as much as two pauses that say 0.5.
_PRIOR, _PRIOR_WEIGHT = 0.5, 2.0
_STEADY, _WILD = 0.15, 1.2


@dataclass(frozen=True, slots=True)
class History:
    """The hours in which something new came: bit n of `bits` is the hour `start` + n, counted since 1970."""

    start: int = 0
    bits: int = 0

    def __str__(self) -> str:
        return f"{self.start}:{self.bits:x}" if self.bits else ""


def read_history(text: str) -> History:
    """Read what `str` of a history wrote; what is no history is an empty one."""
    start, _, bits = text.partition(":")
    try:
        return History(int(start), int(bits, 16)) if bits else History()
    except ValueError:
        return History()


def remember(history: History, moments: Iterable[datetime], *, now: datetime) -> History:
    """Add the hours of `moments`, none of them later than `now`, and forget what is older than is kept."""
    end = _hour(now)
    oldest = end - KEPT
    if history.bits and history.start + history.bits.bit_length() - 1 > end:
        history = History(history.start, history.bits & ((1 << max(end - history.start + 1, 0)) - 1))
    hours = {hour for moment in moments if oldest <= (hour := _hour(moment)) <= end}
    if not hours:
        return history
    start = max(min(*hours, history.start) if history.bits else min(hours), oldest)
    shift = history.start - start
    bits = history.bits << shift if shift >= 0 else history.bits >> -shift
    for hour in hours:
        bits |= 1 << (hour - start)
    return History(start, bits)


def carry(history: History, last: datetime | None, *, now: datetime) -> History:
    """Move a history by whole weeks if the clock leapt since a feed was read at `last`, so that its habit stays.

    A clock that was set forward by more than a month, and back, takes nothing of what was known before: it is moved
    as far each way. Of what came meanwhile, the last days may lie ahead, and are dropped.
    """
    if last is None or not history.bits or abs(now - last) <= LEAP:
        return history
    return History(history.start + int((_hour(now) - _hour(last)) / WEEK) * WEEK, history.bits)


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence beyond a habit: since when, and the longest that there was before."""

    since: datetime
    longest: timedelta


def silence_of(history: History, until: datetime) -> Silence | None:
    """Return the silence that lasts at `until`, the last time a feed was asked, if it is beyond its habit.

    None as well if too little is known of the feed to say so.
    """
    hours = tuple(_hours(history))
    end = _hour(until)
    if not hours or len(hours) <= LEAST_GAPS or end - hours[0] < LEAST_WATCHED or end - hours[-1] < LEAST_LACK:
        return None
    # The present silence is no part of the habit that it is held against.
    profile = _profile(hours)
    passed = [0.0, *accumulate(profile[(hours[0] + n) % WEEK] for n in range(1, end - hours[0] + 1))]
    lacks = sorted((passed[b - hours[0]] - passed[a - hours[0]] for a, b in pairwise(hours)), reverse=True)
    lack = passed[end - hours[0]] - passed[hours[-1] - hours[0]]
    if lack <= _bearable(lacks, days=(hours[-1] - hours[0]) / 24):
        return None
    return Silence(_moment(hours[-1]), max(b - a for a, b in pairwise(hours)) * HOUR)


def last_of(history: History) -> datetime | None:
    """Return the beginning of the last hour in which something new came."""
    return _moment(history.start + history.bits.bit_length() - 1) if history.bits else None


def _bearable(lacks: list[float], *, days: float) -> float:
    """Return how much may be lacking, from what was lacking in each pause so far, the longest first.

    The longest pauses show how likely longer ones are. Source: B. M. Hill, A simple general approach to inference
    about the tail of a distribution, 1975.
    """
    tail = min(max(LEAST_GAPS // 2, len(lacks) // 10), _TAIL)
    base = max(lacks[tail], 1e-6)
    logs = sum(math.log(max(lack, base) / base) for lack in lacks[:tail])
    spread = min(max((logs + _PRIOR * _PRIOR_WEIGHT) / (tail + _PRIOR_WEIGHT), _STEADY), _WILD)
    rare = base * math.pow(tail * _YEARS * 365 / max(days, 1), spread)
    # Of n pauses made by chance the longest is ln(n) times the mean: who has shown many has shown how long they get.
    far = min(1 - math.log(_CHANCE) / math.log(len(lacks)), _FAR_BEYOND)
    return max(LEAST_LACK, _BEYOND * lacks[0], min(rare, far * lacks[0]))


def _profile(hours: tuple[int, ...]) -> list[float]:
    """Return for each hour of the week how likely something new comes in it: at least a little, always."""
    span = hours[-1] - hours[0] + 1
    weeks = max(span / WEEK, 1.0)
    by_week, by_hour, by_day = [0.0] * WEEK, [0.0] * 24, [0.0] * 7
    for hour in hours:
        by_week[hour % WEEK] += 1
        by_hour[hour % 24] += 1
        by_day[hour % WEEK // 24] += 1
    mean = len(hours) / span
    raw = []
    for number in range(WEEK):
        at_hour, on_day = by_hour[number % 24] / (weeks * 7), by_day[number // 24] / (weeks * 24)
        guess = min(at_hour * on_day / mean, 1.0)
        raw.append((by_week[number] + _TRUST * guess) / (weeks + _TRUST))
    # What comes at nine may come at ten.
    smooth = [(raw[n - 1] + 2 * raw[n] + raw[(n + 1) % WEEK]) / 4 for n in range(WEEK)]
    return [min(max(chance, mean / 20), 1.0) for chance in smooth]


def _hours(history: History) -> Iterator[int]:
    bits, hour = history.bits, history.start
    while bits:
        low = (bits & -bits).bit_length() - 1
        hour += low
        yield hour
        bits >>= low + 1
        hour += 1


def _hour(moment: datetime) -> int:
    return int(moment.timestamp() // 3600)


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)
