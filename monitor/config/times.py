"""What times of day, cron lines and the tables around them may look like; values.py reads everything else."""

from __future__ import annotations

import re
from datetime import time, timedelta

from monitor.config.values import Wrong, at_least, did_you_mean, quote
from monitor.engine import cron as crons

CLOCK_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MINUTE = timedelta(minutes=1)
LARGEST_BURST = 1_000_000
# Early enough to be read at breakfast, by the reader's own clock.
CRONS = {"daily": "0 7 * * *", "weekly": "0 7 * * 1"}


def clock_time(value: object) -> time:
    """Read a time of day by the wall clock: "23:00"; TOML's own 23:00:00 will do."""
    if isinstance(value, time) and not value.second and not value.microsecond:
        return value
    found = CLOCK_TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        hint = 'midnight is "00:00"' if value == "24:00" else 'write it like "23:00" or "06:30"'
        raise Wrong("is no time of day", hint)
    return time(int(found[1]), int(found[2]))


def cron(value: object) -> str:
    """Read "daily", "weekly" or a cron line of five fields."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("is no cron line", 'write "daily", "weekly" or a line such as "30 6 * * 1-5"')
    written = " ".join(value.split())
    line = CRONS.get(written.lower(), written)
    problem = crons.check(line)
    if problem:
        hint = (
            did_you_mean(written, CRONS)
            or 'write "daily", "weekly", or minute, hour, day, month, weekday: "30 6 * * 1-5"'
        )
        raise Wrong(f"{quote(written)} is no cron line: {problem}", hint)
    return line


def table(value: object) -> object:
    """Read a table that stands as the value of a key."""
    if not isinstance(value, dict):
        raise Wrong("is not a table", "write it in braces: { … }")
    return value


def remind(value: object) -> object:
    """Read how often somebody is reminded: "30m", or a table."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise Wrong("is neither a duration nor a table", 'write it like "30m", or { every = "30m", times = 3 }')
    return {"every": at_least(MINUTE)(value)}


def remind_every(value: object) -> timedelta:
    """Read the pause between two reminders."""
    return value if isinstance(value, timedelta) else at_least(MINUTE)(value)


def burst(value: object) -> int:
    """Read how many messages may go out alone."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong("is not a whole number", "write it without quotes")
    if value < 1:
        hint = 'write 1 or more; for reports only, a channel has digest = "daily"'
        raise Wrong("would let no message out alone", hint)
    if value > LARGEST_BURST:
        raise Wrong(f"must be between 1 and {LARGEST_BURST:,}")
    return value
