"""`monitor try`: what a watch looks for, before anything runs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.options import config_option, config_path, fail_plainly, json_option

if TYPE_CHECKING:
    from monitor.app import Assembled
    from monitor.model import Watch
    from monitor.watching.places import Place

UNCLEAR = 0.7  # the share of a name's people below which the place needs context beside the name.
SHARED_SCRIPTS = ("LATIN", "CYRILLIC", "ARABIC")
MOST_NAMESAKES = 10  # that a person is shown; --json is always complete.


@dataclass(frozen=True, slots=True)
class Spelling:
    """A spelling of a watch, the languages it belongs to (none: any), and what is to be said of it."""

    form: str
    langs: tuple[str, ...] = ()
    is_lonely: bool = False  # belongs to one language alone, in a script that others use too.
    is_unclear: bool = False  # names places with more people as well.

    @property
    def flags(self) -> list[str]:
        """Say what will need context."""
        lonely = [f"belongs to {self.langs[0]} only: needs context elsewhere"] if self.is_lonely else []
        return [*lonely, *(["also names bigger places: needs context"] if self.is_unclear else [])]


@dataclass(frozen=True, slots=True)
class Outlook:
    """All there is to say of a watch before it runs."""

    watch: Watch
    places: tuple[Place, ...]
    spellings: tuple[Spelling, ...]
    namesakes: tuple[Place, ...]
    warnings: tuple[str, ...]


@click.command("try", epilog='Examples:  monitor try homs  |  monitor try "Homs, SY"')
@click.argument("watch", metavar="WATCH")
@json_option
@config_option
@click.pass_context
def try_watch(context: click.Context, watch: str, config: Path | None, *, as_json: bool) -> None:
    """Show all spellings of a watch, its namesakes, and what will need context.

    WATCH is the id of a configured watch, or a place as a watch would name it.
    """
    from monitor.app import ready
    from monitor.cli.show import print_json
    from monitor.config.files import find_config

    with fail_plainly():
        assembled = ready(find_config(config_path(context, config)))[1]
        outlook = _look(assembled, watch)
    print_json(_json(outlook)) if as_json else _show(outlook)


def _look(assembled: Assembled, name: str) -> Outlook:
    from monitor.model import ConceptKind, Watch
    from monitor.watching.watchlist import compile_watchlist

    configured = {watch.id: watch for watch in assembled.settings.watches}
    watch = configured.get(name) or Watch(name, name, ConceptKind.PLACE, (name,))
    # Compiled alone: what is said of it then is about this watch only.
    compiled = compile_watchlist([watch], assembled.gazetteer)
    errors = [problem for problem in compiled.problems if not problem.warning]
    if errors:
        known = f"; configured watches: {', '.join(configured)}" if name not in configured else ""
        raise click.ClickException(f"{errors[0].text} ({errors[0].hint}){known}")
    places = compiled.watchlist.places(watch.id)
    namesakes = _namesakes(assembled, places)
    spellings = _spellings(watch, compiled.watchlist.forms(watch.id), places, namesakes)
    warnings = tuple(f"{one.text} ({one.hint})" if one.hint else one.text for one in compiled.problems)
    return Outlook(watch, places, spellings, namesakes, warnings)


def _namesakes(assembled: Assembled, places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Return the other places that share a name with one of these, those with the most people first."""
    from monitor.watching.places import CITY

    areas = {(place.country, region) for place in places for region in ("", place.region)}
    own = {place.id for place in places}
    others = (other for place in places for other in assembled.gazetteer.namesakes(place) if other.id not in own)
    # A region called after its city, or the city of a region, is no other place.
    found = {other.id: other for other in others if other.kind == CITY or (other.country, other.region) not in areas}
    return tuple(sorted(found.values(), key=lambda one: -one.population))


