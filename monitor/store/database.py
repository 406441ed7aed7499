"""One state's database: how it is reached, how a transaction on it begins and ends, and what it is called in errors."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from monitor.errors import StoreError
from monitor.store.failures import is_damage, refusals

BUSY = timedelta(seconds=5)  # how long a writer waits for another one's lock before the caller is told.
# The keys of new entries lie all over a large file: with SQLite's own 1,000 and 2,000 a first poll took a quarter more
# CPU, and half as long again.
JOURNAL_PAGES = 4_000  # of 4 KB, that the write-ahead log gathers before they are worked into the file.
CACHE_KILOBYTES = 8_000
JOURNAL_BYTES = 64 * 2**20  # what the write-ahead log shrinks back to after a long reader let it grow.

# A daemon that lost its machine frees its advisory lock within two minutes.
_POSTGRES_OPTIONS = "-c timezone=UTC -c tcp_keepalives_idle=60 -c tcp_keepalives_interval=15 -c tcp_keepalives_count=4"
# A commit that waits for a disk takes 5 ms and more, and each process makes one after the other.
_HASTY = "-c synchronous_commit=off"


# A transaction that reads first and writes later fails at once where it cannot have the lock: it takes it first.
_TAKE = "BEGIN IMMEDIATE"


class Cursor(Protocol):
    """The part of a driver's connection that a pragma needs."""

    def execute(self, statement: str, /) -> object:
        """Run one statement."""
        ...


class _Group(threading.local):
    """The transaction that one thread's writes are gathered in, if they are; what it reads before shares another."""

    stack: ExitStack | None = None
    connection: sa.Connection | None = None
    writes: bool = False


class Database:
    """A state's database. `name` is how errors call it, free of secrets.

    `path` is set on SQLite only, free of symbolic links: one file has one lock, whatever it is reached by.
    """

    def __init__(
        self,
        engine: sa.Engine,
        name: str,
        *,
        path: Path | None = None,
        secret: str | None = None,
        hasty: sa.Engine | None = None,
    ) -> None:
        self.engine = engine
        self._hasty = hasty or engine  # does not wait until what it commits is on the disk; PostgreSQL only.
        self.name = name
        self.path = path
        self.damage = ""  # what was refused because the file is damaged; SQLite only.
        self._secret = secret
        self._group = _Group()
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._reader = engine if self.is_sqlite else engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a transaction that sees one state of the data throughout. Raises: StoreError."""
        if self._group.stack is not None:
            with self.refusals():
                yield self._in_group(self._group.stack, "BEGIN")
            return
        with self.refusals(), self._reader.begin() as connection:
            self._begin(connection, "BEGIN")
            yield connection

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[sa.Connection]:
        """Open a transaction that is committed whole at the end, or not at all. Raises: StoreError.

        `lasting` False: should the database's machine fall over within the second, it may be as if it never was.
        """
        if self._group.stack is not None:
            with self.refusals():
                yield self._in_group(self._group.stack, _TAKE)
            return
        with self.refusals(), (self.engine if lasting else self._hasty).begin() as connection:
            self._begin(connection, _TAKE)
            yield connection

    def _in_group(self, stack: ExitStack, statement: str) -> sa.Connection:
        """Return the group's one connection. What it reads after its first write, it reads as written."""
        group = self._group
        if group.connection is None:
            connection = stack.enter_context(self.engine.begin())
            self._begin(connection, statement)
            group.connection, group.writes = connection, statement == _TAKE
        elif statement == _TAKE and not group.writes:
            self._begin(group.connection, "COMMIT")
            self._begin(group.connection, _TAKE)
            group.writes = True
        return group.connection

    def _begin(self, connection: sa.Connection, statement: str) -> None:
        """Begin on SQLite, where the driver does not. Not by an event: with any, each statement asks for more of them.

        What raises here leaves no transaction open, and the connection is given back.
        """
        if self.is_sqlite:
            connection.exec_driver_sql(statement)

    @contextmanager
    def grouped(self) -> Iterator[None]:
        """Make one transaction of all that this thread writes until the end of the block; SQLite only.

        What fails inside must end the block: what was written before it is taken back. Raises: StoreError.
        """
        group = self._group
        with self.refusals(), ExitStack() as stack:
            group.stack = stack
            try:
                yield
            finally:
                group.stack, group.connection, group.writes = None, None, False

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Turn what the database refuses into StoreError."""
        try:
            with refusals(self.name, self._secret):
                yield
        except StoreError as error:
            if self.path is not None and is_damage(error.__cause__):
                self.damage = str(error)
            raise

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()
        self._hasty.dispose()


def is_postgres(state: str) -> bool:
    """Say whether `state` names a PostgreSQL database. Raises: StoreError for a URL that is not one either."""
    scheme, found, _ = state.partition("://")
    if not found:
        return False
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise StoreError(f"a state is a path or a postgresql:// URL, not {scheme}://")
    return True


def name_of(state: str) -> str:
    """Return what a state is called in messages: its path, or its URL without password and options."""
    if not is_postgres(state):
        return state
    url = _postgres_url(state)
    return sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database).render_as_string()


def connect(state: str, *, read_only: bool = False, busy: timedelta = BUSY) -> Database:
    """Prepare to reach an existing state; nothing is opened yet. `busy` is for SQLite's lock. Raises: StoreError."""
    if is_postgres(state):
        return _postgres(state, read_only=read_only)
    return _sqlite(Path(state), read_only=read_only, busy=busy)


