"""What every handler is given: the configuration as it stands, and the ports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import ParamSpec, Protocol, TypeVar

from monitor.alerting.render import Names
from monitor.model import Channel, Feed, Settings
from monitor.planning.schedule import Dice
from monitor.ports import Clock, Extractor, FeedParser, Fetcher, Log, Matcher, Notifier, Store

P = ParamSpec("P")
T = TypeVar("T")


class OffLoop(Protocol):
    """Run a store's method in the store's own thread, so that the loop never waits for a disk."""

    def __call__(  # noqa: D102 - the class says it.
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]: ...


def _nowhere(_place: str) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Services:
    """One consistent view for the length of a job: a reload makes another one.

    `watches_in` returns the ids of the watches that lie in a place as a person wrote it.
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
    watches_in: Callable[[str], frozenset[str]] = _nowhere

    def operators(self) -> tuple[Channel, ...]:
        """Return the channels for summaries and health messages: as configured, else the first."""
        named = tuple(self.channels[id_] for id_ in self.settings.operator if id_ in self.channels)
        return named or tuple(self.channels.values())[:1]
