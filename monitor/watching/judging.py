"""Say of an article which of the compiled watches it concerns, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.model import Article, ConceptKind, Match, Part, Strictness, Verdict, Watch
from monitor.model.bounds import is_for
from monitor.watching.accounts import Notes, hit_of, inside_others
from monitor.watching.cases import Case, apply_cases
from monitor.watching.context import Scene
from monitor.watching.evidence import best_sentence
from monitor.watching.finding import Finder, Findings
from monitor.watching.furniture import is_around
from monitor.watching.instead import meaning_of
from monitor.watching.owners import Owners
from monitor.watching.patterns import Lexicon
from monitor.watching.persons import strangers
from monitor.watching.places import Area, Place
from monitor.watching.placing import is_dateline
from monitor.watching.readings import Reading
from monitor.watching.rules import Clause, Clauses, Sites, Spot, forbidden, judge
from monitor.watching.salience import Standing, weigh
from monitor.watching.weighing import Scales

LONGEST_PHRASE = 1_000  # characters; the configuration takes no longer one.
BARS = {Strictness.WIDE: 0.3, Strictness.NORMAL: 0.5, Strictness.STRICT: 0.7}
POSSIBLE_BELOW = 0.15  # so far under the bar a match is kept and shown, not announced.
_SURE = 1.0
_UNSURE = 0.5  # found, but only around the article.
_REFUSED = 0.0
_OUT_OF_BOUNDS = "the watch is for other feeds, classes or languages"
AROUND = "in a caption, a credit, a list of links or the like, which is not the article"


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

    def __init__(self, targets: Sequence[Target], lexicon: Lexicon, owners: Owners, scales: Scales) -> None:
        self._targets = tuple(targets)
        self._scales = scales
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
        """Return what `match` returns, and with verdict NO every watch that was hit and refused, with the reasons.

        Each comes with an account of every hit.
        """
        return tuple(self._judge(article, self._finder.find(article, loose=True), is_told=True))

    def readings(self, article: Article) -> tuple[Reading, ...]:
        """Return everything in an article that may be a name of a watch, judged by nothing yet."""
        return self._finder.find(article).readings

    def forms(self, watch_id: str) -> tuple[str, ...]:
        """Return all spellings that a watch looks for. Raises: KeyError."""
        return self._by_id[watch_id].forms

    def places(self, watch_id: str) -> tuple[Place, ...]:
        """Return the places that a watch names, resolved; none for other kinds. Raises: KeyError."""
        return self._by_id[watch_id].places

    def where(self, place: Place) -> str:
        """Name the country that a place lies in."""
        return self._scales.called.area(Area(place.country))

    def _judge(self, article: Article, findings: Findings, *, is_told: bool = False) -> Iterable[Match]:
        found = findings.spots
        named = _by_watch(findings.readings)
        lone = _by_watch(findings.lone) if is_told else {}
        if not (named or lone):
            return
        case = _Case(article, found, self._scales, self._scales.scene(article), is_told)
        for watch in sorted({*named, *lone}):
            target, notes = self._targets[watch], Notes(is_told)
            if not is_for(target.watch, feed_id=article.feed_id, class_=article.class_, language=article.language):
                if is_told:
                    own = named.get(watch) or lone[watch]
                    yield _match(target, own, case, verdict=Verdict.NO, reasons=[_OUT_OF_BOUNDS])
                continue
            notes.refuse(lone.get(watch, ()), "a family name alone: the full name does not stand in the article")
            if watch in named:
                answer = _judge_one(target, named[watch], case, notes)
            else:
                reasons = [f"{_quoted(lone[watch], ())} only as a family name, without the full name"]
                answer = _match(target, lone[watch], case, verdict=Verdict.NO, reasons=reasons)
            if answer.verdict is not Verdict.NO:
                answer = apply_cases(answer, target.cases, found, article=article)
            yield replace(answer, accounts=notes.accounts(article)) if is_told else answer


@dataclass(frozen=True, slots=True)
class _Case:
    """One article before the judge: the spots of every phrase, and what the places are weighed with."""

    article: Article
    found: _Found
    scales: Scales
    scene: Scene
    is_told: bool  # whether somebody asks why a watch is refused.


@dataclass(frozen=True, slots=True)
class _Kept:
    """The readings of a watch that stood, by their scores; with the reasons of the best."""

    readings: tuple[Reading, ...]
    scores: Mapping[Reading, float]
    orgs: frozenset[Spot] = frozenset()
    reasons: tuple[str, ...] = ()

    def best(self, some: Iterable[Reading]) -> float:
        """Return the best score of some readings."""
        return max((self.scores.get(one, _SURE) for one in some), default=_REFUSED)


def _by_watch(readings: Iterable[Reading]) -> dict[int, list[Reading]]:
    named: dict[int, list[Reading]] = {}
    for one in readings:
        named.setdefault(one.watch, []).append(one)
    return named


def _judge_one(target: Target, named: Sequence[Reading], case: _Case, notes: Notes) -> Match:
    """Judge one watch that has hits: how they are written, what swallows them, what they mean, what its rule asks."""
    open_, reasons = _sift(target, named, case, notes)
    if not open_:
        return _match(target, _longest(named), case, verdict=Verdict.NO, reasons=reasons)
    if target.watch.kind is not ConceptKind.PLACE or not target.places:
        return _rule(target, _Kept(tuple(open_), {}), case, notes)
    left = {one.spot for one in open_}
    swallowed = [one for one in named if one.written and one.spot not in left]
    least = BARS[target.watch.strictness] - POSSIBLE_BELOW
    asked = 0.0 if case.is_told else least
    weighed = case.scales.weigh(target.watch, target.places, open_, case.scene, swallowed=swallowed, least=asked)
    for one in weighed if notes.wanted else ():
        told = one.tell()
        notes.weigh(one.reading, told.reasons, one.score, instead=told.instead)
    kept = [one for one in weighed if one.score >= least]
    notes.refuse((one.reading for one in weighed if one.score < least), "too unlikely to be this place")
    best = max(weighed, key=lambda one: one.score)
    if not kept:
        refused = (*reasons, *(best.tell().reasons if notes.wanted else ()), _sureness(best.score, target))
        return _match(target, open_, case, verdict=Verdict.NO, reasons=refused, score=best.score)
    scores = {one.reading: one.score for one in kept}
    orgs = frozenset(one.reading.spot for one in kept if one.is_org)
    return _rule(target, _Kept(tuple(scores), scores, orgs, best.tell().reasons), case, notes)


def _sift(target: Target, named: Sequence[Reading], case: _Case, notes: Notes) -> tuple[list[Reading], list[str]]:
    """Drop what is written wrongly, swallowed or something else; return what is left, and why the rest is not."""
    reasons: list[str] = []
    written = [one for one in named if one.written]
    if len(written) < len(named):
        reasons.append(f"{_quoted(named, written)} not written with the capitals of the name")
        notes.refuse((one for one in named if not one.written), "not written with the capitals of the name")
    free = _not_swallowed(target, written, case, notes)
    if len(free) < len(written):
        reasons.append(f"{_quoted(written, free)} only inside a phrase that “not” names")
    longest = _longest(free)
    notes.refuse(inside_others(free, longest), "part of a longer hit")
    others = strangers(target.watch, longest, case.scene)
    for one, why in others.items():
        reasons.append(f"“{one.form}” {why}")
        notes.refuse((one,), why)
    known, nulls = _without_null_phrases(target, [one for one in longest if one not in others], case, notes)
    if nulls:
        reasons.append(f"“{nulls[0]}” means something else")
    return known, list(dict.fromkeys(reasons))


def _not_swallowed(target: Target, some: Sequence[Reading], case: _Case, notes: Notes) -> list[Reading]:
    """Drop the readings inside a phrase that the watch's `not` names."""
    free = list(some)
    for clause in target.swallowed_by:
        swallowers = Sites(case.found.get(clause.phrase, ()))
        inside = {one for one in free if _is_swallowed(one.spot, swallowers)} if free else set()
        notes.refuse(inside, f"inside “{clause.form}”, which the watch's “not” names")
        free = [one for one in free if one not in inside] if inside else free
    return free


