"""Decide the severity of a match by the cases of its watch, `[[watch.when]]`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.model import Article, Match, Part, Salience, When
from monitor.watching.rules import Clauses, Found, Spot, forbidden, judge


@dataclass(frozen=True, slots=True)
class Case:
    """One case made ready: its rule as numbers in the lexicon, and which of the watch's cases it is, from 1."""

    when: When
    clauses: Clauses
    number: int


def apply_cases(match: Match, cases: Sequence[Case], found: Found, *, article: Article) -> Match:
    """Return a match with the severity of the severest case that holds, and with the reason; else as it was.

    `found` are the spots of every phrase, by number. What stands around the article only (its tail) raises nothing.
    """
    for case in sorted(cases, key=lambda case: -case.when.severity.rank):
        held = _held(case, match, found, article)
        if held is not None:
            reason = f"severity {case.when.severity} by case {case.number}{held and ': '}{held}"
            return replace(match, severity=case.when.severity, reasons=(*match.reasons, reason))
    return match


def _held(case: Case, match: Match, found: Found, article: Article) -> str | None:
    """Say by what a case holds, "" if by nothing that could be named; None if it does not."""
    bounds = _bounds(case.when, match, article)
    if bounds is None or forbidden(case.clauses, found):
        return None
    own = [Spot(hit.part, hit.start, hit.end) for hit in match.hits]
    ruling = judge(case.clauses, own, _inside(case.clauses, found), article=article)
    if not ruling.kept:
        return None
    where = (f"in {' or '.join(part.value for part in case.when.rule.parts)}",) if case.when.rule.parts else ()
    return ", ".join(part for part in (ruling.reason, *where, *bounds) if part)


def _inside(clauses: Clauses, found: Found) -> Found:
    asked = [clause.phrase for clause in (*clauses.any, *clauses.all)]
    return {number: [spot for spot in found.get(number, ()) if spot.part is not Part.TAIL] for number in asked}


def _bounds(when: When, match: Match, article: Article) -> tuple[str, ...] | None:
    """Say which bounds of a case the article keeps, None if it breaks one."""
    holds = {
        f"language {article.language}": _speaks(article.language, when.langs),
        f"class {article.class_}": article.class_ in when.classes if when.classes else None,
        f"feed {article.feed_id}": article.feed_id in when.feeds if when.feeds else None,
    }
    if False in holds.values() or (match.salience or Salience.TRACE).rank < when.salience.rank:
        return None
    least = (f"at least {when.salience}",) if when.salience is not Salience.TRACE else ()
    return (*(text for text, kept in holds.items() if kept), *least)


def _speaks(language: str | None, langs: Sequence[str]) -> bool | None:
    """Say whether an article is in one of some languages: "en" stands for "en-GB" too. None if any will do."""
    if not langs:
        return None
    tag = (language or "").lower()
    return any(tag == lang.lower() or tag.startswith(f"{lang.lower()}-") for lang in langs)
