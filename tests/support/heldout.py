"""How well weights of judging do on publishers that they were not fitted on."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.localnews import Read, Score, read_lgl
from support.weightfit import Pair, Weights, collect, collect_texts, folds, measure, named, out_of_fold, watched

from monitor.gazetteer.index import Index
from monitor.watching import weights as table
from monitor.watching.homes import learn_homes

BARS = {"wide": 0.3, "normal": 0.5, "strict": 0.7}
TEXTS = Path(__file__).parents[1] / "quality" / "data"
TEXTS_COUNT = 2  # times: 298 short texts beside 588 long articles.
TABLE = Path(table.__file__).with_name("weights.toml")


def read_prior() -> Weights:
    """Return the weights that were set by hand."""
    rows = tomllib.loads(TABLE.read_text("utf-8"))
    return {(stage, name): row["prior"] for stage, some in rows.items() for name, row in some.items()}


@dataclass(frozen=True, slots=True)
class Material:
    """What is learned from: the articles, their pairs, and the short texts, which are always learned from."""

    reads: Sequence[Read]
    pairs: Sequence[Pair]
    texts: Sequence[Pair]
    cities: Collection[int]
    homes: Mapping[str, str]


def material(folder: Path, index: Index) -> Material:
    """Read everything with the watches that it names."""
    reads = read_lgl(folder)
    homes = learn_homes([read.article for read in reads], index)
    pairs = collect(reads, watched(reads, index, least=1), index, homes)
    return Material(reads, pairs, collect_texts(TEXTS, index) * TEXTS_COUNT, watched(reads, index, least=3), homes)


def by_publisher(some: Material) -> dict[str, int]:
    """Deal the publishers into five folds."""
    return folds({pair.publisher: pair.publisher for pair in some.pairs}, 5)


def by_region(some: Material) -> dict[str, int]:
    """Deal the publishers into ten folds, those of one region into the same."""
    return folds({one: some.homes.get(one, "").partition(".")[2] or one for one in by_publisher(some)}, 10)


def held_out(some: Material, fold_of: dict[str, int]) -> dict[str, Score]:
    """Return by bar how well weights do on publishers that they were not fitted on."""
    scores = out_of_fold(some.pairs, some.texts, read_prior(), fold_of)
    return {bar: measure(scores, named(some.reads), some.cities, least) for bar, least in BARS.items()}
