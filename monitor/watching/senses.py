"""Look up what a spelling of a watched place can mean: that place, and all others called so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from monitor.watching.context import Names
from monitor.watching.namesakes import Candidate, candidates
from monitor.watching.places import CITY, REGION, Area, Brief, Gazetteer, Place
from monitor.watching.remembering import make_room
from monitor.watching.tokens import words

_MOST_NAMESAKES = 6  # places that share another spelling with the watched one.
_FAR_SMALLER = 20  # times fewer people: nobody means that one.
_MOST_REMEMBERED = 2_500  # spellings, 2 MB.
_BIG_ENOUGH = 20  # of the places called so, the biggest, of which it is asked whether this is their main name.


@dataclass(frozen=True, slots=True)
class Senses:
    """What a spelling can mean, the watched place among it."""

    all: tuple[Candidate, ...]
    mine: int


class Meanings:
    """Say what spellings can mean. Remembers the last ones, for the same watches are hit again and again."""

    def __init__(self, gazetteer: Gazetteer, names: Names) -> None:
        self._gazetteer = gazetteer
        self._names = names
        self._known: dict[tuple[int, str], Senses] = {}

    def of(self, place: Place, form: str) -> Senses:
        """Return what a spelling of a place can mean."""
        known = self._known.get((place.id, form))
        if known is None:
            make_room(self._known, _MOST_REMEMBERED)
            known = self._known[place.id, form] = self._look_up(place, form)
        return known

    def _look_up(self, place: Place, form: str) -> Senses:
        key = " ".join(words(form))
        briefs = self._names.find([key]).get(key, ())
        if not any(one.id == place.id for one in briefs):
            briefs = (*briefs, Brief(place.id, place.country, place.region, place.population, place.kind))
        areas = self._names.areas(key)
        main = frozenset(one.id for one in briefs[:_BIG_ENOUGH] if _is_area(one, areas) or self._is_main(one.id, key))
        found = candidates(briefs, areas, main=main, dominant=self._gazetteer.dominant(form))
        others = candidates(tuple(self._abroad(place, briefs)), (), main=frozenset(), dominant=None)
        found = (*found, *(replace(one, is_other=True) for one in others))
        mine = next((at for at, one in enumerate(found) if place.id in one.ids), None)
        if mine is None:
            alone = Candidate((place.id,), place.country, place.region, place.population, place.kind)
            return Senses((*found, alone), len(found))
        return Senses(found, mine)

    def _abroad(self, place: Place, known: Sequence[Brief]) -> Iterable[Brief]:
        """Return places of other countries that share another spelling: Homs, in Libya, is Хомс as well."""
        countries = {one.country for one in known}
        for one in self._gazetteer.namesakes(place)[:_MOST_NAMESAKES]:
            if one.country not in countries and one.kind == CITY and one.population * _FAR_SMALLER > place.population:
                yield Brief(one.id, one.country, one.region, one.population, one.kind)

    def _is_main(self, number: int, key: str) -> bool:
        place = self._gazetteer.place(number)
        return place is not None and " ".join(words(place.name)) == key


def _is_area(one: Brief, areas: Sequence[Area]) -> bool:
    """Say whether a name is the one by which a region or country is known: Palestine, of the Palestinian Territory."""
    return one.kind != CITY and Area(one.country, one.region if one.kind == REGION else "") in areas
