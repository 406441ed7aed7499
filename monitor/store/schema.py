"""The schema's revision: what a state is at, what we are at, and the way from one to the other."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.store.database import Database
from monitor.store.lock import has_workers
from monitor.store.replacing import unlink_all

VERSION_TABLE = "monitor_revision"  # its own name: a PostgreSQL database may hold other programs' tables too.
_REVISION = sa.select(sa.column("version_num", sa.Text)).select_from(sa.table(VERSION_TABLE))


@dataclass(frozen=True, slots=True)
class Migrations:
    """Where the migration scripts lie, and the revisions they lead through, oldest first."""

    location: Path
    revisions: tuple[str, ...]

    @property
    def head(self) -> str:
        """The revision that this version works with."""
        return self.revisions[-1]


SHIPPED = Migrations(Path(__file__).parent / "migrations", ("0001", "0002", "0003", "0004", "0005", "0006", "0007"))


def check_revision(database: Database, migrations: Migrations = SHIPPED) -> str | None:
    """Return the revision of a state, None for an empty one.

    Raises: StoreError if the state is a newer version's, or another program's.
    """
    with database.read() as connection:
        revision = _read_revision(connection)
        foreign = revision is None and database.path is not None and bool(sa.inspect(connection).get_table_names())
    if foreign:
        raise StoreError(f"{database.name}: the file is another program's database")
    if revision is not None and revision not in migrations.revisions:
        raise StoreError(
            f"{database.name}: a newer version of monitor wrote this state (schema {revision}, "
            f"this one knows up to {migrations.head})"
        )
    return revision


def require_head(database: Database, migrations: Migrations = SHIPPED) -> None:
    """Refuse a state that is not at our revision. Raises: StoreError, with what to do about it."""
    revision = check_revision(database, migrations)
    if revision == migrations.head:
        return
    what = (
        "holds no state yet" if revision is None else f"is at schema {revision}, this version needs {migrations.head}"
    )
    remedy = "start `monitor run` once" if database.path else "run `monitor db upgrade`"
    raise StoreError(f"{database.name}: the database {what}: {remedy}")


def upgrade(database: Database, migrations: Migrations = SHIPPED) -> str | None:
    """Bring a state to our revision and return the one it was at.

    A SQLite file that holds something is copied to `<file>.bak-<revision>` first. One transaction: a state is never
    left between two revisions. The caller holds the lock. Raises: StoreError.
    """
    before = check_revision(database, migrations)
    if before == migrations.head:
        return before
    if before is not None and database.path is not None:
        backup(database, database.path.with_name(f"{database.path.name}.bak-{before}"))
    with database.write() as connection:
        if has_workers(connection):
            raise StoreError(f"{database.name}: workers are at this state: stop them first")
        _migrate(connection, migrations)
    return before


def backup(database: Database, target: Path) -> None:
    """Copy a SQLite state to `target` while it is in use: whole or not at all, for its owner alone.

    Raises: StoreError.
    """
    if database.path is None:
        raise StoreError(f"{database.name}: PostgreSQL is backed up with pg_dump")
    part = target.with_name(target.name + ".part")
    with database.refusals():
        try:
            _copy(database.path, part)
            part.replace(target)
        finally:
            unlink_all(part)


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    file = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        # The state itself is never made here: what is not there is refused.
        address = f"{source.absolute().as_uri()}?mode=rw"
        with (
            contextlib.closing(sqlite3.connect(address, uri=True)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            # In one step: with a write-ahead log a long look holds no writer up, while steps begin anew at each write.
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")  # a copy is one file, for whoever looks at it.
        os.fsync(file)
    finally:
        os.close(file)


def _read_revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.execute(_REVISION).scalar()
    return revision


def _migrate(connection: sa.Connection, migrations: Migrations) -> None:
    # Alembic is imported where it is needed: once in a state's life, and not at every start.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(migrations.location).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"the schema cannot be upgraded: {error}") from error
