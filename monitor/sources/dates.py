"""Read a date as feeds and pages write it. What cannot be true, or cannot be told, is None rather than wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web there were no feeds.
AHEAD = timedelta(hours=48)  # clocks and time zones are wrong by hours, not by days.
MILLISECONDS = 100_000_000_000  # an epoch number above this, 5138 in seconds, counts milliseconds.
ISO = re.compile(
    r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(Z)?")
EPOCH = re.compile(r"\d{9,10}|\d{12,13}")
ZONES = {"Z": 0, "UTC": 0, "GMT": 0}


def parse_date(raw: str, *, now: datetime) -> datetime | None:
    """Read ISO 8601 (W3C), RFC 822 and epoch numbers; UTC where no zone is given.

    None for anything else, for days that do not exist, and outside 1990 to `now` + 48 h.
    """
    text = " ".join(raw.split())
    try:
        found = _epoch(text) or _iso(text) or _rfc822(text)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return found if found is not None and plausible(found, now=now) else None


def plausible(date: datetime, *, now: datetime) -> bool:
    """Say whether something can have been published then."""
    return EARLIEST <= date <= now + AHEAD


def _epoch(text: str) -> datetime | None:
    if not EPOCH.fullmatch(text):
        return None
    number = int(text)
    return datetime.fromtimestamp(number / 1000 if number > MILLISECONDS else number, tz=UTC)


def _iso(text: str) -> datetime | None:
    found = ISO.fullmatch(text) or COMPACT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    end_of_day = hour == "24"
    date = datetime(
        int(year),
        int(month),
        int(day or 1),
        0 if end_of_day else int(hour or 0),
        int(minute or 0),
        min(int(second or 0), 59),
        tzinfo=UTC,
    )
    return date - _offset(zone) + timedelta(days=int(end_of_day))


def _offset(zone: str | None) -> timedelta:
    if not zone or zone.upper() in ZONES:
        return timedelta(0)
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))


def _rfc822(text: str) -> datetime | None:
    date = parsedate_to_datetime(text if ":" in text else f"{text} 00:00:00")
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
