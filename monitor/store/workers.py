"""A state that several processes work on: how a further one comes to it."""

from __future__ import annotations

from monitor.errors import StoreError
from monitor.store import schema
from monitor.store.database import connect
from monitor.store.lock import AdvisoryLock
from monitor.store.store import SqlStore


def join_store(state: str) -> SqlStore:
    """Open a PostgreSQL state beside whoever works on it. Raises: StoreError, one line: SQLite, or out of reach."""
    database = connect(state)
    if database.path is not None:
        raise StoreError(
            f"{state}: a worker needs a state on PostgreSQL, and `monitor run` works alone on SQLite: "
            "set [monitor] state to a postgresql:// URL, or run no worker"
        )
    held: AdvisoryLock | None = None
    try:
        with database.refusals():
            held = AdvisoryLock(database, shared=True)
        schema.require_head(database)
    except BaseException:
        SqlStore(database, held).close()
        raise
    return SqlStore(database, held)
