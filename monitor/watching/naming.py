"""List every spelling by which a watch is looked for, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from monitor.model import ConceptKind, Watch
from monitor.watching.places import CITY, Place
from monitor.watching.respelling import respellings
from monitor.watching.scripts import ROMANISED
from monitor.watching.variants import family_names, letter_variants, org_variants, person_variants


class Spelling(NamedTuple):
    """One spelling of a watch: the key of the configuration it comes from, and the languages it belongs to.

    One that `has_skeleton` is found by its consonants, too; one that `is_surname` counts only beside the full name. A
    tuple, for a great many are made.
    """

    key: str
    text: str
    langs: tuple[str, ...] = ()
    has_skeleton: bool = False
    is_surname: bool = False


def spellings(watch: Watch, places: Sequence[Place] = ()) -> tuple[Spelling, ...]:
    """Return the spellings of a watch, as configured first, each once."""
    found: dict[str, Spelling] = {}
    for one in _all(watch, places):
        known = found.setdefault(one.text, one)
        if known is not one and known.langs and not one.is_surname:
            langs = (*known.langs, *one.langs) if one.langs else ()
            found[one.text] = Spelling(known.key, known.text, tuple(dict.fromkeys(langs)), known.has_skeleton)
    return tuple(found.values())


def _all(watch: Watch, places: Sequence[Place]) -> Iterator[Spelling]:
    key = watch.kind.value
    for place in places:
        yield from _of_place(key, place)
    given = [(key, name) for name in watch.names if watch.kind is not ConceptKind.PLACE]
    given.extend(("aliases", alias) for alias in watch.aliases)
    for where, name in given:
        yield Spelling(where, name)
    for where, name in given:
        if not name.rstrip().endswith("*"):
            yield from (Spelling(where, text) for text in _variants(watch.kind, name))
    if watch.kind is ConceptKind.PERSON:
        yield from _surnames(given)


def _of_place(key: str, place: Place) -> Iterator[Spelling]:
    has_skeleton = place.country in ROMANISED and place.kind == CITY
    for name, langs in zip_longest(place.names, place.labels[: len(place.names)], fillvalue=()):
        if isinstance(name, str):
            own = langs if isinstance(langs, tuple) else ()
            yield Spelling(key, name, own, has_skeleton)
            yield from (Spelling(key, other, own) for other in respellings(name, own))
            yield from (Spelling(key, other, has_skeleton=False) for other in letter_variants(name))


def _variants(kind: ConceptKind, name: str) -> Iterable[str]:
    match kind:
        case ConceptKind.PERSON:
            return person_variants(name)
        case ConceptKind.ORG:
            return org_variants(name)
        case ConceptKind.PLACE:
            return letter_variants(name)
        case ConceptKind.KEYWORD:
            return ()


def _surnames(given: Sequence[tuple[str, str]]) -> Iterator[Spelling]:
    """Yield the family names of full names and of their variants, in every script that these are in."""
    for where, name in given:
        for full in (name, *person_variants(name, turned=False)):
            yield from (Spelling(where, text, is_surname=True) for text in family_names(full))
