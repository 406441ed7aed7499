from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.model import ConceptKind, Watch
from monitor.watching.places import Place
from monitor.watching.watchlist import compile_watchlist
from monitor.watching.whereabouts import Whereabouts, settle

GAZETTEER = Index()


def place(id_: str, *names: str, include: tuple[str, ...] = ()) -> Watch:
    return Watch(id_, id_, ConceptKind.PLACE, names, include=include)


WATCHES = (
    place("homs", "Homs, SY"),
    place("homs-region", "geonames:SY.11"),
    place("syria", "geonames:SY"),
    place("aleppo", "Aleppo, SY"),
    place("tripoli", "Tripoli, LB"),
    place("levant", "geonames:SY", "geonames:LB"),
    place("border", "Homs, SY", include=("Tripoli, LB",)),
    place("syria-too", "geonames:SY"),
    Watch("aid", "aid", ConceptKind.KEYWORD, ("aid",)),
)
WATCHLIST = compile_watchlist(WATCHES, GAZETTEER).watchlist
PLACES: dict[str, tuple[Place, ...]] = {watch.id: WATCHLIST.places(watch.id) for watch in WATCHES}


@pytest.mark.parametrize(
    ("because", "id_", "countries", "within"),
    [
        ("a city lies in its region and its country", "homs", ("SY",), ("homs-region", "levant", "syria", "syria-too")),
        ("a region lies in its country", "homs-region", ("SY",), ("levant", "syria", "syria-too")),
        ("two watches for one country lie in neither", "syria", ("SY",), ("levant",)),
        ("a city lies in no region but its own", "aleppo", ("SY",), ("levant", "syria", "syria-too")),
        ("a watch for two countries holds what lies in either", "tripoli", ("LB",), ("levant",)),
        ("what lies in two countries lies only in what holds both", "border", ("SY", "LB"), ("levant",)),
        ("a watch for two countries lies in neither", "levant", ("SY", "LB"), ()),
        ("words lie nowhere", "aid", (), ()),
    ],
)
def test_watches_know_where_they_lie(
    because: str, id_: str, countries: tuple[str, ...], within: tuple[str, ...]
) -> None:
    settled = {watch.id: watch for watch in settle(WATCHES, PLACES)}
    assert (settled[id_].countries, settled[id_].within) == (countries, within), because


@pytest.mark.parametrize(
    ("because", "name", "expected"),
    [
        ("a city is the watches for it alone", "Homs, SY", {"homs"}),
        ("a region is what lies in it", "geonames:SY.11", {"homs", "homs-region"}),
        ("a country by its name", "Lebanon", {"tripoli"}),
        ("a country by its id", "geonames:SY", {"homs", "homs-region", "syria", "syria-too", "aleppo"}),
        ("what nobody knows is nowhere", "Atlantis", set()),
    ],
)
def test_a_place_holds_the_watches_that_lie_in_it(because: str, name: str, expected: set[str]) -> None:
    assert Whereabouts(PLACES, GAZETTEER).watches_in(name) == expected, because
