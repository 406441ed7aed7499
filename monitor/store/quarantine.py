"""A damaged SQLite state: found, moved aside, and begun anew or from the newest sound backup."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.store.database import Database, make_file
from monitor.store.failures import refusals
from monitor.store.restoring import backups_of, copy_into_place, is_sound, kept_aside

CHECK = timedelta(seconds=10)  # a start waits no longer for the check; 2 GB are checked in it from a warm disk.
_STEPS = 10_000  # instructions of SQLite between two looks at the clock.
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@dataclass(frozen=True, slots=True)
class Damage:
    """What was found at the start: why the state was moved aside, where it lies now, and what took its place.

    `restored` is the backup that did, None if the state begins anew.
    """

    reason: str
    aside: Path
    restored: Path | None = None


def mend(database: Database, *, now: datetime | None = None, budget: timedelta | None = CHECK) -> Damage | None:
    """Move a damaged state aside and put the newest sound backup, or an empty file, in its place; None if it is sound.

    The caller holds the lock. A file that is no database, with no backup beside it, is left alone: it may be
    anything. `budget` None checks for as long as it takes. Raises: StoreError, if the disk refuses.
    """
    path = database.path
    reason = find_damage(path, budget=budget) if path is not None else None
    if path is None or reason is None:
        return None
    with refusals(database.name):
        aside = kept_aside(path, "damaged", now or datetime.now(UTC))
        for backup in backups_of(path):
            if is_sound(backup):
                copy_into_place(backup, path)
                return Damage(reason, aside, backup)
    make_file(path)
    return Damage(reason, aside)


def find_damage(path: Path, *, budget: timedelta | None = CHECK) -> str | None:
    """Say what is damaged in a file, None if nothing was found within `budget`. Raises: StoreError."""
    if not path.is_file() or path.stat().st_size == 0:
        return None
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            _bound(connection, budget)
            found = connection.execute("PRAGMA quick_check(3)").fetchall()
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_INTERRUPT:
            return None
        if code not in _DAMAGED or (code == sqlite3.SQLITE_NOTADB and not backups_of(path)):
            return None  # what else is refused is told when the state is opened.
        return str(error)
    lines = [str(row[0]) for row in found]
    return None if lines == ["ok"] else "; ".join(line.strip().splitlines()[-1] for line in lines)[:300]


def _bound(connection: sqlite3.Connection, budget: timedelta | None) -> None:
    """Let what the connection does end after `budget`."""
    if budget is not None:
        end = time.monotonic() + budget.total_seconds()
        connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
