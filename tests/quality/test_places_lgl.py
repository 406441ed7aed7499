"""How well city watches find their articles in English local news, with floors that only go up."""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest
from support.heldout import BARS, by_publisher, by_region, held_out, material, read_prior
from support.localnews import LEAST_ARTICLES, Read, Score, compare, read_geovirus, read_lgl
from support.weightfit import fit, watched

from monitor.gazetteer.index import Index
from monitor.model import ConceptKind, Watch
from monitor.watching.context import area_key
from monitor.watching.homes import learn_homes
from monitor.watching.places import CITY, Place
from monitor.watching.watchlist import compile_watchlist
from monitor.watching.weights import SHIPPED

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

_FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text("utf-8"))["places"]
_LEAST_PEOPLE = 15_000
_NEAR = 0.25  # degrees.
_DRIFT = 0.02  # points, by which machines may differ.


@cache
def _corpus() -> Path:
    folder = os.environ.get("MONITOR_TEST_CORPUS")
    if not folder and os.environ.get("CI"):
        pytest.fail("MONITOR_TEST_CORPUS is not set")
    if not folder:
        pytest.skip("MONITOR_TEST_CORPUS is not set")
    return Path(folder)


class _WithoutOverrides(Index):
    """The gazetteer without what was written into it by hand: dominant senses, and phrases that mean something else."""

    def dominant(self, name: str) -> int | None:
        """Return nothing."""
        del name
        return None

    def null_phrases(self, place: Place) -> tuple[str, ...]:
        """Return nothing."""
        del place
        return ()


def _scores(places: Mapping[int, Place], reads: tuple[Read, ...], index: Index) -> Mapping[str, Mapping[str, float]]:
    """Return each article's score for each watch that was hit."""
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


@pytest.mark.parametrize(
    ("gazetteer", "floor"),
    [(Index, "normal_f1"), pytest.param(_WithoutOverrides, "normal_f1_without_overrides", marks=pytest.mark.release)],
)
def test_city_watches_find_their_articles_in_local_news(
    gazetteer: type[Index], floor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reads = read_lgl(_corpus())
    index = gazetteer()
    places = watched(reads, index, least=LEAST_ARTICLES)
    wanted = {read.article.id: {str(one.id) for one in read.named if one.id in places} for read in reads}
    scores = _scores(places, reads, index)
    by_bar = {name: _at(bar, scores, wanted) for name, bar in BARS.items()}
    for name, score in by_bar.items():
        _say(capsys, f"lgl, in sample, {gazetteer.__name__.lstrip('_')}, {len(places)} cities, {name}", score)
    assert by_bar["normal"].f1 >= _FLOORS[floor]
    assert by_bar["wide"].recall >= _FLOORS["wide_recall"]


@pytest.mark.release  # fitting takes minutes.
def test_weights_fitted_without_a_publisher_do_as_well_on_it(capsys: pytest.CaptureFixture[str]) -> None:
    some = material(_corpus(), Index())
    for name, fold_of in (("publishers", by_publisher(some)), ("regions", by_region(some))):
        by_bar = held_out(some, fold_of)
        for bar, score in by_bar.items():
            _say(capsys, f"lgl, {name} left out, {bar}", score)
        floors = _FLOORS[f"{name}_left_out"]
        assert by_bar["normal"].f1 >= floors["normal_f1"]
        assert by_bar["normal"].precision >= floors["normal_precision"]
        assert by_bar["strict"].precision >= floors["strict_precision"]
        assert by_bar["wide"].recall >= floors["wide_recall"]


@pytest.mark.release  # fitting takes minutes.
def test_the_weights_that_ship_are_those_that_were_fitted() -> None:
    some = material(_corpus(), Index())
    fitted = fit([*some.texts, *some.pairs], read_prior())
    shipped = {(stage, name): one.points for stage, rows in SHIPPED._asdict().items() for name, one in rows.items()}
    assert shipped.keys() == fitted.keys()
    assert {name: one for name, one in shipped.items() if abs(one - fitted[name]) > _DRIFT} == {}


def test_homes_are_learned_of_most_publishers_and_hardly_ever_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    reads = read_lgl(_corpus())
    index = Index()
    homes = learn_homes([read.article for read in reads], index)
    counts = Counter(read.article.feed_id for read in reads)
    known = {one for one, count in counts.items() if count >= LEAST_ARTICLES}
    right = {
        one for one in homes if _is_home(homes[one], [read for read in reads if read.article.feed_id == one], index)
    }
    regions = sum("." in home for home in homes.values())
    with capsys.disabled():
        told = (
            f"of {len(known)} publishers {len(homes)} have a home, {regions} of them a region; {len(right)} are right"
        )
        print(f"\n{told}: wrong are {sorted(set(homes) - right)}")  # noqa: T201 - the figures are asked for.
    assert len(homes) / len(known) >= _FLOORS["homes_learned"]
    assert regions / len(known) >= _FLOORS["homes_regions"]
    assert len(right) / len(homes) >= _FLOORS["homes_right"]


def test_a_source_for_the_whole_world_is_of_no_region() -> None:
    reads = read_geovirus(_corpus())
    assert "." not in learn_homes([read.article for read in reads], Index()).get("wikinews", "")


def _is_home(home: str, reads: Iterable[Read], index: Index) -> bool:
    """Say whether most of what readers marked in a publisher's articles lies there, an article counting once."""
    areas = Counter[str]()
    for read in reads:
        found = [place for one in read.named if (place := index.place(one.id))]
        areas.update(
            {place.country for place in found}
            if "." not in home
            else {area_key(place.country, place.region) for place in found if place.region}
        )
    return home in {area for area, count in areas.items() if count == max(areas.values())}


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
    scores = _scores(places, reads, index)
    score = _at(BARS["normal"], scores, wanted)
    _say(capsys, f"geovirus, {len(places)} cities, normal", score)
    assert score.f1 >= _FLOORS["untouched_f1"]
