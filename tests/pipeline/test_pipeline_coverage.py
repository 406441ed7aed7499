"""The watchdog on a real store: incidents survive a restart, messages go through the outbox, the counts are right."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from monitor.alerting.render import Names
from monitor.engine.local import LocalEngine
from monitor.engine.refusals import REFUSED_LONG
from monitor.errors import FetchError
from monitor.log import NoLog
from monitor.model import Channel, Entry, Feed, Match, Reason, Secret, Settings
from monitor.pipeline.coverage import heard, watch_coverage
from monitor.pipeline.jobs import LEASE, Poll, WatchCoverage
from monitor.pipeline.run import run
from monitor.pipeline.services import Services
from monitor.planning.work import Extracted, Fetched, NoText, NotModified, ParsedFeed, Request
from monitor.store import SqlStore, open_store
from monitor.store.coverage import list_incidents
from monitor.store.views import open_views
from monitor.testing.doubles import FakeNotifier, FrozenClock

P = ParamSpec("P")
T = TypeVar("T")
HOUR = timedelta(hours=1)


class Site:
    """A fetcher whose feeds answer or fail as a test says."""

    def __init__(self) -> None:
        self.failing: set[str] = set()

    async def fetch(self, request: Request) -> Fetched | NotModified:
        if request.url in self.failing:
            raise FetchError(request.url, "the connection timed out")
        return Fetched(request.url, request.url.encode())

    async def close(self) -> None:
        pass


class Refusing:
    """Let every connection of a store take no writes until `ends`, whichever of them a thread is handed."""

    def __init__(self, store: SqlStore) -> None:
        self._mode = "ON"
        event.listen(store.database.engine, "checkout", self._set)

    def ends(self) -> None:
        self._mode = "OFF"

    def _set(self, connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA query_only = {self._mode}")


class OneEntry:
    async def parse(self, fetched: Fetched) -> ParsedFeed:
        link = f"{fetched.url}/1"
        return ParsedFeed("rss20", "W", (Entry("1", link, link, f"Report of {fetched.url}"),))


class Broken(OneEntry):
    """A parser with a bug that one feed hits."""

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        if fetched.url == "http://f0.test/feed":
            raise ZeroDivisionError
        return await super().parse(fetched)


class NoPages:
    async def extract(self, fetched: Fetched) -> Extracted | NoText:
        return NoText(fetched.url)


class Nothing:
    def match(self, _article: object) -> tuple[Match, ...]:
        return ()


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.to_thread(function, *args, **kwargs)


def services(store: SqlStore, site: Site, clock: FrozenClock, notifier: FakeNotifier, feeds: int = 4) -> Services:
    listed = tuple(Feed(f"f{number}", f"http://f{number}.test/feed", f"Feed {number}") for number in range(feeds))
    channel = Channel("desk", Secret("json://desk"))
    store.sync_feeds(listed, now=clock.now())
    return Services(
        settings=Settings(store.database.name, feeds=listed, channels=(channel,), operator=("desk",)),
        feeds={feed.id: feed for feed in listed},
        channels={"desk": channel},
        names=Names({}, {}),
        zone=ZoneInfo("UTC"),
        watchlist=Nothing(),
        store=store,
        fetcher=site,
        parser=OneEntry(),
        extractor=NoPages(),
        notifier=notifier,
        clock=clock,
        dice=lambda: 0.0,
        log=NoLog(),
        db=in_thread,
    )


async def pass_hours(made: Services, clock: FrozenClock, hours: int) -> None:
    """Poll all feeds each half hour, and look after each round."""
    for _ in range(2 * hours):
        clock.advance(HOUR / 2)
        for feed_id in made.feeds:
            await run(Poll(feed_id), made)
        await watch_coverage(WatchCoverage(whole=True), made)


def told(path: Path) -> list[str]:
    """Return the first lines of the health messages, oldest first."""
    with open_views(path) as views:
        alerts = [view.alert for view in views.list_alerts() if view.alert.reason is Reason.HEALTH]
        states = {row.channel_id for view in views.list_alerts() for row in view.deliveries}
    assert states <= {"desk"}
    return [alert.text.split("\n")[0] for alert in sorted(alerts, key=lambda alert: alert.created_at)]


async def test_an_incident_is_told_once_over_restarts_and_its_end_once(tmp_path: Path) -> None:
    path, site, clock, notifier = tmp_path / "monitor.db", Site(), FrozenClock(), FakeNotifier()
    with open_store(path) as store:
        made = services(store, site, clock, notifier)
        await pass_hours(made, clock, 1)
        site.failing = {"http://f0.test/feed"}
        await pass_hours(made, clock, 2)
        assert told(path) == []
        await pass_hours(made, clock, 2)
    assert [one.kind for one in list_incidents(path)] == ["failing"]
    with open_store(path) as store:
        made = services(store, site, clock, notifier)
        await pass_hours(made, clock, 2)
        assert str(await heard(made)) == "4 of 4 feeds heard from in the last 24 h"
        clock.advance(24 * HOUR)
        assert (await heard(made)).heard == 3  # the fourth has been silent for longer.
        site.failing = set()
        await pass_hours(made, clock, 1)
    first, second = told(path)
    assert first.startswith("Feed 0 (f0) fails since 2024-12-06 13:30 UTC, ")
    assert second.startswith("Feed 0 (f0) answers again, ")
    assert list_incidents(path) == ()


async def test_a_network_that_is_down_is_one_message_and_so_is_its_return(tmp_path: Path) -> None:
    path, site, clock = tmp_path / "monitor.db", Site(), FrozenClock()
    with open_store(path) as store:
        made = services(store, site, clock, FakeNotifier())
        await pass_hours(made, clock, 1)
        site.failing = {f"http://f{number}.test/feed" for number in range(3)}
        await pass_hours(made, clock, 5)
        assert told(path) == ["3 of 4 feeds fail: is the network down?"]
        site.failing = set()
        await pass_hours(made, clock, 1)
    assert told(path)[1:] == ["4 of 4 feeds answer again, after 2 h 30 min."]


async def test_a_feed_that_hits_a_bug_of_ours_is_told_of_as_one_that_fails(tmp_path: Path) -> None:
    path, clock = tmp_path / "monitor.db", FrozenClock()
    with open_store(path) as store:
        made = replace(services(store, Site(), clock, FakeNotifier()), parser=Broken())
        await pass_hours(made, clock, 5)
    assert [text.partition(" since ")[0] for text in told(path)] == ["Feed 0 (f0) fails"]


async def test_a_feed_that_is_configured_no_more_ends_its_incident_unheard(tmp_path: Path) -> None:
    path, site, clock = tmp_path / "monitor.db", Site(), FrozenClock()
    with open_store(path) as store:
        made = services(store, site, clock, FakeNotifier())
        site.failing = {"http://f0.test/feed"}
        await pass_hours(made, clock, 4)
        assert len(list_incidents(path)) == 1
        store.sync_feeds(made.settings.feeds[1:], now=clock.now())
        await watch_coverage(WatchCoverage(), made)
    assert list_incidents(path) == ()
    assert len(told(path)) == 1


async def test_a_job_that_the_database_refuses_over_and_over_is_told_of_and_so_is_its_end(tmp_path: Path) -> None:
    path, clock, notifier = tmp_path / "monitor.db", FrozenClock(), FakeNotifier()
    with open_store(path) as store:
        engine = LocalEngine(services(store, Site(), clock, notifier))
        with sqlite3.connect(path) as database:
            database.execute(
                "CREATE TRIGGER full BEFORE UPDATE OF last_poll_at ON feeds WHEN NEW.id = 'f0'"
                " BEGIN SELECT RAISE(ABORT, 'no room for it'); END"
            )
        for _ in range(3):
            await turn_whole(engine)
            clock.advance(2 * LEASE)
        texts = [sent.message.title + sent.message.body for sent in notifier.sent]
        (text,) = (text for text in texts if "has refused a part of the work since 2024-12-06 12:00" in text)
        assert "no room for it" in text
        with sqlite3.connect(path) as database:
            database.execute("DROP TRIGGER full")
        await turn_whole(engine)
    assert told(path) == ["What failed does not fail any more, after 30 min."]


async def turn_whole(engine: LocalEngine) -> None:
    """Let an engine turn once, under a clock that stands still, and what it started end."""
    await engine._turn()  # noqa: SLF001 - as the sentence says.
    for lane in (engine._polls, engine._chores):  # noqa: SLF001 - same.
        await asyncio.gather(*lane.tasks)


@pytest.mark.parametrize("minutes", [1, 30])
async def test_a_database_that_refuses_for_long_is_told_at_once_and_when_it_heals(minutes: int, tmp_path: Path) -> None:
    path, clock, notifier = tmp_path / "monitor.db", FrozenClock(), FakeNotifier()
    with open_store(path) as store:
        made = services(store, Site(), clock, notifier, feeds=0)
        engine = LocalEngine(made)
        refusing = Refusing(store)
        for wait in (timedelta(0), timedelta(minutes=minutes)):
            clock.advance(wait)
            await engine._turn()  # noqa: SLF001 - one turn, under a clock that stands still.
        await asyncio.gather(*engine._chores.tasks)  # noqa: SLF001 - what the turn started.
        directly = [sent.message.title for sent in notifier.sent]
        refusing.ends()
        await engine._turn()  # noqa: SLF001 - as above.
    is_long = timedelta(minutes=minutes) >= REFUSED_LONG
    assert len(directly) == is_long
    assert all("has taken no writes since" in title for title in directly)
    assert told(path) == (["The database takes writes again, after 30 min."] if is_long else [])
