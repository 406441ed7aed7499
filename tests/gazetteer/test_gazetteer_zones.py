from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.gazetteer.zones import labelled_cities


def _city(id_: int, name: str, country: str, people: int, *alternates: str) -> dict[str, object]:
    return {
        "geonameid": id_,
        "name": name,
        "countrycode": country,
        "population": people,
        "alternatenames": list(alternates),
    }


def test_a_zone_names_the_biggest_city_of_that_name_in_its_country() -> None:
    cities = [_city(1, "Damascus", "US", 15_000), _city(2, "Damascus", "SY", 1_500_000), _city(3, "Damascus", "SY", 9)]
    found = labelled_cities(cities)
    assert list(found) == ["2"]
    assert found["2"]["cs"] == ["Damašek"]


def test_a_zone_called_otherwise_today_is_the_same_zone() -> None:
    assert labelled_cities([_city(1, "Kyiv", "UA", 2_900_000)])["1"]["lt"] == ["Kijevas"]


def test_a_zone_called_after_its_country_or_another_place_names_no_city() -> None:
    cities = [_city(1, "Kuwait City", "KW", 60_000, "Kuwait"), _city(2, "Salvador", "BR", 2_700_000, "Bahia")]
    assert labelled_cities(cities) == {}


@pytest.mark.parametrize(("number", "name"), [(379252, "الخرطوم"), (53654, "Muqdisho")])
def test_the_shipped_index_has_the_names_of_capitals(number: int, name: str) -> None:
    place = Index().place(number)
    assert place is not None
    assert name in place.names
