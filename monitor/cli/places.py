"""`monitor places`: look a place up before watching it, and build an index that knows villages."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.options import fail_plainly, json_option
from monitor.cli.show import console, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.gazetteer.index import Index
    from monitor.watching.places import Place

_SPELT_OUT = 3  # places whose spellings are shown; of more, a list of places is what helps.
_MOST_SHOWN = 30  # places on a terminal; --json has them all.
_BIGGER = Path("places-all.sqlite")

_gazetteer_option = click.option(
    "--gazetteer",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="PATH",
    help="An index made by `monitor places build`, instead of the one that ships.",
)


@click.group()
def places() -> None:
    """Look places up, and build a bigger index of them."""


@places.command(epilog='Examples:  monitor places search Homs  |  monitor places search "Springfield, US" --json')
@click.argument("name")
@_gazetteer_option
@json_option
def search(name: str, gazetteer: Path | None, *, as_json: bool) -> None:
    """Show the places that a name may mean, each with the id to put into a watch and its spellings by language."""
    from monitor.gazetteer.index import SHIPPED, Index

    with fail_plainly():
        index = Index(gazetteer or SHIPPED)
        found = _candidates(name, index)
        if as_json:
            print_json({"places": [_row(place, index) for place in found]})
            return
        if not found:
            _say_none(name, index)
            sys.exit(1)
        for place in found[:_MOST_SHOWN]:
            _show(console(), place, index, spelt_out=len(found) <= _SPELT_OUT)
    if len(found) > _MOST_SHOWN:
        click.echo(f"and {len(found) - _MOST_SHOWN} smaller ones; --json lists all")


@places.command(epilog="Example:  monitor places build --all villages.sqlite")
@click.option("--all", "everything", is_flag=True, help="Villages too: all places above 500 inhabitants.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default=_BIGGER, metavar="[PATH]")
def build(path: Path, *, everything: bool) -> None:
    """Build an index of places at PATH, places-all.sqlite if none is named.

    With --all it knows about 235,000 places and takes some minutes and 1.5 GB of memory. Without, it is built anew
    from its sources, as the one that ships was, which needs Debian's apt.
    """
    try:
        from monitor.gazetteer.build import build as build_shipped
        from monitor.gazetteer.build import build_all

        with fail_plainly():
            count = build_all(path) if everything else build_shipped(path)
    except ModuleNotFoundError as error:
        click.echo(f'monitor: {error.name} is missing: pip install "news-monitor[places]"', err=True)
        sys.exit(1)
    click.echo(f"{path}: {count:,} places, {path.stat().st_size / 1_000_000:.1f} MB")
    click.echo(f"To use it, write into config.toml under [monitor]:  gazetteer = {_quoted(path)}")


def _quoted(path: Path) -> str:
    return '"' + str(path.resolve()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _candidates(name: str, index: Index) -> tuple[Place, ...]:
    """Return the places that a name may mean, written as in a watch."""
    from monitor.watching.places import PREFIX, resolve

    if name.strip().casefold().startswith(PREFIX):
        place = resolve(name, index).place
        return (place,) if place else ()
    plain, _, qualifier = (part.strip() for part in name.rpartition(","))
    if not plain:
        return index.search(name)
    areas = index.areas(qualifier)
    return tuple(place for place in index.search(plain) if any(area.holds(place) for area in areas))


def _say_none(name: str, index: Index) -> None:
    from monitor.watching.places import resolve

    resolved = resolve(name, index)
    click.echo(f"monitor: {resolved.text} ({resolved.hint})", err=True)


def _areas(place: Place, index: Index) -> tuple[str, str]:
    """Return the names of the region and the country that a place lies in, "" where there is none."""
    from monitor.watching.places import CITY, COUNTRY, Area

    country = index.place_of(Area(place.country)) if place.kind != COUNTRY else None
    region = index.place_of(Area(place.country, place.region)) if place.kind == CITY and place.region else None
    return region.name if region else "", country.name if country else ""


def _spellings(place: Place) -> dict[str, list[str]]:
    """Return the spellings of a place by language, those of no known language under ""."""
    found: dict[str, list[str]] = {}
    for name, languages in zip(place.names, place.labels, strict=True):
        for language in languages or ("",):
            found.setdefault(language, []).append(name)
    return dict(sorted(found.items(), key=lambda one: (not one[0], one[0])))


def _row(place: Place, index: Index) -> dict[str, object]:
    from monitor.watching.places import id_of

    region, country = _areas(place, index)
    return {
        "id": id_of(place),
        "kind": place.kind,
        "name": place.name,
        "country": place.country,
        "country_name": country or place.name,
        "region": place.region,
        "region_name": region,
        "population": place.population,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "spellings": _spellings(place),
    }


def _show(out: Console, place: Place, index: Index, *, spelt_out: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from monitor.watching.places import CITY, id_of

    kind = "" if place.kind == CITY else f" ({place.kind})"
    lies = ", ".join(filter(None, (place.name, *_areas(place, index))))
    people = f"  {place.population:,} people" if place.population else ""
    out.print(Text.assemble((id_of(place), "bold"), f"  {lies}{kind}{people}"), overflow="fold")
    if spelt_out:
        out.print(Padding(Text("; ".join(_lines(place))), (0, 0, 1, 4)), overflow="fold")


def _lines(place: Place) -> Iterable[str]:
    """Write each spelling once, with the languages that write it so."""
    for name, languages in zip(place.names, place.labels, strict=True):
        yield f"{name} ({' '.join(languages)})" if languages else name
