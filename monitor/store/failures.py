"""The edge of the room: whatever a database or a disk refuses becomes one StoreError with a short reason."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from monitor.errors import ShortageError, StoreError

LONGEST = 200  # characters of a database's own words that are repeated.
_PRIMARY = 0xFF  # an extended result code of SQLite holds the primary one in its last byte.

_SQLITE = {
    sqlite3.SQLITE_BUSY: "the database is locked by another process",
    sqlite3.SQLITE_LOCKED: "the database is locked by another process",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the database is read-only",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_PERM: "the file cannot be opened",
}
# By SQLSTATE, a whole one before its class. Source: PostgreSQL documentation, appendix A.
_POSTGRES = {
    "53100": "the disk is full",
    "53300": "the server takes no more connections",
    "25006": "the database is read-only",
    "55P03": "the database is locked by another process",
    "40P01": "two transactions stood in each other's way",
    "3D000": "the server has no such database",
    "42501": "the user may not do that",
    "08": "the connection to the server was lost",
    "28": "the server refuses the user or the password",
    "40": "two transactions stood in each other's way",
    "53": "the server is out of resources",
    "57": "the server is shutting down or starting up",
    "58": "the server's disk failed to read or write",
    "XX": "the database is damaged",
}
_ERRNO = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
}


@contextmanager
def refusals(name: str, secret: str | None = None) -> Iterator[None]:
    """Turn what SQLAlchemy, a driver or the disk raises into StoreError(f"{name}: reason"), free of `secret`."""
    try:
        yield
    except MemoryError as error:  # which is all that Python's driver says when SQLite runs out of it.
        raise ShortageError(f"{name}: the machine has no memory left") from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreError(f"{name}: {_without(reason_of(error), secret)}") from error


def is_damage(cause: BaseException | None) -> bool:
    """Say whether SQLite refused because of what stands in the file."""
    origin = cause.orig if isinstance(cause, DBAPIError) else cause
    code = getattr(origin, "sqlite_errorcode", 0)
    return isinstance(origin, sqlite3.Error) and code & _PRIMARY in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def reason_of(error: Exception) -> str:
    """Say in a few words what was refused."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        known = None if code is None else _SQLITE.get(code & _PRIMARY)
        return known or _own_words(cause)
    if isinstance(error, PoolTimeoutError):
        return "every connection is in use"
    if isinstance(cause, OSError):
        return _ERRNO.get(cause.errno or 0) or cause.strerror or _own_words(cause)
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2]) or _own_words(cause)
    return _own_words(cause)


def _own_words(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:LONGEST]


def _without(text: str, secret: str | None) -> str:
    return text.replace(secret, "***") if secret else text
