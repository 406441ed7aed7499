"""Fit the weights of judging on articles whose places somebody marked: by article and watch, as they are told."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

from support.localnews import Named, Read, Score

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Watch
from monitor.watching.namesakes import shares
from monitor.watching.places import CITY, Place
from monitor.watching.readings import Reading
from monitor.watching.scoring import Sign, probability
from monitor.watching.watchlist import compile_watchlist
from monitor.watching.weighing import Evidence, Scales, score_of

ROUNDS = 60
CHOSEN_ANEW = 6  # rounds, after which it is asked anew which reading of an article is the best.
PULL = 0.003  # towards the prior, of a mean loss per pair: what the corpus hardly shows stays where it was set.
WRONG = 1.2  # what a false alert costs, in missed ones.
SURE = 0.02  # nothing is surer: readers err, too.
LEAST_PEOPLE = 15_000
FIRST_STEP, LEAST_STEP, MOST_STEP = 0.1, 0.002, 0.5

Weights = dict[tuple[str, str], float]
Vector = tuple[tuple[tuple[str, str], float], ...]
# Left as they were set by hand: local news of one country in one language has nothing to teach of them.
HELD = frozenset(
    {
        ("place", "base"),
        ("place", "size"),
        ("place", "context"),
        ("sense", "size"),
        ("sense", "country_named"),
        ("sense", "unknown"),
    }
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One reading: the signs that it is a place, those of each place of that name, and which of these are watched."""

    place: Vector
    each: tuple[Vector, ...]
    meant: frozenset[int]


@dataclass(frozen=True, slots=True)
class Pair:
    """A watch with readings in an article, and whether the article names its place."""

    article: str
    publisher: str
    watch: int
    is_named: bool
    seen: tuple[Seen, ...]


def watched(reads: Iterable[Read], index: Index, *, least: int) -> Mapping[int, Place]:
    """Return the cities worth watching that so many articles name."""
    counts: dict[int, set[str]] = {}
    for read in reads:
        for named in read.named:
            counts.setdefault(named.id, set()).add(read.article.id)
    found = ((number, index.place(number)) for number in sorted(counts) if number and len(counts[number]) >= least)
    return {n: one for n, one in found if one and one.kind == CITY and one.population >= LEAST_PEOPLE}


def collect(
    reads: Sequence[Read], places: Mapping[int, Place], index: Index, homes: Mapping[str, str]
) -> tuple[Pair, ...]:
    """Read all articles with all watches, and note the signs of each reading as judging sees them."""
    watches = [Watch(str(one), place.name, ConceptKind.PLACE, (f"geonames:{one}",)) for one, place in places.items()]
    watchlist = compile_watchlist(watches, index, homes).watchlist
    scales = Scales(index, homes)
    pairs: list[Pair] = []
    for read in reads:
        scene = scales.scene(read.article)
        by_watch: dict[int, list[Reading]] = {}
        for one in watchlist.readings(read.article):
            by_watch.setdefault(one.watch, []).append(one)
        gold = {one.id for one in read.named}
        for at, some in by_watch.items():
            watch = watches[at]
            place = places[int(watch.id)]
            nulls = scales.null_phrases([place])
            free = [one for one in some if one.written and not scene.phrase_around(one.spot, nulls)]
            if free:
                evidence = scales.evidence(watch, [place], free[:40], scene)
                seen = tuple(dict.fromkeys(_seen(one) for one in evidence))
                pairs.append(Pair(read.article.id, read.article.feed_id, place.id, place.id in gold, seen))
    return tuple(pairs)


