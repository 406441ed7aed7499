"""A world in memory around the real pipeline and a real store: feeds that change at will, a clock that stands still.

Only what lies outside is played: what a URL answers, what a page says, and who takes messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from monitor.alerting.render import Names
from monitor.engine.pace import Pace
from monitor.errors import FetchError
from monitor.gazetteer.index import Index
from monitor.model import (
    Channel,
    ConceptKind,
    Feed,
    Rate,
    Reason,
    Salience,
    Secret,
    Settings,
    Severity,
    Watch,
)
from monitor.pipeline.jobs import LEASE, Poll, Read, Send, Summarise
from monitor.pipeline.queue import turn_queue
from monitor.pipeline.run import run
from monitor.pipeline.services import Services
from monitor.planning.work import Extracted, Fetched, NoText, ParsedFeed, Request
from monitor.ports import Matcher
from monitor.sources.childfeeds import known_of
from monitor.sources.feeds import read_document
from monitor.store import open_store
from monitor.store.holds import Hold, list_holds
from monitor.store.views import AlertView, open_views
from monitor.testing.doubles import FakeNotifier, FrozenClock, Sent
from monitor.watching.watchlist import compile_watchlist

P = ParamSpec("P")
T = TypeVar("T")

DESK = Channel("desk", Secret("json://desk"), rate=Rate(1, timedelta(seconds=1)))
OPERATOR = Channel("operator", Secret("json://operator"), rate=Rate(1000, timedelta(seconds=1)))
WORDS = {"homs": Severity.NORMAL, "hama": Severity.NORMAL, "idlib": Severity.NORMAL, "aleppo": Severity.HIGH}
ABOUT_ARTICLES = (Reason.NEW, Reason.UPDATE, Reason.CORRECTION)


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as a feed will state it."""

    guid: str
    link: str
    title: str
    teaser: str = ""
    at: datetime | None = None

    def xml(self) -> str:
        """Write it as RSS 2.0 does."""
        date = f"<pubDate>{format_datetime(self.at)}</pubDate>" if self.at else ""
        return (
            f"<item><guid isPermaLink='false'>{escape(self.guid)}</guid><link>{escape(self.link)}</link>"
            f"<title>{escape(self.title)}</title><description>{escape(self.teaser)}</description>{date}</item>"
        )


def document(items: Iterable[Item]) -> bytes:
    """Write an RSS 2.0 feed."""
    rows = "".join(item.xml() for item in items)
    return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>{rows}</channel></rss>".encode()


class NoLog:
    """Keep what failed: a test must not pass over it."""

    def __init__(self) -> None:
        self.failed: list[object] = []

    def job(self, kind: str, subject: str, facts: Mapping[str, object]) -> None:
        """Note a job that failed."""
        if "failed" in facts:
            self.failed.append((kind, subject, facts))

    def event(self, text: str, **facts: object) -> None:
        """Pass over what is no failure."""

    def problem(self, text: str, **facts: object) -> None:
        """Note a problem."""
        self.failed.append((text, facts))


@dataclass(slots=True)
class Outside:
    """What URLs answer: feeds by their bodies, pages by their texts; and who was sent on to where."""

    feeds: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)

    async def fetch(self, request: Request) -> Fetched:
        """Answer with a feed, or with an empty page, whose text `extract` knows."""
        url = self.moved.get(request.url, request.url)
        if url in self.feeds:
            moved_to = url if url != request.url else None
            return Fetched(url, self.feeds[url], "application/rss+xml", etag="as given", moved_to=moved_to)
        if request.url in self.pages:
            return Fetched(request.url, b"page")
        raise FetchError(request.url, "answered 404", status=404)

    async def close(self) -> None:
        """Close nothing."""

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        """Parse as the children do."""
        known = known_of(fetched.outline)
        return await asyncio.to_thread(
            read_document, fetched.feed_id, fetched.body, fetched.url, fetched.content_type, known
        )

    async def extract(self, fetched: Fetched) -> Extracted | NoText:
        """Return the text of a page."""
        return Extracted("", self.pages[fetched.url])


@cache
def watches() -> tuple[Watch, ...]:
    """Return the watches, told to the desk."""
    return tuple(
        Watch(word, word, ConceptKind.KEYWORD, (word,), severity=severity, notify=("desk",), match=Salience.TRACE)
        for word, severity in WORDS.items()
    )


@cache
def watchlist() -> Matcher:
    """Return the watches made ready."""
    return compile_watchlist(watches(), Index()).watchlist


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a store's method as the daemon does."""
    return await asyncio.to_thread(function, *args, **kwargs)


