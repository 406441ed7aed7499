"""Cron lines of five fields: minute, hour, day of the month, month, day of the week. APScheduler reads them."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

# APScheduler counts weekdays from Monday, cron from Sunday; names mean the same to both.
# Source: https://github.com/agronholm/apscheduler/issues/286.
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = re.compile(r"(?P<first>[0-7]|[a-z]{3})(?:-(?P<last>[0-7]|[a-z]{3}))?(?:/(?P<step>[1-7]))?")
_FIELDS = 5
_MONTH_DAY, _WEEKDAY = 2, 4
_UTC = ZoneInfo("UTC")


def next_after(line: str, after: datetime, *, zone: tzinfo) -> datetime | None:
    """Return when a cron line next fires after a moment, by the wall clock of `zone`; None for never.

    Raises: ValueError, which says what is wrong with the line.
    """
    # Imported here: a configuration without a cron line does not pay for it.
    from apscheduler.triggers.cron import CronTrigger

    # A trigger is asked from its last firing on, else it would give this very moment again.
    minute, hour, day, month, weekday = _fields(line)
    trigger = CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=zone)
    found: datetime | None = trigger.get_next_fire_time(after, after)
    return found


@lru_cache(maxsize=64)
def check(line: str) -> str:
    """Return what is wrong with a cron line, "" if nothing is."""
    try:
        fires = next_after(line, datetime(2000, 1, 1, tzinfo=_UTC), zone=_UTC)
    except ValueError as error:
        return str(error)
    return "" if fires else "names a day that never comes"


def _fields(line: str) -> tuple[str, ...]:
    """Return the five fields as APScheduler reads them. Raises: ValueError."""
    fields = line.split()
    if len(fields) != _FIELDS:
        raise ValueError(f"has {len(fields)} fields and not five")
    if fields[_MONTH_DAY] != "*" and fields[_WEEKDAY] != "*":
        # Cron fires when one of the two holds, APScheduler when both do: nobody shall have to guess.
        raise ValueError("names both a day of the month and a day of the week")
    fields[_WEEKDAY] = ",".join(map(_weekdays, fields[_WEEKDAY].lower().split(",")))
    return tuple(fields)


def _weekdays(part: str) -> str:
    """Return one part of the day of the week with names for numbers: "fri,sat,sun" for "5-7"."""
    found = _DAY.fullmatch(part)
    if found is None:
        return part
    first = _number(found["first"])
    if found["last"] is None:
        return _DAYS[first] if first >= 0 and found["step"] is None else part
    last = _number(found["last"])
    if first < 0 or last < 0:
        return part
    last = last if last >= first else last + 7
    return ",".join(_DAYS[number % 7] for number in range(first, last + 1, int(found["step"] or 1)))


def _number(day: str) -> int:
    """Return the number cron gives a day of the week, -1 for what is none."""
    if day.isdecimal():
        return int(day)
    return _DAYS.index(day) if day in _DAYS else -1
