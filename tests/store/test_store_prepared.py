from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from monitor.store.prepared import Prepared
from monitor.store.types import Count, Json, Moment, Span, Words

KINDS = sa.Table(
    "kinds",
    sa.MetaData(),
    sa.Column("id", Words, primary_key=True),
    sa.Column("number", Count),
    sa.Column("span", Span),
    sa.Column("moment", Moment),
    sa.Column("truth", sa.Boolean),
    sa.Column("list", Json, nullable=False),
)
ROWS: tuple[dict[str, object], ...] = (
    {
        "id": "plain",
        "number": 7,
        "span": timedelta(days=3, microseconds=5),
        "moment": datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        "truth": True,
        "list": ["a", {"b": 1}],
    },
    {
        "id": "odd \x00 \ud800 حمص",
        "number": 2**70,
        "span": None,
        "moment": datetime(999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
        "truth": False,
        "list": ["\x00"],
    },
    {"id": "", "number": None, "span": None, "moment": datetime.max.replace(tzinfo=UTC), "truth": None, "list": []},
)
INSERT, SELECT = sa.insert(KINDS), sa.select(KINDS).where(KINDS.c.id == sa.bindparam("wanted"))


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as opened:
        KINDS.create(opened)
        yield opened
    engine.dispose()


def raw(connection: sa.Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM kinds ORDER BY rowid")]


def test_what_a_prepared_statement_writes_is_what_sqlalchemy_writes(connection: sa.Connection) -> None:
    connection.execute(INSERT, ROWS)
    expected = raw(connection)
    connection.execute(sa.delete(KINDS))
    assert Prepared(INSERT).run(connection, *ROWS) == len(ROWS)
    assert raw(connection) == expected


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_what_a_prepared_statement_reads_is_what_sqlalchemy_reads(connection: sa.Connection, number: int) -> None:
    connection.execute(INSERT, ROWS)
    wanted = {"wanted": ROWS[number]["id"]}
    expected = connection.execute(SELECT, wanted).one()
    found = Prepared(SELECT).row(connection, wanted)
    assert tuple(found) == tuple(expected)
    assert found._asdict() == expected._asdict()
    assert type(found.truth) is type(expected.truth)


def test_values_of_the_statement_itself_are_kept_and_those_that_are_named_alone_are_set(
    connection: sa.Connection,
) -> None:
    connection.execute(INSERT, ROWS)
    change = Prepared(sa.update(KINDS).where(KINDS.c.id == sa.bindparam("wanted")).values(number=3))
    assert change.run(connection, {"wanted": "plain"}) == 1
    assert change.run(connection, {"wanted": "plain", "truth": False}) == 1
    assert change.run(connection, {"wanted": "nobody"}) == 0
    row = connection.execute(SELECT, {"wanted": "plain"}).one()
    assert (row.number, row.truth, row.list) == (3, False, ["a", {"b": 1}])


def test_nothing_is_run_for_no_rows(connection: sa.Connection) -> None:
    assert Prepared(INSERT).run(connection) == 0
    assert raw(connection) == []


def test_a_time_without_a_zone_is_refused(connection: sa.Connection) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        Prepared(INSERT).run(connection, {**ROWS[0], "moment": datetime(2026, 1, 1)})  # noqa: DTZ001 - that is it.
