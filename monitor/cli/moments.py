"""How times are read from a command line and shown to a person: by a wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

_HOW = (
    'write it like "2026-12-01 08:00", "08:00" for the next time it is eight, or with an offset: 2026-12-01T08:00+02:00'
)


def read_moment(written: str, zone: str, *, now: datetime | None = None) -> datetime:
    """Return the moment that a time means by the clock of a zone, in UTC; one of day alone is the next such.

    Raises: click.BadParameter.
    """
    now = now or datetime.now(UTC)
    text = written.strip()
    try:
        if "-" not in text:
            clock = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - it has no day yet.
            local = datetime.combine(now.astimezone(ZoneInfo(zone)).date(), clock, ZoneInfo(zone))
            return (local if local > now else local + timedelta(days=1)).astimezone(UTC)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{written!r} is no time; {_HOW}") from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(zone))
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise click.BadParameter(f"{written!r} is no time; {_HOW}") from error


def read_span(written: str) -> timedelta:
    """Return a duration such as "2h". Raises: click.BadParameter."""
    from monitor.config.values import Wrong, seconds_of

    try:
        found = seconds_of(written)
    except Wrong as wrong:
        raise click.BadParameter(f"{wrong.text}; {wrong.hint}".removesuffix("; ")) from wrong
    return found


def shown_moment(value: datetime, zone: str) -> str:
    """Write a time by the clock of a zone: "06.12.2024 at 23:10 (Asia/Damascus)"."""
    return f"{value.astimezone(ZoneInfo(zone)):%d.%m.%Y at %H:%M} ({zone})"
