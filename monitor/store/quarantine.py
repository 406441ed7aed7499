"""A damaged or lost SQLite state: found, kept aside, and begun anew or from the newest sound backup."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from glob import escape
from pathlib import Path

from monitor.store.database import Database, make_file
from monitor.store.failures import refusals
from monitor.store.replacing import aside_for, finish, holds_something, is_sound, swap, sync, unlink_all
from monitor.store.restoring import backups_of, prepare

CHECK = timedelta(seconds=10)  # a start waits no longer for the check; 2 GB are checked in it from a warm disk.
_STEPS = 10_000  # instructions of SQLite between two looks at the clock.
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@dataclass(frozen=True, slots=True)
class Damage:
    """What was found at the start: why the state was replaced, where it lies now, and what took its place.

    `aside` is None if there was nothing to keep; `restored` is the backup in its place, None if the state begins anew.
    """

    reason: str
    aside: Path | None = None
    restored: Path | None = None


def mend(database: Database, *, now: datetime | None = None, budget: timedelta | None = CHECK) -> Damage | None:
    """Put the newest sound backup, or an empty file, in a damaged or lost state's place; None if there is no need.

    The damaged file is kept beside it. What takes its place is whole before it is touched. What was done is returned
    at each start until `forget_damage`. The caller holds the lock. A file that is no database, with no backup beside
    it, is left alone: it may be anything. `budget` None checks for as long as it takes.
    Raises: StoreError, if the disk refuses.
    """
    path = database.path
    if path is None:
        return None
    with refusals(database.name):
        finish(path)
        untold = _load_untold(path)
        reason = find_damage(path, budget=budget) or ("" if untold else find_loss(path))
        return _replace(path, reason, now or datetime.now(UTC)) if reason else untold


def _replace(path: Path, reason: str, now: datetime) -> Damage:
    part = path.with_name(path.name + ".part")
    aside = aside_for(path, "damaged", now)
    restored = next(filter(is_sound, backups_of(path)), None)
    unlink_all(part)
    if restored is None:
        make_file(part)
    else:
        prepare(restored, part)
    damage = Damage(reason, aside if holds_something(path) else None, restored)
    _save_untold(path, damage)
    swap(part, path, aside)
    return damage


def find_loss(path: Path) -> str:
    """Say that a state is missing where one has been: a backup of it, or a damaged one, lies there still; else ""."""
    if holds_something(path):
        return ""
    remains = [*backups_of(path), *path.parent.glob(f"{escape(path.name)}.damaged-*Z")]
    if not remains:
        return ""
    return "the file was empty" if path.exists() else "the file was missing"


def forget_damage(path: Path) -> None:
    """Take down that what was done about a damaged state has been told. Raises: StoreError."""
    with refusals(str(path)):
        _untold(path).unlink(missing_ok=True)


def _untold(path: Path) -> Path:
    return path.with_name(path.name + ".untold")


def _save_untold(path: Path, damage: Damage) -> None:
    """Write down what is about to be done, beside the state: no kill in between keeps it from being told."""
    note, part = _untold(path), path.with_name(path.name + ".part.untold")
    part.write_text(json.dumps({name: str(value or "") for name, value in asdict(damage).items()}), encoding="utf-8")
    sync(part)
    part.replace(note)


def _load_untold(path: Path) -> Damage | None:
    try:
        found = json.loads(_untold(path).read_text(encoding="utf-8"))
        damage = Damage(
            found["reason"], *(Path(found[name]) if found[name] else None for name in ("aside", "restored"))
        )
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    return damage if damage.aside is None or damage.aside.exists() else None  # else it was not done.


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
