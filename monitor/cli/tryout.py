"""`monitor try`: what a watch looks for, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.options import config_option, config_path, fail_plainly, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.app import Assembled
    from monitor.model import Watch
    from monitor.watching.outlook import Outlook
    from monitor.watching.places import Place

MOST_NAMESAKES = 10  # that a person is shown; --json is always complete.


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
    from monitor.cli.show import console, print_json
    from monitor.config.files import find_config

    with fail_plainly():
        assembled = ready(find_config(config_path(context, config)))[1]
        outlook = _look(assembled, watch)
    if as_json:
        print_json(_json(outlook))
        return
    out = console()
    for line, indent, style in (*_head(outlook), *_spellings(outlook), *_marks(outlook), *_tail(outlook)):
        _line(out, line, indent=indent, style=style)


def _look(assembled: Assembled, name: str) -> Outlook:
    from monitor.model import ConceptKind, Watch
    from monitor.watching.outlook import look_ahead

    configured: dict[str, Watch] = {watch.id: watch for watch in assembled.settings.watches}
    watch = configured.get(name) or Watch(name, name, ConceptKind.PLACE, (name,))
    # Compiled alone: what is said of it then is about this watch only.
    outlook = look_ahead(watch, assembled.gazetteer)
    errors = [problem for problem in outlook.problems if not problem.warning]
    if errors:
        known = f"; configured watches: {', '.join(configured)}" if name not in configured else ""
        raise click.ClickException(f"{errors[0].text} ({errors[0].hint}){known}")
    return outlook


def _warnings(outlook: Outlook) -> list[str]:
    return [f"{one.text} ({one.hint})" if one.hint else one.text for one in outlook.problems]


# --- for programs -------------------------------------------------------------------------------------------------


def _json(outlook: Outlook) -> dict[str, object]:
    return {
        "watch": outlook.watch.id,
        "kind": outlook.watch.kind.value,
        "places": [_place(place) for place in outlook.places],
        "spellings": [
            {
                "form": one.form,
                "langs": list(one.langs),
                "flags": list(one.flags),
                "alone": one.alone.value if one.alone else None,
                "score": round(one.score, 3),
                "needs": one.needs,
                "never": one.never,
            }
            for one in outlook.prospects
        ],
        "namesakes": [_place(place) for place in outlook.namesakes],
        "notes": list(outlook.notes),
        "warnings": _warnings(outlook),
    }


def _place(place: Place) -> dict[str, object]:
    from monitor.watching.places import id_of

    return {
        "id": id_of(place),
        "name": place.name,
        "country": place.country,
        "region": place.region,
        "population": place.population,
    }


# --- for a person -------------------------------------------------------------------------------------------------

_Line = tuple[str, int, str]  # what, how far to the right, in which style.


def _head(outlook: Outlook) -> Iterator[_Line]:
    yield f"{outlook.watch.id} ({outlook.watch.kind.value})", 0, "bold"
    for place in outlook.places:
        yield f"is {_described(place)}", 2, ""
    for warning in _warnings(outlook):
        yield f"warning: {warning}", 2, "yellow"


def _spellings(outlook: Outlook) -> Iterator[_Line]:
    """List every spelling once: those of any language first, then by the languages that write so."""
    count = len(outlook.prospects)
    yield f"{count} spelling{'' if count == 1 else 's'}", 0, "bold"
    groups: dict[tuple[str, ...], list[str]] = {}
    for one in outlook.prospects:
        groups.setdefault(one.langs, []).append(one.form)
    for langs in sorted(groups, key=lambda langs: (langs != (), langs)):
        yield f"{' '.join(langs) or 'any language'}: {', '.join(groups[langs])}", 2, ""
    for note in outlook.notes:
        yield note, 2, "yellow"


def _marks(outlook: Outlook) -> Iterator[_Line]:
    """List what needs something beside itself, what never counts, and what else there is to know, by what it is."""
    titles = {
        "needs": "Need more than themselves; alone they are no match",
        "never": "Never a match",
        "flags": "To know",
    }
    for key, title in titles.items():
        groups: dict[str, list[str]] = {}
        for one in outlook.prospects:
            said = getattr(one, key)
            for text in said if isinstance(said, tuple) else filter(None, (said,)):
                groups.setdefault(text, []).append(one.form)
        if groups:
            yield title, 0, "bold yellow" if key != "flags" else "bold"
        yield from _by_language(groups)
        for text, forms in groups.items():
            yield f"{', '.join(forms)}: {text}", 2, ""


def _by_language(groups: dict[str, list[str]]) -> Iterator[_Line]:
    """Put into one line what is said of every language: that a spelling belongs to it alone."""
    only = {text: text.split()[2] for text in groups if text.startswith("belongs to ")}
    if only:
        listed = [f"{form} ({lang})" for text, lang in only.items() for form in groups.pop(text)]
        yield f"belong to one language only: {', '.join(listed)}", 2, ""


def _tail(outlook: Outlook) -> Iterator[_Line]:
    if outlook.namesakes:
        count = len(outlook.namesakes)
        yield f"{count} other place{' shares' if count == 1 else 's share'} a name", 0, "bold"
    for place in outlook.namesakes[:MOST_NAMESAKES]:
        yield _described(place), 2, ""
    left = len(outlook.namesakes) - MOST_NAMESAKES
    if left > 0:
        yield f"and {left} more; --json lists all", 2, "dim"


def _described(place: Place) -> str:
    from monitor.watching.places import id_of

    where = ", ".join(part for part in (place.name, place.region, place.country) if part)
    people = f"{place.population:,} people, " if place.population else ""
    return f"{where}: {people}{id_of(place)}"


def _line(out: Console, line: str, *, indent: int, style: str) -> None:
    """Print a line; what does not fit goes on further to the right."""
    from rich.text import Text

    from monitor.alerting.clean import clean

    for number, part in enumerate(Text(clean(line), style).wrap(out, max(20, out.width - indent - 4))):
        part.rstrip()
        out.print(Text(" " * (indent + (4 if number else 0))).append_text(part))
