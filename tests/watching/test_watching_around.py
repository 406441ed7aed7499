from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.model import ConceptKind, Watch
from monitor.watching.watchlist import Compiled, compile_watchlist

INDEX = Index()


def compiled(*, include: tuple[str, ...] = (), within_km: float | None = None) -> Compiled:
    watch = Watch("homs", "Homs", ConceptKind.PLACE, ("Homs, SY",), include=include, within_km=within_km)
    return compile_watchlist([watch], INDEX)


def names(found: Compiled) -> set[str]:
    return {place.name for place in found.watchlist.places("homs")}


def test_what_is_included_counts_as_the_place() -> None:
    found = compiled(include=("Hama, SY", "geonames:169577"))
    assert names(found) == {"Homs", "Hama"}
    assert "حماة" in found.watchlist.forms("homs")
    assert len(found.watchlist.places("homs")) == 2


def test_an_included_place_that_does_not_exist_is_a_problem_at_its_key() -> None:
    (problem,) = compiled(include=("Qwrtville, SY",)).problems
    assert (problem.key, problem.warning) == ("include", False)


@pytest.mark.parametrize(("km", "expected"), [(5, False), (30, True), (60, True)])
def test_cities_within_the_radius_count_as_the_place(km: float, *, expected: bool) -> None:
    # Rastan lies 20 km to the north of Homs, Hama 45 km.
    found = names(compiled(within_km=km))
    assert "Homs" in found
    assert any("Rastan" in name for name in found) is expected
    assert ("Hama" in found) is (km >= 60)


def test_half_the_globe_around_holds_every_other_city_the_biggest_first() -> None:
    homs = INDEX.place(169577)
    assert homs is not None
    around = INDEX.around(homs, 20_100)
    assert len(around) > 30_000
    assert around[0].population > 10_000_000
    assert homs not in around
