"""A configuration as it was loaded, and where in its files things stand.

It knows nothing of how a configuration is read, which takes a quarter of a second to import: what another process has
read is taken as it is.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import Mistake
from monitor.model import Settings

if TYPE_CHECKING:
    from monitor.config.items import Item
    from monitor.config.stamps import Stamp


@dataclass(frozen=True)  # without slots, for what is made when it is first asked for.
class Loaded:
    """A configuration without mistakes. `stamps` tell what each file was before it was read."""

    path: Path
    settings: Settings
    warnings: tuple[Mistake, ...]
    stamps: tuple[Stamp, ...]
    _items: tuple[Item, ...] | bytes = field(default=(), repr=False)  # bytes: packed.

    @property
    def files(self) -> tuple[Path, ...]:
        """All that were read: watch them for changes."""
        return tuple(dict.fromkeys(stamp.file for stamp in self.stamps))

    def packed(self) -> Loaded:
        """Return it as another process takes it quickly: where things stand is unpacked when a mistake is found."""
        return replace(self, _items=pickle.dumps(self._items, pickle.HIGHEST_PROTOCOL))

    def mistake(self, path: tuple[str | int, ...], text: str, hint: str = "") -> Mistake:
        """Return a mistake found later, at the line of what it is about.

        `path` is (table, id, key), or (table, key) for tables that stand once, and may go on with an index into a
        list, or into a list of tables: ("watch", "homs", "when", 0, "any"). A key that is not written leads to its
        table; a channel's "url" to whichever form of it is written. A route is named by its number: ("route", "2.1").
        """
        from monitor.config.models import LISTS

        table, *rest = path
        if table == "route" and rest:
            return self._in_route(str(rest[0]), rest[1:], text, hint)
        name = str(rest[0]) if table in LISTS and rest else ""
        item = self._named.get((str(table), name))
        if item is None:
            return Mistake(str(self.path), 0, 0, ".".join(map(str, path)), text, hint)
        return item.wrong_at(_within(item, rest[1:] if name else rest), text, hint=hint)

    def _in_route(self, number: str, rest: list[str | int], text: str, hint: str) -> Mistake:
        first, *inner = (int(part) for part in number.split("."))
        item = next(item for item in self._tables if item.table == "route" and item.number == first)
        within = [part for one in inner for part in ("route", one - 1)]
        return item.wrong_at((*within, *rest), text, hint=hint)

    @cached_property
    def _tables(self) -> tuple[Item, ...]:
        if not isinstance(self._items, bytes):
            return self._items
        tables: tuple[Item, ...] = pickle.loads(self._items)  # noqa: S301 - a process of ours packed them.
        return tables

    @cached_property
    def _named(self) -> dict[tuple[str, str], Item]:
        """The tables by name and id: with many watches there may be many mistakes."""
        from monitor.config.models import LISTS

        named: dict[tuple[str, str], Item] = {}
        for item in self._tables:
            named.setdefault((item.table, (item.id or "") if item.table in LISTS else ""), item)
        return named


def _within(item: Item, rest: list[str | int]) -> tuple[str | int, ...]:
    """Return the location that the rest of a path means in a table."""
    from monitor.config.models import URL_KINDS

    if item.table == "channel" and rest[:1] == ["url"]:
        return (next((form for form in URL_KINDS if form in item.raw), "url"), *rest[1:])
    return tuple(rest)
