"""When a channel is quiet: from one wall-clock time to another where its reader lives, clock changes included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from monitor.model import Quiet

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def quiet_until(quiet: Quiet, zone: tzinfo, now: datetime) -> datetime | None:
    """Return the end of the quiet hours that `now` lies in, in UTC; None outside of them.

    An end before the start is on the next day, and an end that is the start makes every hour quiet. Where the clock
    skips a time, the moment of the change stands for it. Where it repeats one, the hours begin when it first shows
    their start and end when it shows their end for the last time: a night has one stretch, in which nothing wakes.
    """
    today = now.astimezone(zone).date()
    days = (today - 2 * _DAY, today - _DAY, today, today + _DAY)
    stretches = (_stretch(quiet, zone, day) for day in days)
    return max((end for start, end in stretches if start <= now < end), default=None)


def _stretch(quiet: Quiet, zone: tzinfo, day: date) -> tuple[datetime, datetime]:
    last = day if quiet.end > quiet.start else day + _DAY
    return _moment(day, quiet.start, zone, fold=0), _moment(last, quiet.end, zone, fold=1)


def _moment(day: date, clock: time, zone: tzinfo, *, fold: int) -> datetime:
    """Return when the clock shows this time on that day, the first or the last time; in UTC."""
    naive = datetime.combine(day, clock.replace(tzinfo=None))
    found = naive.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == naive:
        return found
    # The clock never shows it. Read with either offset, it lies on one side of the change, which is sought between.
    # Source: PEP 495, "the problem of the missing time".
    before, after = sorted(naive.replace(tzinfo=zone, fold=each).astimezone(UTC) for each in (0, 1))
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
