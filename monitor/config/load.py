"""Load a configuration as a whole, or say everything that is wrong with it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from monitor.config.checks import find_mistakes, find_warnings, open_files
from monitor.config.domain import build_settings
from monitor.config.files import Reading, read_files
from monitor.config.items import Item, read_items
from monitor.config.models import LISTS, URL_KINDS
from monitor.errors import ConfigError, Mistake
from monitor.model import Settings


@dataclass(frozen=True)  # without slots, for what is made when it is first asked for.
class Loaded:
    """A configuration without mistakes. `files` are all that were read: watch them for changes."""

    path: Path
    settings: Settings
    warnings: tuple[Mistake, ...]
    files: tuple[Path, ...]
    _items: tuple[Item, ...] | bytes = field(default=(), repr=False)  # bytes: packed.

    def packed(self) -> Loaded:
        """Return it as another process takes it quickly: where things stand is unpacked when a mistake is found."""
        return replace(self, _items=pickle.dumps(self._items, pickle.HIGHEST_PROTOCOL))

    def mistake(self, path: tuple[str | int, ...], text: str, hint: str = "") -> Mistake:
        """Return a mistake found later, at the line of what it is about.

        `path` is (table, id, key), or (table, key) for tables that stand once, and may go on with an index into a
        list, or into a list of tables: ("watch", "homs", "when", 0, "any"). A key that is not written leads to its
        table; a channel's "url" to whichever form of it is written. A route is named by its number: ("route", "2.1").
        """
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
        named: dict[tuple[str, str], Item] = {}
        for item in self._tables:
            named.setdefault((item.table, (item.id or "") if item.table in LISTS else ""), item)
        return named


def _within(item: Item, rest: list[str | int]) -> tuple[str | int, ...]:
    """Return the location that the rest of a path means in a table."""
    if item.table == "channel" and rest[:1] == ["url"]:
        return (next((form for form in URL_KINDS if form in item.raw), "url"), *rest[1:])
    return tuple(rest)


def load(
    path: Path,
    *,
    environ: Mapping[str, str] | None = None,
    inspect: Callable[[Loaded], Iterable[Mistake]] = lambda _: (),
    early: Callable[[], Loaded | None] = lambda: None,
) -> Loaded:
    """Load the configuration at `path` with all that it includes.

    `environ` defaults to the process's own environment. `inspect` is shown what is sound of it, mistakes elsewhere or
    not, and says what else is wrong: places that do not exist, channels that cannot be opened.
    `early` may have read it already, with the process's own environment; what is wrong is found here all the same.
    Raises: ConfigError with every mistake at once, in the order of the files and lines.
    """
    loaded = early()
    if loaded is not None and not tuple(inspect(loaded)):
        return loaded
    environ = os.environ if environ is None else environ
    reading = read_files(path)
    mistakes = list(reading.mistakes)
    items = [item for document in reading.documents for item in read_items(document, mistakes)]
    mistakes += find_mistakes(items)
    settings, secrets = build_settings(items, folder=path.parent, environ=environ, mistakes=mistakes)
    warnings = _sorted([*find_warnings(items, path), *open_files(secrets, environ)], reading)
    loaded = Loaded(path, settings, warnings, (*reading.files, *secrets), tuple(items))
    mistakes += inspect(loaded)
    if mistakes:
        raise ConfigError(_sorted(mistakes, reading))
    return loaded


def _sorted(mistakes: list[Mistake], reading: Reading) -> tuple[Mistake, ...]:
    """Return mistakes in reading order: the main file first, then what it includes, each from its top."""
    order = {str(file): number for number, file in enumerate(reading.files)}
    return tuple(sorted(dict.fromkeys(mistakes), key=lambda m: (order.get(m.file, -1), m.line, m.column, m.key)))
