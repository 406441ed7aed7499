"""Words that say what a name near them is: a place, a person, an organisation, or an everyday word."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monitor.watching.tokens import words

_HERE = Path(__file__).parent
_KINDS = (
    "at",
    "place_before",
    "place_after",
    "civic",
    "title",
    "said",
    "org",
    "org_before",
    "street",
    "nature",
    "nature_before",
    "state",
    "state_before",
    "city",
    "city_before",
    "sport",
)

Phrases = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Cues:
    """The cue words of one language, or of all: folded phrases by what they say. `common` are everyday words."""

    at: Phrases = frozenset()
    place_before: Phrases = frozenset()
    place_after: Phrases = frozenset()
    title: Phrases = frozenset()
    said: Phrases = frozenset()
    org: Phrases = frozenset()
    org_before: Phrases = frozenset()
    civic: Phrases = frozenset()
    street: Phrases = frozenset()
    nature: Phrases = frozenset()
    nature_before: Phrases = frozenset()
    state: Phrases = frozenset()
    state_before: Phrases = frozenset()
    city: Phrases = frozenset()
    city_before: Phrases = frozenset()
    sport: Phrases = frozenset()
    common: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Homograph:
    """A name that is an everyday word in some languages: beside one of `beside` it is that word."""

    langs: frozenset[str]
    beside: frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Tables:
    cues: Mapping[str, Cues]
    homographs: Mapping[tuple[str, ...], tuple[Homograph, ...]]
    abbreviations: Mapping[tuple[str, ...], str]


def _phrases(some: Iterable[str]) -> Phrases:
    return frozenset(folded for one in some if (folded := words(one)))


@cache
def _tables() -> _Tables:
    raw = tomllib.loads((_HERE / "cues.toml").read_text("utf-8"))
    common = tomllib.loads((_HERE / "common.toml").read_text("utf-8"))
    homographs: dict[tuple[str, ...], tuple[Homograph, ...]] = {}
    for row in raw.pop("homograph"):
        one = Homograph(frozenset(row["langs"]), _phrases(row["beside"]))
        for name in row["names"]:
            homographs[words(name)] = (*homographs.get(words(name), ()), one)
    short = {words(form): area for area, forms in raw.pop("abbreviations").items() for form in forms}
    cues = {
        lang: Cues(
            **{kind: _phrases(table.get(kind, ())) for kind in _KINDS}, common=frozenset(common.get(lang, "").split())
        )
        for lang, table in raw.items()
    }
    for lang in set(common) - set(cues):
        cues[lang] = Cues(common=frozenset(common[lang].split()))
    return _Tables(cues, homographs, short)


@cache
def cues_of(languages: tuple[str, ...]) -> Cues:
    """Return the cue words of one or more languages; nothing is common where the language is unknown."""
    tables = [_tables().cues[lang] for lang in languages if lang in _tables().cues]
    if len(tables) == 1:
        return tables[0]
    merged: dict[str, Phrases] = {kind: frozenset().union(*(getattr(one, kind) for one in tables)) for kind in _KINDS}
    return Cues(**merged, common=tables[0].common if tables else frozenset())


def homograph(name: tuple[str, ...], languages: tuple[str, ...]) -> Homograph | None:
    """Return which everyday word a folded name also is in some languages, None if it is none; () is any language."""
    found = _tables().homographs.get(name, ())
    return next((one for one in found if not languages or not one.langs.isdisjoint(languages)), None)


@cache
def _everyday() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for lang, cues in sorted(_tables().cues.items()):
        for word in cues.common:
            found.setdefault(word, []).append(lang)
    return {word: tuple(langs) for word, langs in found.items()}


def everyday(name: tuple[str, ...]) -> tuple[str, ...]:
    """Return the languages in which a folded name is an ordinary word, too."""
    langs = set(_everyday().get(name[0], ())) if len(name) == 1 else set()
    return tuple(sorted(langs.union(*(one.langs for one in _tables().homographs.get(name, ())))))


def abbreviated(name: tuple[str, ...]) -> str | None:
    """Return the area that an abbreviation means behind a comma: "US.TX" of Tex."""
    return _tables().abbreviations.get(name)
