"""Make countries and regions for the index, with their names in all languages.

Nothing here is imported by the daemon.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from monitor.gazetteer.labels import can_be
from monitor.gazetteer.layout import key_of
from monitor.gazetteer.peoples import inflect
from monitor.watching.places import COUNTRY, REGION, Place
from monitor.watching.tokens import words

Record = Mapping[str, object]
Names = Mapping[str, Sequence[str]]  # by language.

_FIRST_OF_OURS = 3_000_000_000  # ids of regions whose GeoNames id is not in the sources: above all of GeoNames'.
_OURS = 1_000_000_000

# What a region's English name may end with; writers choose among these at will.
_GENERIC = ("Governorate", "Oblast", "Province", "Region", "District", "County", "State", "Department", "Prefecture")
_ALSO_CALLED = ("Governorate", "Oblast", "Province", "Region")

# Words that are a region's whole name in half a dozen countries, and say nothing.
_SIDES = "north south east west northern southern eastern western central centre center upper lower nord sud est ouest"
_KINDS = "region province district division coast island islands area state"
_BARE = "capital coast coastal islands island district federal city lakes plateau delta norte sur este oeste"
_NO_NAMES = frozenset(
    {
        *_SIDES.split(),
        *_KINDS.split(),
        *_BARE.split(),
        *(f"{side} {kind}" for side in (*_SIDES.split(), "capital", "federal") for kind in _KINDS.split()),
        *(f"{side} {other}" for side in _SIDES.split() for other in _SIDES.split()),
    }
)


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What the names of areas are made of: countries and states by code, all cities, names by language."""

    countries: Mapping[str, Record]
    states: Mapping[str, Record]
    cities: Iterable[Record]
    labelled: Mapping[str, Names]

    def biggest(self) -> tuple[Mapping[str, Record], Mapping[str, int]]:
        """Return the biggest city of each country and region, and the people of all its cities."""
        best: dict[str, Record] = {}
        people: defaultdict[str, int] = defaultdict(int)
        for city in self.cities:
            country = str(city["countrycode"])
            size = int(str(city["population"]))
            for area in (country, f"{country}.{city['admin1code']}"):
                people[area] += size
                if area not in best or size > int(str(best[area]["population"])):
                    best[area] = city
        return best, people


def _territories() -> dict[str, dict[str, list[str]]]:
    """Return CLDR's names of countries by code and language. Source: Babel's copy of CLDR."""
    from babel import Locale, localedata

    names: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for identifier in sorted(localedata.locale_identifiers()):
        if identifier in {"zh_Hant", "sr_Latn"} or "_" not in identifier:
            language = identifier.partition("_")[0]
            for code, name in Locale.parse(identifier).territories.items():
                names[code].setdefault(language, []).append(name)
    return names


class _Names:
    """Gather names with their languages, each name once as folded."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, ...], str] = {}
        self._labels: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)

    def add(self, name: str, language: str = "") -> None:
        """Add a name; without a language it belongs to none."""
        folded = words(name)
        if not folded or " ".join(folded) in _NO_NAMES or (language and not can_be(name, language)):
            return
        self.names.setdefault(folded, name)
        if language:
            self._labels[folded].add(language)

    def labels(self) -> tuple[tuple[str, ...], ...]:
        """Return the languages of each name."""
        return tuple(tuple(sorted(self._labels.get(folded, ()))) for folded in self.names)


def _is_written(name: str) -> bool:
    """Say whether a name of an area is one to look for: not a code, not a single Latin letter or two."""
    letters = "".join(words(name))
    return len(letters) > 2 or (bool(letters) and not letters.isascii() and name != name.lower())  # noqa: PLR2004 - codes.


def countries(
    everywhere: Everywhere, more: Mapping[str, Sequence[str]], demonyms: Mapping[str, Mapping[str, str]]
) -> tuple[list[Place], dict[int, int]]:
    """Return all countries, and how many of each one's last names are what its people are called, by id."""
    best, _ = everywhere.biggest()
    territories = _territories()
    found: list[Place] = []
    counts: dict[int, int] = {}
    for code, record in sorted(everywhere.countries.items()):
        gathered = _Names()
        gathered.add(str(record["name"]))
        for by_language in (territories.get(code, {}), everywhere.labelled.get(code, {})):
            for language, names in by_language.items():
                for name in filter(_is_written, names):
                    gathered.add(name, language)
        for name in more.get(code, ()):
            gathered.add(name)
        plain = len(gathered.names)
        for language, forms in inflect(demonyms.get(code, {})).items():
            for form in forms:
                gathered.add(form, language)
        place = _area(gathered, best.get(code), int(str(record["geonameid"])), code=code, kind=COUNTRY)
        found.append(_with_people(place, int(str(record["population"]))))
        counts[place.id] = len(gathered.names) - plain
    return found, {number: count for number, count in counts.items() if count}


def regions(everywhere: Everywhere) -> list[Place]:
    """Return all regions of the first level that have a name, and at least one place."""
    best, people = everywhere.biggest()
    usual = _usual(everywhere.labelled)
    found: dict[int, Place] = {}
    for key in sorted(key for key in everywhere.labelled if "." in key and key in best):
        gathered = _Names()
        by_language = everywhere.labelled[key]
        for name in _english(by_language, usual.get(key.partition(".")[0], "")):
            gathered.add(name, "en")
        for language, names in by_language.items():
            for name in filter(_is_written, names):
                gathered.add(name, language)
        if not gathered.names:
            continue
        country, _, region = key.partition(".")
        place = _area(gathered, best[key], _id_of_region(key, everywhere.states), code=country, kind=REGION)
        if place.id in found:
            raise SystemExit(f"two regions share the id {place.id}: {key} and {found[place.id]}")
        found[place.id] = _with_people(place, people[key], region)
    return list(found.values())


def _usual(labelled: Mapping[str, Names]) -> dict[str, str]:
    """Return what most regions of a country are called in English: Oblast in Ukraine."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for key, by_language in labelled.items():
        country, dot, _ = key.partition(".")
        for name in by_language.get("en", ()) if dot else ():
            counted[country][name.rpartition(" ")[2]] += 1
    most = {country: counts.most_common(1)[0][0] for country, counts in counted.items()}
    return {country: generic for country, generic in most.items() if generic in _GENERIC}


def _english(by_language: Names, usual: str) -> list[str]:
    """Return a region's English names, with the other words for what it is: Homs Province, of Homs Governorate."""
    found = list(by_language.get("en", ()))
    for name in tuple(found):
        bare, _, generic = name.rpartition(" ")
        if bare and generic in _GENERIC:
            found.extend(f"{bare} {other}" for other in _ALSO_CALLED if other != generic)
        elif usual:
            found.append(f"{name} {usual}")
    return found


def _id_of_region(key: str, states: Mapping[str, Record]) -> int:
    country, _, region = key.partition(".")
    if country == "US" and region in states:
        return int(str(states[region]["geonameid"]))
    return _FIRST_OF_OURS + crc32(key.encode()) % _OURS


def _area(gathered: _Names, seat: Record | None, number: int, *, code: str, kind: str) -> Place:
    names = tuple(gathered.names.values())
    return Place(
        id=number,
        name=names[0],
        country=code,
        names=names,
        labels=gathered.labels(),
        latitude=float(str(seat["latitude"])) if seat else 0.0,
        longitude=float(str(seat["longitude"])) if seat else 0.0,
        kind=kind,
    )


def _with_people(place: Place, population: int, region: str = "") -> Place:
    return replace(place, population=population, region=region)


def codes(everywhere: Everywhere) -> dict[str, list[tuple[str, str]]]:
    """Return the codes of countries and states, and regions' bare names, by their folded words: "tx", "homs"."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for code, record in everywhere.countries.items():
        for name in (code, str(record["iso3"])):
            found[key_of(name)].add((code, ""))
    for code in everywhere.states:
        found[key_of(code)].add(("US", code))
    for key, by_language in everywhere.labelled.items():
        country, dot, region = key.partition(".")
        for name in by_language.get("en", ()) if dot else ():
            bare, _, generic = name.rpartition(" ")
            if bare and generic in _GENERIC:
                found[key_of(bare)].add((country, region))
    return {name: sorted(areas) for name, areas in found.items()}