def _without_null_phrases(
    target: Target, some: Sequence[Reading], case: _Case, notes: Notes
) -> tuple[list[Reading], list[str]]:
    """Drop the readings inside a phrase such as Damascus steel; return the rest, and the phrases."""
    left: list[Reading] = []
    phrases: list[str] = []
    null = case.scales.null_phrases(target.places) if target.places else ()
    for one in some:
        swallowing = case.scene.phrase_around(one.spot, null) if null else ""
        if swallowing:
            phrases.append(swallowing)
            why = f"inside “{swallowing}”, which means something else"
            notes.refuse((one,), why, instead=meaning_of(swallowing))
        else:
            left.append(one)
    return left, phrases


def _rule(target: Target, own: _Kept, case: _Case, notes: Notes) -> Match:
    """Ask the rule, first of the article itself, then with what stands around it: that alone makes no match."""
    article, found = case.article, case.found
    refusal = forbidden(target.clauses, found)
    if refusal:
        notes.refuse(own.readings, f"the article {refusal}")
        return _match(target, own.readings, case, verdict=Verdict.NO, reasons=[refusal])
    inside = [one for one in own.readings if not is_around(one.spot, article)]
    found_inside = _without_tail(target.clauses, found)
    ruling = judge(target.clauses, [one.spot for one in inside], found_inside, article=article)
    if ruling.kept:
        kept = [inside[index] for index in ruling.kept]
        notes.take(kept, ruling.reason)
        notes.refuse((one for one in own.readings if one not in inside), AROUND)
        notes.refuse(inside, "not where the watch's rule asks for it")
        return _sure_enough(target, kept, own, case, ruling.reason)
    wider = judge(target.clauses, [one.spot for one in own.readings], found, article=article)
    if wider.kept:
        kept = [own.readings[index] for index in wider.kept]
        notes.take(kept, "only around the article: too little to be told")
        notes.refuse(own.readings, "not where the watch's rule asks for it")
        reasons = [
            _where(kept),
            wider.reason,
            "but the article itself does not hold all of it",
            *own.reasons,
        ]
        score = min(_UNSURE, own.best(kept))
        return _match(target, kept, case, verdict=Verdict.POSSIBLE, reasons=reasons, score=score, orgs=own.orgs)
    notes.refuse(own.readings, wider.reason)
    reasons = [_where(own.readings), f"but {wider.reason}"]
    return _match(target, own.readings, case, verdict=Verdict.NO, reasons=reasons)


