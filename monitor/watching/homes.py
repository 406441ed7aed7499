"""Say where a publisher's unqualified names are: configured, learned from its articles, or by its address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from monitor.model import Article
from monitor.watching.context import Mention, Names, Scene, area_key, support
from monitor.watching.places import CITY, Gazetteer
from monitor.watching.placing import View

LEAST_ARTICLES = 3  # of fewer, one far-away story would decide.
_REGION_SHARE = 0.22  # of all that a publisher's names speak for; less is a paper for the whole country.
_COUNTRY_SHARE = 0.4
_ROUNDS = 4
_NAMED = 2.0  # what a region called by name counts, in places.
_POWER = 0.3  # of the population: a local paper's places are small.
_DOUBT = 0.02  # what a region has before anything speaks for it.
_OWN_COUNTRY = 20.0  # times, of the country that the address ends in.
_ELSEWHERE = 0.01  # times, if the words behind a name say that it is elsewhere.
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


def learn_homes(articles: Iterable[Article], gazetteer: Gazetteer) -> Mapping[str, str]:
    """Learn of each publisher with at least three articles where its names are, by what its articles name.

    Each article has one voice, shared among the regions its names can lie in by their people. What was learned in one
    round decides between namesakes in the next, so that a paper full of Paris, Bonham and Clarksville is of Texas.
    """
    names = Names(gazetteer)
    by_source: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        by_source[source_of(article)].append(article)
    homes = {}
    for source, some in by_source.items():
        if source and len(some) >= LEAST_ARTICLES:
            home = _learn([Scene(article, names) for article in some], _country_of(host_of(some[0].url)))
            if home:
                homes[source] = home
    return homes


def _learn(scenes: list[Scene], code: str) -> str:
    told = [
        ([one for one in _distinct(scene) if _is_told(scene, one)], support(scene.mentions).named) for scene in scenes
    ]
    prior: Mapping[str, float] = {}
    for _ in range(_ROUNDS):
        votes: defaultdict[str, float] = defaultdict(float)
        for mentions, named in told:
            for area, vote in _voice(mentions, named, prior, code).items():
                votes[area] += vote
        everything = sum(votes.values())
        prior = {area: vote / everything for area, vote in votes.items()} if everything else {}
    countries: defaultdict[str, float] = defaultdict(float)
    for area, share in prior.items():
        countries[area.partition(".")[0]] += share
    country, share = max(countries.items(), key=lambda one: one[1], default=("", 0.0))
    regions = [(its, area) for area, its in prior.items() if area.startswith(f"{country}.")]
    most, region = max(regions, default=(0.0, ""))
    if most >= _REGION_SHARE:
        return region
    return country if share >= _COUNTRY_SHARE else ""


def _distinct(scene: Scene) -> list[Mention]:
    """Return each name of an article once, as it stands first."""
    return list({one.key: one for one in reversed(scene.mentions)}.values())


def _is_told(scene: Scene, mention: Mention) -> bool:
    """Say whether a name is hardly a person's, an organisation's or an everyday word."""
    view = View(scene, mention.spot)
    if mention.qualifier:
        return True
    if len(mention.key) == 1 and (view.opens or mention.key[0] in scene.cues.common):
        return False
    before, behind = view.neighbour(-1), view.neighbour(1)
    if behind is not None and view.is_cased and view.words.capital(behind):
        return bool(view.behind(scene.cues.org))
    named = before is not None and view.is_cased and view.words.capital(before)
    return not named or (view.words.tokens[before or 0].text,) in scene.cues.at


def _voice(
    mentions: list[Mention], named: frozenset[str], prior: Mapping[str, float], code: str
) -> Mapping[str, float]:
    """Share one article's voice among the regions that its names speak for."""
    votes: defaultdict[str, float] = defaultdict(float)
    for mention in mentions:
        weights: dict[str, float] = {}
        for one in mention.briefs:
            if one.kind == CITY:
                area = area_key(one.country, one.region)
                size = (one.population + 1_000) ** _POWER * (_DOUBT + prior.get(area, 0.0))
                size *= _OWN_COUNTRY if one.country == code else 1.0
                elsewhere = mention.qualifier is not None and mention.qualifier.country != one.country
                weights[area] = weights.get(area, 0.0) + size * (_ELSEWHERE if elsewhere else 1.0)
        total = sum(weights.values())
        for area, weight in weights.items():
            votes[area] += weight / total
    for area in named:
        if "." in area:
            votes[area] += _NAMED
    total = sum(votes.values()) + 1.0
    return {area: vote / total for area, vote in votes.items()}
