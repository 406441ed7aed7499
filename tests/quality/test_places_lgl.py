"""How well city watches find their articles in English local news, with floors that only go up."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from support.localnews import Read, Score, cities, compare, read_geovirus, read_lgl

from monitor.gazetteer.index import Index
from monitor.model import ConceptKind, Watch
from monitor.watching.homes import learn_homes
from monitor.watching.places import CITY, Place
from monitor.watching.watchlist import compile_watchlist

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

_FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text("utf-8"))["places"]
_LEAST_PEOPLE = 15_000
_NEAR = 0.25  # degrees.
_BARS = {"wide": 0.3, "normal": 0.5, "strict": 0.7}


@cache
def _corpus() -> Path:
    folder = os.environ.get("MONITOR_TEST_CORPUS")
    if not folder and os.environ.get("CI"):
        pytest.fail("MONITOR_TEST_CORPUS is not set")
    if not folder:
        pytest.skip("MONITOR_TEST_CORPUS is not set")
    return Path(folder)


def _scores(places: Mapping[int, Place], reads: tuple[Read, ...]) -> Mapping[str, Mapping[str, float]]:
    """Return each article's score for each watch that was hit."""
    index = Index()
    watches = [Watch(str(one), place.name, ConceptKind.PLACE, (f"geonames:{one}",)) for one, place in places.items()]
    homes = learn_homes([read.article for read in reads], index)
    watchlist = compile_watchlist(watches, index, homes).watchlist
    return {read.article.id: {one.watch_id: one.score for one in watchlist.explain(read.article)} for read in reads}


def _at(bar: float, scores: Mapping[str, Mapping[str, float]], wanted: Mapping[str, set[str]]) -> Score:
    found = {article: {watch for watch, score in some.items() if score >= bar} for article, some in scores.items()}
    return compare(found, wanted)


def _say(capsys: pytest.CaptureFixture[str], name: str, score: Score) -> None:
    with capsys.disabled():
        print(f"\n{name}: P {score.precision:.3f}, R {score.recall:.3f}, F1 {score.f1:.3f}")  # noqa: T201 - the figures are asked for.


def test_city_watches_find_their_articles_in_local_news(capsys: pytest.CaptureFixture[str]) -> None:
    reads = read_lgl(_corpus())
    index = Index()
    found = ((number, index.place(number)) for number in sorted(cities(reads)))
    places = {n: one for n, one in found if one and one.kind == CITY and one.population >= _LEAST_PEOPLE}
    wanted = {read.article.id: {str(one.id) for one in read.named if one.id in places} for read in reads}
    scores = _scores(places, reads)
    by_bar = {name: _at(bar, scores, wanted) for name, bar in _BARS.items()}
    for name, score in by_bar.items():
        _say(capsys, f"lgl, {len(places)} cities, {name}", score)
    assert by_bar["normal"].f1 >= _FLOORS["normal_f1"]
    assert by_bar["normal"].precision >= _FLOORS["normal_precision"]
    assert by_bar["strict"].precision >= _FLOORS["strict_precision"]
    assert by_bar["wide"].recall >= _FLOORS["wide_recall"]


def test_city_watches_find_their_articles_in_reports_nobody_tuned_on(capsys: pytest.CaptureFixture[str]) -> None:
    reads = read_geovirus(_corpus())
    index = Index()
    wanted: dict[str, set[str]] = {}
    places: dict[int, Place] = {}
    for read in reads:
        for one in read.named:
            name = read.article.body[one.start - 1 : one.end] if one.start else read.article.body[: one.end]
            for place in index.search(name.strip()):
                near = abs(place.latitude - one.latitude) < _NEAR and abs(place.longitude - one.longitude) < _NEAR
                if place.kind == CITY and place.population >= _LEAST_PEOPLE and near:
                    places[place.id] = place
                    wanted.setdefault(read.article.id, set()).add(str(place.id))
    scores = _scores(places, reads)
    score = _at(_BARS["normal"], scores, wanted)
    _say(capsys, f"geovirus, {len(places)} cities, normal", score)
    assert score.f1 >= _FLOORS["untouched_f1"]
