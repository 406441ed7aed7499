"""The wiring: which room does what for whom. The only place that knows them all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.alerting.render import Names
from monitor.config.early import Early
from monitor.config.loaded import Loaded
from monitor.delivery.notifier import Book, ChannelNotifier
from monitor.delivery.rates import default_rate
from monitor.engine.clock import SystemClock
from monitor.engine.cron import next_after
from monitor.engine.worker import Worker
from monitor.engine.writer import StoreThread
from monitor.errors import ConfigError, DeliveryError, Mistake, StoreError
from monitor.gazetteer.index import Index
from monitor.model import Article, Channel, Feed, Route, Secret, Settings, Watch
from monitor.pipeline.pulse import KeptApart
from monitor.pipeline.services import Services
from monitor.planning.canary import CANARY_WATCH
from monitor.planning.coverage import plan_damage
from monitor.ports import Log
from monitor.sources.articles import ChildExtractor
from monitor.sources.childfeeds import ChildFeedParser
from monitor.sources.children import Children
from monitor.sources.http import HttpFetcher
from monitor.sources.ping import HttpPinger
from monitor.store import SqlStore, join_store, open_store
from monitor.store.quarantine import CHECK
from monitor.store.untold import Damage
from monitor.watching.areas import resolve_home
from monitor.watching.homes import learn_homes
from monitor.watching.watchlist import Watchlist, compile_watchlist
from monitor.watching.whereabouts import Whereabouts, settle


@dataclass(frozen=True, slots=True)
class Assembled:
    """A configuration made ready: its channels opened, its watches compiled, and what is wrong with them.

    `refused` are the mistakes of channels whose addresses lead nowhere, by channel id; they are in no other list.
    """

    settings: Settings
    watchlist: Watchlist
    gazetteer: Index
    whereabouts: Whereabouts
    errors: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()
    refused: Mapping[str, Mistake] = field(default_factory=dict)

    @property
    def serves(self) -> bool:
        """Whether nothing is wrong but some channels, and one is left to tell people on."""
        return not self.errors and len(self.refused) < len(self.settings.channels)

    @property
    def refused_channels(self) -> Mapping[str, Secret]:
        """The addresses of the channels that lead nowhere."""
        return {channel.id: channel.url for channel in self.settings.channels if channel.id in self.refused}


def assemble(loaded: Loaded, *, canary: bool = False) -> Assembled:
    """Open the channels and compile the watches, the `canary`'s with them, collecting every mistake at its line."""
    errors: list[Mistake] = []
    channels, refused = _open_channels(loaded)
    gazetteer = open_gazetteer(loaded, errors)
    feeds = tuple(_at_home(feed, loaded, gazetteer, errors) for feed in loaded.settings.feeds)
    compiled = compile_watchlist((*loaded.settings.watches, *((CANARY_WATCH,) if canary else ())), gazetteer)
    warnings = list(loaded.warnings)
    for problem in compiled.problems:
        mistake = loaded.mistake(("watch", problem.watch_id, *_location(problem.key)), problem.text, problem.hint)
        (warnings if problem.warning else errors).append(mistake)
    places = {watch.id: compiled.watchlist.places(watch.id) for watch in loaded.settings.watches}
    watches = settle(loaded.settings.watches, places)
    routes = tuple(_in_countries(route, loaded, gazetteer, errors) for route in loaded.settings.routes)
    warnings += _nowhere(routes, watches, loaded)
    settings = replace(loaded.settings, channels=channels, feeds=feeds, watches=watches, routes=routes)
    whereabouts = Whereabouts(places, gazetteer)
    return Assembled(settings, compiled.watchlist, gazetteer, whereabouts, tuple(errors), tuple(warnings), refused)


def _open_channels(loaded: Loaded) -> tuple[tuple[Channel, ...], Mapping[str, Mistake]]:
    """Return all channels, and the mistakes of those that cannot be opened."""
    channels: list[Channel] = []
    refused: dict[str, Mistake] = {}
    for channel in loaded.settings.channels:
        try:
            opened = Book().open(channel)
        except DeliveryError as error:
            opened = channel
            refused[channel.id] = loaded.mistake(("channel", channel.id, "url"), str(error))
        channels.append(replace(opened, rate=opened.rate or default_rate(opened)))
    return tuple(channels), refused


def open_gazetteer(loaded: Loaded, errors: list[Mistake]) -> Index:
    """Return the configured index of places; the one that ships, and a mistake, if that cannot be used."""
    if loaded.settings.gazetteer is None:
        return Index()
    index = Index(Path(loaded.settings.gazetteer))
    try:
        index.place(0)
    except StoreError as error:
        hint = "`monitor places build --all` makes one"
        errors.append(loaded.mistake(("monitor", "gazetteer"), str(error), hint))
        return Index()
    return index


