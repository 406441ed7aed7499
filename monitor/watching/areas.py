"""Say which country or region a publisher is at home in: "DE", "US.TX", "Texas, US" or "Germany"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from monitor.watching.places import Area

_HOW = 'write it like "DE", "US.TX" or "Texas, US"'


class Areas(Protocol):
    """Know countries and regions; a gazetteer does."""

    def areas(self, name: str) -> tuple[Area, ...]:
        """Return the countries and regions that are called or coded so, countries first."""


@dataclass(frozen=True, slots=True)
class ResolvedHome:
    """The home that a text means, as a code: "DE", "US.TX". `code` is None, and text and hint say why, if none."""

    code: str | None
    text: str = ""
    hint: str = ""


def code_of(area: Area) -> str:
    """Return the code of an area: "DE", "US.TX"."""
    return f"{area.country}.{area.region}" if area.region else area.country


def resolve_home(home: str, gazetteer: Areas) -> ResolvedHome:
    """Find the country or region that a configured home means. A name that both may bear means the country."""
    country, dot, region = home.strip().partition(".")
    if dot:
        found = [area for area in gazetteer.areas(region) if area == Area(country.upper(), region.upper())]
    else:
        name, _, within = (part.strip() for part in home.rpartition(","))
        found = _regions(name, within, gazetteer) if name else _named(within, gazetteer)
    if not found:
        return ResolvedHome(None, f"“{home}” is no country or region known here", _HOW)
    if len(found) > 1:
        hint = "write " + " or ".join(f"“{code_of(area)}”" for area in found)
        return ResolvedHome(None, f"“{home}” is a region of {len(found)} countries", hint)
    return ResolvedHome(code_of(found[0]))


def _named(name: str, gazetteer: Areas) -> list[Area]:
    """Return the one country of this name or code; without one, the regions, at most one of each country."""
    areas = gazetteer.areas(name)
    countries = [area for area in areas if not area.region]
    coded = [area for area in countries if area.country == name.upper()]
    return coded or countries[:1] or list({area.country: area for area in reversed(areas)}.values())[::-1]


def _regions(name: str, within: str, gazetteer: Areas) -> list[Area]:
    countries = {area.country for area in gazetteer.areas(within) if not area.region}
    return [area for area in gazetteer.areas(name) if area.region and area.country in countries][:1]
