"""Tell of a name which places it can mean, and of one of them how much speaks for it in an article."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log1p, log10

from monitor.watching.context import Scene, Support, area_key
from monitor.watching.places import CITY, COUNTRY, REGION, Area, Brief, Place
from monitor.watching.scoring import Sign
from monitor.watching.skeletons import consonants, skeleton
from monitor.watching.tokens import words

_MOST = 12  # namesakes that are weighed; the smaller ones hardly ever are meant.
_SMALLEST = 1_000  # people; added to all, for many a place is listed with none.


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place that a name can mean; records of one place in one region (city and county) are one."""

    ids: tuple[int, ...]
    country: str
    region: str
    population: int
    kind: str
    is_main: bool = False
    is_dominant: bool = False
    is_other: bool = False  # shares another spelling of the watched place, not the one that was found.

    @property
    def key(self) -> str:
        """Return the smallest area that holds it, as `home` writes it."""
        return area_key(self.country, self.region)

    def lies_in(self, area: Area) -> bool:
        """Say whether it lies in an area; a region does not lie in itself."""
        return self.country == area.country and area.region in {"", self.region}


@dataclass(frozen=True, slots=True)
class Clues:
    """What an article says of one name beyond the places themselves."""

    home: str
    support: Support
    qualifier: Area | None
    qualified: str
    elsewhere: tuple[Area, ...]
    speaking: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # by country or region, words that speak for it.
    own_context: str = ""
    said_of: Mapping[str, str] = field(default_factory=dict)  # by kind of place, the words beside that tell it.
    listed: frozenset[str] = frozenset()  # kinds of the places beside it in a list.
    home_told: str = ""  # by what, if it is not configured.


def candidates(
    briefs: Sequence[Brief], areas: Sequence[Area], *, main: frozenset[int], dominant: int | None
) -> tuple[Candidate, ...]:
    """Merge the records that a name can mean, the biggest first; `areas` are countries and regions called so."""
    merged: dict[tuple[str, str, str], Candidate] = {}
    for one in briefs:
        key = (one.country, one.region, one.kind)
        before = merged.get(key)
        ids = (*before.ids, one.id) if before else (one.id,)
        merged[key] = Candidate(
            ids=ids,
            country=one.country,
            region=one.region,
            population=max(one.population, before.population if before else 0),
            kind=one.kind,
            is_main=not main.isdisjoint(ids),
            is_dominant=dominant in ids,
        )
    for area in areas:
        kind = REGION if area.region else COUNTRY
        if (area.country, area.region, kind) not in merged:
            merged[area.country, area.region, kind] = Candidate((), area.country, area.region, 0, kind, is_main=True)
    return tuple(sorted(merged.values(), key=lambda one: -one.population))[:_MOST]


def signs(one: Candidate, clues: Clues) -> Iterable[Sign]:
    """Yield what speaks for a candidate, and against."""
    if one.kind == REGION:
        yield Sign("region")
    elif one.kind == COUNTRY:
        yield Sign("country")
    else:
        yield Sign("size", log10(one.population + _SMALLEST) - 3)
    if one.is_main:
        yield Sign("main")
    if one.is_dominant:
        yield Sign("dominant")
    if one.is_other:
        yield Sign("other_spelling")
    yield from _beside(one, clues)
    yield from _home(one, clues)
    yield from _qualified(one, clues)
    if one.kind not in {REGION, COUNTRY} and one.region and one.key in clues.support.named:
        yield Sign("region_named")
    heard = clues.speaking.get(one.country, ())
    if one.kind != COUNTRY and (heard or one.country in clues.support.named):
        yield Sign("country_named", detail=", ".join(f"“{word}”" for word in heard[:3]) or one.country)
    if one.region:
        yield Sign("region_places", log1p(clues.support.places.get(one.key, 0.0)))
    yield Sign("country_places", log1p(clues.support.places.get(one.country, 0.0)))


def unlisted(all_: Sequence[Candidate], clues: Clues) -> Iterable[Sign]:
    """Yield what speaks for a place that no list holds: the more places share a name, the likelier there are more."""
    yield Sign("unknown")
    people = [one.population + _SMALLEST for one in all_ if one.kind == CITY and not one.is_other]
    if len(people) > 1:
        yield Sign("unknown_many", log1p(len(people) - 1) * (1 - max(people) / sum(people)))
    if "." in clues.home and not any(one.key == clues.home for one in all_):
        yield Sign("unknown_home")
        yield Sign("unknown_home_many", log1p(max(0, len(people) - 1)))


def is_bygone(place: Place, form: str, languages: Sequence[str]) -> bool:
    """Say whether a city is called otherwise in these languages, and this name of no known language is unlike it."""
    if place.kind != CITY or not place.labels:
        return False
    here = [name for name, langs in zip(place.names, place.labels, strict=True) if not set(langs).isdisjoint(languages)]
    key = words(form)
    own = consonants(skeleton(key))
    if not here or not own:
        return False
    return not any(_is_alike(key, own, words(name)) for name in (place.name, *here))


def _is_alike(key: tuple[str, ...], own: str, name: tuple[str, ...]) -> bool:
    is_short = len(key) == 1 and "".join(name).startswith(key[0])  # Phila. of Philadelphia.
    return is_short or bool(set(key) & set(name)) or consonants(skeleton(name)) == own


def own_words(place: Place, some: Collection[str], scene: Scene) -> frozenset[str]:
    """Return those of some words that stand in a name of a place; asked once for each place and words."""
    key = (place.id, frozenset(some))
    if key not in scene.own_words:
        names = (words(name) for name in place.names) if some else ()
        scene.own_words[key] = frozenset(word for name in names for word in name if word in some)
    return scene.own_words[key]


def _beside(one: Candidate, clues: Clues) -> Iterable[Sign]:
    kind = REGION if one.kind == REGION else CITY
    if one.kind != COUNTRY and kind in clues.said_of:
        yield Sign(f"{kind}_word", detail=clues.said_of[kind])
    if one.kind in clues.listed:
        yield Sign("listed_alike")


def _home(one: Candidate, clues: Clues) -> Iterable[Sign]:
    home = clues.home
    if home and home.partition(".")[0] == one.country:
        yield Sign("home_country", detail=f"{home}{clues.home_told}")
        if "." in home and home == one.key:
            yield Sign("home_region", detail=f"{home}{clues.home_told}")
    elif home and one.country not in clues.support.named and not clues.speaking.get(one.country):
        yield Sign("abroad" if one.kind == CITY else "abroad_area", detail=f"{home}{clues.home_told}")


def _qualified(one: Candidate, clues: Clues) -> Iterable[Sign]:
    if clues.qualifier:
        holds = one.lies_in(clues.qualifier) and one.kind != COUNTRY
        yield Sign("qualified" if holds else "contradicted", detail=clues.qualified)
    elif clues.elsewhere:
        holding = [area for area in clues.elsewhere if one.lies_in(area)]
        if holding:
            yield Sign("qualified_elsewhere", detail=area_key(holding[0].country, holding[0].region))


def shares(scores: Sequence[float]) -> list[float]:
    """Turn the candidates' points into probabilities; what no list holds is one of them."""
    most = max(scores, default=0.0)
    powers = [exp(score - most) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
