"""The only home of SQL: everything is remembered here, on SQLite or PostgreSQL, by one set of statements."""

from monitor.store.store import SqlStore, open_store, upgrade
from monitor.store.workers import join_store

__all__ = ["SqlStore", "join_store", "open_store", "upgrade"]
