"""Say where a publisher's unqualified names are: configured, learned from its articles, or by its address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from urllib.parse import urlsplit

from monitor.model import Article
from monitor.watching.context import Mention, Names, Scene, area_key
from monitor.watching.places import CITY, COUNTRY, REGION, Area, Brief, Gazetteer
from monitor.watching.placing import View

LEAST_ARTICLES = 3  # of fewer, one far-away story would decide.
CLEAR = 3.0  # points of log-odds before the second best region; less is no majority.
CLEAR_WITHOUT = 1.0  # points of the same, without the name that says most.
LEAST_PART = 0.12  # of the names; local papers have a fifth and more, a source for the whole world a sixteenth.
LEAST_PART_OF_COUNTRY = 0.25  # of the names, by the sizes of all places called so.
_LEAST_REGIONS_PEOPLE = 300_000  # fewer are counted as so many: a rare region is not the likelier for being small.
_WORLD = 8e9  # people.
_LEAST_SHARE = 5e-4  # of the world: what an empty region is taken for.
_LOCAL = 0.5  # of a publisher's names are of its own region; the rest are of anywhere.
_REPEATED = 0.7  # power of the articles that hold a name: each says a little less than the one before.
_POWER = 0.4  # of the population: a local paper's places are small.
_UNLISTED = 10.0  # in the same measure: places of the name that no list holds.
_NAMED = 5.0  # points of a region called by its name.
_HOSTED = 2.0  # points of a place whose name stands in the publisher's address.
_LEAST_HOSTED = 5  # letters.
_OWN_COUNTRY = 4.0  # points for and against, by the country that the address ends in.
_COMMON, _SHOWN, _FOLLOWED, _FOLLOWED_BY_NAME = 0.3, 0.6, 0.5, 0.2  # shares of a voice of what may be no place.
_GENERIC = frozenset(
    {"io", "co", "me", "tv", "ai", "fm", "ly", "to", "cc", "ws", "eu", "su"}
)  # countries only in name.
_CODES = {"uk": "GB"}
_COUNTRY_CODE = 2


def source_of(article: Article) -> str:
    """Return the publisher that an article counts for: its feed, else the host of its address."""
    return article.feed_id or host_of(article.url)


def host_of(url: str) -> str:
    """Return the host of an address without www; "" of no address."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def home_of(article: Article, homes: Mapping[str, str]) -> str:
    """Return where the publisher's names are: "US.TX", "DE", or "" if nothing tells."""
    if article.home:
        return article.home
    learned = homes.get(article.feed_id) or homes.get(host_of(article.url))
    return learned or _country_of(host_of(article.url))


def _country_of(host: str) -> str:
    ending = host.rpartition(".")[2]
    if len(ending) != _COUNTRY_CODE or not ending.isalpha() or ending in _GENERIC:
        return ""
    return _CODES.get(ending, ending.upper())


@dataclass(frozen=True, slots=True)
class _Name:
    """One name over all articles of a publisher: whom it can mean, and how much its mentions say together."""

    mention: Mention
    weight: float


def learn_homes(articles: Iterable[Article], gazetteer: Gazetteer) -> Mapping[str, str]:
    """Learn of each publisher with at least three articles where its names are, by what its articles name.

    Every region is asked how much likelier the names are if half of them are its own: a place called Bonham is hardly
    anywhere but in Texas. The best region is the home if it is clearly before the second, whatever single name is left
    out; else its country, if that is clearly before others; else nothing is learned.
    """
    names = Names(gazetteer)
    by_source: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        by_source[source_of(article)].append(article)
    homes = {}
    for source, some in by_source.items():
        if source and len(some) >= LEAST_ARTICLES:
            host = host_of(some[0].url)
            told = _told(some, names)
            home = _clearest([_points(one, host, names) for one in told], host)
            if home and "." in home and _part(told, home) < LEAST_PART:
                home = home.partition(".")[0]
            if home and ("." in home or _part(told, home) >= LEAST_PART_OF_COUNTRY):
                homes[source] = home
    return homes


def _clearest(names: Sequence[Mapping[str, float]], host: str) -> str:
    """Return the region that is clearly the likeliest, also without the name that says most for it; else its country.

    One name alone tells nothing: a paper that is full of Gainesville may be of Florida, Texas or Georgia.
    """
    points = _total(names, host)
    best = min(points, key=lambda area: (-points[area], area), default="")
    if not best:
        return ""
    loudest = max(range(len(names)), key=lambda at: names[at].get(best, 0.0))
    others = _total([*names[:loudest], *names[loudest + 1 :]], host)
    if _lead(points, best) >= CLEAR and _lead(others, best) >= CLEAR_WITHOUT:
        return best
    country = best.partition(".")[0]
    abroad = {area: one for area, one in points.items() if area.partition(".")[0] != country}
    return country if _lead({**abroad, best: points[best]}, best) >= CLEAR else ""