def _at_home(feed: Feed, loaded: Loaded, gazetteer: Index, errors: list[Mistake]) -> Feed:
    """Return a feed with its home as a code."""
    if feed.home is None:
        return feed
    resolved = resolve_home(feed.home, gazetteer)
    if resolved.code is None:
        errors.append(loaded.mistake(("feed", feed.id, "home"), resolved.text, resolved.hint))
    return replace(feed, home=resolved.code)


def _in_countries(route: Route, loaded: Loaded, gazetteer: Index, errors: list[Mistake]) -> Route:
    """Return a route, and those inside it, with their countries as codes."""
    found: list[str] = []
    for index, name in enumerate(route.countries):
        code = resolve_home(name, gazetteer).code
        if code is None or "." in code:
            text, hint = f"“{name}” is no country known here", 'write it like "SY" or "Syria"'
            errors.append(loaded.mistake(("route", route.number, "country", index), text, hint))
        else:
            found.append(code)
    inner = tuple(_in_countries(one, loaded, gazetteer, errors) for one in route.routes)
    return replace(route, countries=tuple(dict.fromkeys(found)), routes=inner)


def _nowhere(routes: Sequence[Route], watches: Sequence[Watch], loaded: Loaded) -> Iterator[Mistake]:
    """Warn of countries that no watched place lies in."""
    known = {country for watch in watches for country in watch.countries}
    for route in routes:
        for index, country in enumerate(route.countries):
            if country not in known:
                text, hint = f"no watched place lies in {country}", "a watch with place says where it is"
                yield loaded.mistake(("route", route.number, "country", index), text, hint)
        yield from _nowhere(route.routes, watches, loaded)


def _location(key: str) -> tuple[str | int, ...]:
    """Return where a problem's key stands: "when.0.any" is the key of a case."""
    return tuple(int(part) if part.isdecimal() else part for part in key.split("."))


def ready(
    path: Path,
    *,
    to_serve: bool = False,
    refused: Mapping[str, Secret] | None = None,
    canary: bool = False,
    early: Early | None = None,
) -> tuple[Loaded, Assembled]:
    """Load and assemble a configuration. Raises: ConfigError with every mistake, whoever found it.

    `to_serve`: addresses of channels that lead nowhere are no mistakes as long as one channel is left; those of
    channels that were `refused` before, with that address, are none either.
    `canary`: one may be sent, so that its watch is compiled too. `early` has begun to read it.
    """
    assembled: list[Assembled] = []

    def inspect(loaded: Loaded) -> tuple[Mistake, ...]:
        found = assemble(loaded, canary=canary)
        assembled.append(found)
        known = to_serve or found.refused_channels.items() <= (refused or {}).items()
        return () if known and found.serves else (*found.errors, *found.refused.values())

    loaded = early.take() if early else None
    if loaded is not None and not inspect(loaded):
        return loaded, assembled[-1]
    from monitor.config.load import load  # what takes long to import, and is not needed where it was read already.

    try:
        loaded = load(path, inspect=inspect)
    except ConfigError:
        if not to_serve:
            raise
        return ready(path)  # which says all that is wrong.
    return loaded, assembled[-1]


class App:
    """A configuration at work: owns what must be closed, and swaps what a reload changes."""

    def __init__(
        self,
        loaded: Loaded,
        services: Services,
        stack: AsyncExitStack,
        *,
        refused: Mapping[str, Secret],
        is_worker: bool = False,
    ) -> None:
        self.loaded = loaded
        self.is_worker = is_worker
        self._refused = refused
        self.services = services
        self._stack = stack
        self.mended = False  # whether the state was found damaged, and replaced.

    async def reload(self) -> tuple[Mistake, ...]:
        """Take the configuration anew, as a whole or not at all. Returns warnings. Raises: ConfigError, StoreError.

        A channel that could not be used before hinders nothing: the rest is taken, and it is warned of.
        """
        loaded, assembled = await asyncio.to_thread(ready, self.loaded.path, refused=self._refused, canary=True)
        before = self.services
        moved = assembled.settings.state != before.settings.state
        settings = replace(assembled.settings, state=before.settings.state)
        services = configure(before, replace(assembled, settings=settings))
        if self.is_worker:
            services = replace(services, teach=None)
        else:
            await services.db(services.store.sync_feeds, settings.feeds, now=services.clock.now())
        if settings.network != before.settings.network:
            # Fetches that run keep the old one, which is closed with the app.
            services = replace(services, fetcher=self._fetcher(settings))
        self.loaded, self.services, self._refused = loaded, services, assembled.refused_channels
        later = loaded.mistake(("monitor", "state"), "another state is taken at the next start only")
        return (*assembled.warnings, *assembled.refused.values(), *((later,) if moved else ()))

    def _fetcher(self, settings: Settings) -> HttpFetcher:
        fetcher = HttpFetcher(settings.network, clock=self.services.clock)
        self._stack.push_async_callback(fetcher.close)
        return fetcher


def configure(services: Services, assembled: Assembled) -> Services:
    """Return `services` with all that follows from the configuration alone."""
    settings = assembled.settings
    return replace(
        services,
        settings=settings,
        feeds={feed.id: feed for feed in settings.feeds},
        channels={channel.id: channel for channel in settings.channels},
        names=Names(
            {watch.id: watch.name for watch in settings.watches}, {feed.id: feed.name for feed in settings.feeds}
        ),
        zone=ZoneInfo(settings.timezone),
        watchlist=KeptApart(assembled.watchlist),
        watches_in=assembled.whereabouts.watches_in,
        notifier=ChannelNotifier(settings.channels, refused={id_: one.text for id_, one in assembled.refused.items()}),
        next_after=next_after,
        pinger=HttpPinger(settings.network.contact),
        teach=partial(_home_of, gazetteer=assembled.gazetteer),
    )


def _home_of(articles: Sequence[Article], /, *, gazetteer: Index) -> str:
    """Return where the one publisher of these articles is at home."""
    return next(iter(learn_homes(articles, gazetteer).values()), "")


@asynccontextmanager
async def open_app(
    path: Path, log: Log, *, thorough: bool = False, is_worker: bool = False, early: Early | None = None
) -> AsyncIterator[App]:
    """Load the configuration, take the state for ourselves, and close all of it at the end.

    `thorough`: the database is looked through for damage, for as long as that takes. `is_worker`: the state is shared
    with the daemon, who alone makes of it what the configuration says, heals it, and learns.
    Raises: ConfigError; StoreError, if another daemon works on this state.
    """
    loaded, assembled = ready(path, to_serve=True, canary=True, early=early)
    for warning in assembled.warnings:
        log.problem("warning", mistake=str(warning))
    for mistake in assembled.refused.values():
        log.problem("a channel cannot be used; its alerts go to its fallback, or are dead", mistake=str(mistake))
    settings, thread, mind, clock = assembled.settings, StoreThread(), Worker("mind"), SystemClock()
    async with AsyncExitStack() as stack:
        stack.callback(thread.close)
        stack.callback(mind.close)
        if is_worker:
            store = await thread(join_store, settings.state)
        else:
            store = await thread(open_store, settings.state, check=None if thorough else CHECK)
        stack.push_async_callback(thread, store.close)
        thread.group(store.grouped)
        stack.callback(thread.group, None)
        # Two pools: a feed never waits for pages, of which some cost a child ten seconds.
        fetcher, children, readers = HttpFetcher(settings.network, clock=clock), Children(), Children()
        stack.push_async_callback(children.close)
        stack.push_async_callback(readers.close)
        stack.push_async_callback(fetcher.close)
        services = Services(
            settings=settings,
            feeds={},
            channels={},
            names=Names({}, {}),
            zone=ZoneInfo("UTC"),
            watchlist=assembled.watchlist,
            store=store,
            fetcher=fetcher,
            parser=ChildFeedParser(children),
            extractor=ChildExtractor(readers),
            notifier=ChannelNotifier(()),
            clock=clock,
            dice=random.random,
            log=log,
            db=thread,
            think=mind,
            apart=Worker("backup"),
        )
        services = configure(services, assembled)
        if is_worker:
            services = replace(services, teach=None)
            services.homes.take(await thread(store.load_homes))
        else:
            await _take_over(services)
        app = App(loaded, services, stack, refused=assembled.refused_channels, is_worker=is_worker)
        if store.mended is not None:
            app.mended = True
            await _tell_damage(app.services, store, store.mended)
        yield app


async def _take_over(services: Services) -> None:
    """Make rows for new feeds, and heal what a crash left behind."""
    now, store = services.clock.now(), services.store
    await services.db(store.sync_feeds, services.settings.feeds, now=now)
    services.homes.take(await services.db(store.load_homes))
    unsure = await services.db(store.recover, now=now, first=services.settings.retrying.first)
    if unsure:
        services.log.problem("messages were under way when the last run ended; they are repeated, marked", count=unsure)


async def _tell_damage(services: Services, store: SqlStore, damage: Damage) -> None:
    """Say that the state was replaced: to the log, to `status`, to the operators."""
    now, restored = services.clock.now(), str(damage.restored or "")
    aside, at = str(damage.aside or ""), damage.at
    plan = plan_damage(damage.reason, aside, restored, services.operators(), now=now, replaced=at)
    services.log.problem("the database has been replaced", aside=aside, error=damage.reason or "restored by hand")
    await services.db(store.announce_no_backfill)
    await services.db(services.store.commit_coverage, plan, now=now)
    await services.db(store.forget_damage)
