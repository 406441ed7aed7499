"""What is learned of publishers is remembered, given to what is judged next, and learned no oftener than it pays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import pytest
from support.storing import article, entry, read_plan, with_entries

from monitor.alerting.render import Names
from monitor.model import Article, Feed, Match, Settings
from monitor.pipeline.homes import FEEDS, learn_homes
from monitor.pipeline.jobs import LearnHomes
from monitor.pipeline.services import Services
from monitor.planning.homes import MOST
from monitor.planning.work import Extracted, Fetched, Gone, LearnedHome, NotModified, ParsedFeed, Request
from monitor.ports import Log
from monitor.store import SqlStore, open_store
from monitor.testing.doubles import FakeNotifier, FrozenClock

P = ParamSpec("P")
T = TypeVar("T")


class Nowhere:
    """A world that is never asked: learning needs what is stored and nothing else."""

    async def fetch(self, request: Request) -> Fetched | NotModified | Gone:
        raise AssertionError(request)

    async def close(self) -> None:
        pass

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        raise AssertionError(fetched)

    async def extract(self, fetched: Fetched) -> Extracted:
        raise AssertionError(fetched)

    def match(self, article: Article) -> tuple[Match, ...]:
        raise AssertionError(article)


class NoLog:
    def job(self, *_: object) -> None:
        pass

    def event(self, text: str, **facts: object) -> None:
        pass

    problem = event


class Teacher:
    """Tell Texas of everything, and note what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def __call__(self, articles: Sequence[Article], /) -> str:
        self.asked.append((articles[0].feed_id, len(articles)))
        return "US.TX"


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.to_thread(function, *args, **kwargs)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(tmp_path / "monitor.db") as opened:
        yield opened


@pytest.fixture
def teacher() -> Teacher:
    return Teacher()


def services(store: SqlStore, teacher: Teacher, *feeds: Feed) -> Services:
    log: Log = NoLog()
    return Services(
        settings=Settings("", feeds=feeds),
        feeds={feed.id: feed for feed in feeds},
        channels={},
        names=Names({}, {}),
        zone=ZoneInfo("UTC"),
        watchlist=Nowhere(),
        store=store,
        fetcher=Nowhere(),
        parser=Nowhere(),
        extractor=Nowhere(),
        notifier=FakeNotifier(),
        clock=FrozenClock(),
        dice=lambda: 0.0,
        log=log,
        db=in_thread,
        teach=teacher,
    )


def feed(feed_id: str = "dw", *, home: str | None = None) -> Feed:
    return Feed(feed_id, f"https://{feed_id}.example.org/rss", feed_id, home=home)


def with_articles(store: SqlStore, count: int, *, feed_id: str = "dw", first: int = 0) -> None:
    rows = [entry(f"{feed_id}-{number}", feed_id=feed_id) for number in range(first, first + count)]
    with_entries(store, *rows)
    for row in rows:
        plan = read_plan(store, row.id)
        assert store.commit_read(replace(plan, article=article(row)))


async def test_what_is_learned_is_remembered_and_given_to_what_is_judged_next(
    store: SqlStore, teacher: Teacher
) -> None:
    made = services(store, teacher, feed())
    with_articles(store, 4)
    assert made.feed("dw") == feed()
    assert await learn_homes(made) == ()
    assert made.feed("dw") == replace(feed(), home="US.TX", home_articles=4)
    assert store.load_homes() == (LearnedHome("dw", "US.TX", 4, made.clock.now(), "example.org"),)


async def test_a_daemon_that_starts_again_knows_what_was_learned_and_learns_nothing_twice(
    store: SqlStore, teacher: Teacher
) -> None:
    with_articles(store, 4)
    await learn_homes(services(store, teacher, feed()))
    again = services(store, teacher, feed())
    await learn_homes(again)
    assert again.feed("dw") == replace(feed(), home="US.TX", home_articles=4)
    assert teacher.asked == [("dw", 4)]


async def test_two_articles_are_not_enough(store: SqlStore, teacher: Teacher) -> None:
    with_articles(store, 2)
    await learn_homes(services(store, teacher, feed()))
    assert teacher.asked == []


async def test_a_configured_home_is_never_learned(store: SqlStore, teacher: Teacher) -> None:
    with_articles(store, 4)
    made = services(store, teacher, feed(home="DE"))
    await learn_homes(made)
    assert (teacher.asked, made.feed("dw")) == ([], feed(home="DE"))


async def test_a_publisher_is_learned_of_at_five_numbers_of_articles_and_no_more(
    store: SqlStore, teacher: Teacher
) -> None:
    made = services(store, teacher, feed())
    for number in range(MOST + 10):
        with_articles(store, 1, first=number)
        await learn_homes(made)
    assert [count for _, count in teacher.asked] == [3, 6, 12, 20, 30]


async def test_of_many_feeds_some_are_learned_of_at_a_time(store: SqlStore, teacher: Teacher) -> None:
    feeds = [feed(f"f{number}") for number in range(FEEDS + 5)]
    for one in feeds:
        with_articles(store, 3, feed_id=one.id)
    store.sync_feeds(feeds, now=FrozenClock().now())
    made = services(store, teacher, *feeds)
    assert await learn_homes(made) == (LearnHomes(),)
    assert await learn_homes(made) == ()
    assert sorted(id_ for id_, _ in teacher.asked) == sorted(one.id for one in feeds)


async def test_a_publisher_whose_articles_tell_nothing_stays_without_a_home(store: SqlStore) -> None:
    with_articles(store, 3)
    made = replace(services(store, Teacher(), feed()), teach=lambda _: "")
    await learn_homes(made)
    assert made.feed("dw") == feed()
    assert [one.articles for one in store.load_homes()] == [3]