class World:
    """One newsroom of feeds, and what came of them."""

    def __init__(self, folder: Path) -> None:
        self.state = str(folder / "monitor.db")
        self.clock = FrozenClock()
        self.outside = Outside()
        self.notifier = FakeNotifier()
        self.log = NoLog()
        self.feeds: list[Feed] = []
        self.channels = (DESK, OPERATOR)
        self._pace = Pace()
        self._store = open_store(self.state)
        self._count = 0

    # --- what stands outside ----------------------------------------------------------------------------------------

    def publish(self, *items: Item, feed_id: str = "wire") -> None:
        """Let a feed hold these entries from now on; a new feed is configured."""
        if all(feed.id != feed_id for feed in self.feeds):
            self.feeds.append(Feed(feed_id, f"https://{feed_id}.example.org/rss", feed_id.upper(), full_text=False))
        self.outside.feeds[f"https://{feed_id}.example.org/rss"] = document(items)

    def items(self, count: int, *, word: str = "Homs", start: int = 0, host: str = "wire") -> list[Item]:
        """Make entries whose titles hold `word`, dated an hour apart, the newest first."""
        return [
            Item(
                f"{host}-{number}",
                f"https://{host}.example.org/story/{number}",
                f"{word}: story {_spelt(number)} of the week",
                f"What is told of {_spelt(number)} in this place, by people who saw {_spelt(number + 7)} of it.",
                self.clock.now() - timedelta(hours=number - start + 1),
            )
            for number in range(start, start + count)
        ]

    # --- what the daemon does ---------------------------------------------------------------------------------------

    @property
    def services(self) -> Services:
        """Put the real pipeline together."""
        settings = Settings(
            self.state, operator=("operator",), feeds=tuple(self.feeds), channels=self.channels, watches=watches()
        )
        return Services(
            settings=settings,
            feeds={feed.id: feed for feed in self.feeds},
            channels={channel.id: channel for channel in self.channels},
            names=Names({word: word for word in WORDS}, {feed.id: feed.name for feed in self.feeds}),
            zone=ZoneInfo("UTC"),
            watchlist=watchlist(),
            store=self._store,
            fetcher=self.outside,
            parser=self.outside,
            extractor=self.outside,
            notifier=self.notifier,
            clock=self.clock,
            dice=lambda: 0.0,
            log=self.log,
            db=in_thread,
        )

    async def poll(self, *, after: timedelta = timedelta(minutes=5)) -> None:
        """Let time pass, ask every feed, and read what is due; all that is claimed runs at once, as in the engine."""
        self.clock.advance(after)
        services = self.services
        self._store.sync_feeds(self.feeds, now=self.clock.now())
        self._store.make_feeds_due(now=self.clock.now())
        works = self._store.claim_feeds(now=self.clock.now(), limit=1000, lease=LEASE)
        await asyncio.gather(*(run(Poll(work.state.feed_id, work=work), services) for work in works))
        await run(Summarise(at_once=True), services)
        await self.read()

    async def read(self) -> None:
        """Read what is due."""
        while entries := self._store.claim_entries(now=self.clock.now(), limit=64, lease=LEASE):
            await asyncio.gather(*(run(Read(id_), self.services) for id_ in entries))

    async def deliver(self, *, within: timedelta = timedelta(minutes=3)) -> list[Sent]:
        """Let time pass by seconds and send what may go; return what went out meanwhile."""
        before, end, services = len(self.notifier.sent), self.clock.now() + within, self.services
        while self.clock.now() < end:
            free = self._pace.free(services.channels, now=self.clock.monotonic())
            sends = await turn_queue(services, free)
            for channel_id, delivery_id in sends:
                self._pace.start(services.channels[channel_id], now=self.clock.monotonic())
                await run(Send(channel_id, delivery_id), services)
                self._pace.end(channel_id)
            self.clock.advance(timedelta(seconds=1 if sends else 5))
        return self.notifier.sent[before:]

    def restart(self) -> None:
        """Close the state as a process's end does, and open it again."""
        self._store.close()
        self._store = open_store(self.state)
        self._store.recover(now=self.clock.now(), first=timedelta(seconds=30))

    def close(self) -> None:
        """Close the state."""
        self._store.close()

    # --- what came of it --------------------------------------------------------------------------------------------

    def alerts(self, *reasons: Reason) -> list[AlertView]:
        """Return the alerts of these reasons, by default those on articles, newest first."""
        with open_views(self.state) as views:
            return [one for one in views.list_alerts() if one.alert.reason in (reasons or ABOUT_ARTICLES)]

    def operator_alerts(self) -> list[AlertView]:
        """Return what the operator was told."""
        return self.alerts(Reason.HEALTH, Reason.SUMMARY)

    def held(self) -> tuple[Hold, ...]:
        """Return what is held."""
        return list_holds(self.state)

    async def check_alive(self, feed_id: str = "wire") -> None:
        """Inject one new entry beside what stands there, and see its alert delivered once."""
        url = f"https://{feed_id}.example.org/rss"
        self._count += 1
        title = f"Homs hears of {_spelt(90 + self._count)} at last"
        new = Item(f"alive-{self._count}", f"https://{feed_id}.example.org/alive/{self._count}", title)
        body = self.outside.feeds[url]
        before = len(self.alerts())
        self.outside.feeds[url] = body.replace(b"</channel>", new.xml().encode() + b"</channel>")
        await self.poll()
        sent = await self.deliver(within=timedelta(minutes=6))
        assert len(self.alerts()) == before + 1
        assert sum(title in f"{one.message.title}\n{one.message.body}" for one in sent) == 1
        assert self.log.failed == []


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Open a world with its state in `folder`."""
    made = World(folder)
    try:
        yield made
    finally:
        made.close()


def renamed(item: Item, *, guid: str = "{}", link: str = "{}") -> Item:
    """Return an entry with another GUID or link; "{}" stands for what was there."""
    return replace(item, guid=guid.format(item.guid), link=link.format(item.link))


def _spelt(number: int) -> str:
    """Spell a number in words of its own, so that no two texts are alike."""
    digits = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return "".join(digits[int(digit)] for digit in str(number))
