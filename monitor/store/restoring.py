"""Backups of a SQLite state: made while it is in use, kept beside it, checked, and put in its place."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from glob import escape
from pathlib import Path

import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.model import DeliveryState
from monitor.planning.again import FIRST_AGAIN, MAY_BE_TOLD
from monitor.store.database import Database, connect, is_postgres
from monitor.store.failures import refusals
from monitor.store.lock import take_lock
from monitor.store.replacing import (
    STAMP,
    aside_for,
    finish,
    holds_something,
    is_sound,
    is_whole,
    look_at,
    swap,
    unlink_all,
)
from monitor.store.schema import SHIPPED, VERSION_TABLE, backup
from monitor.store.tables import deliveries, entries, feeds, identities
from monitor.store.untold import NOTE, Damage, note_of

NIGHTLY = 2  # backups that are kept beside the state.
_INFIX = ".backup-"
_STAMPED = re.compile(r"\d{8}T\d{6}Z")
_NEEDED = (
    r"(-wal|-shm|-journal|\.lock|\.untold|\.part|\.part\.untold|\.ready-.*)"  # names that a state's own files have.
)

# What waited when the backup was made may have been sent since.
_LABEL = (
    sa.update(deliveries)
    .where(deliveries.c.state.in_([DeliveryState.PENDING, DeliveryState.HELD]), deliveries.c.repeats == 0)
    .values(repeats=1)
)
# What stands in the feeds now may have been told since: their next poll is a first one, and announces nothing.
_FIRST_AGAIN = sa.update(feeds).values(first_success_at=None, etag=None, last_modified=None, body_digest=FIRST_AGAIN)
# What was to be read may have been read, and told, since.
_MARK_DUE = (
    sa.insert(identities)
    .from_select(
        ["key", "entry_id"],
        sa.select(sa.literal(MAY_BE_TOLD) + entries.c.id, entries.c.id).where(entries.c.due_at.is_not(sa.null())),
    )
    .prefix_with("OR IGNORE")
)


def back_up(state: str | Path, target: Path) -> None:
    """Copy a state to `target` beside a running daemon, whole and checked, or not at all. Raises: StoreError."""
    database = connect(str(state))
    try:
        _require_state(database, target)
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
    target = path.with_name(f"{path.name}{_INFIX}{now.astimezone(UTC).strftime(STAMP)}")
    with refusals(database.name):
        _sweep(path)
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
    path = Path(state).resolve()
    _require_ours(source)
    with refusals(str(path)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = connect(str(path))
    lock = take_lock(database)
    try:
        with refusals(str(path)):
            if path.exists() and source.samefile(path):
                raise StoreError(f"{source}: this is the state itself")
            finish(path)
            part = path.with_name(path.name + ".part")
            prepare(source, part)
            aside = aside_for(path, "replaced", now)
            kept = aside if holds_something(path) else None
            return swap(part, path, aside, note=note_of(Damage("", kept, source.resolve(), now.isoformat())))
    finally:
        database.close()
        lock.release()


def backups_of(path: Path) -> tuple[Path, ...]:
    """Return the nightly backups beside a state, the newest first; after them those that a wrong clock dated ahead."""
    latest = (datetime.now(UTC) + timedelta(days=1)).strftime(STAMP)
    found = ((_stamp_of(path, each), each) for each in path.parent.glob(f"{escape(path.name)}{_INFIX}*Z"))
    nightly = ((stamp <= latest, stamp, each) for stamp, each in found if stamp)
    return tuple(each for _, _, each in sorted(nightly, reverse=True))


def _stamp_of(path: Path, backup: Path) -> str:
    """Return when a nightly backup of this state was made, as its name says; "" if the name is not that of one."""
    stamp = backup.name.removeprefix(f"{path.name}{_INFIX}")
    return stamp if _STAMPED.fullmatch(stamp) else ""


def prepare(source: Path, part: Path) -> None:
    """Make `part` a copy of a backup, ready for its next start and looked through, or leave none.

    Raises: StoreError.
    """
    origin = Database(sa.create_engine("sqlite://"), str(source), path=source)
    try:
        backup(origin, part)
        _make_ready(part)
        _require_sound(part, f"{source}: the copy of this backup is not sound")
    except BaseException:
        unlink_all(part)
        raise


def _make_ready(part: Path) -> None:
    database = connect(str(part))
    try:
        with database.write() as connection:
            if sa.inspect(connection).has_table(feeds.name):
                connection.execute(_LABEL)
                connection.execute(_FIRST_AGAIN)
                connection.execute(_MARK_DUE)
    finally:
        database.close()
    with refusals(str(part)), contextlib.closing(sqlite3.connect(part)) as alone:
        alone.execute("PRAGMA journal_mode = DELETE")  # so that it is one file.


def _back_up(database: Database, target: Path) -> None:
    """Copy, and drop a copy that is not sound."""
    fresh = target.with_name(target.name + ".new")
    backup(database, fresh)
    try:
        with refusals(f"{target}: the copy cannot be looked at"):
            whole = is_whole(fresh)
    except StoreError:
        unlink_all(fresh)
        raise
    if not whole:
        unlink_all(fresh)
        database.damage = f"{database.name}: the database is damaged: it was not backed up"
        raise StoreError(database.damage)
    with refusals(str(target)):
        fresh.replace(target)


def _sweep(path: Path) -> None:
    """Drop what copies that were cut short have left; the caller holds the lock."""
    left = re.compile(
        rf"{re.escape(path.name)}(?:\.(?:bak-[^.]+|backup-{_STAMPED.pattern}))?(?:\.new)?(?:\.part)+"
        rf"(?:{re.escape(NOTE)}|-journal|-wal|-shm)?"
        rf"|{re.escape(path.name)}{re.escape(_INFIX)}{_STAMPED.pattern}\.new(?:-journal|-wal|-shm)?"
    )
    for stray in path.parent.glob(f"{escape(path.name)}.*"):
        if left.fullmatch(stray.name):
            stray.unlink(missing_ok=True)
    for log in path.parent.glob(f"{escape(path.name)}{_INFIX}*Z-wal"):
        if log.stat().st_size == 0:
            log.unlink(missing_ok=True)
            log.with_name(log.name.removesuffix("-wal") + "-shm").unlink(missing_ok=True)


def _require_state(database: Database, target: Path) -> None:
    path = database.path
    if path is None:
        return
    if not holds_something(path):
        remedy = "see [monitor] state in the configuration, or start `monitor run` once"
        raise StoreError(f"{database.name}: there is no state here to copy: {remedy}")
    if target.exists() and target.samefile(path):
        raise StoreError(f"{target}: this is the state itself")
    if target.resolve().parent == path.parent:
        _require_free_name(path, target)


def _require_free_name(path: Path, target: Path) -> None:
    if _stamp_of(path, target):
        raise StoreError(f"{target}: so nightly copies are called, which go after two nights; choose another name")
    if re.fullmatch(re.escape(path.name) + _NEEDED, target.name):
        raise StoreError(f"{target}: a file of this name belongs to the state; choose another name")


def _require_ours(source: Path) -> None:
    if not source.is_file():
        raise StoreError(f"{source}: there is no such file")
    _require_sound(source, f"{source}: this is no sound database")
    with (
        refusals(str(source)),
        contextlib.closing(look_at(source)) as connection,
    ):
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if VERSION_TABLE not in tables:
            raise StoreError(f"{source}: this is another program's database")
        row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - our own name.
    if row is None or row[0] not in SHIPPED.revisions:
        raise StoreError(f"{source}: a newer version of monitor wrote this backup")


def _require_sound(path: Path, otherwise: str) -> None:
    if not is_sound(path):
        raise StoreError(otherwise)


def _free(folder: Path) -> int:
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize
