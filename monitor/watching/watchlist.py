"""Turn configured watches into a watchlist, and say what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from monitor.model import ConceptKind, Rule, Watch
from monitor.watching.cases import Case
from monitor.watching.finding import Owner
from monitor.watching.judging import Target, Watchlist
from monitor.watching.patterns import Gate, Lexicon, parse_phrase, passes
from monitor.watching.places import Gazetteer, Place, resolve
from monitor.watching.rules import Clause, Clauses
from monitor.watching.tokens import words

__all__ = ["Compiled", "Problem", "Watchlist", "compile_watchlist"]

_SHORTEST_PREFIX = 3  # letters; of less, half the dictionary begins so.


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to say about a watch: the key it stands under, what, a hint; a warning does not stop anything.

    A key of the first case is written "when.0.any".
    """

    watch_id: str
    key: str
    text: str
    hint: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Compiled:
    """A watchlist, and what there is to say about it. Names with an error are left out of it."""

    watchlist: Watchlist
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Bench:
    """What compiling fills."""

    lexicon: Lexicon = field(default_factory=Lexicon)
    owners: dict[int, list[Owner]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def compile_watchlist(watches: Sequence[Watch], gazetteer: Gazetteer) -> Compiled:
    """Make watches ready for matching; places are looked up once, here. Never raises for what a watch says."""
    bench = _Bench()
    targets = [_compile_watch(number, watch, gazetteer, bench) for number, watch in enumerate(watches)]
    owners = {phrase: tuple(some) for phrase, some in bench.owners.items()}
    return Compiled(Watchlist(targets, bench.lexicon, owners), tuple(bench.problems))


def _compile_watch(number: int, watch: Watch, gazetteer: Gazetteer, bench: _Bench) -> Target:
    places: tuple[Place, ...] = ()
    names = watch.names
    if watch.kind is ConceptKind.PLACE:
        places = tuple(_resolve_all(watch, gazetteer, bench))
        names = tuple(name for place in places for name in place.names)
    named = [(watch.kind.value, name) for name in names]
    forms = [
        form
        for key, form in (*named, *(("aliases", alias) for alias in watch.aliases))
        if _add_name(number, watch, bench, key=key, form=form)
    ]
    cases = (
        Case(when, _rule(watch, when.rule, bench, within=f"when.{index}."), index + 1)
        for index, when in enumerate(watch.when)
    )
    return Target(
        watch,
        _rule(watch, watch.rule, bench),
        _clauses(watch, "not", watch.not_, bench),
        tuple(dict.fromkeys(forms)),
        places,
        tuple(cases),
    )


def _rule(watch: Watch, rule: Rule, bench: _Bench, *, within: str = "") -> Clauses:
    return Clauses(
        any=_clauses(watch, f"{within}any", rule.any, bench),
        all=_clauses(watch, f"{within}all", rule.all, bench),
        none=_clauses(watch, f"{within}none", rule.none, bench),
        near=rule.near,
        parts=rule.parts,
    )


def _resolve_all(watch: Watch, gazetteer: Gazetteer, bench: _Bench) -> Iterable[Place]:
    for name in watch.names:
        resolved = resolve(name, gazetteer)
        if resolved.text:
            bench.problems.append(
                Problem(watch.id, "place", resolved.text, resolved.hint, warning=resolved.place is not None)
            )
        if resolved.place is not None:
            yield resolved.place


def _add_name(number: int, watch: Watch, bench: _Bench, *, key: str, form: str) -> bool:
    """Make a spelling findable for a watch; say whether there was something to find in it."""
    gate = gate_of(form, watch.kind)
    phrase = _add_phrase(watch, key, form, bench, gate=gate)
    if phrase is None:
        return False
    owners = bench.owners.setdefault(phrase, [])
    mine = next((owner for owner in owners if owner.watch == number), None)
    if mine is None:
        owners.append(Owner(number, form, gate))
    elif gate < mine.gate:
        owners[owners.index(mine)] = Owner(number, form, gate)
    return True


def gate_of(form: str, kind: ConceptKind) -> Gate:
    """Say how a hit of this spelling must be written. Keywords count in any case, and so do names without capitals."""
    if kind is ConceptKind.KEYWORD or form == form.lower():
        return Gate.ANY
    if kind is ConceptKind.PLACE:
        return Gate.MAIN_CAPITAL if passes(Gate.MAIN_CAPITAL, form) else Gate.SOME_CAPITAL
    is_acronym = form.isupper() and len(form) > 1 and len(words(form)) == 1
    return Gate.ACRONYM if is_acronym else Gate.SOME_CAPITAL


def _clauses(watch: Watch, key: str, forms: Iterable[str], bench: _Bench) -> tuple[Clause, ...]:
    numbered = ((_add_phrase(watch, key, form, bench, gate=Gate.ANY), form) for form in forms)
    return tuple(Clause(number, form) for number, form in numbered if number is not None)


def _add_phrase(watch: Watch, key: str, form: str, bench: _Bench, *, gate: Gate) -> int | None:
    """Number a phrase; None, and a problem, if there is no word in it or its star stands wrong."""
    plain = form.strip()
    phrase = parse_phrase(plain)
    if "*" in plain[:-1]:
        bench.problems.append(Problem(watch.id, key, f"“{form}” has a star inside", "a star may only end a phrase"))
        return None
    if phrase is None:
        bench.problems.append(Problem(watch.id, key, f"“{form}” holds no word", "write letters or digits"))
        return None
    if (
        phrase.prefix.isalpha()
        and phrase.prefix.isascii()
        and not phrase.words
        and len(phrase.prefix) < _SHORTEST_PREFIX
    ):
        text = f"“{form}” matches every word that begins so"
        bench.problems.append(Problem(watch.id, key, text, "write more of the word", warning=True))
    return bench.lexicon.add(phrase, gate)
