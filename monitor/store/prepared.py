"""Statements of every poll and every article, compiled once and run by SQLite's own driver.

Around each statement SQLAlchemy takes 0.1 ms and more, around each row of many 0.03 ms, where SQLite itself takes a
tenth of that. The SQL that it writes and how it turns values are kept; what it does anew for each statement is not. On
PostgreSQL, where the way to the server is what takes long, it runs them as ever.
"""

from __future__ import annotations

import json
import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

Turn = Callable[[Any], Any]
Statement = sa.Select[Any] | sa.UpdateBase

_LIST = re.compile(r"__\[POSTCOMPILE_\w+\]")  # where SQLAlchemy would write a question mark for each value.


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What SQLite is asked, how values are turned for it, and what it finds."""

    sql: str
    parameters: tuple[tuple[str, Turn | None], ...]  # a name for each question mark.
    constants: dict[str, Any]  # the values that the statement itself holds.
    make: Callable[[Sequence[Any]], Any]
    turns: tuple[tuple[int, Turn], ...]  # of columns whose values come back otherwise than the driver gives them.

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        given = {**self.constants, **values} if self.constants else values
        return [given[name] if turn is None else turn(given[name]) for name, turn in self.parameters]

    def read(self, row: Sequence[Any]) -> Any:  # noqa: ANN401 - a row of any shape.
        read = list(row)
        for index, turn in self.turns:
            read[index] = turn(read[index])
        return self.make(read)


class Prepared:
    """One statement; lists in it ("expanding" parameters) are of texts."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}  # by the names of what is given: they are what is set.

    def rows(self, connection: sa.Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run it and return the rows that it finds: tuples, and by name."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self.statement, values).all()
        compiled = self._for(connection, values)
        found = connection.connection.cursor().execute(compiled.sql, compiled.bind(values))
        return [compiled.read(row) for row in found]

    def row(self, connection: sa.Connection, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a row of any shape.
        """Run it and return the one row that it finds, or None."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def run(self, connection: sa.Connection, *rows: Mapping[str, Any]) -> int:
        """Run it for each of `rows`, which name the same; return how many rows of the database it changed."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self.statement, rows).rowcount if rows else 0
        if not rows:
            return 0
        compiled = self._for(connection, rows[0])
        cursor = connection.connection.cursor()
        cursor.executemany(compiled.sql, [compiled.bind(row) for row in rows])
        return cursor.rowcount

    def _for(self, connection: sa.Connection, values: Mapping[str, Any]) -> _Compiled:
        names = tuple(values)
        if names not in self._compiled:
            self._compiled[names] = _compile(self.statement, connection.dialect, names)
        return self._compiled[names]


def _compile(statement: Statement, dialect: sa.Dialect, names: Sequence[str]) -> _Compiled:
    """Have SQLAlchemy write a statement, and ask its types how they turn values."""
    if isinstance(statement, sa.Select):
        compiled = statement.compile(dialect=dialect)
        columns = tuple(statement.selected_columns)
    else:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        columns = tuple(statement.exported_columns)
    binds = compiled.binds
    turns = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
    lists = {name: _listed(turns[name]) for name, bind in binds.items() if bind.expanding}
    back = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    keys = [str(column.key) for column in columns]  # a nameless one is found by its place only.
    row: Any = namedtuple("Row", keys, rename=True)  # type: ignore[misc]  # noqa: PYI024 - names are known only when it runs.
    return _Compiled(
        _LIST.sub("SELECT value FROM json_each(?)", compiled.string),
        tuple((name, lists.get(name, turns[name])) for name in compiled.positiontup or ()),
        {name: bind.value for name, bind in binds.items() if not bind.required},
        row._make,
        tuple((index, turn) for index, turn in enumerate(back) if turn is not None),
    )


def _listed(turn: Turn | None) -> Turn:
    """Make one value of a list, so that the SQL is the same for every length of it."""
    return lambda values: json.dumps([value if turn is None else turn(value) for value in values], ensure_ascii=False)
