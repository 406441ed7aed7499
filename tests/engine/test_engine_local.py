"""The local engine on a real store, with doubles at the ports: what it claims, how much at once, how it ends."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import pytest

from monitor.alerting.render import Names
from monitor.engine.lanes import WORKER, Room
from monitor.engine.local import LocalEngine
from monitor.errors import StoreError
from monitor.log import NoLog
from monitor.model import (
    Article,
    Channel,
    ConceptKind,
    Entry,
    Feed,
    Match,
    Quiet,
    Secret,
    Settings,
    Severity,
    Verdict,
    Watch,
)
from monitor.pipeline.homes import FEEDS
from monitor.pipeline.services import Services
from monitor.planning.work import Extracted, Fetched, NoText, NotModified, ParsedFeed, Request
from monitor.store import open_store
from monitor.testing.doubles import FakeNotifier, FrozenClock

P = ParamSpec("P")
T = TypeVar("T")


class Door:
    """A fetcher that holds every request until it is opened, and counts how many wait at once."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.waiting = 0
        self.most = 0
        self.changed = asyncio.Event()

    async def fetch(self, request: Request) -> Fetched | NotModified:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        self.changed.set()
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1
        return Fetched(request.url, request.url.encode())

    async def close(self) -> None:
        pass

    async def until(self, waiting: int) -> None:
        async with asyncio.timeout(5):
            while self.waiting < waiting:
                self.changed.clear()
                await self.changed.wait()


class OneEntry:
    """A parser to which every feed is one entry, named by the feed's address."""

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        link = f"{fetched.url}/1"
        return ParsedFeed("rss20", "W", (Entry("1", link, link, f"Report of {fetched.url} on Homs and more"),))


class ThreeEntries:
    """A parser to which every feed is three entries, named by the feed's address."""

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        links = [f"{fetched.url}/{number}" for number in range(3)]
        return ParsedFeed("rss20", "W", tuple(Entry(link, link, link, f"Report of {link} on Homs") for link in links))


class Pages:
    async def extract(self, fetched: Fetched) -> Extracted | NoText:
        return Extracted("", f"The text of {fetched.url}.")


class Everything:
    """A watchlist that every article matches."""

    def match(self, article: Article) -> tuple[Match, ...]:
        return (Match("homs", Verdict.MATCH, Severity.NORMAL, sentence=article.title),)


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.to_thread(function, *args, **kwargs)


def services(folder: Path, door: Door, feeds: int, notifier: FakeNotifier) -> Services:
    listed = tuple(
        Feed(f"f{number}", f"http://f{number}.test/feed", f"F{number}", backfill=timedelta.max)
        for number in range(feeds)
    )
    channel = Channel("desk", Secret("json://desk"))
    watch = Watch("homs", "Homs", ConceptKind.PLACE, ("Homs",))
    settings = Settings(str(folder / "m.db"), feeds=listed, channels=(channel,), watches=(watch,), operator=("desk",))
    store = open_store(settings.state)
    clock = FrozenClock()
    store.sync_feeds(listed, now=clock.now())
    return Services(
        settings=settings,
        feeds={feed.id: feed for feed in listed},
        channels={"desk": channel},
        names=Names({}, {}),
        zone=ZoneInfo("UTC"),
        watchlist=Everything(),
        store=store,
        fetcher=door,
        parser=OneEntry(),
        extractor=Pages(),
        notifier=notifier,
        clock=clock,
        dice=lambda: 0.0,
        log=NoLog(),
        db=in_thread,
    )


@pytest.fixture
async def door() -> Door:
    return Door()


async def test_no_more_polls_run_at_once_than_there_is_room_for(tmp_path: Path, door: Door) -> None:
    notifier = FakeNotifier()
    made = services(tmp_path, door, 12, notifier)
    engine = LocalEngine(made, Room(polls=5, reads=3))
    serving = asyncio.create_task(engine.serve_once())
    await door.until(5)
    assert engine.running["polls"] == 5
    door.open.set()
    await serving
    assert door.most <= 5 + 3
    assert (engine.counts.polled, engine.counts.read) == (12, 12)
    made.store.close()  # type: ignore[attr-defined] # the real store.


async def test_once_tells_every_match_and_the_summary_before_it_ends(tmp_path: Path, door: Door) -> None:
    notifier = FakeNotifier()
    made = services(tmp_path, door, 4, notifier)
    door.open.set()
    await LocalEngine(made).serve_once()
    titles = [sent.message.title for sent in notifier.sent]
    assert sum("Report of" in title for title in titles) == 4
    assert sum("Now watching 4 new feeds" in title for title in titles) == 1
    made.store.close()  # type: ignore[attr-defined] # the real store.


