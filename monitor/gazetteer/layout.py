"""How places.sqlite is laid out: numbers in columns, names in compressed blocks, and what names a place is called by.

Places stand by country, the biggest first, countries and regions before cities: a place's position is its row. Numbers
stand in one array a column and are read whole when the file is opened (4 MB for 42,000 places); names stand in blocks
of 64 places, each compressed by itself, so that one place costs one small block. The index of names is three columns
sorted by key: 4 bytes of a digest of the folded name, a fifth byte, and the position.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from monitor.watching.places import CITY, COUNTRY, REGION, Place
from monitor.watching.tokens import words

SCHEMA_VERSION = 2
PLACES_IN_BLOCK = 64
KINDS = (COUNTRY, REGION, CITY)

_SCHEMA = """
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE numbers (name TEXT PRIMARY KEY, code TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE block (number INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""
_VERSION_AT = 96  # bytes 96 to 99 of the header name the SQLite that wrote it: the one thing that differs by machine.

_OF_PLACE, _OF_NAME, _OF_LABEL = "\x1d", "\n", "\x1f"
_FIRST_LANGUAGE = 0x21  # a language is written as the character of this code point plus its number.
_DEGREE = 10_000  # four decimals of a degree, 11 metres, as a whole number.


@dataclass(frozen=True, slots=True)
class Contents:
    """What an index holds.

    `codes` are names and codes of countries and regions that are not names of places ("UK", "TX"): folded, to pairs of
    country and region. `demonyms` say how many of a country's last names are what its people are called, by id.
    """

    places: Sequence[Place]
    codes: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    demonyms: Mapping[int, int] = field(default_factory=dict)
    null_phrases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dominant: Mapping[str, int] = field(default_factory=dict)


def key_of(name: str) -> str:
    """Return the folded words of a name, one blank between them."""
    return " ".join(words(name))


def digest_of(key: str) -> tuple[int, int]:
    """Return the two numbers under which a key is indexed; of a million names two share both once in ten thousand."""
    digest = blake2b(key.encode(errors="surrogatepass"), digest_size=5).digest()
    return int.from_bytes(digest[:4], "big"), digest[4]


def little(numbers: array[int]) -> bytes:
    """Return the numbers as bytes, the low byte first on every machine."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def from_little(code: str, data: bytes) -> array[int]:
    """Return the numbers that stand in these bytes."""
    numbers: array[int] = array(code)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def write(target: Path, contents: Contents) -> None:
    """Write an index, replacing what is there. The same contents and zlib give the same bytes."""
    places = sorted(
        contents.places, key=lambda one: (one.country, KINDS.index(one.kind), -one.population, one.region, one.id)
    )
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(target)
    try:
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        languages = _languages(places)
        connection.executemany("INSERT INTO fact VALUES (?, ?)", sorted(_facts(contents, places, languages)))
        columns = {**_columns(places), **_name_columns(places)}
        connection.executemany(
            "INSERT INTO numbers VALUES (?, ?, ?)",
            [(name, column.typecode, little(column)) for name, column in sorted(columns.items())],
        )
        connection.executemany("INSERT INTO block VALUES (?, ?)", _blocks(places, languages))
        connection.commit()
        connection.execute("VACUUM")
    finally:
        connection.close()
    with target.open("r+b") as file:
        file.seek(_VERSION_AT)
        file.write(bytes(4))


def _languages(places: Sequence[Place]) -> tuple[str, ...]:
    """Return all languages that names belong to, those of many names first."""
    counted = Counter(language for place in places for label in place.labels for language in label)
    return tuple(sorted(counted, key=lambda language: (-counted[language], language)))


def _facts(contents: Contents, places: Sequence[Place], languages: Sequence[str]) -> list[tuple[str, str]]:
    countries = sorted({place.country for place in places})
    regions = sorted({(place.country, place.region) for place in places})
    return [
        ("countries", "\n".join(countries)),
        ("regions", "\n".join(f"{country}.{region}" for country, region in regions)),
        ("languages", "\n".join(languages)),
        ("codes", _json(contents.codes)),
        ("demonyms", _json({str(number): count for number, count in contents.demonyms.items()})),
        ("null_phrases", _json(contents.null_phrases)),
        ("dominant", _json({key_of(name): number for name, number in contents.dominant.items()})),
        ("zlib", zlib.ZLIB_RUNTIME_VERSION),
    ]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _columns(places: Sequence[Place]) -> dict[str, array[int]]:
    countries = {code: number for number, code in enumerate(sorted({place.country for place in places}))}
    regions = {pair: n for n, pair in enumerate(sorted({(place.country, place.region) for place in places}))}
    by_id = sorted(range(len(places)), key=lambda position: places[position].id)
    return {
        "id": array("I", [place.id for place in places]),
        "country": array("H", [countries[place.country] for place in places]),
        "region": array("H", [regions[place.country, place.region] for place in places]),
        "population": array("I", [place.population for place in places]),
        "kind": array("B", [KINDS.index(place.kind) for place in places]),
        "latitude": array("i", [round(place.latitude * _DEGREE) for place in places]),
        "longitude": array("i", [round(place.longitude * _DEGREE) for place in places]),
        "sorted_id": array("I", [places[position].id for position in by_id]),
        "position_of_id": array("I", by_id),
    }


def _name_columns(places: Sequence[Place]) -> dict[str, array[int]]:
    digests: dict[str, tuple[int, int]] = {}
    rows: set[tuple[int, int, int]] = set()
    for position, place in enumerate(places):
        for key in {key_of(name) for name in place.names}:
            digest = digests.get(key) or digests.setdefault(key, digest_of(key))
            rows.add((*digest, position))
    ordered = sorted(rows)
    return {
        "key": array("I", [row[0] for row in ordered]),
        "check": array("B", [row[1] for row in ordered]),
        "named": array("H" if len(places) < 1 << 16 else "I", [row[2] for row in ordered]),
    }


def _blocks(places: Sequence[Place], languages: Sequence[str]) -> list[tuple[int, bytes]]:
    signs = {language: chr(_FIRST_LANGUAGE + number) for number, language in enumerate(languages)}
    return [
        (start // PLACES_IN_BLOCK, _pack(places[start : start + PLACES_IN_BLOCK], signs))
        for start in range(0, len(places), PLACES_IN_BLOCK)
    ]


def _pack(places: Sequence[Place], signs: Mapping[str, str]) -> bytes:
    names = _OF_PLACE.join(_OF_NAME.join(place.names) for place in places)
    labels = _OF_PLACE.join(
        _OF_NAME.join("".join(signs[language] for language in label) for label in place.labels) for place in places
    )
    return zlib.compress(f"{names}{_OF_LABEL}{labels}".encode(), 9)


def unpack(data: bytes) -> list[tuple[tuple[str, ...], str]]:
    """Return the names of each place of a block, and its labels still packed."""
    names, _, labels = zlib.decompress(data).decode().partition(_OF_LABEL)
    pairs = zip(names.split(_OF_PLACE), labels.split(_OF_PLACE), strict=True)
    return [(tuple(joined.split(_OF_NAME)), packed) for joined, packed in pairs]


class LabelReader(dict[str, tuple[str, ...]]):
    """Read packed labels; equal ones are one object, or those of 10,000 places would fill 30 MB."""

    def __init__(self, languages: Sequence[str]) -> None:
        super().__init__()
        self._languages = languages

    def __missing__(self, signs: str) -> tuple[str, ...]:
        label = self[signs] = tuple(self._languages[ord(sign) - _FIRST_LANGUAGE] for sign in signs)
        return label

    def read(self, packed: str) -> tuple[tuple[str, ...], ...]:
        """Return the languages of each name."""
        return tuple([self[signs] for signs in packed.split(_OF_NAME)])


def degrees(number: int) -> float:
    """Return degrees out of the whole number that stands in the file."""
    return number / _DEGREE
