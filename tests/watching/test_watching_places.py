"""Which place a name means, asked of the index that ships."""

from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.watching.places import id_of, resolve

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


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Syria", 163843),
        ("geonames:SY", 163843),
        ("geonames:sy", 163843),
        ("Texas, US", 4736286),
        ("geonames:US.TX", 4736286),
        ("Georgia, US", 4197000),
        ("Mexico", 3996063),
        ("Luxembourg", 2960313),
        ("New York", 5128581),
        ("New York, US", 5128581),
        ("Washington", 4140963),
        ("Kharkiv", 706483),  # the city, not the region that is named after it.
        ("Edinburgh, Scotland", 2650225),
    ],
)
def test_countries_regions_and_dominant_senses_are_meant_by_their_names(index: Index, name: str, number: int) -> None:
    resolved = resolve(name, index)
    assert resolved.place is not None
    assert (resolved.place.id, resolved.text) == (number, "")


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("Homs", "the name of 2 places", "geonames:2219905 (Al Khums, LY, 201,943 people)"),
        ("Tripoli", "the name of 3 places", "geonames:266826 (Tripoli, LB, 229,398 people)"),
        ("Springfield, US", "the name of 8 places in US", "geonames:4250542 (Springfield, IL, US, 114,394 people)"),
        ("Georgia", "the name of 2 places", "geonames:GE (country, Georgia, GE, 3,704,500 people)"),
        ("Georgia", "the name of 2 places", "geonames:US.GA (region, Georgia, US, "),
        ("Victoria", "places", "smaller ones"),
    ],
)
def test_a_name_that_could_mean_several_places_is_refused_and_lists_them(
    index: Index, name: str, text: str, hint: str
) -> None:
    resolved = resolve(name, index)
    assert resolved.place is None
    assert text in resolved.text
    assert hint in resolved.hint


@pytest.mark.parametrize("name", ["Syria", "Texas", "Homs Governorate, SY", "Homs, SY", "Kharkiv Oblast"])
def test_the_id_of_a_place_means_that_place(index: Index, name: str) -> None:
    place = resolve(name, index).place
    assert place is not None
    assert resolve(id_of(place), index).place == place


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