def collect_texts(folder: Path, index: Index) -> tuple[Pair, ...]:
    """Read the project's short texts in 42 languages, which keep the weights right for more than local news."""
    ids = {name: int(number) for name, number in json.loads((folder / "forms-watches.json").read_text("utf-8")).items()}
    places = {number: place for number in ids.values() if (place := index.place(number))}
    reads = []
    for line in (folder / "forms.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        article = Article(case["id"], "forms", "", title="", body=case["text"], language=case["lang"])
        reads.append(Read(article, tuple(Named(0, 0, ids[name], 0.0, 0.0) for name in case["watches"])))
    return collect(reads, places, index, {})


def _seen(one: Evidence) -> Seen:
    return Seen(_vector("place", one.place), tuple(_vector("sense", some) for some in one.each), one.meant)


def _vector(table: str, signs: Iterable[Sign]) -> Vector:
    found: dict[tuple[str, str], float] = {}
    for sign in signs:
        found[table, sign.name] = found.get((table, sign.name), 0.0) + sign.value
    return tuple(found.items())


def _points(weights: Weights, vector: Vector) -> float:
    return sum(weights[name] * value for name, value in vector)


def score(weights: Weights, pair: Pair) -> float:
    """Return the probability that judging gives a watch in an article: that of its best reading."""
    return max(_score(weights, one) for one in pair.seen)


def _score(weights: Weights, one: Seen) -> float:
    parts = shares([_points(weights, some) for some in one.each])
    return score_of(probability(_points(weights, one.place)), sum(parts[at] for at in one.meant))


def fit(pairs: Sequence[Pair], prior: Weights) -> Weights:
    """Fit the weights by resilient propagation on the mean log-loss, each pulled towards its prior, none past zero."""
    weights = dict(prior)
    step = dict.fromkeys(prior, FIRST_STEP)
    before = dict.fromkeys(prior, 0.0)
    best: list[Seen] = []
    for turn in range(ROUNDS):
        if turn % CHOSEN_ANEW == 0:
            best = [max(pair.seen, key=lambda one: _score(weights, one)) for pair in pairs]
        gradient = _gradient(weights, pairs, best)
        for name, start in prior.items():
            if name in HELD:
                continue
            slope = gradient[name] / len(pairs) + PULL * (weights[name] - start)
            same = slope * before[name]
            step[name] = min(MOST_STEP, step[name] * 1.2) if same > 0 else max(LEAST_STEP, step[name] * 0.5)
            moved = weights[name] - (step[name] if slope > 0 else -step[name] if slope < 0 else 0.0)
            weights[name] = moved if start == 0 or moved * start > 0 else 0.0
            before[name] = slope
    return weights


def _gradient(weights: Weights, pairs: Sequence[Pair], best: Sequence[Seen]) -> Weights:
    gradient = dict.fromkeys(weights, 0.0)
    for pair, one in zip(pairs, best, strict=True):
        is_place = probability(_points(weights, one.place))
        parts = shares([_points(weights, some) for some in one.each])
        mine = sum(parts[at] for at in one.meant)
        whole = min(1 - SURE, max(SURE, is_place * mine))
        # Of the log-loss by the logarithm of the whole: both stages are factors of it.
        slope = -1.0 if pair.is_named else WRONG * whole / (1 - whole)
        for name, value in one.place:
            gradient[name] += slope * (1 - is_place) * value
        for at, some in enumerate(one.each):
            pull = parts[at] * ((1.0 / max(mine, 1e-9) if at in one.meant else 0.0) - 1.0)
            for name, value in some:
                gradient[name] += slope * pull * value
    return gradient


def loss(weights: Weights, pairs: Sequence[Pair]) -> float:
    """Return the mean log-loss of some pairs."""
    found = ((pair.is_named, min(1 - SURE, max(SURE, score(weights, pair)))) for pair in pairs)
    return sum(-log(one) if named else -WRONG * log(1 - one) for named, one in found) / max(1, len(pairs))


def folds(group_of: Mapping[str, str], count: int) -> dict[str, int]:
    """Deal publishers into folds, those of one group into the same."""
    number = {group: at % count for at, group in enumerate(sorted(set(group_of.values())))}
    return {publisher: number[group] for publisher, group in group_of.items()}


def out_of_fold(
    pairs: Sequence[Pair], always: Sequence[Pair], prior: Weights, fold_of: Mapping[str, int]
) -> Mapping[tuple[str, int], float]:
    """Score each pair by weights fitted on the other folds, and on what is `always` there.

    `fold_of` says in which fold a publisher is.
    """
    found: dict[tuple[str, int], float] = {}
    for fold in sorted(set(fold_of.values())):
        weights = fit([*always, *(pair for pair in pairs if fold_of[pair.publisher] != fold)], prior)
        held = (pair for pair in pairs if fold_of[pair.publisher] == fold)
        found.update({(pair.article, pair.watch): score(weights, pair) for pair in held})
    return found


def measure(
    scores: Mapping[tuple[str, int], float],
    wanted: Collection[tuple[str, int]],
    watches: Collection[int],
    bar: float,
) -> Score:
    """Count which pairs of article and watch reach a bar, and which should."""
    found = {key for key, one in scores.items() if one >= bar and key[1] in watches}
    right = {key for key in wanted if key[1] in watches}
    return Score(len(found & right), len(found - right), len(right - found))


def named(reads: Iterable[Read]) -> frozenset[tuple[str, int]]:
    """Return the pairs of article and place that readers marked."""
    return frozenset((read.article.id, one.id) for read in reads for one in read.named if one.id)
