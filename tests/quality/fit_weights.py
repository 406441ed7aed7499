"""Fit the weights of judging on English local news: `PYTHONPATH=tests python tests/quality/fit_weights.py DATA`.

Reads the LGL corpus where it lies, prints how well weights do that were fitted without the publishers they are measured
on, and the table; `--write` puts it where the program reads it. Nothing of the corpus is kept. Every weight is pulled
to its prior, which was set by hand, the more the fewer examples speak, and none changes its sign: signs that the
corpus does not hold (other scripts, endings, everyday words) stay where they were set.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.heldout import TABLE, by_publisher, by_region, held_out, material, read_prior
from support.localnews import Score
from support.weightfit import Pair, Weights, fit

from monitor.gazetteer.index import Index


def said(name: str, scores: Mapping[str, Score]) -> list[str]:
    """Write a line for each bar."""
    return [f"{name}, {bar}: {one}" for bar, one in scores.items()]


def written(fitted: Weights, prior: Weights, pairs: Sequence[Pair], lines: Sequence[str]) -> str:
    """Write the table: fitted points, what they were pulled to, and how many pairs show the sign."""
    seen = Counter(name for pair in pairs for name in _signs(pair))
    head = [
        "# How much each sign weighs, in points of log-odds; written by tests/quality/fit_weights.py --write.",
        "#",
        "# `prior` was set by hand, on short texts in 42 languages; `points` were fitted on LGL, 588 articles of 85",
        "# publishers of English local news, and on those texts, pulled to the prior; `seen` is how many pairs of",
        "# article and watch in LGL show the sign. Each publisher scored by weights that were fitted without it; but",
        "# the signs themselves were thought out while looking at errors in these articles:",
        *(f"# {line}" for line in lines),
    ]
    for stage in dict.fromkeys(stage for stage, _ in prior):
        names = [name for at, name in prior if at == stage]
        rows = (_row(name, fitted[stage, name], prior[stage, name], seen[stage, name]) for name in names)
        head += ["", f"[{stage}]", *rows]
    return "\n".join(head) + "\n"


def _row(name: str, points: float, prior: float, seen: int) -> str:
    return f"{name} = {{ points = {round(points, 2)}, prior = {prior}, seen = {seen} }}"


def _signs(pair: Pair) -> set[tuple[str, str]]:
    return {name for one in pair.seen for vector in (one.place, *one.each) for name, _ in vector}


def main() -> None:
    """Print the figures and the table; write it if asked to."""
    some = material(Path(sys.argv[1]), Index())
    lines = [
        *said("five folds of publishers", held_out(some, by_publisher(some))),
        *said("ten folds of their regions", held_out(some, by_region(some))),
    ]
    text = written(fit([*some.texts, *some.pairs], read_prior()), read_prior(), some.pairs, lines)
    sys.stdout.write(text)
    if "--write" in sys.argv:
        TABLE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