async def test_once_gathers_a_flood_into_digests_and_waits_for_none(tmp_path: Path, door: Door) -> None:
    notifier = FakeNotifier()
    made = services(tmp_path, door, 24, notifier)
    door.open.set()
    await LocalEngine(made).serve_once()
    said = [f"{sent.message.title}\n{sent.message.body}" for sent in notifier.sent]
    digests = [text for text in said if " alerts: " in text]
    assert digests
    assert len(said) < 24
    for number in range(24):
        assert sum(f"Report of http://f{number}.test/feed on Homs" in text for text in said) >= 1
    made.store.close()  # type: ignore[attr-defined] # the real store.


async def test_a_worker_reads_what_is_due_and_leaves_all_messages_to_the_daemon(tmp_path: Path, door: Door) -> None:
    notifier = FakeNotifier()
    made = services(tmp_path, door, 3, notifier)
    door.open.set()
    worker = LocalEngine(made, kinds=WORKER)
    serving = asyncio.create_task(worker.serve())
    async with asyncio.timeout(5):
        while worker.counts.read < 3:  # noqa: ASYNC110 - the engine has no event for it.
            await asyncio.sleep(0.01)
    worker.stop()
    await serving
    assert (worker.counts.polled, worker.counts.read, worker.counts.sent) == (3, 3, 0)
    assert notifier.sent == []
    await LocalEngine(made).serve_once()
    assert sum("Report of" in sent.message.title for sent in notifier.sent) == 3
    made.store.close()  # type: ignore[attr-defined] # the real store.


async def test_quiet_hours_are_over_when_the_clock_says_so(tmp_path: Path, door: Door) -> None:
    notifier = FakeNotifier()
    made = services(tmp_path, door, 3, notifier)
    quiet = replace(made.channels["desk"], quiet=Quiet(time(11), time(13)))
    made = replace(made, channels={"desk": quiet})
    door.open.set()
    await LocalEngine(made).serve_once()
    assert notifier.sent == []
    made.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined] # the frozen clock.
    await LocalEngine(made).serve_once()
    assert sum(" alerts: " in sent.message.title for sent in notifier.sent) == 1
    made.store.close()  # type: ignore[attr-defined] # the real store.


async def test_an_engine_that_is_stopped_lets_what_runs_end_and_claims_nothing_more(tmp_path: Path, door: Door) -> None:
    notifier = FakeNotifier()
    made = services(tmp_path, door, 3, notifier)
    engine = LocalEngine(made, Room(polls=1, reads=1))
    serving = asyncio.create_task(engine.serve())
    await door.until(1)
    engine.stop()
    door.open.set()
    async with asyncio.timeout(5):
        await serving
    assert engine.counts.polled == 1
    made.store.close()  # type: ignore[attr-defined] # the real store.


async def test_once_says_so_when_the_database_refuses(tmp_path: Path, door: Door) -> None:
    made = services(tmp_path, door, 1, FakeNotifier())
    door.open.set()
    with sqlite3.connect(made.settings.state) as vandal:
        vandal.execute("DROP TABLE deliveries")
    with pytest.raises(StoreError):
        await LocalEngine(made).serve_once()
    made.store.close()  # type: ignore[attr-defined] # the real store.


async def test_a_summary_that_waits_does_not_keep_the_engine_busy(tmp_path: Path, door: Door) -> None:
    made = services(tmp_path, door, 2, FakeNotifier())
    engine = LocalEngine(made, Room(polls=2, reads=1))
    serving = asyncio.create_task(engine.serve())
    await door.until(2)
    before = engine.counts.turns
    for _ in range(200):
        await asyncio.sleep(0)
    assert engine.counts.turns - before <= 2
    engine.stop()
    door.open.set()
    await serving
    made.store.close()  # type: ignore[attr-defined] # the real store.


async def test_what_publishers_are_is_learned_beside_the_work_and_a_stop_does_not_wait_for_all_of_it(
    tmp_path: Path, door: Door
) -> None:
    asked: list[str] = []
    many, loop = asyncio.Event(), asyncio.get_running_loop()

    def teach(articles: Sequence[Article], /) -> str:
        asked.append(articles[0].feed_id)
        if len(asked) == 2 * FEEDS:
            loop.call_soon_threadsafe(many.set)
        return "SY"

    made = services(tmp_path, door, 30, FakeNotifier())
    made = replace(made, teach=teach, parser=ThreeEntries())
    door.open.set()
    await LocalEngine(made).serve_once()
    assert len(asked) == FEEDS
    engine = LocalEngine(made)
    serving = asyncio.create_task(engine.serve())
    async with asyncio.timeout(20):
        await many.wait()
        engine.stop()
        await serving
    assert len(asked) == 2 * FEEDS
    assert made.feed(asked[0]) == replace(made.feeds[asked[0]], home="SY", home_articles=3)
    made.store.close()  # type: ignore[attr-defined] # the real store.
