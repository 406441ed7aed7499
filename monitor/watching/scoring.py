"""Add up signs to points of log-odds, and say in sentences what each was worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp
from typing import NamedTuple

from monitor.watching.weights import Weight

WORTH_SAYING = 0.005  # points; what is less is nothing in figures of two places.


class Sign(NamedTuple):
    """Something seen in an article: its name in the table of weights, how strong it is, and what was seen."""

    name: str
    value: float = 1.0
    detail: str = ""


def total(signs: Iterable[Sign], weights: Mapping[str, Weight]) -> float:
    """Add up the points of signs."""
    return sum(weights[sign.name].points * sign.value for sign in signs)


def probability(points: float) -> float:
    """Turn log-odds into a probability."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, points))))


def sentence(points: float, text: str) -> str:
    """Write one reason: “+1.80 Syria is named in the text”."""
    return f"{'+' if points > 0 else '−'}{abs(points):.2f} {text}"


def sentences(signs: Iterable[Sign], weights: Mapping[str, Weight]) -> list[str]:
    """Write the reasons that are worth saying, in the order of the signs."""
    said = []
    for sign in signs:
        points = weights[sign.name].points * sign.value
        if abs(points) >= WORTH_SAYING:
            said.append(sentence(points, weights[sign.name].text.format(sign.detail)))
    return said