def _spellings(
    watch: Watch, forms: tuple[str, ...], places: tuple[Place, ...], namesakes: tuple[Place, ...]
) -> tuple[Spelling, ...]:
    """Return the spellings with their languages; those of one language alone and those of other places are marked."""
    from monitor.model import ConceptKind
    from monitor.watching.tokens import words

    langs = {name: label for place in places for name, label in zip(place.names, place.labels, strict=False)}
    rivals: dict[tuple[str, ...], int] = {}
    for other in namesakes:
        for key in {words(name) for name in other.names}:
            rivals[key] = rivals.get(key, 0) + other.population
    people = sum(place.population for place in places)
    made = []
    for form in forms:
        label, others = langs.get(form, ()), rivals.get(words(form), 0)
        is_unclear = watch.kind is ConceptKind.PLACE and others > 0 and people < UNCLEAR * (people + others)
        made.append(Spelling(form, label, len(label) == 1 and _is_shared(form), is_unclear))
    return tuple(made)


def _place(place: Place) -> dict[str, object]:
    return {
        "id": f"geonames:{place.id}",
        "name": place.name,
        "country": place.country,
        "region": place.region,
        "population": place.population,
    }


def _is_shared(form: str) -> bool:
    """Say whether a spelling is written in a script that many languages share."""
    return any(unicodedata.name(letter, "").startswith(SHARED_SCRIPTS) for letter in form)


def _json(outlook: Outlook) -> dict[str, object]:
    return {
        "watch": outlook.watch.id,
        "kind": outlook.watch.kind.value,
        "places": [_place(place) for place in outlook.places],
        "spellings": [{"form": one.form, "langs": list(one.langs), "flags": one.flags} for one in outlook.spellings],
        "namesakes": [_place(place) for place in outlook.namesakes],
        "warnings": list(outlook.warnings),
    }


def _show(outlook: Outlook) -> None:
    from rich.text import Text

    from monitor.alerting.clean import clean
    from monitor.cli.show import console

    out = console()
    for line, style in (*_head(outlook), *_marks(outlook), *_tail(outlook)):
        out.print(Text(clean(line), style), overflow="fold")


def _head(outlook: Outlook) -> Iterator[tuple[str, str]]:
    yield f"{outlook.watch.id} ({outlook.watch.kind.value})", "bold"
    for place in outlook.places:
        yield f"  is {_described(place)}", ""
    yield f"{len(outlook.spellings)} spelling{'' if len(outlook.spellings) == 1 else 's'}", "bold"
    groups: dict[str, list[str]] = {}
    for one in outlook.spellings:
        groups.setdefault(", ".join(one.langs) or "any language", []).append(one.form)
    for langs, forms in groups.items():
        yield f"  {langs}: {', '.join(forms)}", ""


def _marks(outlook: Outlook) -> Iterator[tuple[str, str]]:
    lonely = [f"{one.form} ({one.langs[0]})" for one in outlook.spellings if one.is_lonely]
    unclear = [one.form for one in outlook.spellings if one.is_unclear]
    if lonely:
        yield "Belong to one language only and need context elsewhere", "bold yellow"
        yield f"  {', '.join(lonely)}", ""
    if unclear:
        yield "Also name bigger places and need context", "bold yellow"
        yield f"  {', '.join(unclear)}", ""


def _tail(outlook: Outlook) -> Iterator[tuple[str, str]]:
    if outlook.namesakes:
        yield f"{len(outlook.namesakes)} other places share a name", "bold"
    for place in outlook.namesakes[:MOST_NAMESAKES]:
        yield f"  {_described(place)}", ""
    left = len(outlook.namesakes) - MOST_NAMESAKES
    if left > 0:
        yield f"  and {left} more", "dim"
    for warning in outlook.warnings:
        yield f"warning: {warning}", "yellow"


def _described(place: Place) -> str:
    where = ", ".join(part for part in (place.name, place.region, place.country) if part)
    return f"{where}: {place.population:,} people, geonames:{place.id}"
