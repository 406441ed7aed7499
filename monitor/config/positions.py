"""Where keys, values and tables stand in a TOML text that is known to be sound. The home of toml-rs.

toml-rs knows where keys and values stand, but not where `[tables]` do; those are found here, by their lines.
It counts columns in bytes, and it may crash on texts that tomllib refuses, so it is only given what tomllib took.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TypeAlias

import toml_rs

Address: TypeAlias = tuple[str | int, ...]
Position: TypeAlias = tuple[int, int]
START: Position = (1, 1)


class Positions:
    """Lines and columns in a sound TOML text, counted from 1 and in characters, by address: ("watch", 0, "place").

    They are found when the first is asked for: finding them takes as long as parsing, and most files are faultless.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _found(self) -> tuple[Mapping[Address, Position], Mapping[Address, Position]]:
        try:
            finder = _Finder(self._text)
        except toml_rs.TOMLDecodeError:  # tomllib took it; then it is told without lines.
            return {}, {}
        return finder.keys, finder.values

    @property
    def keys(self) -> Mapping[Address, Position]:
        """Where each key and table name stands."""
        return self._found[0]

    @property
    def values(self) -> Mapping[Address, Position]:
        """Where each value, table and element of a list begins."""
        return self._found[1]

    def of_key(self, address: Address) -> Position:
        """Return where a key stands, else where the closest thing around it does."""
        return self.keys.get(address) or self.of_value(address)

    def of_value(self, address: Address) -> Position:
        """Return where a value stands, else where the closest thing around it does."""
        for length in range(len(address), 0, -1):
            found = self.values.get(address[:length])
            if found:
                return found
        return START


class _Finder:
    """Collect positions of one text; toml-rs answers with nested dictionaries, which only this class reads."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.keys: dict[Address, Position] = {}
        self.values: dict[Address, Position] = {}
        self.inside: set[int] = set()  # lines that begin inside a value.
        self._arrays: dict[Address, int] = {}  # arrays of tables, with how many tables there are so far.
        document = toml_rs.load_with_metadata(text, toml_version="1.0.0")
        self._table(document.meta["nodes"], ())
        for number, line in enumerate(self.lines, start=1):
            if line.lstrip().startswith("[") and number not in self.inside:
                self._header(number, line)

    def _position(self, line: object, column: object) -> Position:
        number, byte = _first(line), _first(column)
        before = self.lines[number - 1].encode()[: byte - 1]
        return number, len(before.decode(errors="ignore")) + 1

    def _table(self, nodes: Mapping[str, object], address: Address) -> None:
        for name, node in nodes.items():
            if not isinstance(node, dict):
                continue
            here = (*address, name)
            if isinstance(node.get("key_raw"), str):
                self.keys[here] = self._position(node["key_line"], node["key_col"])
                self._value(node, here)
            else:
                self._table(node, here)

    def _value(self, node: Mapping[str, object], address: Address) -> None:
        if "value_line" in node:
            self.values[address] = self._position(node["value_line"], node["value_col"])
            if isinstance(node["value_line"], tuple):
                first, last = node["value_line"]
                self.inside.update(range(first + 1, last + 1))
        else:
            self.values[address] = self.keys[address]
        value = node["value"]
        if isinstance(value, dict):
            self._table(value, address)
        elif isinstance(value, list):
            for index, element in enumerate(value):
                if isinstance(element, dict):
                    self._value(element, (*address, index))

    def _header(self, number: int, line: str) -> None:
        address: Address = ()
        names = _names(line.strip())
        for index, name in enumerate(names):
            address = (*address, name)
            last = index == len(names) - 1
            if last and line.lstrip().startswith("[["):
                self._arrays[address] = self._arrays.get(address, 0) + 1
            if address in self._arrays:
                address = (*address, self._arrays[address] - 1)
        self.keys[address] = self.values[address] = (number, len(line) - len(line.lstrip()) + 1)


def _first(value: object) -> int:
    """Return where a span begins; toml-rs gives a plain number for a span of one."""
    return int(value[0]) if isinstance(value, tuple) else int(str(value))


@lru_cache(maxsize=64)
def _names(header: str) -> tuple[str, ...]:
    """Return the names in a header line, which TOML reads as a table of one table of one table."""
    names: list[str] = []
    table: object = tomllib.loads(header)
    while table:
        if isinstance(table, list):
            table = table[0]
        elif isinstance(table, dict):
            names.append(next(iter(table)))
            table = table[names[-1]]
    return tuple(names)
