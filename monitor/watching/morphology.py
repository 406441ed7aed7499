"""Take off a word what its language puts before and after names: بحمص is ب + حمص, Хомсе is Хомс + е.

What languages do stands as data in `affixes.toml`; names themselves are never multiplied. The question runs the other
way: which names could this word be? The answer is a handful of candidates for the dictionary to be asked about.
"""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from monitor.watching.fold import fold
from monitor.watching.scripts import scripts_of

SHORTEST = 3  # letters of a name that takes endings; of less, too many words are made.
WIDEST = 40  # letters of a word that is looked into; no name is longer.
STEM = 3  # letters of a name's start.
_VOWELS = frozenset("aeiouyаеиоуыэюяіїєαεηιουωაეიოუաեէըիոօ")
_LATIN_VOWELS = "aeiouy"
_MORE_PUT_ON_THAN_LEFT = 2  # endings of so many letters more than the name has are no endings.


class Base(NamedTuple):
    """What a word may be at bottom: the folded name, and how the word was made of it ("ب + حمص")."""

    text: str
    detail: str


class _Change(NamedTuple):
    """What stood where the affix stands now, and what must stand beside it: "C", "V" or ""."""

    had: str
    beside: str


_Changes = Mapping[str, tuple[_Change, ...]]


@dataclass(frozen=True, slots=True)
class Affixes:
    """What one language puts before and after names, and how to know the language."""

    endings: _Changes
    starts: _Changes
    longest_ending: int
    longest_start: int
    shortest: int
    words: frozenset[str]
    letters: frozenset[str]
    is_main: bool
    scripts: frozenset[str]


@cache
def tables() -> Mapping[str, Affixes]:
    """Return the affixes of every language known, by ISO 639 code."""
    read = tomllib.loads(files(__package__).joinpath("affixes.toml").read_text("utf-8"))
    return {code: _table(entry) for code, entry in read.items()}


def _table(entry: Mapping[str, object]) -> Affixes:
    endings = _changes(entry.get("endings", {}))
    starts = _changes(entry.get("starts", {}))
    shortest = entry.get("shortest", SHORTEST)
    assert isinstance(shortest, int)  # noqa: S101 - a number in our own data.
    return Affixes(
        endings=endings,
        starts=starts,
        longest_ending=max(map(len, endings), default=0),
        longest_start=max(map(len, starts), default=0),
        shortest=shortest,
        words=frozenset(fold(str(entry.get("words", ""))).text.split()),
        letters=frozenset(str(entry.get("letters", ""))),
        is_main=bool(entry.get("main")),
        scripts=scripts_of("".join((*endings, *starts))),
    )


def _changes(section: object) -> _Changes:
    """Turn a table round: from what is written to what may have stood there."""
    assert isinstance(section, dict)  # noqa: S101 - a table in our own data.
    turned: dict[str, dict[_Change, None]] = {}
    for had, written in section.items():
        for form in written.split():
            for change, affix in _spelled_out(had, form):
                turned.setdefault(affix, {})[change] = None
    return {affix: tuple(changes) for affix, changes in turned.items()}


def _spelled_out(had: str, written: str) -> Iterator[tuple[_Change, str]]:
    if had in {"C", "V", "*", ""}:
        yield _Change("", had if had in {"C", "V"} else ""), fold(written).text
    elif "V" in had:
        for vowel in _LATIN_VOWELS:
            yield _Change(had.replace("V", vowel), ""), written.replace("V", vowel)
    else:
        yield _Change(fold(had).text, ""), fold(written).text


@cache
def main_languages() -> tuple[str, ...]:
    """Return the languages tried where nothing is known of a text."""
    return tuple(code for code, affixes in tables().items() if affixes.is_main)


class Morphology:
    """Know the affixes of some languages, and which known names a word may be in them.

    A word is asked only of the languages that write its first or its last letter. Remembers no words.
    """

    def __init__(self, languages: Iterable[str]) -> None:
        self.languages = tuple(dict.fromkeys(code for code in languages if code in tables()))
        found = [tables()[code] for code in self.languages]
        self._tables = tuple(table for table in found if table.endings or table.starts)
        self._by_letters: dict[str, tuple[Affixes, ...]] = {}

    def bases(
        self, word: str, known: Container[str], *, shortest: int | None = None, starts: Container[str] | None = None
    ) -> tuple[Base, ...]:
        """Return which of the `known` names a folded word may be made of, each once.

        `shortest` is the least length of a name; inside names of several words two letters are enough.
        `starts` are the first STEM letters of all known names: a word that starts otherwise is soon done with.
        """
        if len(word) > WIDEST:
            return ()
        found: dict[str, Base] = {}
        for table in self._tables_for(word):
            least = table.shortest if shortest is None else shortest
            for base in _bases(table, word, known, starts):
                if len(base.text) >= least and base.text != word:
                    found.setdefault(base.text, base)
        return tuple(found.values())

    def _tables_for(self, word: str) -> tuple[Affixes, ...]:
        """Return the tables that have affixes in the script of a word's first or last letter."""
        ends = word[0] + word[-1]
        if ends not in self._by_letters:
            here = scripts_of(ends)
            self._by_letters[ends] = tuple(table for table in self._tables if table.scripts & here)
        return self._by_letters[ends]


def _bases(table: Affixes, word: str, known: Container[str], starts: Container[str] | None) -> Iterator[Base]:
    """Take off endings, beginnings, and both."""
    yield from _without_ending(table, word, known, starts)
    for length in range(1, min(table.longest_start, len(word) - 1) + 1):
        start = word[:length]
        for change in table.starts.get(start, ()):
            rest = change.had + word[length:]
            if rest in known:
                yield Base(rest, f"{start} + {rest}")
            for base in _without_ending(table, rest, known, starts):
                yield Base(base.text, f"{start} + {base.detail}")


def _without_ending(table: Affixes, word: str, known: Container[str], starts: Container[str] | None) -> Iterator[Base]:
    # Where so much is left that the start of the name stands in it, it must be that of a known one.
    least = 1 if starts is None or word[:STEM] in starts else max(1, len(word) - STEM + 1)
    for length in range(least, min(table.longest_ending, len(word) - 1) + 1):
        changes = table.endings.get(word[-length:])
        if changes is None:
            continue
        stem = word[:-length]
        for change in changes:
            base = stem + change.had
            if base in known and length < len(base) + _MORE_PUT_ON_THAN_LEFT and _fits(change, stem):
                took = base if not change.had else f"{stem}({change.had})"
                yield Base(base, f"{took} + {word[-length:]}")


def _fits(change: _Change, stem: str) -> bool:
    return not change.beside or (stem[-1] in _VOWELS) is (change.beside == "V")