def _sure_enough(target: Target, kept: Sequence[Reading], own: _Kept, case: _Case, reason: str) -> Match:
    """Match if the best reading that the rule kept reaches the watch's bar; else possibly."""
    score = own.best(kept)
    bar = BARS[target.watch.strictness]
    verdict = Verdict.MATCH if score >= bar else Verdict.POSSIBLE
    last = (_sureness(score, target),) if own.scores else ()
    reasons = (_where(kept), reason, *own.reasons, *last)
    return _match(target, kept, case, verdict=verdict, reasons=reasons, score=score, orgs=own.orgs)


def _sureness(score: float, target: Target) -> str:
    bar = BARS[target.watch.strictness]
    return f"probability {score:.2f} at best: {bar - POSSIBLE_BELOW:.2f} makes it possible, {bar:.2f} a match"


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


def _match(  # noqa: PLR0913 - what a verdict is made of.
    target: Target,
    named: Sequence[Reading],
    case: _Case,
    *,
    verdict: Verdict,
    reasons: Sequence[str],
    score: float = _REFUSED,
    orgs: frozenset[Spot] = frozenset(),
) -> Match:
    if verdict is Verdict.NO and not case.is_told:
        return Match(watch_id=target.watch.id, verdict=verdict, severity=target.watch.severity, hits=(), score=score)
    hits = tuple(hit_of(one, case.article) for one in named)
    answer = Match(
        watch_id=target.watch.id,
        verdict=verdict,
        severity=target.watch.severity,
        hits=hits,
        sentence=best_sentence(hits, case.article),
        score=score,
        reasons=tuple(reason for reason in reasons if reason),
    )
    if verdict is Verdict.NO:
        return answer
    weight = weigh(_standing(target, named, case, orgs), case.article)
    is_place = target.watch.kind is ConceptKind.PLACE
    return replace(
        answer, salience=weight.salience, reasons=(*answer.reasons, weight.reason) if is_place else answer.reasons
    )


def _standing(target: Target, named: Sequence[Reading], case: _Case, orgs: frozenset[Spot]) -> Standing:
    spots = [one.spot for one in named]
    is_place = target.watch.kind is ConceptKind.PLACE
    own = {(spot.part, spot.start) for spot in spots}
    others = sum((one.spot.part, one.spot.start) not in own for one in case.scene.mentions) if is_place else None
    clauses = (target.clauses, *(one.clauses for one in target.cases))
    asked = (clause.phrase for one in clauses for clause in (*one.any, *one.all))
    return Standing(
        spots,
        around=frozenset(spot for spot in spots if is_around(spot, case.article)),
        datelines=frozenset(spot for spot in spots if is_place and is_dateline(case.scene, spot)),
        orgs=orgs,
        others=others,
        events=[spot for phrase in asked for spot in case.found.get(phrase, ())],
    )
