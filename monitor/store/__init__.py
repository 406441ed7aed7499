"""The only home of SQL: everything is remembered here, on SQLite or PostgreSQL, by one set of statements."""

from monitor.store.store import SqlStore, open_store, upgrade

__all__ = ["SqlStore", "open_store", "upgrade"]
