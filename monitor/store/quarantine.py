"""A damaged or lost SQLite state: found, kept aside, and begun anew or from the newest sound backup."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from glob import escape
from pathlib import Path

from monitor.errors import StoreError
from monitor.failpoints import reach
from monitor.store.database import Database, make_file
from monitor.store.failures import refusals
from monitor.store.replacing import STAMP, aside_for, finish, holds_something, is_whole, swap, unlink_all
from monitor.store.restoring import backups_of, prepare
from monitor.store.untold import Damage, load_untold, note_of

CHECK = timedelta(seconds=10)  # a start waits no longer for the check; 2 GB are checked in it from a warm disk.
LATELY, OFTEN = timedelta(hours=1), 2  # a state that was replaced so often in that time stays as it is.
LAST_DAMAGED = 2  # damaged files that are kept besides the first one.
_STEPS = 10_000  # instructions of SQLite between two looks at the clock.
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def mend(database: Database, *, now: datetime | None = None, budget: timedelta | None = CHECK) -> Damage | None:
    """Put the newest sound backup, or an empty file, in a damaged or lost state's place; None if there is no need.

    The damaged file is kept beside it. What takes its place is whole before it is touched. What was done is returned
    at each start until `forget_damage`. The caller holds the lock. A file that is no database, with no backup beside
    it, is left alone: it may be anything; so is one that was replaced twice within the hour. `budget` None checks for
    as long as it takes.
    Raises: StoreError, if the disk refuses.
    """
    path = database.path
    if path is None:
        return None
    with refusals(database.name):
        finish(path)
        untold = load_untold(path)
        begun_anew = untold is not None and untold.restored is None  # and is empty until its tables are made.
        reason = find_damage(path, budget=budget) or ("" if begun_anew else find_loss(path))
        now = now or datetime.now(UTC)
        return _replace(path, reason, now) if reason and not _is_worn(path, now) else untold


def _is_worn(path: Path, now: datetime) -> bool:
    """Say whether a state that is there was damaged so often of late that its disk or memory, not the file, is bad."""
    if not holds_something(path):
        return False
    first, last = ((now + away).astimezone(UTC).strftime(STAMP) for away in (-LATELY, timedelta(minutes=1)))
    kept = path.parent.glob(f"{escape(path.name)}.damaged-*Z")
    return sum(1 for one in kept if first <= one.name.rpartition("-")[2] <= last) >= OFTEN


def _replace(path: Path, reason: str, now: datetime) -> Damage:
    part = path.with_name(path.name + ".part")
    aside = aside_for(path, "damaged", now)
    restored = _choose(path)
    unlink_all(part)
    if restored is None:
        make_file(part)
    else:
        prepare(restored, part)
    damage = Damage(reason, aside if holds_something(path) else None, restored, now.isoformat())
    reach("replacement-ready")
    swap(part, path, aside, note=note_of(damage))
    _keep_few(path)
    return damage


def _choose(path: Path) -> Path | None:
    """Return the newest sound backup, None if all are damaged. Raises: StoreError, if one may be sound and is refused.

    To begin anew loses all that is known, and what keeps a file from being looked at may be over soon.
    """
    refused: StoreError | None = None
    for backup in backups_of(path):
        try:
            with refusals(f"{backup}: this backup cannot be looked at"):
                whole = is_whole(backup)
        except StoreError as error:
            refused = refused or error
        else:
            if whole:
                return backup
    if refused is not None:
        raise refused
    return None


def _keep_few(path: Path) -> None:
    """Keep the first of the damaged files, and the last ones: a disk that goes on failing must not fill up, too."""
    damaged = sorted(path.parent.glob(f"{escape(path.name)}.damaged-*Z"))
    for one in damaged[1:-LAST_DAMAGED]:
        unlink_all(one)


def find_loss(path: Path) -> str:
    """Say that a state is missing where one has been: a backup of it, or a damaged one, lies there still; else ""."""
    if holds_something(path):
        return ""
    remains = [*backups_of(path), *path.parent.glob(f"{escape(path.name)}.damaged-*Z")]
    if not remains:
        return ""
    return "the file was empty" if path.exists() else "the file was missing"


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
