"""Signs of life on a real engine and a real store: when they are given, how often, and what stops a ping."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from monitor.alerting.render import Names
from monitor.engine.cron import next_after
from monitor.engine.local import LocalEngine
from monitor.errors import FetchError, StoreError
from monitor.model import (
    Article,
    Channel,
    ConceptKind,
    Heartbeat,
    Match,
    Outcome,
    Receipt,
    Secret,
    Settings,
    Severity,
    Verdict,
    Watch,
)
from monitor.pipeline.pulse import KeptApart
from monitor.pipeline.services import Services
from monitor.planning.canary import CANARY
from monitor.planning.work import Extracted, Fetched, NoText, NotModified, ParsedFeed, Request
from monitor.store import SqlStore, open_store
from monitor.testing.doubles import FakeNotifier, FrozenClock

P = ParamSpec("P")
T = TypeVar("T")
DAY = timedelta(days=1)
NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
WATCH = Watch("homs", "Homs", ConceptKind.PLACE, ("Homs",))


class Nothing:
    """A fetcher, a parser and an extractor that are never asked."""

    async def fetch(self, request: Request) -> Fetched | NotModified:
        raise FetchError(request.url, "never")

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        return ParsedFeed("rss20", fetched.url, ())

    async def extract(self, fetched: Fetched) -> Extracted | NoText:
        return NoText(fetched.url)

    async def close(self) -> None:
        pass


class Watchlist:
    """A watchlist that finds the canary as long as it `works`."""

    works = True

    def match(self, article: Article) -> tuple[Match, ...]:
        found = Match(CANARY, Verdict.MATCH, Severity.NORMAL, sentence=article.body)
        return (found,) if self.works else ()


class Pinger:
    """Take pings, or refuse them, and count them."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.refuses = False
        self._changed = asyncio.Event()

    async def ping(self, url: Secret, *, well: bool) -> None:
        self.asked.append(well)
        self._changed.set()
        if self.refuses:
            raise FetchError("the ping's address", f"answered 404 {url}")

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.asked) < count:
                self._changed.clear()
                await self._changed.wait()


class Lines:
    """A log that keeps what it is told between jobs."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def job(self, kind: str, subject: str, facts: Mapping[str, object]) -> None:
        if "failed" in facts:
            self.said.append(f"{kind} {subject} {facts}")

    def event(self, text: str, **facts: object) -> None:
        self.said.append(f"{text} {json.dumps(facts, default=str)}")

    def problem(self, text: str, **facts: object) -> None:
        self.said.append(f"{text} {json.dumps(facts, default=str)}")


class House:
    """A monitor without feeds, of which everything else is at hand."""

    def __init__(self, folder: Path, heartbeat: Heartbeat, *channels: Channel) -> None:
        self.folder, self.clock, self.notifier = folder, FrozenClock(NOON), FakeNotifier()
        self.watchlist, self.pinger, self.log = Watchlist(), Pinger(), Lines()
        self.settings = Settings(
            str(folder / "m.db"), channels=channels, watches=(WATCH,), operator=("desk",), heartbeat=heartbeat
        )
        self.refused = ""
        self.store: SqlStore = open_store(self.settings.state)

    def services(self) -> Services:
        return Services(
            settings=self.settings,
            feeds={},
            channels={channel.id: channel for channel in self.settings.channels},
            names=Names({}, {}),
            zone=ZoneInfo("UTC"),
            watchlist=KeptApart(self.watchlist),
            store=self.store,
            fetcher=Nothing(),
            parser=Nothing(),
            extractor=Nothing(),
            notifier=self.notifier,
            clock=self.clock,
            dice=lambda: 0.0,
            log=self.log,
            db=self.ask,
            pinger=self.pinger,
            next_after=next_after,
        )

    async def ask(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the store, unless that refuses just this."""
        if function.__name__ == self.refused:
            raise StoreError("the disk is full")
        return await asyncio.to_thread(function, *args, **kwargs)

    @property
    def titles(self) -> list[tuple[str, str]]:
        return [(sent.channel_id, sent.message.title) for sent in self.notifier.sent]

    async def once(self) -> list[tuple[str, str]]:
        """Run once, and return what was sent by that."""
        before = len(self.notifier.sent)
        await LocalEngine(self.services()).serve_once()
        return self.titles[before:]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[LocalEngine]:
        engine = LocalEngine(self.services())
        task = asyncio.create_task(engine.serve())
        try:
            yield engine
        finally:
            engine.stop()
            await task


DESK, PHONE = Channel("desk", Secret("json://a")), Channel("phone", Secret("json://b"))


def house(folder: Path, heartbeat: Heartbeat | None = None, *channels: Channel) -> House:
    return House(folder, heartbeat or Heartbeat(), *(channels or (DESK, PHONE)))


async def until(condition: Callable[[], bool], made: House, engine: LocalEngine) -> None:
    """Let seconds pass until something is so."""
    async with asyncio.timeout(10):
        while not condition():
            made.clock.advance(timedelta(seconds=1))
            engine.ring()
            await asyncio.sleep(0.03)


