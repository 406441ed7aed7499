"""A state's file is replaced whole: its successor is made ready beside it, and a change that was cut short is ended."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from glob import escape
from pathlib import Path

from monitor.store.failures import is_damage
from monitor.store.untold import NOTE

STAMP = "%Y%m%dT%H%M%SZ"
COMPANIONS = ("-wal", "-shm")
_READY = ".ready-"  # what follows is the rest of the name that the old file gets.


def aside_for(path: Path, why: str, now: datetime) -> Path:
    """Return where a state will lie, `<file>.<why>-TIME`; a name that is taken is never given again."""
    while True:
        aside = path.with_name(f"{path.name}.{why}-{now.astimezone(UTC).strftime(STAMP)}")
        if not aside.exists():
            return aside
        now += timedelta(seconds=1)


def swap(part: Path, path: Path, aside: Path, *, note: str) -> Path | None:
    """Put `part`, which is whole, where the state was, and the state aside; None if there was none to keep.

    From the first step on it happens: cut short, `finish` ends it. If a step is refused, the state stays. The note
    for the daemon is there if, and only if, it happens. Raises: OSError.
    """
    draft = _draft(path)
    draft.write_text(note, encoding="utf-8")
    sync(draft)
    ready = path.with_name(f"{path.name}{_READY}{aside.name.removeprefix(f'{path.name}.')}")
    sync(part)
    part.replace(ready)
    sync(path.parent)
    try:
        finish(path)
    except OSError:
        if path.exists():
            ready.unlink(missing_ok=True)
            path.with_name(path.name + NOTE).unlink(missing_ok=True)
        raise
    return aside if aside.exists() else None


def finish(path: Path) -> None:
    """End a replacement of the state that was cut short; the caller holds the lock. Raises: OSError."""
    for ready in sorted(path.parent.glob(f"{escape(path.name)}{_READY}*")):
        aside = path.with_name(f"{path.name}.{ready.name.removeprefix(f'{path.name}{_READY}')}")
        if holds_something(path) and not aside.exists():
            path.replace(aside)
        # A write-ahead log that stays would be applied to the new file.
        for suffix in COMPANIONS:
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
        with contextlib.suppress(FileNotFoundError):
            _draft(path).replace(path.with_name(path.name + NOTE))
        sync(path.parent)
        ready.replace(path)
        sync(path.parent)


def _draft(path: Path) -> Path:
    return path.with_name(f"{path.name}.part{NOTE}")


def holds_something(path: Path) -> bool:
    """Say whether a file is there and not empty."""
    return path.is_file() and path.stat().st_size > 0


def is_sound(path: Path) -> bool:
    """Say whether a file that nobody writes to is a whole database, as far as it can be looked at; nothing is left."""
    try:
        return is_whole(path)
    except (sqlite3.Error, OSError):
        return False


def is_whole(path: Path) -> bool:
    """Say whether a file that nobody writes to is a whole database, all of its pages looked at.

    Raises: sqlite3.Error, OSError, if it cannot be looked at.
    """
    try:
        with contextlib.closing(look_at(path)) as connection:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return False
        raise
    return bool(answer == ("ok",)) and holds_something(path)


def look_at(path: Path) -> sqlite3.Connection:
    """Open a file that nobody writes to, to read only. Raises: sqlite3.Error."""
    # A log beside it is part of it; without one, SQLite is kept from making one.
    alone = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{alone}", uri=True)


def unlink_all(path: Path) -> None:
    """Drop a file that was not finished, and what SQLite keeps beside it."""
    for suffix in ("", "-journal", *COMPANIONS):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk. Raises: OSError."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
