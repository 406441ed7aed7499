"""What SQLite does of itself, and what we make of it: each test shows that the naive call fails, and ours does not."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.storing import known_feeds

from monitor.store import open_store
from monitor.store.database import connect
from monitor.store.store import SqlStore

PATIENCE = 5.0  # seconds that a connection waits for another's lock.


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database in WAL mode, as ours is, with one row."""
    path = tmp_path / "naive.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (value)")
        database.execute("INSERT INTO t VALUES (1)")
    return path


def test_who_reads_before_writing_is_refused_at_once_however_patient_it_is(file: Path) -> None:
    with (
        closing(sqlite3.connect(file, isolation_level=None, timeout=PATIENCE)) as one,
        closing(sqlite3.connect(file, isolation_level=None)) as other,
    ):
        one.execute("BEGIN")
        one.execute("SELECT * FROM t").fetchall()
        other.execute("UPDATE t SET value = 2")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            one.execute("UPDATE t SET value = 3")


def test_ours_takes_the_lock_first_and_waits_for_it(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    open_store(path).close()
    patient = SqlStore(connect(str(path), busy=timedelta(seconds=PATIENCE)))
    with patient as store, closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.2, other.execute, ("COMMIT",)).start()
        known_feeds(store, "dw")
        assert store.load_poll("dw").state.feed_id == "dw"


@pytest.mark.parametrize("value", ["Homs \ud800", 2**63])
def test_half_a_character_and_a_huge_number_are_refused_when_they_are_bound(file: Path, value: object) -> None:
    # Ours are kept: tests/store/test_store_unicode.py.
    with closing(sqlite3.connect(file)) as database, pytest.raises((UnicodeEncodeError, OverflowError)):
        database.execute("INSERT INTO t VALUES (?)", (value,))
