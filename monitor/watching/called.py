"""Call countries, regions and the places that share a name by their names, in explanations."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.watching.context import Scene, area_key
from monitor.watching.namesakes import Candidate
from monitor.watching.places import CITY, Area, Gazetteer
from monitor.watching.scoring import Sign

_CODE = re.compile(r"[A-Z]{2}(?:\.\w+)?(?=,|$)")
_OF_AREAS = frozenset(
    {"context", "country_named", "home_country", "home_region", "abroad", "abroad_area", "qualified_elsewhere"}
)
_SHOWN = 3  # words of those that speak for a country.


class Called:
    """Know what areas and namesakes are called; remembers what it looked up."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._areas: dict[Area, str] = {}
        self._others: dict[Candidate, str] = {}

    def area(self, area: Area) -> str:
        """Return what a country or region is called, its code where it has no name."""
        if area not in self._areas:
            place = self._gazetteer.place_of(area)
            self._areas[area] = place.name if place else area_key(area.country, area.region)
        return self._areas[area]

    def other(self, some: Sequence[Candidate], at: int) -> str:
        """Name one of those called so by where it lies: “Paris, Texas, United States”; behind the last is no list's."""
        if at >= len(some):
            return "a place that no list holds"
        one = some[at]
        if one not in self._others:
            places = filter(None, map(self._gazetteer.place, sorted(one.ids)))
            biggest = max(places, key=lambda place: place.population, default=None)
            areas = [Area(one.country, one.region), Area(one.country)] if one.kind == CITY else [Area(one.country)]
            own = biggest.name if biggest else self.area(Area(one.country, one.region))
            self._others[one] = ", ".join(dict.fromkeys([own, *map(self.area, areas)]))
        return self._others[one]

    def named(self, sign: Sign) -> Sign:
        """Write the country or region that a sign tells of by its name instead of its code."""
        code = _CODE.match(sign.detail) if sign.name in _OF_AREAS else None
        if not code:
            return sign
        country, _, region = code.group().partition(".")
        names = dict.fromkeys(map(self.area, (Area(country, region), Area(country))))
        return sign._replace(detail=", ".join(names) + sign.detail[code.end() :])


def as_written(folded: Sequence[str], scene: Scene) -> tuple[str, ...]:
    """Return words of an article, the first few, which are shown, as they are written there and not as folded."""
    return (*map(scene.as_written, folded[:_SHOWN]), *folded[_SHOWN:])