def _part(told: Sequence[_Name], home: str) -> float:
    """Return the part of a publisher's names that can lie in its home: little, if it writes about the whole world."""
    everything = here = 0.0
    for name in told:
        area = _region_named(name.mention)
        shares = {area: 1.0} if area else _shares(name.mention)
        inside = [share for one, share in shares.items() if one == home or one.startswith(f"{home}.")]
        everything += name.weight if shares else 0.0
        here += name.weight * ((1.0 if "." in home else sum(inside)) if inside else 0.0)
    return here / everything if everything else 0.0


def _lead(points: Mapping[str, float], area: str) -> float:
    """Return how far an area is before the best other one; what speaks against all others is no lead."""
    return points.get(area, 0.0) - max((0.0, *(one for other, one in points.items() if other != area)))


def _total(names: Iterable[Mapping[str, float]], host: str) -> Mapping[str, float]:
    """Add up what the names say of each region, and what the address does."""
    points: defaultdict[str, float] = defaultdict(float)
    for name in names:
        for area, one in name.items():
            points[area] += one
    code = _country_of(host)
    for area in points if code else ():
        points[area] += _OWN_COUNTRY if area.partition(".")[0] == code else -_OWN_COUNTRY
    return points


def _told(articles: Sequence[Article], names: Names) -> list[_Name]:
    """Sum up the names in a publisher's articles, each counted once an article, by where it stands best."""
    heard: dict[tuple[str, ...], list[tuple[float, Mention]]] = defaultdict(list)
    for article in articles:
        scene = Scene(article, names)
        best: dict[tuple[str, ...], tuple[float, Mention]] = {}
        for mention in scene.mentions:
            voice = _voice(scene, mention)
            if voice > best.get(mention.key, (0.0, mention))[0]:
                best[mention.key] = (voice, mention)
        for key, one in best.items():
            heard[key].append(one)
    told = []
    for some in heard.values():
        mention = next((one for _, one in some if one.qualifier), some[0][1])
        told.append(_Name(mention, sum(voice for voice, _ in some) ** _REPEATED))
    return told


def _voice(scene: Scene, mention: Mention) -> float:
    """Say how surely a name is no person's, no organisation's and no everyday word: 0 to 1."""
    if mention.qualifier:
        return 1.0
    view = View(scene, mention.spot)
    if len(mention.key) == 1 and view.is_cased and mention.key[0] in scene.cues.common:
        return 0.0 if view.opens or view.is_headline else _COMMON
    cues, voice = scene.cues, 1.0
    before, behind = view.neighbour(-1), view.neighbour(1)
    if view.is_cased and not view.is_headline:
        if (
            before is not None
            and view.words.capital(before)
            and not (view.before(cues.at) or view.before(cues.place_before))
        ):
            return 0.0
        if behind is not None and view.words.capital(behind):
            is_known = view.behind(cues.org) or view.behind(cues.civic) or view.behind(cues.place_after)
            voice = _FOLLOWED if is_known else _FOLLOWED_BY_NAME
    return voice * _SHOWN if view.is_headline or view.opens else voice


def _points(name: _Name, host: str, names: Names) -> Mapping[str, float]:
    """Return the log-odds that one name adds to each region that it can lie in."""
    area = _region_named(name.mention)
    if area:
        return {area: _NAMED * name.weight} if _people(area, names) > _LEAST_REGIONS_PEOPLE else {}
    joined = "".join(name.mention.key)
    is_hosted = len(joined) >= _LEAST_HOSTED and joined in "".join(letter for letter in host if letter.isalpha())
    points = {}
    for one, share in _shares(name.mention).items():
        usual = max(_people(one, names) / _WORLD, _LEAST_SHARE)
        points[one] = log(1 - _LOCAL + _LOCAL * share / usual) * name.weight
        points[one] += _HOSTED * share**0.5 if is_hosted else 0.0
    return points


def _region_named(mention: Mention) -> str:
    """Return the region that a name means before all cities, "" if it means none."""
    if mention.briefs:
        biggest = mention.briefs[0]
        return area_key(biggest.country, biggest.region) if biggest.kind == REGION else ""
    area = next(iter(mention.areas), Area(""))
    return area_key(area.country, area.region) if area.region else ""


def _shares(mention: Mention) -> Mapping[str, float]:
    """Share a name among the regions that its cities lie in; nothing of a country's name."""
    some = [one for one in mention.briefs if one.kind == CITY and _may_lie(one, mention.qualifier)]
    if not some or mention.briefs[0].kind == COUNTRY:
        return {}
    everything = sum(_size(one) for one in some) + _UNLISTED
    shares: defaultdict[str, float] = defaultdict(float)
    for one in some:
        shares[area_key(one.country, one.region)] += _size(one) / everything
    return shares


def _may_lie(one: Brief, qualifier: Area | None) -> bool:
    return qualifier is None or (one.country == qualifier.country and qualifier.region in {"", one.region})


def _size(one: Brief) -> float:
    return float((one.population + 1_000) ** _POWER)


def _people(area: str, names: Names) -> int:
    country, _, region = area.partition(".")
    place = names.gazetteer.place_of(Area(country, region))
    return max(place.population if place else 0, _LEAST_REGIONS_PEOPLE)
