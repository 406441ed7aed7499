"""Say where watches lie: in which countries, inside which other watches, and which of them lie in a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from monitor.model import Watch
from monitor.watching.places import CITY, Area, Gazetteer, Place, resolve

_REMEMBERED = 256  # places that silences name; each is looked up once.


def lies_in(place: Place, outer: Place) -> bool:
    """Say whether a place is another one, or lies in it. A city holds nothing but itself."""
    if outer.kind == CITY:
        return place.id == outer.id
    return Area(outer.country, outer.region).holds(place)


def settle(watches: Sequence[Watch], places: Mapping[str, Sequence[Place]]) -> tuple[Watch, ...]:
    """Return watches with their `countries` and with what they lie `within`; `places` are theirs, resolved, by id.

    A watch is a container if all its places are countries or regions. Two that cover the same are in neither.
    """
    containers = _containers(watches, places)
    inside = {watch.id: _around(places.get(watch.id, ()), containers) - {watch.id} for watch in watches}
    return tuple(
        replace(
            watch,
            countries=tuple(dict.fromkeys(place.country for place in places.get(watch.id, ()))),
            within=tuple(sorted(id_ for id_ in inside[watch.id] if watch.id not in inside[id_])),
        )
        for watch in watches
    )


def _containers(watches: Sequence[Watch], places: Mapping[str, Sequence[Place]]) -> Mapping[Area, set[str]]:
    found: dict[Area, set[str]] = {}
    for watch in watches:
        own = places.get(watch.id, ())
        if all(place.kind != CITY for place in own):
            for place in own:
                found.setdefault(Area(place.country, place.region), set()).add(watch.id)
    return found


def _around(places: Sequence[Place], containers: Mapping[Area, set[str]]) -> set[str]:
    """Return the containers that hold all of these places."""
    each = [
        containers.get(Area(place.country), set()) | containers.get(Area(place.country, place.region), set())
        for place in places
    ]
    return set.intersection(*each) if each else set()


class Whereabouts:
    """Know where the watches of a configuration lie."""

    def __init__(self, places: Mapping[str, Sequence[Place]], gazetteer: Gazetteer) -> None:
        self._places = places
        self._gazetteer = gazetteer
        self.watches_in = lru_cache(maxsize=_REMEMBERED)(self._watches_in)

    def _watches_in(self, place: str) -> frozenset[str]:
        """Return the watches whose places are all this one, or lie in it; none if nobody knows the place."""
        outer = resolve(place, self._gazetteer).place
        if outer is None:
            return frozenset()
        return frozenset(
            id_ for id_, places in self._places.items() if places and all(lies_in(one, outer) for one in places)
        )
