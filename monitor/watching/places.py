"""Say which place a watch means: "Homs, SY", "Homs, Syria", "geonames:169577"; and refuse where that is open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from monitor.watching.tokens import words

PREFIX = "geonames:"
_BY_FAR = 10  # times the people of the next place of that name: then nobody means the other one.
_MOST_SHOWN = 6
_LONGEST_ID = 12  # digits; GeoNames has come to eight.


CITY, REGION, COUNTRY = "city", "region", "country"


@dataclass(frozen=True, slots=True)
class Place:
    """A place on earth. `names` are its spellings in all languages, the main name first.

    `labels` stand beside `names`: the languages that a name belongs to (ISO 639, "tr"), () for a name that belongs to
    none or to nobody knows which; `labels` is () where nothing is known of any name. `country` is an ISO 3166 code of
    two letters, `region` GeoNames' code of the first level below it, "" of a country. `population` is 0 where nobody
    counted. `kind` is "city", "region" or "country". `latitude` and `longitude` are degrees.
    """

    id: int
    name: str
    country: str
    region: str = ""
    population: int = 0
    names: tuple[str, ...] = ()
    labels: tuple[tuple[str, ...], ...] = ()
    latitude: float = 0.0
    longitude: float = 0.0
    kind: str = CITY


class Brief(NamedTuple):
    """What there is to know of a place at a glance; a tuple, for a great many are made. The fields are Place's."""

    id: int
    country: str
    region: str
    population: int
    kind: str = CITY


@dataclass(frozen=True, slots=True)
class Area:
    """A country, or a region of one, that a place can be said to lie in. `region` "" is the whole country."""

    country: str
    region: str = ""

    def holds(self, place: Place) -> bool:
        """Say whether a place lies in this area."""
        return place.country == self.country and self.region in {"", place.region}


class Gazetteer(Protocol):
    """Know the places of the earth. Names are compared folded, in any spelling known."""

    def place(self, number: int) -> Place | None:
        """Return the place with this GeoNames id."""

    def search(self, name: str) -> tuple[Place, ...]:
        """Return all places of this name, those with the most people first."""

    def areas(self, name: str) -> tuple[Area, ...]:
        """Return the countries and regions that are called or coded so, countries first."""

    def similar(self, name: str, area: Area | None) -> tuple[Place, ...]:
        """Return the places whose main names are most like this one, the likeliest first."""

    def find_names(self, keys: Collection[str]) -> Mapping[str, tuple[Brief, ...]]:
        """Return the places called so, those with the most people first, for each key that is a name of any.

        A key is the folded words of a name, one blank between them: " ".join(words("Al-Rastan")).
        """

    def namesakes(self, place: Place) -> tuple[Place, ...]:
        """Return the other places that share a name with this one in any spelling, the biggest first."""

    def context_names(self, place: Place) -> tuple[str, ...]:
        """Return the names that speak for this place when a text holds them too, its own not among them.

        Its country and its region in all languages, with what their people are called, and the biggest other places
        of the country.
        """

    def around(self, place: Place, kilometres: float) -> tuple[Place, ...]:
        """Return the other cities whose centres lie so near to this place's, those with the most people first."""

    def null_phrases(self, place: Place) -> tuple[str, ...]:
        """Return the phrases in which a name of this place does not mean it: Aleppo pepper, Paris Hilton."""

    def demonyms(self, place: Place) -> tuple[str, ...]:
        """Return those names of a country that are what its people and things are called: Syrian, syrisch."""

    def place_of(self, area: Area) -> Place | None:
        """Return a country or a region as a place."""

    def dominant(self, name: str) -> int | None:
        """Return the id of the place that nearly everybody means by this name alone, None where it is open."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The place that a name means, None if it means none. `text` and `hint` are set if there is something to say."""

    place: Place | None
    text: str = ""
    hint: str = ""


def resolve(name: str, gazetteer: Gazetteer) -> Resolved:
    """Find the place that a watch names: a city, a region, a country.

    A name that several places bear means the one that nearly everybody means by it: the one with by far the most
    people, or the one that the gazetteer's table of dominant senses names. Else it means none: the text says so and
    the hint lists the places, each with an id to copy.
    """
    if name.strip().casefold().startswith(PREFIX):
        return _resolve_id(name, gazetteer)
    plain, _, qualifier = (part.strip() for part in name.rpartition(","))
    if not plain:
        return _choose(name, gazetteer.search(name), gazetteer=gazetteer)
    areas = _areas(qualifier, plain, gazetteer)
    if not areas:
        return Resolved(None, f"“{qualifier}” is no country or region known here", _country_hint(plain, gazetteer))
    name_alone = plain.rpartition(",")[0].strip() or plain
    for area in areas:
        found = tuple(place for place in gazetteer.search(name_alone) if area.holds(place))
        if found:
            return _choose(name_alone, found, area=area, gazetteer=gazetteer)
    return _unknown(name_alone, areas[0], gazetteer)


