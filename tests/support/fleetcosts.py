"""What claims and commits cost among a million feeds: time, round trips, and how PostgreSQL goes about them."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import psycopg
import sqlalchemy as sa
from support.postgres import Server
from support.proctree import own_cpu
from support.storing import alert, delivery, entry, match, polled, read_plan

from monitor.planning.noticed import Noticed
from monitor.planning.work import NewAlert, PollPlan, PollWork
from monitor.store import SqlStore, join_store, upgrade
from monitor.store.claims import _CLAIM_FEEDS

LOOK, ENTRIES = "look for what is due next", "claim of entries, none due"
UNCHANGED, NEW = "commit of an unchanged feed", "poll and read of a new entry, with an alert"
LEASE = timedelta(minutes=5)
EVERY = timedelta(minutes=15)
_FILL = """
INSERT INTO feeds (id, configured_url, configured, url, health, etag, failures, first_success_at, last_poll_at,
                   last_success_at, next_poll_at, cadence, error, summary_due)
SELECT 'feed-' || n, 'https://host-' || n || '.example.org/rss', true, 'https://host-' || n || '.example.org/rss', 'ok',
       '"' || md5(n::text) || '"', 0, now() - interval '30 days', now() - interval '15 minutes',
       now() - interval '15 minutes', now() + (random() * 900 - %s) * interval '1 second', 3600000000, '', false
FROM generate_series(1, %s) AS n
"""
_GO_ON = b"""
UPDATE feeds SET leased_until = NULL, next_poll_at = now() + interval '15 minutes'
WHERE configured AND next_poll_at <= now() AND leased_until > now()
"""
_NOTICE = """
INSERT INTO noticed (feed_id, history, held, empty_longest, trouble, weight, ahead, ahead_by)
SELECT id, repeat('0', 200), 30, 0, '', 0, 0, 0 FROM feeds
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of call of the store: milliseconds of each time it was made, round trips, CPU ms each of both sides."""

    name: str
    times: tuple[float, ...]
    trips: float
    own: float
    database: float

    @property
    def mean(self) -> float:
        """Milliseconds that it took on average."""
        return sum(self.times) / len(self.times)

    def at(self, share: float) -> float:
        """Return the milliseconds that this share of the calls took at most."""
        return sorted(self.times)[min(int(len(self.times) * share), len(self.times) - 1)]


def fill(server: Server, name: str, feeds: int, *, overdue: int) -> str:
    """Make a state that holds so many feeds, some overdue, the others due evenly over the next quarter of an hour.

    Returns its address.
    """
    state = server.make(name)
    upgrade(state)
    with psycopg.connect(state, autocommit=True) as connection:
        connection.execute(_FILL, (900 * overdue / feeds, feeds))
        for statement in (_NOTICE.encode(), b"VACUUM ANALYZE feeds", b"VACUUM ANALYZE noticed"):
            connection.execute(statement)
    return state


def measure(state: str, *, batches: tuple[int, ...], times: int) -> tuple[Call, ...]:
    """Make each call so often, as a worker makes them; what is claimed is put off before the next one."""
    with join_store(state) as store, psycopg.connect(state, autocommit=True) as beside:
        probe = _Probe(store, times)
        found: list[Call] = []
        works: list[PollWork] = []

        def claim(size: int) -> None:
            works[:] = store.claim_feeds(now=_now(), limit=size, lease=LEASE)
            assert len(works) == size, f"only {len(works)} of {size} were due"

        found += [probe.take(f"claim of {n}", partial(claim, n), partial(beside.execute, _GO_ON)) for n in batches]
        found.append(probe.take(LOOK, lambda: store.next_due_at(overdue_by=_now())))
        found.append(probe.take(ENTRIES, lambda: store.claim_entries(now=_now(), limit=64, lease=LEASE)))
        known = [store.load_poll(f"feed-{number}") for number in range(1, times + 3)]
        plans = (_unchanged(work) for work in known)
        found.append(probe.take(UNCHANGED, lambda: store.commit_poll(next(plans))))
        numbers = count()
        found.append(probe.take(NEW, lambda: _tell(store, next(numbers))))
    return tuple(found)


class _Probe:
    """Times calls of a store, and what the server does for them."""

    def __init__(self, store: SqlStore, times: int) -> None:
        self._times = times
        self._drivers = []
        database = store.database
        for engine in (database.engine, database._hasty, database._reader):  # noqa: SLF001 - a probe.
            with engine.connect() as connection:
                driver = connection.connection.driver_connection
                assert isinstance(driver, psycopg.Connection)
                self._drivers.append(driver)
        self._servers = {driver.info.backend_pid for driver in self._drivers}

    def take(self, name: str, call: Callable[[], object], between: Callable[[], object] = lambda: None) -> Call:
        """Make a call again and again, and do something `between`."""
        call()
        between()
        trips = self._trips(call)
        between()
        taken: list[float] = []
        before, own = self._spent(), 0.0
        for _ in range(self._times):
            begun, busy = time.perf_counter(), time.process_time()
            call()
            own += time.process_time() - busy
            taken.append((time.perf_counter() - begun) * 1000)
            between()
        each = 1000 / self._times
        return Call(name, tuple(taken), trips, own * each, (self._spent() - before) * each)

    def _spent(self) -> float:
        return sum(own_cpu(pid) for pid in self._servers)

    def _trips(self, call: Callable[[], object]) -> float:
        """Count how often a call waits for the server, which ends each answer so. Source: libpq, PQtrace."""
        with tempfile.TemporaryFile() as trace:
            for driver in self._drivers:
                driver.pgconn.trace(trace.fileno())
            call()
            for driver in self._drivers:
                driver.pgconn.untrace()
            os.lseek(trace.fileno(), 0, os.SEEK_SET)
            return float(trace.read().count(b"ReadyForQuery"))


def explain(state: str, *, limit: int) -> str:
    """Return how PostgreSQL claims, with what it read."""
    engine = sa.create_engine(state.replace("postgresql://", "postgresql+psycopg://"))
    now = _now()
    bounds = {"now": now, "until": now + LEASE, "limit": limit, "polled_before": now + LEASE}
    compiled = _CLAIM_FEEDS.statement.compile(engine)
    given = {name: bounds.get(name, bind.value) for name, bind in compiled.binds.items()}
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {compiled}", given)
        lines = [str(row[0]) for row in rows]
        connection.rollback()
    engine.dispose()
    return "\n".join(lines)


def _unchanged(work: PollWork) -> PollPlan:
    now = _now()
    after = replace(work.state, last_poll_at=now, last_success_at=now, next_poll_at=now + EVERY)
    return PollPlan(after, noticed=work.noticed or Noticed(work.state.feed_id))


def _tell(store: SqlStore, number: int) -> None:
    """Commit a poll with one new entry and the read of it, with a match and an alert, as the pipeline does."""
    feed_id, name = f"feed-{number + 1}", f"new-{number}"
    stored = entry(name, feed_id=feed_id, due_at=_now())
    store.load_outline(feed_id)
    store.load_known(tuple(f"{kind}:{name}" for kind in "gfclt"))
    store.commit_poll(polled(store, stored, feed_id=feed_id, at=_now()))
    told = alert(f"alert-{number}", article_id=stored.article_id)
    tell = NewAlert(told, (delivery(f"delivery-{number}", told),))
    assert store.commit_read(read_plan(store, name, match(), tell=tell))


def _now() -> datetime:
    return datetime.now(UTC)
