"""Say of an article which of the compiled watches it concerns, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.model import Article, Hit, Match, Part, Verdict, Watch
from monitor.watching.cases import Case, apply_cases
from monitor.watching.evidence import best_sentence
from monitor.watching.finding import Finder, Findings, Owner
from monitor.watching.patterns import Lexicon
from monitor.watching.places import Place
from monitor.watching.readings import Reading
from monitor.watching.rules import Clause, Clauses, Sites, Spot, forbidden, judge, text_of
from monitor.watching.salience import salience

LONGEST_PHRASE = 1_000  # characters; the configuration takes no longer one.
_SURE = 1.0
_UNSURE = 0.5  # found, but only around the article.
_REFUSED = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """One watch made ready: its rule and `not` phrases as numbers in the lexicon, all spellings, and its places."""

    watch: Watch
    clauses: Clauses
    swallowed_by: tuple[Clause, ...]
    forms: tuple[str, ...]
    places: tuple[Place, ...] = ()
    cases: tuple[Case, ...] = ()


_Found = Mapping[int, Sequence[Spot]]


class Watchlist:
    """Hold compiled watches; `compile_watchlist` makes one. Safe to share: matching changes nothing but memories."""

    def __init__(self, targets: Sequence[Target], lexicon: Lexicon, owners: Mapping[int, Sequence[Owner]]) -> None:
        self._targets = tuple(targets)
        self._finder = Finder(lexicon, owners)
        self._by_id = {target.watch.id: target for target in self._targets}

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of all watches, in the order they were configured."""
        return tuple(target.watch.id for target in self._targets)

    def match(self, article: Article) -> tuple[Match, ...]:
        """Return the watches that apply to an article, or possibly do, in the order they were configured."""
        findings = self._finder.find(article)
        return tuple(one for one in self._judge(article, findings) if one.verdict is not Verdict.NO)

    def explain(self, article: Article) -> tuple[Match, ...]:
        """Return what `match` returns, and with verdict NO every watch that was hit and refused, with the reasons."""
        return tuple(self._judge(article, self._finder.find(article, loose=True)))

    def readings(self, article: Article) -> tuple[Reading, ...]:
        """Return everything in an article that may be a name of a watch, judged by nothing yet."""
        return self._finder.find(article).readings

    def forms(self, watch_id: str) -> tuple[str, ...]:
        """Return all spellings that a watch looks for. Raises: KeyError."""
        return self._by_id[watch_id].forms

    def places(self, watch_id: str) -> tuple[Place, ...]:
        """Return the places that a watch names, resolved; none for other kinds. Raises: KeyError."""
        return self._by_id[watch_id].places

    def _judge(self, article: Article, findings: Findings) -> Iterable[Match]:
        found = findings.spots
        named: dict[int, list[Reading]] = {}
        for one in findings.readings:
            named.setdefault(one.watch, []).append(one)
        for watch in sorted(named):
            target = self._targets[watch]
            answer = _judge_one(target, named[watch], found, article)
            yield answer if answer.verdict is Verdict.NO else apply_cases(answer, target.cases, found, article=article)


def _judge_one(target: Target, named: Sequence[Reading], found: _Found, article: Article) -> Match:
    """Judge one watch that has hits: how they are written, what swallows them, and what its rule asks for."""
    reasons: list[str] = []
    written = [one for one in named if one.written]
    if len(written) < len(named):
        reasons.append(f"{_quoted(named, written)} not written with the capitals of the name")
    swallowers = Sites(other for clause in target.swallowed_by for other in found.get(clause.phrase, ()))
    free = [one for one in written if not _is_swallowed(one.spot, swallowers)]
    if len(free) < len(written):
        reasons.append(f"{_quoted(written, free)} only inside a phrase that “not” names")
    if not free:
        return _match(target, _longest(named), article, verdict=Verdict.NO, reasons=reasons)
    return _rule(target, _longest(free), found, article)


def _rule(target: Target, own: Sequence[Reading], found: _Found, article: Article) -> Match:
    """Ask the rule, first of the article itself, then with what stands around it: that alone makes no match."""
    refusal = forbidden(target.clauses, found)
    if refusal:
        return _match(target, own, article, verdict=Verdict.NO, reasons=[refusal])
    inside = [one for one in own if one.spot.part is not Part.TAIL]
    found_inside = _without_tail(target.clauses, found)
    ruling = judge(target.clauses, [one.spot for one in inside], found_inside, article=article)
    if ruling.kept:
        kept = [inside[index] for index in ruling.kept]
        return _match(target, kept, article, verdict=Verdict.MATCH, reasons=[_where(kept), ruling.reason])
    wider = judge(target.clauses, [one.spot for one in own], found, article=article)
    if wider.kept:
        kept = [own[index] for index in wider.kept]
        reasons = [_where(kept), wider.reason, "but not all of it in the article itself"]
        return _match(target, kept, article, verdict=Verdict.POSSIBLE, reasons=reasons)
    return _match(target, own, article, verdict=Verdict.NO, reasons=[_where(own), f"but {wider.reason}"])


def _without_tail(clauses: Clauses, found: _Found) -> _Found:
    asked = [clause.phrase for clause in (*clauses.any, *clauses.all)]
    return {number: [spot for spot in found.get(number, ()) if spot.part is not Part.TAIL] for number in asked}


def _is_swallowed(spot: Spot, swallowers: Sites) -> bool:
    return any(_overlap(spot, other) for other in swallowers.around(spot.part, spot.start - LONGEST_PHRASE, spot.end))


def _overlap(one: Spot, other: Spot) -> bool:
    return one.part is other.part and one.start < other.end and other.start < one.end


def _longest(named: Iterable[Reading]) -> list[Reading]:
    """Keep of hits that overlap the longest, of equals the first; return them in the order of the article."""
    kept: list[Reading] = []
    order = list(Part)
    for one in sorted(named, key=lambda one: (order.index(one.spot.part), one.spot.start, -one.spot.end)):
        while kept and _overlap(kept[-1].spot, one.spot) and _length(one) > _length(kept[-1]):
            kept.pop()
        if not (kept and _overlap(kept[-1].spot, one.spot)):
            kept.append(one)
    return kept


def _length(one: Reading) -> int:
    return one.spot.end - one.spot.start


def _quoted(some: Sequence[Reading], less: Sequence[Reading]) -> str:
    """Name the forms that were dropped on the way from `some` to `less`."""
    left = set(less)
    return ", ".join(dict.fromkeys(f"“{one.form}”" for one in some if one not in left))


def _where(named: Sequence[Reading]) -> str:
    found = {one.spot.part for one in named}
    parts = [part.value for part in Part if part in found]
    return f"found in {' and '.join(parts)}"


def _match(
    target: Target, named: Sequence[Reading], article: Article, *, verdict: Verdict, reasons: Sequence[str]
) -> Match:
    hits = tuple(_hit(one, article) for one in named)
    answer = Match(
        watch_id=target.watch.id,
        verdict=verdict,
        severity=target.watch.severity,
        hits=hits,
        sentence=best_sentence(hits, article),
        score={Verdict.MATCH: _SURE, Verdict.POSSIBLE: _UNSURE, Verdict.NO: _REFUSED}[verdict],
        reasons=tuple(reason for reason in reasons if reason),
    )
    return answer if verdict is Verdict.NO else replace(answer, salience=salience(hits))


def _hit(one: Reading, article: Article) -> Hit:
    part, start, end = one.spot
    return Hit(part, start, end, text_of(article, part)[start:end], one.form, one.rule)
