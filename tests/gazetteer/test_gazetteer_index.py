from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.gazetteer import build
from monitor.gazetteer.index import SHIPPED, Index
from monitor.watching.places import Area

MOST_BYTES = 8_000_000


@pytest.fixture(scope="module")
def index() -> Index:
    return Index()


def test_the_index_knows_a_place_by_its_id(index: Index) -> None:
    place = index.place(169577)
    assert place is not None
    assert (place.name, place.country, place.region, place.population) == ("Homs", "SY", "11", 775404)
    assert index.place(1) is None


@pytest.mark.parametrize("name", ["Homs", "HOMS", "Ḥimṣ", "حِمْص", "ホムス", "霍姆斯", "Χομς", "Хомс"])
def test_a_place_is_found_by_any_spelling(index: Index, name: str) -> None:
    assert 169577 in {place.id for place in index.search(name)}


def test_the_places_with_the_most_people_come_first(index: Index) -> None:
    people = [place.population for place in index.search("Tripoli")]
    assert len(people) > 1
    assert people == sorted(people, reverse=True)


@pytest.mark.parametrize(
    ("name", "areas"),
    [
        ("SY", (Area("SY"),)),
        ("syr", (Area("SY"),)),
        ("Syria", (Area("SY"),)),
        ("UK", (Area("GB"),)),
        ("Türkiye", (Area("TR"),)),
        ("Texas", (Area("US", "TX"),)),
        ("IL", (Area("IL"), Area("US", "IL"))),
        ("Georgia", (Area("GE"), Area("US", "GA"))),
        ("Narnia", ()),
    ],
)
def test_countries_and_regions_are_known_by_name_and_code(index: Index, name: str, areas: tuple[Area, ...]) -> None:
    assert index.areas(name) == areas


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        (163779, {"Talbiseh", "Talbisse", "Tel Bisseh", "Талбиса", "تلبيسة"}),
        (172946, {"Rastan", "Rustan", "Al-Rastan", "الرستن"}),
        (703448, {"Kyiv", "Kiev", "キーウ"}),
        (163596, {"Taldou"}),  # has no population in GeoNames, and ships because it lies in Syria.
    ],
)
def test_press_spellings_are_added(index: Index, number: int, wanted: set[str]) -> None:
    place = index.place(number)
    assert place is not None
    assert wanted <= set(place.names)


@pytest.mark.parametrize(
    ("number", "unwanted"),
    [
        (169577, {"hms", "QHS", "homsa", "mdynt hms"}),
        (170654, {"Sam", "Al-Sham"}),
        (703448, {"Ko", "Kő", "IEV", "ji fu"}),
        (170592, {"Dūmā", "Дума"}),
        (281133, {"Gaz", "GZA"}),
    ],
)
def test_what_is_no_name_of_the_place_is_left_out(index: Index, number: int, unwanted: set[str]) -> None:
    place = index.place(number)
    assert place is not None
    assert not unwanted & set(place.names)


def test_an_index_that_is_missing_or_another_one_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        Index(tmp_path / "none.sqlite").place(1)
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="version 99"):
        Index(other).place(1)


def test_a_closed_index_opens_again(index: Index) -> None:
    index.close()
    assert index.place(169577) is not None


def test_the_shipped_index_is_small_and_its_source_is_named() -> None:
    assert SHIPPED.stat().st_size <= MOST_BYTES
    assert "Creative Commons Attribution 4.0" in SHIPPED.with_name("ATTRIBUTION.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Homs", True),
        ("Al-Hulah", True),
        ("حمص", True),
        ("홈스", True),
        ("津", True),
        ("hms", False),
        ("ba er mi la", False),
        ("hsyaʾ", False),
        ("QHS", False),
        ("Ob", False),
        ("Klagenfurt 10.Bez.", False),
        ("Leuven (Heverlee)", False),
        ("", False),
    ],
)
def test_a_name_is_what_somebody_would_write(text: str, expected: bool) -> None:
    assert build.is_name(text) is expected


@pytest.mark.slow
def test_building_again_gives_the_shipped_bytes(tmp_path: Path) -> None:
    target = tmp_path / "places.sqlite"
    build.build(target)
    assert target.read_bytes() == SHIPPED.read_bytes()
