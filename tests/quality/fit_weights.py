"""Fit the weights of judging on English local news: `PYTHONPATH=tests python tests/quality/fit_weights.py DATA`.

By logistic regression. Reads the LGL corpus where it lies and prints the weights; nothing of it is kept. Signs that
the corpus does not hold stay where they were set by hand: each weight is pulled to its present value, the more the
fewer examples speak.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.localnews import Named, Read, read_lgl

from monitor.gazetteer.index import Index
from monitor.watching.homes import learn_homes
from monitor.watching.namesakes import shares
from monitor.watching.patterns import Gate
from monitor.watching.places import CITY
from monitor.watching.readings import How, Reading
from monitor.watching.rules import Spot
from monitor.watching.scoring import Sign, probability
from monitor.watching.tokens import words
from monitor.watching.weighing import Scales
from monitor.watching.weights import SHIPPED, Tables, Weight

ROUNDS = 150
STEP = 0.5
PULL = 0.005  # towards the present value, of a mean gradient per example.
NEAR = 0.25  # degrees: records of one place.

Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Examples:
    """What is learned from: signs of a name with whether it is a place; signs of each namesake with the right one."""

    place: tuple[tuple[Vector, float], ...]
    sense: tuple[tuple[tuple[Vector, ...], int], ...]


def collect(reads: Sequence[Read], scales: Scales, index: Index) -> Examples:
    """Look at every name of the gazetteer in the articles as judging does."""
    worth = _worth_watching(reads, index)
    place: list[tuple[Vector, float]] = []
    sense: list[tuple[tuple[Vector, ...], int]] = []
    for read in reads:
        scene = scales.scene(read.article)
        for mention in scene.mentions:
            cities = [one for one in mention.briefs if one.kind == CITY]
            if not cities or mention.key not in worth:
                continue
            gold = next((one for one in read.named if _is_same(one, mention.spot)), None)
            watched = index.place(next((one.id for one in cities if gold and one.id == gold.id), cities[0].id))
            reading = Reading(mention.spot, 0, " ".join(mention.key), Gate.ANY, How.EXACT)
            if watched is None:
                continue
            signs, each, all_ = scales.signs(reading, watched, scene)
            place.append((_vector(signs), 1.0 if gold else 0.0))
            if gold and gold.id:
                right = next((at for at, one in enumerate(all_) if _is_it(one.ids, gold, index)), len(all_))
                sense.append((tuple(_vector(one) for one in each), right))
    return Examples(tuple(place), tuple(sense))


def _is_same(named: Named, spot: Spot) -> bool:
    return named.start == spot.start and named.end >= spot.end - 1


def _worth_watching(reads: Sequence[Read], index: Index) -> frozenset[tuple[str, ...]]:
    """Return the names of cities that are named at all: those that somebody could watch."""
    ids = {named.id for read in reads for named in read.named}
    return frozenset(words(place.name) for number in ids if (place := index.place(number)) and place.kind == CITY)


def _is_it(ids: frozenset[int], gold: Named, index: Index) -> bool:
    if gold.id in ids:
        return True
    found = [index.place(one) for one in ids]
    return any(
        one is not None and abs(one.latitude - gold.latitude) < NEAR and abs(one.longitude - gold.longitude) < NEAR
        for one in found
    )


def _vector(signs: Sequence[Sign]) -> Vector:
    found: dict[str, float] = {}
    for sign in signs:
        found[sign.name] = found.get(sign.name, 0.0) + sign.value
    return found


def fit(examples: Examples, start: Tables = SHIPPED) -> Tables:
    """Fit both tables by gradient descent on the mean log-loss, pulled towards where they start."""
    place = {name: weight.points for name, weight in start.place.items()}
    sense = {name: weight.points for name, weight in start.sense.items()}
    for _ in range(ROUNDS):
        _move(place, _place_gradient(examples, place), start.place, len(examples.place))
        _move(sense, _sense_gradient(examples, sense), start.sense, len(examples.sense))
    return Tables(_named(place, start.place), _named(sense, start.sense))


def _move(weights: dict[str, float], gradient: Vector, start: Mapping[str, Weight], count: int) -> None:
    for name, weight in start.items():
        pull = PULL * (weights[name] - weight.points)
        weights[name] -= STEP * (gradient.get(name, 0.0) / count + pull)


def _place_gradient(examples: Examples, weights: Vector) -> Vector:
    gradient: dict[str, float] = {}
    for vector, label in examples.place:
        error = probability(sum(weights[name] * value for name, value in vector.items())) - label
        for name, value in vector.items():
            gradient[name] = gradient.get(name, 0.0) + error * value
    return gradient


def _sense_gradient(examples: Examples, weights: Vector) -> Vector:
    gradient: dict[str, float] = {}
    for vectors, right in examples.sense:
        parts = shares([sum(weights[name] * value for name, value in one.items()) for one in vectors])
        for at, (vector, part) in enumerate(zip(vectors, parts, strict=True)):
            error = part - (at == right)
            for name, value in vector.items():
                gradient[name] = gradient.get(name, 0.0) + error * value
    return gradient


def _named(points: Vector, start: Mapping[str, Weight]) -> Mapping[str, Weight]:
    return {name: Weight(round(points[name], 2), weight.text) for name, weight in start.items()}


def main() -> None:
    """Print the fitted weights beside the present ones."""
    reads = read_lgl(Path(sys.argv[1]))
    index = Index()
    scales = Scales(index, learn_homes([read.article for read in reads], index))
    examples = collect(reads, scales, index)
    fitted = fit(examples)
    for table, before in zip(fitted, SHIPPED, strict=True):
        for name, weight in table.items():
            sys.stdout.write(f"{name:22} {before[name].points:6.2f} -> {weight.points:6.2f}\n")


if __name__ == "__main__":
    main()
