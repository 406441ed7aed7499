"""Where publishers are at home, for the commands that judge or list: configured, learned, or by their address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.app import Assembled
    from monitor.config.loaded import Loaded
    from monitor.model import Article, Feed, Settings
    from monitor.planning.work import LearnedHome


@dataclass(frozen=True, slots=True)
class Publisher:
    """A feed's home as judging takes it: `source` is configured, learned (of so many articles) or address."""

    home: str | None
    source: str | None
    articles: int = 0

    @property
    def text(self) -> str:
        """Say it in a table."""
        how = {"learned": f" ({self.articles} articles)", "address": " (address)"}.get(self.source or "", "")
        return f"{self.home}{how}" if self.home else "unknown"


def known_homes(settings: Settings) -> tuple[LearnedHome, ...]:
    """Return what the daemon has learned; nothing if there is no state that can be read."""
    from monitor.errors import StoreError
    from monitor.store.homes import read_homes

    try:
        return read_homes(settings.state)
    except (StoreError, OSError):
        return ()  # judging goes on without: a corpus can be matched where no daemon ever ran.


def publishers(loaded: Loaded) -> Mapping[str, Publisher]:
    """Return the home of each configured feed, by id."""
    from monitor.app import open_gazetteer
    from monitor.watching.areas import resolve_home

    known = {one.feed_id: one for one in known_homes(loaded.settings)}
    gazetteer = open_gazetteer(loaded, [])
    found = {}
    for feed in loaded.settings.feeds:
        if feed.home is not None:
            found[feed.id] = Publisher(resolve_home(feed.home, gazetteer).code, "configured")
        else:
            found[feed.id] = _publisher(feed, known.get(feed.id))
    return found


def _publisher(feed: Feed, learned: LearnedHome | None) -> Publisher:
    from monitor.model import Article
    from monitor.watching.homes import home_of

    if learned is not None and learned.home:
        return Publisher(learned.home, "learned", learned.articles)
    url = f"https://{learned.host}/" if learned is not None and learned.host else feed.url
    home = home_of(Article("", "", url, ""), {})
    return Publisher(home, "address") if home else Publisher(None, None)


def at_known_homes(articles: Iterable[tuple[object, Article]], settings: Settings) -> Iterator[tuple[object, Article]]:
    """Yield articles at the homes that the daemon has learned of their feed, or of their host."""
    from monitor.planning.homes import homes_by_host
    from monitor.watching.homes import host_of

    known = known_homes(settings)
    by_feed, by_host = {one.feed_id: one for one in known}, homes_by_host(known)
    for id_, article in articles:
        learned = by_feed.get(article.feed_id) or by_host.get(host_of(article.url) or host_of(article.feed_id))
        yield id_, _at_home(article, learned.home, learned.articles) if learned else article


def at_homes_of_all(articles: list[tuple[object, Article]], assembled: Assembled) -> Iterator[tuple[object, Article]]:
    """Learn of all articles where their publishers are, and yield them at home."""
    from collections import Counter

    from monitor.watching.homes import learn_homes, source_of

    homes = learn_homes((article for _, article in articles), assembled.gazetteer)
    counts = Counter(source_of(article) for _, article in articles)
    for id_, article in articles:
        source = source_of(article)
        yield id_, _at_home(article, homes.get(source, ""), counts[source])


def _at_home(article: Article, home: str, articles: int) -> Article:
    return replace(article, home=home, home_articles=articles) if home and article.home is None else article