# --- SQLite -------------------------------------------------------------------------------------------------------


def _sqlite(path: Path, *, read_only: bool, busy: timedelta) -> Database:
    address = f"file:{quote(str(path.absolute()))}?mode={'ro' if read_only else 'rw'}"

    def open_file() -> sqlite3.Connection:
        # Transactions are begun and ended by us alone; a pool hands each connection to one thread at a time.
        return sqlite3.connect(
            address, uri=True, timeout=busy.total_seconds(), isolation_level=None, check_same_thread=False
        )

    engine = sa.create_engine("sqlite://", creator=open_file, poolclass=sa.QueuePool, hide_parameters=True)
    sa.event.listen(engine, "connect", _look if read_only else _prepare)
    return Database(engine, str(path), path=path.resolve())


def _prepare(connection: Cursor, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {JOURNAL_PAGES}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")


def _look(connection: Cursor, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def make_file(path: Path) -> None:
    """Make an empty file for a new state, and its folder, for their owner alone. Raises: StoreError."""
    with refusals(str(path)):
        make_folder(path)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def make_folder(path: Path) -> None:
    """Make the folder of a new state, for its owner alone. Raises: StoreError."""
    with refusals(str(path)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


# --- PostgreSQL ---------------------------------------------------------------------------------------------------


def _postgres_url(state: str) -> sa.URL:
    try:
        return sa.make_url(state).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        # The URL itself may hold a password, so its text is not repeated, nor what was raised about it.
        raise StoreError("the state's postgresql:// URL cannot be read") from error


def _postgres(state: str, *, read_only: bool) -> Database:
    url = _postgres_url(state)
    given = url.query.get("options", "")
    settings = [*([given] if isinstance(given, str) else given), _POSTGRES_OPTIONS]
    if read_only:
        settings.append("-c default_transaction_read_only=on")

    def engine(*more: str) -> sa.Engine:
        arguments: dict[str, Any] = {"options": " ".join(each for each in (*settings, *more) if each)}
        return sa.create_engine(url, connect_args=arguments, pool_pre_ping=True, hide_parameters=True)

    try:
        return Database(engine(), name_of(state), secret=url.password, hasty=engine(_HASTY))
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs its driver: pip install 'news-monitor[fleet]'") from error
