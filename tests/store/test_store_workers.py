"""Several processes on one state: what each gets, what it may still write, and who is kept out meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import psycopg
import pytest
from support.pollers import wait_until
from support.postgres import Server
from support.storing import (
    HOUR,
    LEASE,
    NOW,
    alert,
    claim_feeds,
    delivery,
    entry,
    known_feeds,
    match,
    polled,
    read_plan,
    with_entries,
)

from monitor.errors import StoreError
from monitor.planning.work import NewAlert
from monitor.store import SqlStore, join_store, open_store, upgrade
from monitor.store.database import connect
from monitor.store.lock import has_workers
from monitor.store.views import open_views


@pytest.fixture
def both(postgres: Server, shared_database: str) -> Iterator[tuple[SqlStore, SqlStore]]:
    """A daemon's store and a worker's, empty."""
    assert postgres
    with open_store(shared_database) as store, join_store(shared_database) as worker:
        yield store, worker
    with psycopg.connect(shared_database) as connection:
        connection.execute("TRUNCATE feeds, entries, articles, alerts, matches CASCADE")


def telling(alert_id: str) -> NewAlert:
    told = alert(alert_id, article_id="article-a")
    return NewAlert(told, (delivery(alert_id, told),))


# --- leases ---------------------------------------------------------------------------------------------------------


def test_a_poll_whose_feed_another_one_has_taken_up_changes_nothing(
    store: SqlStore, open_again: Callable[[], SqlStore]
) -> None:
    known_feeds(store, "dw")
    other, later = open_again(), NOW + LEASE
    assert claim_feeds(store, now=NOW, limit=1, lease=LEASE) == ("dw",)
    stale = polled(store, entry("stale"), at=NOW)
    assert claim_feeds(other, now=later, limit=1, lease=LEASE) == ("dw",)
    fresh = polled(other, entry("fresh"), at=later)
    assert not store.commit_poll(stale)
    assert other.load_poll("dw").state.last_poll_at is None
    assert other.commit_poll(fresh)
    assert not store.commit_poll(stale)
    assert other.load_poll("dw").state == fresh.state
    assert [row.entry_id for row in other.load_known(("g:stale", "g:fresh"))] == ["fresh"]


def test_a_lease_that_ran_out_is_good_as_long_as_nobody_else_has_the_feed(store: SqlStore) -> None:
    known_feeds(store, "dw")
    assert claim_feeds(store, now=NOW, limit=1, lease=LEASE) == ("dw",)
    late = polled(store, entry("late"), at=NOW + HOUR)
    store.commit_poll(late)
    assert store.load_poll("dw").state == late.state


def test_a_read_whose_entry_another_one_has_taken_up_tells_nobody(
    store: SqlStore, state: str, open_again: Callable[[], SqlStore]
) -> None:
    with_entries(store, entry("a"))
    other, later = open_again(), NOW + LEASE
    assert store.claim_entries(now=NOW, limit=1, lease=LEASE) == ("a",)
    stale = read_plan(store, "a", match(), tell=telling("stale"))
    assert other.claim_entries(now=later, limit=1, lease=LEASE) == ("a",)
    fresh = read_plan(other, "a", match(), tell=telling("fresh"))
    assert not store.commit_read(stale)
    assert other.claim_entries(now=later, limit=1, lease=LEASE) == (), "the lease is not given back by who lost it"
    assert other.commit_read(fresh)
    assert not store.commit_read(stale)
    with open_views(state) as views:
        assert [view.alert.id for view in views.list_alerts()] == ["fresh"]


def test_a_read_that_came_too_late_gives_its_own_lease_back(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    assert store.claim_entries(now=NOW, limit=1, lease=LEASE) == ("a",)
    assert not store.commit_read(replace(read_plan(store, "a"), told=frozenset({"homs"})))
    assert store.claim_entries(now=NOW, limit=1, lease=LEASE) == ("a",)


# --- beside the daemon ----------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_claimants_of_feeds_do_not_wait_for_each_other_and_share_all_of_them(
    both: tuple[SqlStore, SqlStore], shared_database: str
) -> None:
    names = [f"feed{number:03}" for number in range(600)]
    known_feeds(both[0], *names)
    with psycopg.connect(shared_database) as connection:
        # Somebody is at the first ten, and does not end.
        connection.execute("SELECT 1 FROM feeds ORDER BY id LIMIT 10 FOR UPDATE")
        begin = Barrier(2)

        def work(store: SqlStore) -> list[str]:
            begin.wait(10)
            return [id_ for _ in range(60) for id_ in claim_feeds(store, now=NOW, limit=10, lease=LEASE)]

        with ThreadPoolExecutor(2) as threads:
            shares = list(threads.map(work, both))
    assert all(shares)
    assert sorted(id_ for share in shares for id_ in share) == names[10:]
    assert claim_feeds(both[1], now=NOW, limit=600, lease=LEASE) == tuple(names[:10])


@pytest.mark.postgres
def test_one_text_that_two_processes_commit_at_the_same_moment_is_one_article(
    both: tuple[SqlStore, SqlStore], shared_database: str
) -> None:
    known_feeds(both[0], "dw", "bbc")
    rounds, begin = 30, Barrier(2)

    def commit(store: SqlStore, feed_id: str) -> None:
        for number in range(rounds):
            words = [f"w:{number}-{word}" for word in range(5)]
            rows = (
                replace(entry(f"{feed_id}-{word}", feed_id=feed_id), keys=(word,))
                for word in (words if feed_id == "dw" else reversed(words))
            )
            plan = polled(store, *rows, feed_id=feed_id)
            begin.wait(10)
            store.commit_poll(plan)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(commit, store, name) for store, name in zip(both, ("dw", "bbc"), strict=True)]:
            done.result(60)
    with psycopg.connect(shared_database) as connection:
        counted = connection.execute("SELECT count(*), count(DISTINCT article_id) FROM entries").fetchone()
    assert counted == (rounds * 10, rounds * 5)


@pytest.mark.postgres
def test_a_daemon_that_starts_leaves_a_workers_leases_and_ends_those_that_nobody_has(
    both: tuple[SqlStore, SqlStore], shared_database: str
) -> None:
    store, worker = both
    known_feeds(store, "dw")
    with_entries(store, entry("a"))
    store.make_feeds_due(now=NOW)
    assert claim_feeds(worker, now=NOW, limit=1, lease=LEASE) == ("dw",)
    assert worker.claim_entries(now=NOW, limit=1, lease=LEASE) == ("a",)
    plan, read = polled(worker), read_plan(worker, "a")
    store.recover(now=NOW, first=LEASE)
    assert claim_feeds(store, now=NOW, limit=1, lease=LEASE) == ()
    assert store.claim_entries(now=NOW, limit=1, lease=LEASE) == ()
    worker.commit_poll(plan)
    assert worker.commit_read(read)
    store.make_feeds_due(now=NOW)
    assert claim_feeds(worker, now=NOW, limit=1, lease=LEASE) == ("dw",)
    worker.close()
    wait_until_no_worker_is_left(shared_database)
    store.recover(now=NOW, first=LEASE)
    assert claim_feeds(store, now=NOW, limit=1, lease=LEASE) == ("dw",)


def wait_until_no_worker_is_left(database: str) -> None:
    """Wait for the server, which frees a lock some time after its connection is closed."""

    def none_left() -> bool:
        with closing(connect(database)) as looking, looking.write() as connection:
            return not has_workers(connection)

    wait_until(none_left, what="the worker's lock is free")


@pytest.mark.postgres
def test_a_worker_that_begins_while_the_schema_is_changed_says_what_it_waits_for(empty_database: str) -> None:
    upgrade(empty_database)
    upgrading = connect(empty_database)
    with upgrading.write() as connection:
        assert not has_workers(connection)
        with pytest.raises(StoreError, match="being upgraded or recovered"):
            join_store(empty_database)
    upgrading.close()
    join_store(empty_database).close()


@pytest.mark.postgres
def test_the_schema_is_not_changed_under_a_worker(empty_database: str) -> None:
    upgrade(empty_database)
    with join_store(empty_database):
        with psycopg.connect(empty_database) as connection:
            connection.execute("UPDATE monitor_revision SET version_num = '0006'")
        with pytest.raises(StoreError, match="stop them first"):
            upgrade(empty_database)
        with pytest.raises(StoreError, match="run `monitor db upgrade`"):
            join_store(empty_database)


def test_a_worker_on_sqlite_is_told_in_one_line_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="postgresql://") as refused:
        join_store(str(tmp_path / "monitor.db"))
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "monitor.db").exists()