def _areas(qualifier: str, plain: str, gazetteer: Gazetteer) -> tuple[Area, ...]:
    """Read "Texas" or "US"; in "Paris, Texas, US" the region must lie in the country."""
    areas = gazetteer.areas(qualifier)
    _, _, region = (part.strip() for part in plain.rpartition(","))
    if "," not in plain:
        return areas
    countries = {area.country for area in areas if not area.region}
    return tuple(area for area in gazetteer.areas(region) if area.region and area.country in countries)


def _resolve_id(name: str, gazetteer: Gazetteer) -> Resolved:
    """Read "geonames:169577"; "geonames:SY" is a country and "geonames:SY.11" a region, by GeoNames' codes."""
    code = name.strip()[len(PREFIX) :].strip()
    place: Place | None = None
    if code.isascii() and code.isdecimal() and len(code) <= _LONGEST_ID:
        place = gazetteer.place(int(code))
    elif code:
        country, _, region = code.partition(".")
        place = gazetteer.place_of(Area(country.upper(), region.upper()))
    if place is None:
        return Resolved(None, f"“{name}” is no place known here", 'write it like "geonames:169577", or "Homs, SY"')
    return Resolved(place)


def _choose(name: str, found: Sequence[Place], *, area: Area | None = None, gazetteer: Gazetteer) -> Resolved:
    """Take the place that is meant; refuse if it could be another one as well."""
    if not found:
        return _unknown(name, area, gazetteer)
    usual = gazetteer.dominant(name)
    for place in found:
        if place.id == usual:
            return Resolved(place)
    rivals = _without_doubles(name, found)
    called = [place for place in rivals if _is_called(place, name)]
    best = max(called or rivals, key=lambda place: place.population)
    others = [place for place in (called if area and called else rivals) if place is not best]
    if all(best.population >= _BY_FAR * place.population and best.population for place in others):
        return Resolved(best)
    listed = sorted([best, *others], key=lambda place: (not _is_called(place, name), -place.population))
    more = f"; and {len(listed) - _MOST_SHOWN} smaller ones" if len(listed) > _MOST_SHOWN else ""
    where = f" in {area.country}" if area else ""
    return Resolved(
        None,
        f"“{name}” is the name of {len(listed)} places{where}",
        "name the one you mean by its id: " + "; ".join(map(describe, listed[:_MOST_SHOWN])) + more,
    )


def _is_called(place: Place, name: str) -> bool:
    """Say whether a name is a place's main one."""
    return words(place.name) == words(name)


def _without_doubles(name: str, found: Sequence[Place]) -> list[Place]:
    """Leave out regions that are named after their city: who means them writes "Kharkiv Oblast"."""
    seats = {(place.country, place.region) for place in found if place.kind == CITY and _is_called(place, name)}
    kept = [place for place in found if place.kind != REGION or (place.country, place.region) not in seats]
    return kept or list(found)


def _unknown(name: str, area: Area | None, gazetteer: Gazetteer) -> Resolved:
    where = f" in {area.country}" if area else ""
    similar = gazetteer.similar(name, area)
    hint = "did you mean " + " or ".join(f"“{place.name}, {place.country}”" for place in similar[:3])
    return Resolved(None, f"“{name}” is no place known{where}", f"{hint}?" if similar else 'write it like "Homs, SY"')


def _country_hint(name: str, gazetteer: Gazetteer) -> str:
    countries = tuple(dict.fromkeys(place.country for place in gazetteer.search(name)))[:_MOST_SHOWN]
    if not countries:
        return 'write it like "Homs, SY"'
    return "did you mean " + " or ".join(f"“{name}, {country}”" for country in countries) + "?"


def id_of(place: Place) -> str:
    """Return what names a place in a configuration and nothing else: geonames:169577, geonames:SY.11, geonames:SY."""
    match place.kind:
        case "region":
            return f"{PREFIX}{place.country}.{place.region}"
        case "country":
            return f"{PREFIX}{place.country}"
    return f"{PREFIX}{place.id}"


def describe(place: Place) -> str:
    """Name a place so that it can be copied into a configuration: geonames:169577 (Homs, SY, 775,404 people)."""
    lies = place.region.isalpha() and place.kind == CITY
    where = f"{place.region}, {place.country}" if lies else place.country
    what = "" if place.kind == CITY else f"{place.kind}, "
    people = f", {place.population:,} people" if place.population else ""
    return f"{id_of(place)} ({what}{place.name}, {where}{people})"
