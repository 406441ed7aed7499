"""Judge whether an article holds what else a watch asks for: any, all, none, near, in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.model import Article, Part
from monitor.watching.sentences import sentence_span
from monitor.watching.tokens import tokenise


class Spot(NamedTuple):
    """Where something stands in an article: its part, and offsets into that part's text."""

    part: Part
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clause:
    """A phrase of a rule: its number in the lexicon and how it was written in the configuration."""

    phrase: int
    form: str


@dataclass(frozen=True, slots=True)
class Clauses:
    """A rule ready for judging; see `model.Rule` for what each means."""

    any: tuple[Clause, ...] = ()
    all: tuple[Clause, ...] = ()
    none: tuple[Clause, ...] = ()
    near: int | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """Which of a watch's own hits hold (as indexes), and why none does, if none does; else what else was found."""

    kept: tuple[int, ...]
    reason: str = ""


Found = Mapping[int, Sequence[Spot]]


def forbidden(clauses: Clauses, found: Found) -> str:
    """Say why `none` rules the article out, "" if it does not. `found` are the spots of every phrase, by number."""
    present = [clause for clause in clauses.none if found.get(clause.phrase)]
    return f"holds {_quoted(present)}, ruled out by “none”" if present else ""


def judge(clauses: Clauses, own: Sequence[Spot], found: Found, *, article: Article) -> Ruling:
    """Judge a watch's own hits by all of its rule but `none`."""
    kept = [index for index, spot in enumerate(own) if counts(spot, clauses.parts, article)]
    if not kept:
        return Ruling((), f"not found in {' or '.join(clauses.parts)}")
    near_any = _Nearness(clauses.near or 0, article)
    present: list[str] = []
    for wanted in _demands(clauses):
        spots = [spot for clause in wanted for spot in found.get(clause.phrase, ())]
        spots = [spot for spot in spots if counts(spot, clauses.parts, article)]
        if not spots:
            return Ruling((), f"{_quoted(wanted)} not found")
        if clauses.near is not None:
            sites = Sites(spots)
            kept = [index for index in kept if near_any(own[index], sites)]
        if not kept:
            return Ruling((), f"{_quoted(wanted)} not found {_nearness(clauses.near)}")
        present.extend(clause.form for clause in wanted if found.get(clause.phrase))
    more = ", ".join(f"“{form}”" for form in dict.fromkeys(present))
    return Ruling(tuple(kept), f"with {more}" if more else "")


def _demands(clauses: Clauses) -> list[tuple[Clause, ...]]:
    """Return groups of phrases, of each of which one must be there: all of `any` together, each of `all` alone."""
    groups: list[tuple[Clause, ...]] = [(clause,) for clause in clauses.all]
    return [clauses.any, *groups] if clauses.any else groups


def _quoted(clauses: Iterable[Clause]) -> str:
    return " or ".join(f"“{clause.form}”" for clause in clauses)


def _nearness(near: int | None) -> str:
    return "in the same sentence" if near == 0 else f"within {near} words"


def text_of(article: Article, part: Part) -> str:
    """Return the text of one part of an article."""
    match part:
        case Part.TITLE:
            return article.title
        case Part.LEAD:
            return article.lead
        case Part.BODY:
            return article.body
        case Part.TAIL:
            return article.tail


def counts(spot: Spot, parts: tuple[Part, ...], article: Article) -> bool:
    """Say whether a spot lies in one of `parts`. Without a lead, the first paragraph of the body is the lead."""
    if not parts or spot.part in parts:
        return True
    is_lead = spot.part is Part.BODY and not article.lead.strip() and Part.LEAD in parts
    return is_lead and not article.body[: spot.start].strip().count("\n")


class Sites:
    """Hold spots by part, in order, so that the ones around a place are found without asking them all."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self._parts: dict[Part, list[Spot]] = {}
        for spot in sorted(spots, key=lambda spot: (spot.start, spot.end)):
            self._parts.setdefault(spot.part, []).append(spot)
        self._starts = {part: [spot.start for spot in here] for part, here in self._parts.items()}

    def around(self, part: Part, first: int, last: int) -> Sequence[Spot]:
        """Return the spots of a part that start within [first, last), with the neighbours on both sides."""
        here, starts = self._parts.get(part, []), self._starts.get(part, [])
        return here[max(bisect_left(starts, first) - 1, 0) : bisect_left(starts, last) + 1]


class _Nearness:
    """Say whether one of some spots is near another: in its sentence (0), or at most so many words away."""

    def __init__(self, near: int, article: Article) -> None:
        self._near = near
        self._article = article
        self._words: dict[Part, list[int]] = {}

    def __call__(self, own: Spot, sites: Sites) -> bool:
        text = text_of(self._article, own.part)
        if self._near == 0:
            first, last = sentence_span(text, own.start, own.end)
            return any(first <= spot.start and spot.end <= last for spot in sites.around(own.part, first, last))
        if own.part not in self._words:
            self._words[own.part] = [token.start for token in tokenise(text)]
        near = sites.around(own.part, own.start, own.end)
        return any(distance(self._words[own.part], own, spot) <= self._near for spot in near)


def distance(starts: Sequence[int], one: Spot, other: Spot) -> int:
    """Return how many words lie from one spot to another: 1 for neighbours, 0 if they overlap.

    `starts` are the offsets of all words of the text.
    """
    first, second = sorted((one, other), key=lambda spot: spot.start)
    if first.end > second.start:
        return 0
    return bisect_left(starts, second.start) - bisect_left(starts, first.end) + 1
