"""Look places up in the index that ships with the package."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher
from hashlib import blake2b
from pathlib import Path
from typing import Any

from monitor.errors import StoreError
from monitor.watching.places import Area, Brief, Place
from monitor.watching.tokens import words

SHIPPED = Path(__file__).with_name("places.sqlite")
SCHEMA_VERSION = 1

_PLACE = "SELECT id, country, region, population, names FROM place"
_BY_ID = f"{_PLACE} WHERE id = ?"
_BY_NAME = f"{_PLACE} WHERE id IN (SELECT place FROM name WHERE key = ?) ORDER BY population DESC, id"  # noqa: S608 - constants.
_BY_COUNTRY = f"{_PLACE} WHERE country = ? ORDER BY population DESC, id"
_BIGGEST = f"{_PLACE} ORDER BY population DESC, id LIMIT 8000"
_AREAS = "SELECT country, region, name FROM area WHERE key = ? ORDER BY region != '', country, region"

_KEY_BYTES = 3  # 16 million keys for 270,000 names; readers compare the names themselves.
_WORTH_COMPARING = 2  # letters by which the lengths of two like names may differ.
_ALIKE = 0.7  # of difflib's ratio: Homz and Homs, Aleppp and Aleppo.


def key_of(name: str) -> int:
    """Return the key under which a name is indexed: a digest of its folded words, which other names may share."""
    digest = blake2b(" ".join(words(name)).encode(), digest_size=_KEY_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)


class Index:
    """Know the places of the earth, out of a read-only file that is opened at the first question.

    Serves `monitor.watching.places.Gazetteer`. May be used from several threads, one at a time.
    """

    def __init__(self, path: Path = SHIPPED) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def place(self, number: int) -> Place | None:
        """Return the place with this GeoNames id. Raises: StoreError."""
        return next(iter(self._places(_BY_ID, (number,))), None)

    def search(self, name: str) -> tuple[Place, ...]:
        """Return all places of this name in any spelling known, those with the most people first.

        Names are compared folded. Raises: StoreError.
        """
        wanted = words(name)
        found = self._places(_BY_NAME, (key_of(name),))
        return tuple(place for place in found if any(words(spelling) == wanted for spelling in place.names))

    def areas(self, name: str) -> tuple[Area, ...]:
        """Return the countries and regions of this name or code, countries first. Raises: StoreError."""
        wanted = words(name)
        rows = self._ask(_AREAS, (key_of(name),))
        found = (Area(country, region) for country, region, called in rows if words(called) == wanted)
        return tuple(dict.fromkeys(found))

    def similar(self, name: str, area: Area | None) -> tuple[Place, ...]:
        """Return up to five places whose names are most like this one, the likeliest first. Raises: StoreError.

        In a country all places are asked, in the whole world the 8,000 biggest.
        """
        wanted = "".join(words(name))
        if not wanted:
            return ()
        found = self._places(_BY_COUNTRY, (area.country,)) if area else self._places(_BIGGEST, ())
        scored = ((_likeness(wanted, place), place) for place in found if area is None or area.holds(place))
        alike = sorted((one for one in scored if one[0] >= _ALIKE), key=lambda one: (-one[0], -one[1].population))
        return tuple(place for _, place in alike[:5])

    def find_names(self, keys: Collection[str]) -> Mapping[str, tuple[Brief, ...]]:
        """Return the places called so, biggest first, for each key that is a name of any. Raises: StoreError."""
        found = {key: self.search(key) for key in keys}
        return {
            key: tuple(Brief(one.id, one.country, one.region, one.population, one.kind) for one in places)
            for key, places in found.items()
            if places
        }

    def namesakes(self, place: Place) -> tuple[Place, ...]:
        """Return the other places that share a folded name with this one, biggest first. Raises: StoreError."""
        found = {other.id: other for name in place.names for other in self.search(name) if other.id != place.id}
        return tuple(sorted(found.values(), key=lambda one: (-one.population, one.id)))

    def context_names(self, place: Place) -> tuple[str, ...]:
        """Return the names that speak for this place when a text holds them too. Raises: StoreError."""
        biggest = [one for one in self._places(_BY_COUNTRY, (place.country,)) if one.id != place.id][:40]
        return tuple(dict.fromkeys(name for one in biggest for name in one.names))

    def null_phrases(self, place: Place) -> tuple[str, ...]:  # noqa: ARG002 - the table comes with the next index.
        """Return the phrases in which a name of this place does not mean it."""
        return ()

    def dominant(self, name: str) -> int | None:  # noqa: ARG002 - same.
        """Return the id of the place that nearly everybody means by this name alone."""
        return None

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _places(self, statement: str, values: tuple[object, ...]) -> Iterable[Place]:
        for number, country, region, population, joined in self._ask(statement, values):
            names = tuple(joined.split("\n"))
            yield Place(number, names[0], country, region, population, names)

    def _ask(self, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
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


def _likeness(wanted: str, place: Place) -> float:
    """Return how alike a name and the nearest Latin spelling of a place are, 0 to 1."""
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    best = 0.0
    for name in place.names:
        folded = "".join(words(name))
        if abs(len(folded) - len(wanted)) > _WORTH_COMPARING or not folded.isascii():
            continue
        matcher.set_seq1(folded)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            best = max(best, matcher.ratio())
    return best
