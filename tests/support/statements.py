"""What a store asks its database, statement by statement, whoever runs them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from monitor.store import SqlStore

Listen = Callable[[sqlite3.Connection, str, Any], None]


def _nothing(_connection: object, _statement: str, _parameters: object) -> None: ...


@contextmanager
def heard(store: SqlStore, *, before: Listen = _nothing, after: Listen = _nothing) -> Iterator[None]:
    """Call back around each statement that is run meanwhile with the driver's connection and the first parameters."""
    engine = store.database.engine
    if engine.dialect.name == "sqlite":
        try:
            with patch("sqlite3.connect", _connecting(before, after)):
                engine.dispose()
                yield
        finally:
            engine.dispose()
        return

    def tell_before(connection: sa.Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        before(connection.connection.driver_connection, statement, parameters)  # type: ignore[arg-type]

    def tell_after(connection: sa.Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        after(connection.connection.driver_connection, statement, parameters)  # type: ignore[arg-type]

    sa.event.listen(engine, "before_cursor_execute", tell_before)
    sa.event.listen(engine, "after_cursor_execute", tell_after)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", tell_before)
        sa.event.remove(engine, "after_cursor_execute", tell_after)


def _connecting(before: Listen, after: Listen) -> Callable[..., sqlite3.Connection]:
    connect = sqlite3.connect

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> Cursor:  # noqa: ANN401 - a driver's.
            before(self.connection, sql, parameters)
            super().execute(sql, parameters)
            after(self.connection, sql, parameters)
            return self

        def executemany(self, sql: str, rows: Any, /) -> Cursor:  # noqa: ANN401 - a driver's.
            given = list(rows)
            before(self.connection, sql, given[0] if given else ())
            super().executemany(sql, given)
            after(self.connection, sql, given[0] if given else ())
            return self

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:  # noqa: ANN401 - a driver's.
            return super().cursor(factory)

    return lambda *arguments, **named: connect(*arguments, **named, factory=Connection)
