"""Backups of a SQLite state: made while it is in use, kept beside it, checked, and put in its place."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.model import DeliveryState
from monitor.store.database import Database, connect, is_postgres
from monitor.store.failures import refusals
from monitor.store.lock import take_lock
from monitor.store.schema import SHIPPED, VERSION_TABLE, backup
from monitor.store.tables import deliveries, feeds

NIGHTLY = 2  # backups that are kept beside the state.
_INFIX = ".backup-"
_STAMP = "%Y%m%dT%H%M%SZ"
_COMPANIONS = ("-wal", "-shm")

# What waited when the backup was made may have been sent since.
_LABEL = (
    sa.update(deliveries)
    .where(deliveries.c.state.in_([DeliveryState.PENDING, DeliveryState.HELD]), deliveries.c.repeats == 0)
    .values(repeats=1)
)
# What stands in the feeds now may have been told since: their next poll is a first one, and announces nothing.
_FIRST_AGAIN = sa.update(feeds).values(first_success_at=None, etag=None, last_modified=None, body_digest=None)


def back_up(state: str | Path, target: Path) -> None:
    """Copy a state to `target` beside a running daemon, whole and checked, or not at all. Raises: StoreError."""
    database = connect(str(state))
    try:
        _back_up(database, target)
    finally:
        database.close()


def back_up_nightly(database: Database, *, now: datetime) -> Path | None:
    """Copy a state beside itself, and drop all but the newest two such copies; None on PostgreSQL.

    A copy that is not sound is dropped, and the older ones stay. Raises: StoreError.
    """
    path = database.path
    if path is None:
        return None
    target = path.with_name(f"{path.name}{_INFIX}{now.astimezone(UTC).strftime(_STAMP)}")
    with refusals(database.name):
        size, free = path.stat().st_size, _free(path.parent)
        if free < 2 * size:
            raise StoreError(f"{database.name}: no nightly backup: it needs {size:,} bytes, and {free:,} are free")
        _back_up(database, target)
        for old in backups_of(path)[NIGHTLY:]:
            old.unlink(missing_ok=True)
    return target


def restore(state: str | Path, source: Path, *, now: datetime) -> Path | None:
    """Put a backup in a state's place; what was there is kept beside it, and its new path returned.

    Its next polls are first polls and announce nothing; what waited when it was made is sent marked as a repeat.
    Raises: StoreError, if a daemon runs on the state, or the backup is no sound state of ours.
    """
    if is_postgres(str(state)):
        raise StoreError("PostgreSQL is restored with pg_restore")
    path = Path(state)
    _require_ours(source)
    with refusals(str(path)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = connect(str(path))
    lock = take_lock(database)
    try:
        with refusals(str(path)):
            if path.exists() and source.samefile(path):
                raise StoreError(f"{source}: this is the state itself")
            aside = kept_aside(path, "replaced", now) if path.exists() else None
            copy_into_place(source, path)
        return aside
    finally:
        database.close()
        lock.release()


def backups_of(path: Path) -> tuple[Path, ...]:
    """Return the nightly backups beside a state, the newest first."""
    found = path.parent.glob(f"{path.name}{_INFIX}*Z")
    return tuple(sorted(found, reverse=True))


def is_sound(path: Path) -> bool:
    """Say whether a file is a whole database, all of its pages looked at."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def kept_aside(path: Path, why: str, now: datetime) -> Path:
    """Move a state and what belongs to it aside, to `<file>.<why>-TIME`, and return where it lies now."""
    aside = path.with_name(f"{path.name}.{why}-{now.astimezone(UTC).strftime(_STAMP)}")
    for suffix in _COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", f"{aside}{suffix}")  # noqa: PTH105 - Path.replace of a name with a suffix.
    path.replace(aside)
    return aside


def copy_into_place(source: Path, path: Path) -> None:
    """Put a copy of a backup where the state was, made ready for its next start: whole or not at all."""
    part = path.with_name(path.name + ".part")
    origin = Database(sa.create_engine("sqlite://"), str(source), path=source)
    backup(origin, part)
    _make_ready(part)
    part.replace(path)


def _make_ready(part: Path) -> None:
    database = connect(str(part))
    try:
        with database.write() as connection:
            if sa.inspect(connection).has_table(feeds.name):
                connection.execute(_LABEL)
                connection.execute(_FIRST_AGAIN)
    finally:
        database.close()
        for suffix in _COMPANIONS:
            part.with_name(part.name + suffix).unlink(missing_ok=True)


def _back_up(database: Database, target: Path) -> None:
    """Copy, and drop a copy that is not sound."""
    fresh = target.with_name(target.name + ".new")
    backup(database, fresh)
    if not is_sound(fresh):
        fresh.unlink(missing_ok=True)
        database.damage = f"{database.name}: the database is damaged: it was not backed up"
        raise StoreError(database.damage)
    with refusals(str(target)):
        fresh.replace(target)


def _require_ours(source: Path) -> None:
    if not source.is_file():
        raise StoreError(f"{source}: there is no such file")
    if not is_sound(source):
        raise StoreError(f"{source}: this is no sound database")
    with (
        refusals(str(source)),
        contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if VERSION_TABLE not in tables:
            raise StoreError(f"{source}: this is another program's database")
        row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - our own name.
    if row is None or row[0] not in SHIPPED.revisions:
        raise StoreError(f"{source}: a newer version of monitor wrote this backup")


def _free(folder: Path) -> int:
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize
