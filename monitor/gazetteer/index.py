"""Look places up in the index that ships with the package, or in a bigger one."""

from __future__ import annotations

import json
import math
import sqlite3
import weakref
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from monitor.errors import StoreError
from monitor.gazetteer.alike import Speller
from monitor.gazetteer.layout import (
    KINDS,
    PLACES_IN_BLOCK,
    SCHEMA_VERSION,
    Contents,
    LabelReader,
    degrees,
    digest_of,
    from_little,
    key_of,
    unpack,
)
from monitor.gazetteer.nulls import NullLexicon
from monitor.watching.places import CITY, Area, Brief, Place

SHIPPED = Path(__file__).with_name("places.sqlite")

_MOST_BLOCKS = 24  # unpacked and remembered, 1.5 MB: names take much more than packed.
_MOST_KEYS = 8_000  # remembered answers, names and words that are none; 2 MB. Matching remembers more itself.
_MOST_SPELT = 8_000  # places that a misspelt name without a country is compared with.
_EARTH_KM = 6_371.0  # its mean radius.
_DEGREE_KM = 110.5
_SPEAKING = 40  # other places of a country whose names speak for it.
_MOST_SHARED = 10  # countries whose context names are remembered, 1 MB; matching asks for each but once.


@dataclass(frozen=True, slots=True)
class _Contents:
    """An index as read: the numbers of all places, and how they are called in short."""

    column: Mapping[str, array[int]]
    countries: tuple[str, ...]
    regions: tuple[str, ...]
    labels: LabelReader
    codes: Mapping[str, list[list[str]]]
    demonyms: Mapping[str, int]
    null_phrases: NullLexicon
    dominant: Mapping[str, int]


def apart_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how far two points lie apart on a globe, in kilometres. Source: the haversine formula."""
    north, east = (math.radians(there - here) for here, there in zip(one, other, strict=True))
    across = math.cos(math.radians(one[0])) * math.cos(math.radians(other[0])) * math.sin(east / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, math.sin(north / 2) ** 2 + across)))


class Index:
    """Know the places of the earth, out of a read-only file that is opened at the first question.

    Serves `monitor.watching.places.Gazetteer`. May be used from several threads, one at a time.
    """

    def __init__(self, path: Path = SHIPPED) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._contents: _Contents | None = None
        self._forget()

    def __reduce__(self) -> tuple[type[Index], tuple[Path]]:
        """Send only the path to another process, which opens the file itself."""
        return Index, (self._path,)

    def _forget(self) -> None:
        self._blocks: dict[int, list[tuple[tuple[str, ...], str]]] = {}
        self._briefs: dict[str, tuple[Brief, ...]] = {}
        self._context: dict[Area, tuple[tuple[str, str], ...]] = {}
        self._spellers: dict[str, Speller] = {}

    def place(self, number: int) -> Place | None:
        """Return the place with this GeoNames id. Raises: StoreError."""
        column = self._read().column
        at = bisect_left(column["sorted_id"], number)
        if at == len(column["sorted_id"]) or column["sorted_id"][at] != number:
            return None
        return self._place(column["position_of_id"][at])

    def search(self, name: str) -> tuple[Place, ...]:
        """Return all places of this name in any spelling known, those with the most people first.

        Names are compared folded. Raises: StoreError.
        """
        return self._biggest_first(self._named(key_of(name)))

    def areas(self, name: str) -> tuple[Area, ...]:
        """Return the countries and regions of this name or code, countries first. Raises: StoreError."""
        read = self._read()
        # Of an article's names the places were asked for just before, and by the folded name, which folds to itself.
        briefs = self._briefs.get(name)
        key = key_of(name) if briefs is None else name
        if briefs is None:
            briefs = self._brief(key)
        coded = [Area(country, region) for country, region in read.codes.get(key, ())]
        named = [Area(one.country, one.region) for one in briefs if one.kind != CITY]
        if not (coded or named):
            return ()
        return tuple(sorted({*coded, *named}, key=lambda area: (area.region != "", area.country, area.region)))

    def similar(self, name: str, area: Area | None) -> tuple[Place, ...]:
        """Return up to five places whose names are most like this one, the likeliest first. Raises: StoreError.

        In a country all places are asked, in the whole world the 8,000 biggest.
        """
        country = area.country if area else ""
        if country not in self._spellers:
            # In their order in the file, so that each block is unpacked once.
            positions = self._country(country) if country else sorted(self._biggest(_MOST_SPELT))
            self._spellers[country] = Speller((at, self._names(at)) for at in positions)
        people = self._read().column["population"]
        alike = self._spellers[country].like(key_of(name))
        found = [self._place(at) for at, _ in sorted(alike, key=lambda one: (-one[1], -people[one[0]]))]
        inside = [place for place in found if area is None or area.holds(place)]
        # A region that is named after its city says nothing new.
        return tuple([place for place in inside if place.kind == CITY] or inside)[:5]

    def find_names(self, keys: Collection[str]) -> Mapping[str, tuple[Brief, ...]]:
        """Return the places called so, biggest first, for each key that is a name of any. Raises: StoreError.

        Costs 3 millionths of a second a key that is new, and a tenth of that for one met before.
        """
        known = self._briefs
        if len(known) > _MOST_KEYS:
            known.clear()
        found = {}
        for key in keys:
            briefs = known.get(key)
            if briefs is None:
                briefs = known[key] = self._brief(key)
            if briefs:
                found[key] = briefs
        return found

    def namesakes(self, place: Place) -> tuple[Place, ...]:
        """Return the other places that share a folded name with this one, biggest first. Raises: StoreError."""
        positions = {at for name in place.names for at in self._named(key_of(name))}
        return tuple(one for one in self._biggest_first(positions) if one.id != place.id)

    def context_names(self, place: Place) -> tuple[str, ...]:
        """Return the names that speak for this place when a text holds them too. Raises: StoreError."""
        own = {key_of(name) for name in place.names}
        shared = self._shared(Area(place.country))
        if place.kind == CITY and place.region:
            shared = (*shared, *self._shared(Area(place.country, place.region)))
        return tuple(dict.fromkeys(name for name, key in shared if key not in own))

    def around(self, place: Place, kilometres: float) -> tuple[Place, ...]:
        """Return the other cities whose centres lie so near, those with the most people first. Raises: StoreError."""
        column = self._read().column
        north, east = column["latitude"], column["longitude"]
        here = (place.latitude, place.longitude)
        # One degree of latitude is never less than 110.5 km: most places are ruled out by that alone.
        band = kilometres / _DEGREE_KM
        near = [at for at, angle in enumerate(north) if abs(degrees(angle) - place.latitude) <= band]
        found = [at for at in near if apart_km(here, (degrees(north[at]), degrees(east[at]))) <= kilometres]
        cities = (at for at in found if self._kind(at) == CITY)
        return tuple(one for one in self._biggest_first(cities) if one.id != place.id)

    def demonyms(self, place: Place) -> tuple[str, ...]:
        """Return those names of a country that are what its people are called: Syrian, syrisch. Raises: StoreError."""
        count = self._read().demonyms.get(str(place.id), 0)
        return place.names[len(place.names) - count :] if count else ()

    def null_phrases(self, place: Place) -> tuple[str, ...]:
        """Return the phrases in which a name of this place does not mean it. Raises: StoreError."""
        area = f"{place.country}.{place.region}" if place.region else place.country
        owners = (str(place.id),) if place.kind == CITY else (str(place.id), area)
        return self._read().null_phrases.of(owners, {key_of(name) for name in place.names})

    def dominant(self, name: str) -> int | None:
        """Return the id of the place that nearly everybody means by this name alone. Raises: StoreError."""
        return self._read().dominant.get(key_of(name))

    def place_of(self, area: Area) -> Place | None:
        """Return a country or a region as a place. Raises: StoreError."""
        at = self._position(area)
        return None if at is None else self._place(at)

    def biggest(self, count: int) -> tuple[Brief, ...]:
        """Return the cities with the most people. Raises: StoreError."""
        return tuple(map(self._glance, self._biggest(count)))

    def _biggest(self, count: int) -> list[int]:
        column = self._read().column
        people = column["population"]
        cities = (at for at in range(len(people)) if self._kind(at) == CITY)
        return sorted(cities, key=lambda at: -people[at])[:count]

    def contents(self) -> Contents:
        """Return all that the index holds, for a bigger one to begin with. Raises: StoreError."""
        read = self._read()
        return Contents(
            places=[self._place(at) for at in range(len(read.column["id"]))],
            codes={name: [(country, region) for country, region in some] for name, some in read.codes.items()},
            demonyms={int(number): count for number, count in read.demonyms.items()},
            null_phrases=read.null_phrases.phrases,
            dominant=read.dominant,
        )

    def close(self) -> None:
        """Close the file and forget what was read; the next question opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._contents = None
        self._forget()

    def _shared(self, area: Area) -> tuple[tuple[str, str], ...]:
        """Return the names that speak for a country or a region, each with its folded words."""
        known = self._context.get(area)
        if known is None:
            names = dict.fromkeys(name for at in self._speaking(area) for name in self._names(at))
            known = tuple((name, key_of(name)) for name in names)
            if not area.region and len(self._context) < _MOST_SHARED:
                self._context[area] = known
        return known

    def _speaking(self, area: Area) -> Iterable[int]:
        """Yield the positions of an area itself and, of a country, its biggest cities."""
        at = self._position(area)
        if at is not None:
            yield at
        if not area.region:
            cities = (at for at in self._country(area.country) if self._kind(at) == CITY)
            yield from islice(cities, _SPEAKING)

    def _position(self, area: Area) -> int | None:
        for at in self._country(area.country):
            if self._kind(at) == CITY:
                return None
            if self._country_and_region(at) == (area.country, area.region):
                return at
        return None

    def _country(self, code: str) -> range:
        """Return the positions of a country's places: itself, its regions, its cities, the biggest first."""
        read = self._read()
        if code not in read.countries:
            return range(0)
        number = read.countries.index(code)
        column = read.column["country"]
        return range(bisect_left(column, number), bisect_right(column, number))

    def _named(self, key: str) -> list[int]:
        """Return the positions of the places called so."""
        column = self._read().column
        keys, checks, named = column["key"], column["check"], column["named"]
        number, check = digest_of(key)
        at = bisect_left(keys, number)
        found = []
        while at < len(keys) and keys[at] == number:
            if checks[at] == check:
                found.append(named[at])
            at += 1
        return found

    def _brief(self, key: str) -> tuple[Brief, ...]:
        positions = self._named(key)
        if not positions:
            return ()
        return tuple(sorted(map(self._glance, positions), key=lambda one: (-one.population, one.id)))

    def _glance(self, at: int) -> Brief:
        column = self._read().column
        return Brief(column["id"][at], *self._country_and_region(at), column["population"][at], self._kind(at))

    def _biggest_first(self, positions: Iterable[int]) -> tuple[Place, ...]:
        return tuple(sorted(map(self._place, positions), key=lambda one: (-one.population, one.id)))

    def _kind(self, at: int) -> str:
        return KINDS[self._read().column["kind"][at]]

    def _country_and_region(self, at: int) -> tuple[str, str]:
        read = self._read()
        country, _, region = read.regions[read.column["region"][at]].partition(".")
        return country, region

    def _names(self, at: int) -> tuple[str, ...]:
        return self._block(at // PLACES_IN_BLOCK)[at % PLACES_IN_BLOCK][0]

    def _place(self, at: int) -> Place:
        read = self._read()
        names, packed = self._block(at // PLACES_IN_BLOCK)[at % PLACES_IN_BLOCK]
        country, region = self._country_and_region(at)
        return Place(
            id=read.column["id"][at],
            name=names[0],
            country=country,
            region=region,
            population=read.column["population"][at],
            names=names,
            labels=read.labels.read(packed),
            latitude=degrees(read.column["latitude"][at]),
            longitude=degrees(read.column["longitude"][at]),
            kind=self._kind(at),
        )

    def _block(self, number: int) -> list[tuple[tuple[str, ...], str]]:
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) >= _MOST_BLOCKS:
                self._blocks.clear()
            rows = self._ask("SELECT data FROM block WHERE number = ?", (number,))
            block = self._blocks[number] = unpack(rows[0][0])
        return block

    def _read(self) -> _Contents:
        """Read what is held in memory, once."""
        if self._contents is None:
            facts = dict(self._ask("SELECT name, value FROM fact"))
            numbers = self._ask("SELECT name, code, data FROM numbers")
            self._contents = _Contents(
                column={name: from_little(code, data) for name, code, data in numbers},
                countries=tuple(facts["countries"].split("\n")),
                regions=tuple(facts["regions"].split("\n")),
                labels=LabelReader(facts["languages"].split("\n")),
                codes=json.loads(facts["codes"]),
                demonyms=json.loads(facts["demonyms"]),
                null_phrases=NullLexicon(json.loads(facts["null_phrases"])),
                dominant=json.loads(facts["dominant"]),
            )
        return self._contents

    def _ask(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            if self._connection is None:
                self._connection = self._open()
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as exc:
            raise StoreError(f"the place index {self._path} cannot be read: {exc}") from exc

    def _open(self) -> sqlite3.Connection:
        # Immutable: nobody writes it, so no lock and no journal is looked for beside it.
        uri = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        weakref.finalize(self, connection.close)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA_VERSION:
            raise StoreError(f"the place index {self._path} has version {version}, not {SCHEMA_VERSION}")
        return connection
