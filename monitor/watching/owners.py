"""Remember whose names the phrases of the lexicon are, a hundred thousand of them in few bytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

from monitor.watching.patterns import Gate

_NONE = -1


class Owner(NamedTuple):
    """Whose name a phrase is: the number of the watch, the spelling as listed, and how a hit must be written.

    `langs` are the languages that the spelling belongs to, empty if unknown. `is_name` is false of keywords, which are
    found as they are; `is_surname` is true of a family name that counts only beside the full name.
    """

    watch: int
    form: str
    gate: Gate
    langs: tuple[str, ...] = ()
    is_name: bool = True
    is_surname: bool = False


class Owners:
    """Hold the owners of every phrase, in the order they came.

    They stand in columns and are made into objects when a phrase is hit: as objects, those of 10,000 places took
    30 MB, and the garbage collector went through them all again and again.
    """

    def __init__(self) -> None:
        self._first: array[int] = array("i")  # by phrase, the row of its first owner.
        self._next: array[int] = array("i")  # by row, the row of the phrase's next owner.
        self._watch: array[int] = array("I")
        self._gate = bytearray()
        self._is_name = bytearray()
        self._is_surname = bytearray()
        self._forms: list[str] = []
        self._langs: list[tuple[str, ...]] = []

    def of(self, phrase: int) -> Iterator[Owner]:
        """Yield the owners of a phrase."""
        for row in self._rows(phrase):
            yield self._owner(row)

    def add(self, phrase: int, owner: Owner) -> None:
        """Add an owner of a phrase. If the watch has it already, the loosest way of writing it counts."""
        last = _NONE
        for row in self._rows(phrase):
            if self._watch[row] == owner.watch:
                self._put(row, _merged(self._owner(row), owner))
                return
            last = row
        row = len(self._watch)
        self._append(owner)
        if last == _NONE:
            self._first.extend([_NONE] * (phrase + 1 - len(self._first)))
            self._first[phrase] = row
        else:
            self._next[last] = row

    def has(self, phrase: int, watch: int) -> bool:
        """Say whether a watch has this phrase among its names."""
        return any(self._watch[row] == watch for row in self._rows(phrase))

    def _rows(self, phrase: int) -> Iterator[int]:
        row = self._first[phrase] if phrase < len(self._first) else _NONE
        while row != _NONE:
            yield row
            row = self._next[row]

    def _owner(self, row: int) -> Owner:
        flags = bool(self._is_name[row]), bool(self._is_surname[row])
        return Owner(self._watch[row], self._forms[row], Gate(self._gate[row]), self._langs[row], *flags)

    def _append(self, owner: Owner) -> None:
        self._next.append(_NONE)
        self._watch.append(owner.watch)
        self._gate.append(owner.gate)
        self._is_name.append(owner.is_name)
        self._is_surname.append(owner.is_surname)
        self._forms.append(owner.form)
        self._langs.append(owner.langs)

    def _put(self, row: int, owner: Owner) -> None:
        self._gate[row] = owner.gate
        self._is_name[row] = owner.is_name
        self._is_surname[row] = owner.is_surname
        self._forms[row] = owner.form
        self._langs[row] = owner.langs


def _merged(mine: Owner, owner: Owner) -> Owner:
    """Return one owner for two spellings of one watch that fold alike."""
    langs = tuple(dict.fromkeys((*mine.langs, *owner.langs))) if mine.langs and owner.langs else ()
    kept = min(mine, owner, key=lambda one: (one.is_surname, one.gate))
    return kept._replace(langs=langs)
