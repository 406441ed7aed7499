"""Read TOML with as many of its syntax errors as can be told apart, and what is sound beside them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from typing import Any

from monitor.config.positions import Positions
from monitor.config.values import Wrong, seconds_of, size

MOST_FAULTS = 30  # each costs one more parse of the file.
EVERYTHING = "*"

PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
HEADER = re.compile(r"\s*\[")
OPENER = re.compile(r"=\s*[\[{]|\"\"\"|'''")  # begins a value that may go on below.
PAIR = re.compile(r"""\s*[\w."'-]+\s*=\s*(?P<value>[^"'\[{#\s][^#]*?)\s*(?:#.*)?""")


@dataclass(frozen=True, slots=True)
class Fault:
    """A syntax error."""

    line: int
    column: int
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was sound in a text. `damaged` names the tables that lost a line, or "*" when it cannot be told."""

    data: dict[str, Any] = field(default_factory=dict)
    positions: Positions = field(default_factory=lambda: Positions(""))
    faults: tuple[Fault, ...] = ()
    damaged: frozenset[str] = frozenset()

    def lost(self, table: str) -> bool:
        """Whether something of `table` may be missing only because of a syntax error."""
        return EVERYTHING in self.damaged or table in self.damaged


def parse(text: str) -> Parsed:
    """Parse a text, blanking what is broken so that the rest can still be judged.

    An error that one line explains alone is reported and only that line is blanked. Of errors that reach over lines
    (a bracket never closed) only the first is reported, since those after it may be its echo, and the block is blanked.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    faults: list[Fault] = []
    damaged: set[str] = set()
    for _ in range(MOST_FAULTS):
        try:
            data = tomllib.loads("\n".join(lines))
        except RecursionError:
            return Parsed(faults=(*faults, Fault(1, 1, "is nested too deeply")), damaged=frozenset({EVERYTHING}))
        except tomllib.TOMLDecodeError as error:
            _repair(lines, error, faults, damaged)
        else:
            return Parsed(data, Positions("\n".join(lines)), tuple(faults), frozenset(damaged))
    return Parsed(faults=tuple(faults), damaged=frozenset({EVERYTHING}))


def _repair(lines: list[str], error: tomllib.TOMLDecodeError, faults: list[Fault], damaged: set[str]) -> None:
    number, column = _place(error, lines)
    line = lines[number - 1]
    header = HEADER.match(line) is not None
    local = _is_local(line, error, column)
    if local or EVERYTHING not in damaged:
        fault = _explain(error, line, (number, column))
        faults.append(fault if local else replace(fault, hint="is a quote or bracket above it left open?"))
    if local and not header:
        damaged.add(_table_of(lines, number))
        lines[number - 1] = ""
        return
    damaged.add(EVERYTHING)
    first, last = _block(lines, number)
    lines[first:last] = [""] * (last - first)


def _place(error: tomllib.TOMLDecodeError, lines: list[str]) -> tuple[int, int]:
    found = PLACE.search(str(error))
    if found is None or found[1] is None:
        last = max((number for number, line in enumerate(lines, start=1) if line.strip()), default=1)
        return last, len(lines[last - 1]) + 1
    number = min(int(found[1]), len(lines))
    if not lines[number - 1].strip() and number > 1:
        # tomllib sometimes names the empty line behind the one that is broken.
        number = max((n for n in range(1, number) if lines[n - 1].strip()), default=number)
        return number, len(lines[number - 1]) + 1
    return number, int(found[2])


def _is_local(line: str, error: tomllib.TOMLDecodeError, column: int) -> bool:
    """Whether the line alone is as wrong as it is in the file; a key or table that stands twice counts too."""
    try:
        tomllib.loads(line)
    except RecursionError:
        return False
    except tomllib.TOMLDecodeError as alone:
        open_ended = column > len(line.rstrip()) and OPENER.search(line) is not None
        return _place(alone, [line])[1] == column and not open_ended
    return str(error).startswith(("Cannot overwrite", "Cannot declare"))


def _explain(error: tomllib.TOMLDecodeError, line: str, place: tuple[int, int]) -> Fault:
    """Put the parser's words into ours. The line itself is not repeated: it may hold a secret."""
    said = PLACE.sub("", str(error))
    begin = (place[0], len(line) - len(line.lstrip()) + 1)
    if said.startswith("Cannot overwrite"):
        return Fault(*begin, "this key stands here twice")
    if said.startswith("Cannot declare"):
        return Fault(*begin, "this table stands in the file twice")
    bare = PAIR.fullmatch(line.rstrip("\r"))
    if bare:
        number, column = place[0], bare.start("value") + 1
        return Fault(number, column, "a text without quotes", _quoted(bare["value"]))
    return Fault(*place, "not TOML: " + said[:1].lower() + said[1:])


def _quoted(value: str) -> str:
    """Return a hint that repeats durations and sizes only: anything else may be a secret."""
    for reader in (seconds_of, size):
        try:
            reader(value)
        except Wrong:
            continue
        return f'write "{value}"'
    return 'write it in quotes: "…"'


def _block(lines: list[str], number: int) -> tuple[int, int]:
    """Return the lines, counted from 0, from the header at or before line `number` to the next one."""
    first = number - 1
    while first > 0 and not HEADER.match(lines[first]):
        first -= 1
    last = number
    while last < len(lines) and not HEADER.match(lines[last]):
        last += 1
    return first, last


def _table_of(lines: list[str], number: int) -> str:
    """Return the first name in the header above a line, or "" above all headers."""
    for line in reversed(lines[: number - 1]):
        found = re.match(r"\s*\[\[?\s*\"?([\w-]+)", line)
        if found:
            return found[1]
    return ""