async def test_a_report_comes_once_for_each_of_its_times_over_any_number_of_starts(tmp_path: Path) -> None:
    made = house(tmp_path, None, replace(DESK, digest="0 7 * * *"), PHONE)
    assert await made.once() == []
    assert await made.once() == []
    made.clock.advance(DAY)
    assert await made.once() == [("desk", "News monitor: Daily report: 0 alerts")]
    assert await made.once() == []
    made.clock.advance(5 * DAY)
    assert await made.once() == [("desk", "News monitor: Daily report: 0 alerts")]
    assert "From 2024-12-07 12:00 UTC to 2024-12-12 12:00 UTC." in made.notifier.sent[-1].message.body
    made.store.close()


async def test_the_line_of_life_goes_to_the_operator_and_the_canary_to_all(tmp_path: Path) -> None:
    made = house(tmp_path, Heartbeat(alive="0 8 * * *", canary="0 9 * * *"))
    assert await made.once() == []
    made.clock.advance(DAY)
    told = await made.once()
    assert sorted((channel, title[:33]) for channel, title in told) == [
        ("desk", "News monitor is alive: 0 of 0 fee"),
        ("desk", "News monitor: Canary: this is a t"),
        ("phone", "News monitor: Canary: this is a t"),
    ]
    made.store.close()


async def test_a_canary_that_is_not_found_is_told_once_and_once_when_it_is(tmp_path: Path) -> None:
    made = house(tmp_path, Heartbeat(canary="0 9 * * *"))
    await made.once()
    said: list[list[str]] = []
    for works in (False, False, True, True):
        made.watchlist.works = works
        made.clock.advance(DAY)
        said.append(sorted(f"{channel}: {title.split(': ')[1]}" for channel, title in await made.once()))
    assert said == [
        ["desk: Matching does not work"],
        [],
        ["desk: Canary", "desk: The canary is found again", "phone: Canary"],
        ["desk: Canary", "phone: Canary"],
    ]
    made.store.close()


async def test_a_channel_that_refuses_is_told_on_the_other_once_and_once_when_it_takes_again(tmp_path: Path) -> None:
    made = house(tmp_path, Heartbeat(ping=Secret("http://x"), canary="0 9 * * *", every=timedelta(seconds=2)))
    await made.once()
    assert made.pinger.asked == [True]
    made.clock.advance(DAY)
    made.notifier = FakeNotifier([Receipt(Outcome.PERMANENT, "404 gone")])  # of the first message.

    def said(words: str) -> list[str]:
        return [channel for channel, title in made.titles if words in title]

    async with made.serving() as engine:
        await until(lambda: bool(said("in trouble")), made, engine)
        await until(lambda: not made.pinger.asked[-1], made, engine)
        made.clock.advance(DAY)  # to the next canary.
        await until(lambda: bool(said("accepts messages again")), made, engine)
        await until(lambda: made.pinger.asked[-1], made, engine)
    other = "phone" if made.titles[0][0] == "desk" else "desk"
    assert (said("in trouble"), said("accepts messages again")) == ([other], [other])
    made.store.close()


async def test_pings_come_every_so_often_and_a_refusal_is_said_once(tmp_path: Path) -> None:
    made = house(tmp_path, Heartbeat(ping=Secret("http://secret"), every=timedelta(seconds=10)))
    async with made.serving() as engine:
        await made.pinger.until(1)
        made.pinger.refuses = True
        for count in (2, 3, 4):
            made.clock.advance(timedelta(seconds=10))
            engine.ring()
            await made.pinger.until(count)
        made.pinger.refuses = False
        made.clock.advance(timedelta(seconds=10))
        engine.ring()
        await made.pinger.until(5)
        await until(lambda: len(made.log.said) == 2, made, engine)
    assert [line.split(" {")[0] for line in made.log.said] == [
        "the heartbeat's ping was not taken",
        "the heartbeat's ping is taken again",
    ]
    assert "secret" not in "".join(made.log.said)
    made.store.close()


async def test_nobody_is_pinged_while_the_queue_does_not_turn(tmp_path: Path) -> None:
    made = house(tmp_path, Heartbeat(ping=Secret("http://x"), every=timedelta(seconds=1)))
    async with made.serving() as engine:
        await made.pinger.until(1)
        made.refused = "load_queue"
        await until(lambda: any("the database refuses" in line for line in made.log.said), made, engine)
        made.clock.advance(timedelta(minutes=1))
        turns = engine.counts.turns
        await until(lambda: engine.counts.turns > turns + 1, made, engine)  # a ping that was under way has ended.
        before, turns = len(made.pinger.asked), engine.counts.turns
        await until(lambda: engine.counts.turns > turns + 3, made, engine)
        assert len(made.pinger.asked) == before
        made.refused = ""
        await until(lambda: len(made.pinger.asked) > before, made, engine)
    made.store.close()
