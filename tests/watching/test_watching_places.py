"""Which place a name means, asked of the index that ships."""

from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.watching.places import resolve

HOMS, RASTAN, TALBISEH = 169577, 172946, 163779


@pytest.fixture(scope="module")
def index() -> Index:
    return Index()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Homs, SY", HOMS),
        ("Homs, Syria", HOMS),
        ("homs,sy", HOMS),
        ("حمص, SY", HOMS),
        ("geonames:169577", HOMS),
        (" GeoNames: 169577", HOMS),
        ("Rastan, SY", RASTAN),
        ("Rustan, SY", RASTAN),
        ("Talbisse, SY", TALBISEH),
        ("Tel Bisseh, Syria", TALBISEH),
        ("Tripoli, LB", 266826),
        ("Paris", 2988507),
        ("Paris, Texas", 4717560),
        ("Paris, TX, US", 4717560),
        ("Springfield, IL", 4250542),
    ],
)
def test_a_name_means_one_place(index: Index, name: str, number: int) -> None:
    resolved = resolve(name, index)
    assert resolved.place is not None
    assert (resolved.place.id, resolved.text) == (number, "")


def test_a_name_of_several_places_means_the_biggest_and_says_so(index: Index) -> None:
    resolved = resolve("Tripoli", index)
    assert resolved.place is not None
    assert resolved.place.country == "LY"
    assert "is the name of" in resolved.text
    assert "geonames:266826 (Tripoli, LB, 229,398 people)" in resolved.hint


def test_homs_without_a_country_says_that_libya_has_one(index: Index) -> None:
    resolved = resolve("Homs", index)
    assert resolved.place is not None
    assert resolved.place.id == HOMS
    assert "geonames:2219905" in resolved.hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Hmos, SY", "did you mean “Homs, SY”?"),
        ("Homs, Narnia", "did you mean “Homs, SY” or “Homs, LY”?"),
        ("geonames:1", 'write it like "geonames:169577", or "Homs, SY"'),
        ("geonames:Homs", 'write it like "geonames:169577", or "Homs, SY"'),
        ("Qqqqq", 'write it like "Homs, SY"'),
        ("", 'write it like "Homs, SY"'),
        (",", 'write it like "Homs, SY"'),
    ],
)
def test_a_name_of_no_place_is_refused_with_a_hint(index: Index, name: str, hint: str) -> None:
    resolved = resolve(name, index)
    assert resolved.place is None
    assert resolved.text
    assert resolved.hint == hint
