"""Turn the tables of the files that were read into checked items, one by one, so that no mistake hides another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from monitor.config.files import Document, sections
from monitor.config.kinds import Section
from monitor.config.models import LISTS, NOT_YET, TABLES, keys_of, section_of
from monitor.config.positions import Address
from monitor.config.values import Wrong, did_you_mean, plain, quote
from monitor.errors import Mistake


@dataclass(frozen=True, slots=True)
class Item:
    """One table: `good` are its keys as written whose values are sound, `section` what these alone make, if anything.

    Of a table with mistakes `section` serves to find the others: what it names, the configuration is refused.
    """

    document: Document
    table: str
    address: Address
    raw: Mapping[str, Any]
    good: Mapping[str, Any]
    section: Section | None

    @property
    def id(self) -> str | None:
        """The item's id, where it has a sound one."""
        return self.good.get("id")

    @property
    def number(self) -> int:
        """Which of its kind it is in its file, counted from 1."""
        at = self.address[-1]
        return at + 1 if isinstance(at, int) else 1

    def label(self, key: str) -> str:
        """Name one of its keys for a person: `watch.homs.place`."""
        number = f"[{self.address[-1]}]" if len(self.address) > 1 else ""
        name = f"{self.table}.{self.id}" if self.id else f"{self.table}{number}"
        return f"{name}.{plain(key)}" if key else name

    def wrong(self, key: str, text: str, *, hint: str = "", index: int | None = None) -> Mistake:
        """Say what is wrong with the value of one of its keys, or with the whole table if `key` is ""."""
        return self.wrong_at((*((key,) if key else ()), *((index,) if index is not None else ())), text, hint=hint)

    def wrong_at(self, location: Sequence[str | int], text: str, *, hint: str = "") -> Mistake:
        """Say what is wrong with a value however deep inside: ("when", 0, "any", 1). () is the whole table."""
        label = self.label(dotted(location) if location else "")
        return self.document.at_value((*self.address, *location), text, key=label, hint=hint)


def read_items(document: Document, mistakes: list[Mistake]) -> Iterator[Item]:
    """Yield every known table of a file, adding what is wrong with them to `mistakes`."""
    for name, value in document.parsed.data.items():
        if name in TABLES:
            if _is_main_table(document, name, value, mistakes):
                yield _item(document, name, (name,), value, mistakes)
        elif name in LISTS:
            if _is_list_of_tables(document, name, value, mistakes):
                for index, table in sections(document.parsed.data, name):
                    yield _item(document, name, (name, index), table, mistakes)
        elif name != "include":
            mistakes.append(_stranger(document, "", (name,), plain(name)))


def _is_main_table(document: Document, name: str, value: object, mistakes: list[Mistake]) -> bool:
    if isinstance(value, list):
        mistakes.append(document.at_key((name, 0), "stands only once", key=name, hint=f"write [{name}]"))
    elif not isinstance(value, dict):
        mistakes.append(document.at_key((name,), "is a table", key=name, hint=f"write [{name}] on a line of its own"))
    elif not document.main:
        text = "an included file holds feeds, channels and watches only"
        mistakes.append(document.at_key((name,), text, key=name, hint="move it to the main file"))
    else:
        return True
    return False


def _is_list_of_tables(document: Document, name: str, value: object, mistakes: list[Mistake]) -> bool:
    if isinstance(value, list) and all(isinstance(table, dict) for table in value):
        if name != "route" or document.main:
            return True
        text = "an included file holds no routes, for their order counts"
        mistakes.append(document.at_key((name,), text, key=name, hint="move them to the main file"))
        return False
    hint = f"write [[{name}]], with two brackets, above each one"
    mistakes.append(document.at_key((name,), "is a list of tables", key=name, hint=hint))
    return False


def _item(document: Document, table: str, address: Address, raw: Mapping[str, Any], mistakes: list[Mistake]) -> Item:
    model = TABLES.get(table) or LISTS[table]
    section: Section | None = None
    errors: list[Any] = []
    try:
        section = model.model_validate(raw)
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_input=False)
    bad = {str(error["loc"][0]) for error in errors}
    good = {key: raw[key] for key in raw if key not in bad}
    if bad:
        with suppress(ValidationError):
            section = model.model_validate(good)
    item = Item(document, table, address, raw, good, section)
    for error in errors:
        if error["type"] == "missing" and document.parsed.lost(table):
            continue  # its line may be the one that could not be parsed.
        mistakes.append(_mistake(item, error))
    return item


def _mistake(item: Item, error: Mapping[str, Any]) -> Mistake:
    """Turn one of pydantic's errors into ours. The value itself is never taken from pydantic: it may be a secret."""
    location: tuple[str | int, ...] = error["loc"]
    key = dotted(location)
    if error["type"] == "missing":
        return item.wrong_at(location[:-1], f"needs a key {quote(location[-1])}")
    if error["type"] == "extra_forbidden":
        return _stranger(item.document, _table_of(item, location), (*item.address, *location), item.label(key))
    wrong = error.get("ctx", {}).get("error")
    text, hint = (wrong.text, wrong.hint) if isinstance(wrong, Wrong) else (str(error["msg"]), "")
    return item.document.at_value((*item.address, *location), text, key=item.label(key), hint=hint)


def dotted(location: Sequence[str | int]) -> str:
    """Name a key inside a table: `aliases` for one of the aliases, `when[0].any` for a key of the first case."""
    *names, last = location
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in names)
    return (written if isinstance(last, int) else f"{written}.{last}").lstrip(".")


def _table_of(item: Item, location: Sequence[str | int]) -> str:
    """Name the table that a key stands in: `watch`, or `watch.when` for a key of a case."""
    return ".".join((item.table, *(str(part) for part in location[:-1] if isinstance(part, str))))


def _stranger(document: Document, table: str, address: Address, label: str) -> Mistake:
    """Say that a key is not known, or not yet at work."""
    key = str(address[-1])
    planned = NOT_YET.get(table, {}).get(key)
    if planned is not None:
        return document.at_key(address, "is not yet built", key=label, hint=f"{planned}; take it out for now")
    names = {**TABLES, **LISTS}
    known = list(keys_of(section_of(table))) if table else [*names, "include"]
    hint = did_you_mean(key, known)
    if not hint:
        homes = [name for name in names if name != table and key in keys_of(names[name])]
        hint = f"it belongs into {_brackets(homes[0])}" if homes else "known here: " + ", ".join(known)
    return document.at_key(address, "is not a known key", key=label, hint=hint)


def _brackets(table: str) -> str:
    return f"[[{table}]]" if table in LISTS else f"[{table}]"
