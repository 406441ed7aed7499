"""Whom a match is told to: the channels its watch notifies and those of every route that holds add up.

With neither, all channels are told. Routes are a tree as Alertmanager's is, but for one thing: each route that holds
adds its channels, and its siblings are asked all the same unless it says `continue = false`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Article, Match, Route, Severity, Watch


@dataclass(frozen=True, slots=True)
class Subject:
    """What routes judge: one watch's match of one article. `severity` is the match's own, not the whole alert's."""

    watch_id: str
    severity: Severity = Severity.NORMAL
    feed_id: str = ""
    class_: str | None = None
    language: str | None = None
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One route as it was asked: whether it held, and why or why not. `inside` are the routes inside one that held.

    `asked` False: an earlier sibling that held said `continue = false`.
    """

    route: Route
    held: bool
    reasons: tuple[str, ...] = ()
    inside: tuple[Step, ...] = ()
    asked: bool = True


def subject_of(match: Match, watch: Watch, article: Article) -> Subject:
    """Return what routes judge of a match."""
    return Subject(watch.id, match.severity, article.feed_id, article.class_, article.language, watch.countries)


def ask(subject: Subject, routes: Sequence[Route]) -> tuple[Step, ...]:
    """Ask every route of a tree in turn, and say what each answered."""
    steps: list[Step] = []
    over = False
    for route in routes:
        step = Step(route, held=False, asked=False) if over else _ask_one(subject, route)
        steps.append(step)
        over = over or (step.held and not route.carry_on)
    return tuple(steps)


def channels_of(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the ids of the channels that the routes which held name, each once, in the order of the routes."""
    named = (id_ for step in steps if step.held for id_ in (*step.route.notify, *channels_of(step.inside)))
    return tuple(dict.fromkeys(named))


def channels_for(subject: Subject, watch: Watch, routes: Sequence[Route]) -> tuple[str, ...]:
    """Return the ids of the channels that are told of a match of this watch; () means all there are."""
    return tuple(dict.fromkeys((*watch.notify, *channels_of(ask(subject, routes)))))


def _ask_one(subject: Subject, route: Route) -> Step:
    verdicts = tuple(_verdicts(subject, route))
    broken = tuple(text for held, text in verdicts if not held)
    if broken:
        return Step(route, held=False, reasons=broken)
    kept = tuple(text for _, text in verdicts) or ("it asks for nothing",)
    return Step(route, held=True, reasons=kept, inside=ask(subject, route.routes))


def _verdicts(subject: Subject, route: Route) -> Iterator[tuple[bool, str]]:
    """Say of each condition of a route whether the subject keeps it, with what it is."""
    if route.watches:
        yield subject.watch_id in route.watches, f"the watch is {subject.watch_id}"
    if route.severity is not Severity.LOW:
        yield subject.severity.rank >= route.severity.rank, f"severity is {subject.severity}"
    if route.feeds:
        yield subject.feed_id in route.feeds, f"the feed is {subject.feed_id or 'unknown'}"
    if route.classes:
        yield subject.class_ in route.classes, f"its class is {subject.class_ or 'unknown'}"
    if route.langs:
        yield _speaks(subject.language, route.langs), f"the language is {subject.language or 'unknown'}"
    if route.countries:
        countries = ", ".join(subject.countries) or "unknown"
        yield bool(set(subject.countries) & set(route.countries)), f"the country is {countries}"


def _speaks(language: str | None, langs: Sequence[str]) -> bool:
    """Say whether an article is in one of some languages: "en" stands for "en-GB" too."""
    tag = (language or "").lower()
    return any(tag == lang.lower() or tag.startswith(f"{lang.lower()}-") for lang in langs)
