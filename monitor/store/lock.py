"""One daemon for one state: a lock that the kernel, or the server, gives back whatever becomes of its holder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import weakref
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.store.database import Database

# The first half of an advisory lock's number, the second mostly being the schema: "news" in ASCII. The next one is what
# all workers share, the one after that keeps polls of the same texts apart.
LOCK_FAMILY = 0x6E657773
_TAKE = sa.text("SELECT pg_try_advisory_lock(:family, hashtext(current_schema()))").bindparams(family=LOCK_FAMILY)
_SHARE = sa.text("SELECT pg_try_advisory_lock_shared(:family, hashtext(current_schema()))").bindparams(
    family=LOCK_FAMILY + 1
)
_ARE_ALONE = sa.text("SELECT pg_try_advisory_xact_lock(:family, hashtext(current_schema()))").bindparams(
    family=LOCK_FAMILY + 1
)
PATIENCE = 1.0  # seconds that PostgreSQL is given to notice that the holder before us was killed.


class Lock(Protocol):
    """What is held as long as a state is in use."""

    def release(self) -> None:
        """Free it."""
        ...


def take_lock(database: Database) -> Lock:
    """Take the state for this process alone. Raises: StoreError, one line, if another one has it."""
    with database.refusals():
        return FileLock(database.path) if database.path else AdvisoryLock(database)


def has_workers(connection: sa.Connection) -> bool:
    """Say whether a worker is at this state; if none is, none begins before this transaction ends."""
    return connection.dialect.name != "sqlite" and not connection.execute(_ARE_ALONE).scalar_one()


def _refusal(name: str, *, shared: bool = False) -> StoreError:
    if shared:  # by nobody but who upgrades the schema or recovers, for a moment.
        return StoreError(
            f"{name}: the state is being upgraded or recovered; start this worker again when that is done"
        )
    return StoreError(f"{name}: another monitor is running on this state")


class FileLock:
    """A flock on `<file>.lock`. The file stays; the kernel frees the lock when its holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        beside = path.with_name(path.name + ".lock")
        self._file: int | None = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise _refusal(str(path)) from None
        except BaseException:
            self.release()
            raise
        _held.add(self)

    def release(self) -> None:
        """Free the lock, or, in a forked child, only the child's share in it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


_held: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _forget() -> None:
    """Close inherited locks in a forked child: one that outlives a killed daemon must not keep the next one out."""
    for lock in _held:
        lock.release()


os.register_at_fork(after_in_child=_forget)


class AdvisoryLock:
    """An advisory lock that a connection of its own holds; the server frees it when that connection is gone.

    `shared`: the workers', which any number of them may hold.
    """

    def __init__(self, database: Database, *, shared: bool = False) -> None:
        self._connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            self._take(database.name, shared=shared)
        except BaseException:
            self.release()
            raise

    def _take(self, name: str, *, shared: bool) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._connection.execute(_SHARE if shared else _TAKE).scalar_one():
            if time.monotonic() > deadline:
                raise _refusal(name, shared=shared)
            time.sleep(0.05)

    def release(self) -> None:
        """Free the lock by ending its connection."""
        with contextlib.suppress(sa.exc.SQLAlchemyError):
            # Not back into the pool: the lock belongs to the session on the server.
            self._connection.invalidate()
        self._connection.close()
