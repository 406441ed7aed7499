from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from support.postgres import Server
from support.storing import NOW, entry, known_feeds, polled, with_entries

from monitor.errors import StoreError
from monitor.store import SqlStore, open_store, upgrade
from monitor.store.database import connect
from monitor.store.views import open_views

SECRET = "hunter2-verySecret"  # noqa: S105 - to be looked for, not used.


@pytest.fixture
def path(empty_file: Path, tmp_path: Path) -> Path:
    """The path of an empty SQLite state."""
    return Path(shutil.copy(empty_file, tmp_path / "monitor.db"))


def bounded(store: SqlStore, pages: int | None) -> None:
    """Let the file grow by `pages` more; None frees it."""

    def bound(connection: sqlite3.Connection, _record: object) -> None:
        size = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {size + pages if pages is not None else 2**30}")

    store.database.engine.dispose()
    sa.event.listen(store.database.engine, "connect", bound)


def test_a_full_disk_is_told_and_loses_nothing(path: Path) -> None:
    with open_store(path) as store:
        with_entries(store, entry("before"))
        etag = store.load_poll("dw").state.etag
        plan = polled(store, *(entry(f"e{number}", text="x" * 5_000) for number in range(50)), at=NOW.replace(hour=13))
        bounded(store, 3)
        with pytest.raises(StoreError, match=r"monitor\.db: the disk is full"):
            store.commit_poll(plan)
        assert (store.load_poll("dw").state.etag, len(store.load_known(["g:before", "g:e1"]))) == (etag, 1)
        assert store.claim_entries(now=NOW, limit=5, lease=NOW - NOW.replace(hour=1)) == ("before",)
        bounded(store, None)
        store.commit_poll(plan)
        assert len(store.load_known(["g:before", "g:e1"])) == 2
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


STARVE = """
import sqlite3, sys
from monitor.errors import ShortageError
from monitor.store import open_store
from support.storing import NOW, entry, polled, with_entries

with open_store(sys.argv[1]) as store:
    with_entries(store, entry("before"))
    plan = polled(store, *(entry(f"e{number}", text="x" * 50_000) for number in range(50)), at=NOW.replace(hour=13))
    beside = sqlite3.connect(sys.argv[1])
    beside.execute("PRAGMA hard_heap_limit = 1500000")  # of the whole process, and never to be raised again.
    try:
        beside.execute("SELECT length(hex(zeroblob(4000000)))").fetchone()
    except MemoryError as error:
        print("naive:", isinstance(error, sqlite3.Error))
    try:
        store.commit_poll(plan)
    except ShortageError as error:
        print("ours:", error)
    print("known:", len(store.load_known(["g:before", "g:e1"])))
"""


def test_a_lack_of_memory_is_told_and_loses_nothing(path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    starving = [sys.executable, "-c", STARVE, str(path)]
    told = subprocess.run(starving, env=environment, capture_output=True, text=True, check=True)
    expected = f"naive: False\nours: {path}: the machine has no memory left\nknown: 1\n"
    assert told.stdout == expected
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_database_that_another_program_locks_is_told_and_usable_afterwards(path: Path) -> None:
    open_store(path).close()
    impatient = SqlStore(connect(str(path), busy=timedelta(0)))
    with impatient as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        known_feeds(store, "dw")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another process"):
            store.make_feeds_due(now=NOW)
        assert store.load_poll("dw").state.feed_id == "dw"
        other.execute("ROLLBACK")
        store.make_feeds_due(now=NOW)


def test_a_damaged_database_is_told(path: Path) -> None:
    with open_store(path) as store:
        with_entries(store, *(entry(f"e{number}") for number in range(200)))
    whole = path.read_bytes()
    path.write_bytes(whole[: 4096 * 3] + b"\xff" * (len(whole) - 4096 * 3))
    with pytest.raises(StoreError, match="the database is damaged"), open_store(path, lock=False) as store:
        store.load_known([f"g:e{number}" for number in range(200)])


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_text("a shopping list, of more than a hundred bytes " * 10, encoding="utf-8")
    with pytest.raises(StoreError, match=r"monitor\.db: the file is not a database"):
        open_store(path)
    assert path.read_text(encoding="utf-8").startswith("a shopping list")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"Not a directory|File exists"):
        open_store(tmp_path / "file" / "monitor.db")


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Is a directory"):
        open_store(tmp_path)


def test_a_store_that_refused_to_open_holds_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_text("no database " * 100, encoding="utf-8")
    with pytest.raises(StoreError, match="not a database"):
        open_store(path)
    path.unlink()
    open_store(path).close()


def test_a_refused_opening_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_text("no database " * 100, encoding="utf-8")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count is all that is wanted.
    for _ in range(3):
        with pytest.raises(StoreError):
            open_store(path)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above.


@pytest.mark.parametrize("state", ["mysql://root@localhost/news", "sqlite:///monitor.db", "http://example.org/"])
def test_a_state_that_is_neither_path_nor_postgresql_is_refused(state: str) -> None:
    with pytest.raises(StoreError, match="a state is a path or a postgresql:// URL"):
        open_store(state)


# --- PostgreSQL ---------------------------------------------------------------------------------------------------


def everything_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.parametrize(
    "state",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/news",
        f"postgresql://user:{SECRET}@127.0.0.1:1/news?connect_timeout=nonsense",
        f"postgresql://user@127.0.0.1:1/news?password={SECRET}",
        f"postgresql://user:{SECRET}@127.0.0.1:port/news",
    ],
)
@pytest.mark.parametrize("opening", [open_store, open_views, upgrade])
def test_a_password_is_never_told(state: str, opening: Callable[[str], object]) -> None:
    with pytest.raises(StoreError) as refused:
        opening(state)
    assert SECRET not in everything_said(refused.value)
    assert "\n" not in str(refused.value)


def test_a_server_that_is_not_there_is_told_by_its_address() -> None:
    with pytest.raises(StoreError, match=r"^postgresql://user@127\.0\.0\.1:1/news: .*refused"):
        open_store(f"postgresql://user:{SECRET}@127.0.0.1:1/news")


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_told(postgres: Server) -> None:
    with pytest.raises(StoreError, match=r'/nowhere: .*"nowhere" does not exist'):
        open_store(postgres.address("nowhere"))


@pytest.mark.postgres
def test_a_lost_connection_is_told_once_and_made_again(shared_database: str) -> None:
    with open_store(shared_database) as store:
        known_feeds(store, "dw")
        with psycopg.connect(shared_database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert store.load_poll("dw").state.feed_id == "dw"
        store.sync_feeds([], now=NOW)
