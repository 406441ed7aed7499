"""What concerns several keys of one watch, or a watch and the feeds: conflicts, expressions, keys without effect.

Every check looks at sound values only, so that one mistake is told once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from monitor.config import values
from monitor.config.items import Item
from monitor.config.models import WATCH_KINDS
from monitor.config.values import did_you_mean, quote
from monitor.errors import Mistake
from monitor.watching.tokens import words

MANY = 20_000  # watches; more of them load with a warning.
# What a thousand keywords of two spellings take: 50,000 took 12 s and 620 MB.
MANY_SECONDS = 0.25
MANY_MB = 12

PHRASES = ("keyword", "person", "org", "place", "include", "aliases", "context", "not", "any", "all", "none")
STARLESS = {"place", "include", "context"}  # where a trailing * means nothing.
EXPRESSION = re.compile(r"\.\*|\.\+|\.\?|\\[bBdDsSwW]|\(\?|\[[^\]]+\][*+?]|\|.*\||\^\S|\S\$$")
CONDITIONS = ("any", "all", "none", "in", "lang", "class", "feed", "salience")
PLACES_ONLY = ("include", "within_km")

Location: TypeAlias = tuple[str | int, ...]


def watch_mistakes(item: Item) -> Iterator[Mistake]:
    """Yield what is wrong between the keys of one watch."""
    kinds = [key for key in WATCH_KINDS if key in item.raw]
    for key in PLACES_ONLY:
        if key in item.good and len(kinds) == 1 and kinds != ["place"]:
            yield item.wrong(key, f"means nothing for a {kinds[0]}", hint="it is for a watch with place")


def unknown_feeds(items: Sequence[Item]) -> Iterator[Mistake]:
    """Yield the feeds that watches and their cases name and that are not there."""
    known = [str(item.raw["id"]) for item in items if item.table == "feed" and "id" in item.raw]
    for item in items:
        for at, case in _rules(item):
            for index, name in enumerate(listed(case.get("feed"))):
                if name not in known:
                    hint = did_you_mean(str(name), known) or "add a [[feed]]"
                    yield item.wrong_at((*at, "feed", index), f"there is no feed {quote(name)}", hint=hint)


def watch_warnings(item: Item) -> Iterator[Mistake]:
    """Yield what is allowed in one watch and probably not meant."""
    for at, rule in _rules(item):
        yield from _expressions(item, at, rule)
        yield from _conflicts(item, at, rule)
        if "near" in rule and not {"any", "all"} & rule.keys():
            yield item.wrong_at((*at, "near"), "does nothing without any or all")
        if at and not rule.keys() & set(CONDITIONS):
            hint = f"name one of {', '.join(CONDITIONS)}, or set the watch's own severity"
            yield item.wrong_at(at, "asks for nothing: it holds for every article", hint=hint)
    yield from _against_the_watch(item)


def _against_the_watch(item: Item) -> Iterator[Mistake]:
    """Warn of cases that the watch above them keeps from ever holding, and of cases that contradict each other."""
    ruled_out = _folded(item.good, ("none",))
    parts = {str(part) for part in listed(item.good.get("in"))}
    before: dict[str, tuple[int, object]] = {}
    for at, case in _rules(item)[1:]:
        for key in ("any", "all"):
            for index, found in enumerate(listed(case.get(key))):
                if words(str(found)) in ruled_out:
                    text = f"{quote(found)} is ruled out by the watch's own none: no article with it matches the watch"
                    yield item.wrong_at((*at, key, index), text, hint="take it out of one of the two")
        own = {str(part) for part in listed(case.get("in"))}
        if own and parts and not own & parts:
            text = f"the watch itself counts in {' and '.join(sorted(parts))} only: this case never holds"
            yield item.wrong_at((*at, "in"), text, hint="name one of these parts")
        asked = repr(sorted((key, value) for key, value in case.items() if key != "severity"))
        number, severity = before.setdefault(asked, (int(at[1]), case.get("severity")))
        if number != at[1] and severity != case.get("severity"):
            text = f"asks for the same as case {number + 1} of this watch: the severer of the two counts"
            yield item.wrong_at(at, text, hint="take one of the two out")


def unused_classes(items: Sequence[Item]) -> Iterator[Mistake]:
    """Yield the classes that watches and their cases ask for and no feed is of."""
    known = {str(item.good["class"]) for item in items if item.table == "feed" and "class" in item.good}
    for item in items:
        for at, case in _rules(item):
            for index, name in enumerate(listed(case.get("class"))):
                if name not in known:
                    hint = did_you_mean(str(name), known) or "give a [[feed]] this class"
                    yield item.wrong_at((*at, "class", index), f"no feed is of the class {quote(name)}", hint=hint)


def too_many(items: Sequence[Item]) -> Iterator[Mistake]:
    """Say what very many watches cost, at the first of them."""
    watches = [item for item in items if item.table == "watch"]
    if len(watches) > MANY:
        thousands = len(watches) / 1_000
        cost = f"some {thousands * MANY_SECONDS:.0f} s to load and {thousands * MANY_MB:,.0f} MB of memory"
        text = f"{len(watches):,} watches take {cost}, more for places with many names"
        yield watches[0].wrong("", text, hint="names that belong together can share a watch, as a list")


def listed(value: object) -> Iterable[object]:
    """Return a value that is one thing or a list of them as a list; None is none."""
    return () if value is None else values.several(value)


def _rules(item: Item) -> list[tuple[Location, Mapping[str, Any]]]:
    """Return the watch's own keys and those of each case, with where they stand; nothing for other tables."""
    if item.table != "watch":
        return [((), {})]
    cases: Sequence[Mapping[str, Any]] = item.good.get("when", ())
    return [((), item.good), *((("when", number), case) for number, case in enumerate(cases))]


