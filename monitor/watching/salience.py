"""Say how much of an article a watch's hits are, in points from 0 to 100.

Measured on news whose headline was hidden: the first sentence alone tells with an AUC of .78 whether the headline names
the place, the share of its mentions .75, their number .72, these points together .81; a dateline alone .51.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from monitor.model import Article, Part, Salience
from monitor.watching.rules import Spot, text_of
from monitor.watching.sentences import sentence_span

ABOUT = 45  # points from which an article is about it.
_TITLE = 40
_FIRST = 25
_EARLY = 12  # in the second or third sentence.
_EARLY_SENTENCES = 3
_DOUBLING = 8
_MOST_FOR_MENTIONS = 24
_SHARE = 10
_EVENT = 10
_DATELINE = 5
_AROUND_AT_MOST = 10
_ORG_AT_MOST = 20
_NUMBERED = (Part.LEAD, Part.BODY)  # the parts of which the first sentences count for more.


@dataclass(frozen=True, slots=True)
class Standing:
    """What salience is judged by: the hits, which of them stand only around the article, and what else is there.

    `datelines` and `orgs` are those of `hits` that are a dateline, or inside an organisation's name. `others` counts
    the names of other places in the article, None where nobody looked. `events` are the watch's event words.
    """

    hits: Sequence[Spot]
    around: frozenset[Spot] = frozenset()
    datelines: frozenset[Spot] = frozenset()
    orgs: frozenset[Spot] = frozenset()
    others: int | None = None
    events: Sequence[Spot] = ()


@dataclass(frozen=True, slots=True)
class Weight:
    """How salient a watch is in an article: the points, what they are for, and what they come to."""

    points: int
    reason: str
    salience: Salience


def weigh(standing: Standing, article: Article) -> Weight:
    """Add up the points; see the module for their source."""
    inside = [spot for spot in standing.hits if spot not in standing.around]
    free = [spot for spot in inside if spot not in standing.orgs]
    parts = _parts(free or inside or standing.hits, standing, article)
    points = min(100, round(sum(value for _, value in parts)))
    if not inside:
        points, parts = min(points, _AROUND_AT_MOST), [("only around the article, at most", _AROUND_AT_MOST)]
    elif not free:
        points, parts = min(points, _ORG_AT_MOST), [("only in an organisation's name, at most", _ORG_AT_MOST)]
    counted = ", ".join(f"{name} {value:.0f}" for name, value in parts)
    reason = f"salience {points} of 100 (about from {ABOUT}){': ' if counted else ''}{counted}"
    if not free:
        return Weight(points, reason, Salience.TRACE)
    return Weight(points, reason, Salience.ABOUT if points >= ABOUT else Salience.MENTION)


def _parts(hits: Sequence[Spot], standing: Standing, article: Article) -> list[tuple[str, float]]:
    if all(spot in standing.datelines for spot in hits):
        return [("a dateline only", _DATELINE)]
    told = [spot for spot in hits if spot not in standing.datelines]
    parts: list[tuple[str, float]] = []
    if any(spot.part is Part.TITLE for spot in told):
        parts.append(("title", _TITLE))
    firsts = (min((spot for spot in told if spot.part is part), default=None, key=_start_of) for part in _NUMBERED)
    early = min((_sentence_number(spot, article) for spot in firsts if spot), default=_EARLY_SENTENCES)
    if early < _EARLY_SENTENCES:
        parts.append(("first sentence", _FIRST) if early == 0 else ("second or third sentence", _EARLY))
    if len(told) > 1:
        parts.append((f"{len(told)} mentions that count", min(_MOST_FOR_MENTIONS, _DOUBLING * log2(len(told)))))
    if len(told) * 2 >= (standing.others or 0):
        parts.append(("a third of all places named", _SHARE))
    if _beside_event(told, standing.events, article):
        parts.append(("beside an event word", _EVENT))
    return parts


def _start_of(spot: Spot) -> int:
    return spot.start


def _sentence_number(spot: Spot, article: Article) -> int:
    """Return the number of a spot's sentence in the lead or the body, from 0; the most for later ones."""
    text = text_of(article, spot.part)
    at = len(text) - len(text.lstrip())
    for number in range(_EARLY_SENTENCES):
        first, last = sentence_span(text, at, min(at + 1, len(text)))
        if spot.start < max(last, first + 1):
            return number
        at = last + len(text[last:]) - len(text[last:].lstrip())
        if at >= len(text):
            break
    return _EARLY_SENTENCES


def _beside_event(hits: Sequence[Spot], events: Sequence[Spot], article: Article) -> bool:
    if not events:
        return False
    for spot in hits:
        first, last = sentence_span(text_of(article, spot.part), spot.start, spot.end)
        if any(one.part is spot.part and first <= one.start and one.end <= last for one in events):
            return True
    return False
