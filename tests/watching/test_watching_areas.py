from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.watching.areas import resolve_home
from monitor.watching.places import Area

INDEX = Index()


@pytest.mark.parametrize(
    ("home", "code"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        ("Germany", "DE"),
        ("Syria", "SY"),
        ("US.TX", "US.TX"),
        ("us.tx", "US.TX"),
        ("Texas", "US.TX"),
        ("Texas, US", "US.TX"),
        ("Texas, United States", "US.TX"),
        ("Georgia", "GE"),
        ("Georgia, US", "US.GA"),
        ("CA", "CA"),
    ],
)
def test_a_home_is_a_country_or_a_region_of_one(home: str, code: str) -> None:
    assert resolve_home(home, INDEX).code == code


@pytest.mark.parametrize("home", ["Atlantis", "XX", "US.XX", "DE.TX", "Texas, DE", "Texas, Atlantis", "."])
def test_a_home_that_nobody_knows_is_told_with_a_hint(home: str) -> None:
    found = resolve_home(home, INDEX)
    assert found.code is None
    assert found.text == f"“{home}” is no country or region known here"
    assert found.hint == 'write it like "DE", "US.TX" or "Texas, US"'


class Rivers:
    """A world in which three countries have a region of one name."""

    def areas(self, name: str) -> tuple[Area, ...]:
        regions = (Area("BR", "04"), Area("PE", "01"), Area("VE", "01"))
        return {"Amazonas": regions, "PE": (Area("PE"),)}.get(name, ())


def test_a_region_of_several_countries_is_asked_back() -> None:
    found = resolve_home("Amazonas", Rivers())
    assert found.code is None
    assert found.text == "“Amazonas” is a region of 3 countries"
    assert found.hint == "write “BR.04” or “PE.01” or “VE.01”"
    assert resolve_home("Amazonas, PE", Rivers()).code == "PE.01"
