"""What every handler is given: the configuration as it stands, and the ports."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import ParamSpec, Protocol, TypeVar

from monitor.alerting.render import Names
from monitor.model import Channel, Feed, Settings
from monitor.planning.homes import at_home
from monitor.planning.schedule import Dice
from monitor.planning.signs import NextAfter
from monitor.planning.work import LearnedHome
from monitor.ports import Clock, Extractor, FeedParser, Fetcher, HomeTeacher, Log, Matcher, Notifier, Pinger, Store

P = ParamSpec("P")
T = TypeVar("T")


DOCUMENTS = 32  # taken apart at a time, while hundreds of feeds are asked; more would only wait for the cores.


class OffLoop(Protocol):
    """Run a function in a thread of its own: the store's, so that no disk stops the loop, or the matching's."""

    def __call__(  # noqa: D102 - the class says it.
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]: ...


def _never(line: str, after: datetime, *, zone: tzinfo) -> datetime | None:  # noqa: ARG001 - the port names them.
    return None


def _nowhere(_place: str) -> frozenset[str]:
    return frozenset()


class Homes:
    """Where publishers are at home, as far as it was learned: known to every job, before and after a reload."""

    def __init__(self) -> None:
        self._known: Mapping[str, LearnedHome] = {}

    def take(self, known: Iterable[LearnedHome]) -> None:
        """Know these from now on, and no others."""
        self._known = {one.feed_id: one for one in known}

    def of(self, feed_id: str) -> LearnedHome | None:
        """Return what was learned of a feed."""
        return self._known.get(feed_id)


@dataclass(frozen=True, slots=True)
class Services:
    """One consistent view for the length of a job: a reload makes another one.

    `watches_in` returns the ids of the watches that lie in a place as a person wrote it. Without `teach` no home is
    learned, without `pinger` nobody is pinged. `next_after` knows cron lines. `think` runs what a core is
    busy with: matching, and the learning of homes; `apart` what takes long, and may be left at the end. `documents` are
    the feeds that are parsed, planned and committed at a time: what is made of a document is many times its size.
    """

    settings: Settings
    feeds: Mapping[str, Feed]
    channels: Mapping[str, Channel]
    names: Names
    zone: tzinfo
    watchlist: Matcher
    store: Store
    fetcher: Fetcher
    parser: FeedParser
    extractor: Extractor
    notifier: Notifier
    clock: Clock
    dice: Dice
    log: Log
    db: OffLoop
    think: OffLoop = asyncio.to_thread
    apart: OffLoop = asyncio.to_thread
    watches_in: Callable[[str], frozenset[str]] = _nowhere
    homes: Homes = field(default_factory=Homes)
    teach: HomeTeacher | None = None
    pinger: Pinger | None = None
    next_after: NextAfter = _never
    documents: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DOCUMENTS))

    def feed(self, feed_id: str) -> Feed | None:
        """Return a feed as configured, with the home that was learned for it; None if it is configured no more."""
        feed = self.feeds.get(feed_id)
        return at_home(feed, self.homes.of(feed_id)) if feed else None

    def operators(self) -> tuple[Channel, ...]:
        """Return the channels for summaries and health messages: as configured, else the first."""
        named = tuple(self.channels[id_] for id_ in self.settings.operator if id_ in self.channels)
        return named or tuple(self.channels.values())[:1]