def _expressions(item: Item, at: Location, rule: Mapping[str, Any]) -> Iterator[Mistake]:
    """Warn of what looks like a regular expression, and of stars that mean nothing."""
    for key in PHRASES:
        for index, found in enumerate(listed(rule.get(key))):
            text = str(found)
            if EXPRESSION.search(text):
                hint = "words are searched for as they stand; a trailing * stands for any ending"
                yield item.wrong_at((*at, key, index), f"{quote(text)} looks like a regular expression", hint=hint)
            elif "*" in (text if key in STARLESS else text.rstrip()[:-1]):
                hint = "only a trailing * of a word or name stands for any ending"
                yield item.wrong_at((*at, key, index), f"the * in {quote(text)} means nothing", hint=hint)


def _conflicts(item: Item, at: Location, rule: Mapping[str, Any]) -> Iterator[Mistake]:
    """Warn of words that are asked for and ruled out at once."""
    named = _folded(item.good, (*WATCH_KINDS, "aliases"))
    for index, found in enumerate(listed(rule.get("none"))):
        key = words(str(found))
        if key in _folded(rule, ("all",)) or key in named:
            text = f"{quote(found)} is also asked for: nothing can match"
        elif key in _folded(rule, ("any",)):
            text = f"{quote(found)} also stands in any, where it then means nothing"
        elif covered := _begun(str(found), rule):
            text = f"{quote(found)} also rules out {quote(covered)}, which is asked for"
        else:
            continue
        yield item.wrong_at((*at, "none", index), text, hint="take it out of one of the two")
    for index, found in enumerate(listed(rule.get("not"))):
        if words(str(found)) in named:
            text = f"{quote(found)} is a name of the watch itself, which then never counts"
            yield item.wrong_at((*at, "not", index), text, hint="name a longer phrase that holds it")


def _begun(phrase: str, rule: Mapping[str, Any]) -> str:
    """Return the word of `any` or `all` that begins like a phrase with a star; "" if none does."""
    key = words(phrase.rstrip()[:-1]) if phrase.rstrip().endswith("*") else ()
    asked = [str(found) for name in ("any", "all") for found in listed(rule.get(name))]
    begin = (one for one in asked if len(key) == 1 and any(word.startswith(key[0]) for word in words(one)))
    return next(begin, "")


def _folded(rule: Mapping[str, Any], keys: Iterable[str]) -> set[tuple[str, ...]]:
    return {words(str(found)) for key in keys for found in listed(rule.get(key))}
