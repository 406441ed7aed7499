"""A turn of the queue, with a database that may refuse in the middle of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from support.storing import NOW, alert, delivery, with_alerts

from monitor.alerting.render import Names
from monitor.errors import StoreError
from monitor.model import Article, Channel, DeliveryState, Match, Secret, Settings, Severity
from monitor.pipeline.queue import LONG, turn_queue
from monitor.pipeline.services import Services
from monitor.planning.work import Extracted, Fetched, Gone, NewAlert, NotModified, ParsedFeed, Request, SendPlan
from monitor.store import SqlStore, open_store
from monitor.store.outbox import add_alerts
from monitor.store.queue import MOST
from monitor.store.tables import deliveries
from monitor.testing.doubles import FakeNotifier, FrozenClock

P = ParamSpec("P")
T = TypeVar("T")

REFUSE = """
CREATE TRIGGER refuse BEFORE UPDATE OF leased_until ON deliveries WHEN NEW.channel_id = 'phone'
BEGIN SELECT json('this cannot be done'); END
"""


class Nowhere:
    """A world that is never asked: the queue needs what is stored and nothing else."""

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


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.to_thread(function, *args, **kwargs)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(tmp_path / "monitor.db") as opened:
        yield opened


@pytest.fixture
def services(store: SqlStore, tmp_path: Path) -> Services:
    channels = (Channel("desk", Secret("json://desk"), fallback="phone"), Channel("phone", Secret("json://phone")))
    nowhere = Nowhere()
    return Services(
        settings=Settings(str(tmp_path / "monitor.db"), channels=channels),
        feeds={},
        channels={channel.id: channel for channel in channels},
        names=Names({}, {}),
        zone=ZoneInfo("UTC"),
        watchlist=nowhere,
        store=store,
        fetcher=nowhere,
        parser=nowhere,
        extractor=nowhere,
        notifier=FakeNotifier(),
        clock=FrozenClock(NOW),
        dice=lambda: 0.0,
        log=NoLog(),
        db=in_thread,
    )


def tell(store: SqlStore, name: str, severity: Severity = Severity.NORMAL) -> None:
    told = alert(f"alert-{name}", severity=severity)
    with_alerts(store, NewAlert(told, (delivery(name, told),)))


def forbid_the_phone(services: Services) -> None:
    with closing(sqlite3.connect(services.settings.state)) as vandal:
        vandal.execute(REFUSE)


async def test_what_a_turn_has_claimed_is_sent_though_the_database_refuses_its_rest(
    store: SqlStore, services: Services
) -> None:
    tell(store, "dead")
    assert store.load_send("dead", now=NOW) is not None
    store.commit_send(SendPlan("dead", DeliveryState.DEAD, NOW, 0, error="404"))
    tell(store, "high", Severity.HIGH)
    forbid_the_phone(services)
    # The first round hands the dead one over and claims the high one; the second may not claim for the phone.
    assert await turn_queue(services, ("desk", "phone")) == (("desk", "high"),)
    with pytest.raises(StoreError, match="malformed JSON"):
        await turn_queue(services, ("phone",))


class SlowClock(FrozenClock):
    """A clock by which each round of a turn takes most of the time that a turn has."""

    def monotonic(self) -> float:
        self.advance(timedelta(seconds=LONG * 0.6))
        return super().monotonic()


async def test_what_goes_now_does_not_wait_until_thousands_are_handed_over(store: SqlStore, services: Services) -> None:
    stranded = [replace(alert(f"alert-{number}"), created_at=NOW) for number in range(3 * MOST)]
    with store.database.write() as connection:
        add_alerts(connection, [NewAlert(told, (delivery(told.id, told),)) for told in stranded])
    later = NOW + timedelta(hours=1)
    told = alert("alert-now", created_at=later)
    with_alerts(store, NewAlert(told, (delivery("now", told, channel_id="phone", due_at=later),)))
    await turn_queue(replace(services, clock=SlowClock(later)), ("phone",))
    with store.database.read() as connection:
        handed = sa.select(sa.func.count()).where(deliveries.c.handed_to.is_not(None))
        assert connection.execute(handed).scalar_one() == 2 * MOST
