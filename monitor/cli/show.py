"""How answers look: JSON for programs, lines and tables within 80 columns for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from monitor.alerting.clean import clean

if TYPE_CHECKING:
    from rich.console import Console

MINUTE, HOUR, DAY = 60, 3600, 86400


def moment(value: datetime | None) -> str | None:
    """Write a time for programs: ISO 8601 in UTC, to the second."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if value else None


def ago(value: datetime | str | None) -> str:
    """Write a time for people, against now: "4 min ago", "in 2 h", "never"."""
    if value is None:
        return "never"
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    seconds = (datetime.now(UTC) - when).total_seconds()
    size = abs(seconds)
    unit, name = next(
        ((unit, name) for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")) if size >= unit), (1, "s")
    )
    amount = f"{size / unit:.0f} {name}"
    return f"{amount} ago" if seconds >= 0 else f"in {amount}"


def cleaned(value: object) -> object:
    """Clean every text in an answer of what could act on a terminal; the shape stays."""
    match value:
        case str():
            return clean(value, keep_newlines=True)
        case Mapping():
            return {key: cleaned(one) for key, one in value.items()}
        case list() | tuple():
            return [cleaned(one) for one in value]
        case _:
            return value


def print_json(value: object) -> None:
    """Print an answer for programs, on one line."""
    click.echo(json.dumps(cleaned(value), ensure_ascii=False))


def console() -> Console:
    """Make a console for standard output, coloured on a terminal only."""
    from rich.console import Console

    return Console(highlight=False)


def line(out: Console, head: str, who: str, what: str) -> None:
    """Print one line of a list: when, who, what."""
    from rich.text import Text

    text = Text.assemble((clean(head), "dim"), "  ", (clean(who), "bold"), "  " if who else "", clean(what))
    out.print(text, overflow="fold")


def table(out: Console, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table without lines."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, header_style="dim")
    for name in head:
        made.add_column(name, overflow="fold")
    for row in rows:
        made.add_row(*(Text(clean(str(cell))) for cell in row))
    out.print(made)
