"""Turn configured watches into a watchlist, and say what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.model import ConceptKind, Rule, Watch
from monitor.watching.cases import Case
from monitor.watching.conflicts import conflicts
from monitor.watching.judging import Target, Watchlist
from monitor.watching.naming import Spelling, spellings
from monitor.watching.owners import Owner, Owners
from monitor.watching.patterns import Gate, Lexicon, parse_phrase, passes
from monitor.watching.places import Gazetteer, Place, resolve
from monitor.watching.rules import Clause, Clauses
from monitor.watching.skeletons import skeleton, tells
from monitor.watching.tokens import words
from monitor.watching.weighing import Scales

__all__ = ["Compiled", "Problem", "Watchlist", "compile_watchlist"]

_SHORTEST_PREFIX = 3  # letters; of less, half the dictionary begins so.
_ASKS_NOTHING = Clauses()  # one for all watches without a rule.


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
    owners: Owners = field(default_factory=Owners)
    problems: list[Problem] = field(default_factory=list)


def compile_watchlist(
    watches: Sequence[Watch], gazetteer: Gazetteer, homes: Mapping[str, str] | None = None
) -> Compiled:
    """Make watches ready for matching; places are looked up once, here. Never raises for what a watch says.

    `homes` says of sources (feed ids or hosts) where their publishers are, as `homes.learn_homes` learned it.
    """
    bench = _Bench()
    targets = [_compile_watch(number, watch, gazetteer, bench) for number, watch in enumerate(watches)]
    return Compiled(Watchlist(targets, bench.lexicon, bench.owners, Scales(gazetteer, homes)), tuple(bench.problems))


def _compile_watch(number: int, watch: Watch, gazetteer: Gazetteer, bench: _Bench) -> Target:
    places: tuple[Place, ...] = ()
    if watch.kind is ConceptKind.PLACE:
        places = tuple(_resolve_all(watch, gazetteer, bench))
    forms = [one.text for one in spellings(watch, places) if _add_name(number, watch, bench, one)]
    if watch.not_ or watch.rule.none or watch.context:
        bench.problems.extend(Problem(watch.id, *said, warning=True) for said in conflicts(watch, forms))
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
    clauses = Clauses(
        any=_clauses(watch, f"{within}any", rule.any, bench),
        all=_clauses(watch, f"{within}all", rule.all, bench),
        none=_clauses(watch, f"{within}none", rule.none, bench),
        near=rule.near,
        parts=rule.parts,
    )
    return clauses if clauses != _ASKS_NOTHING else _ASKS_NOTHING


def _resolve_all(watch: Watch, gazetteer: Gazetteer, bench: _Bench) -> Iterable[Place]:
    """Return the places that a watch names, includes, or has within its radius, each once."""
    found: dict[int, Place] = {}
    for key, name in (*(("place", name) for name in watch.names), *(("include", name) for name in watch.include)):
        resolved = resolve(name, gazetteer)
        if resolved.text:
            bench.problems.append(
                Problem(watch.id, key, resolved.text, resolved.hint, warning=resolved.place is not None)
            )
        if resolved.place is not None:
            found.setdefault(resolved.place.id, resolved.place)
    if watch.within_km is not None:
        for centre in tuple(found.values()):
            found |= {place.id: place for place in gazetteer.around(centre, watch.within_km) if place.id not in found}
    return found.values()


def _add_name(number: int, watch: Watch, bench: _Bench, one: Spelling) -> bool:
    """Make a spelling findable for a watch; say whether there was something to find in it."""
    gate = gate_of(one.text, watch.kind)
    is_name = watch.kind is not ConceptKind.KEYWORD
    phrase = _add_phrase(watch, one.key, one.text, bench, gate=gate, is_name=is_name)
    if phrase is None:
        return False
    if not bench.owners.has(phrase, number):
        bones = skeleton(words(one.text)) if one.has_skeleton and gate is not Gate.ANY else ""
        if tells(bones):
            bench.lexicon.add_skeleton(bones, phrase)
    bench.owners.add(phrase, Owner(number, one.text, gate, one.langs, is_name, one.is_surname))
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


def _add_phrase(watch: Watch, key: str, form: str, bench: _Bench, *, gate: Gate, is_name: bool = False) -> int | None:
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
    return bench.lexicon.add(phrase, gate, is_name=is_name)
