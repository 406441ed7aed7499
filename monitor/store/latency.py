"""How long it takes from seeing an article to its acceptance by each channel's service, counted in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from monitor.model import Reason
from monitor.store.tables import alerts, deliveries
from monitor.store.types import Moment
from monitor.store.views import reach

SPAN = timedelta(hours=24)
# Upper bounds of the histogram, in seconds: two is what is promised, the last are the pauses between retries.
BOUNDS = (0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
_SOON = 3600.0  # seconds; an alert that is made later comes of reading an article again, not of slowness.


class _seconds(sa.sql.functions.FunctionElement[float]):  # noqa: N801 - it is written like a function of SQL.
    """The seconds from the second time to the first, to a thousandth: SQLite's days are no more exact."""

    type = sa.Double()
    inherit_cache = True


@compiles(_seconds, "sqlite")
def _on_sqlite(element: _seconds, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's.
    late, early = (compiler.process(clause, **options) for clause in element.clauses)
    return f"round((julianday({late}) - julianday({early})) * 86400.0, 3)"


@compiles(_seconds, "postgresql")
def _on_postgres(element: _seconds, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's.
    late, early = (compiler.process(clause, **options) for clause in element.clauses)
    return f"round(extract(epoch from ({late} - {early})), 3)"


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from seen to accepted on one channel. `buckets` counts what took at most so long, by BOUNDS."""

    channel_id: str
    count: int
    total: float
    p50: float
    p99: float
    buckets: tuple[int, ...]


# Sent late by intent is not sent slowly: what quiet hours, silences and digests kept back is left out, and so is what
# another channel failed to send, and what was found when an article was read again.
_took = (
    sa.select(
        deliveries.c.channel_id,
        _seconds(deliveries.c.delivered_at, alerts.c.seen_at).label("seconds"),
    )
    .join(alerts, alerts.c.id == deliveries.c.alert_id)
    .where(
        deliveries.c.delivered_at >= sa.bindparam("since", type_=Moment),
        alerts.c.seen_at.is_not(sa.null()),
        alerts.c.reason == Reason.NEW,
        _seconds(alerts.c.created_at, alerts.c.seen_at) < _SOON,
        deliveries.c.carried_by.is_(sa.null()),
        deliveries.c.fallback_for.is_(sa.null()),
        deliveries.c.grouped.is_(sa.false()),
    )
    .cte("took")
)
_ranked = sa.select(
    _took.c.channel_id,
    _took.c.seconds,
    sa.func.row_number().over(partition_by=_took.c.channel_id, order_by=_took.c.seconds).label("place"),
    sa.func.count().over(partition_by=_took.c.channel_id).label("number"),
).cte("ranked")


def _percentile(share: float) -> sa.ColumnElement[float]:
    """Return the smallest value that at least so large a share does not exceed: the nearest rank."""
    return sa.func.min(_ranked.c.seconds).filter(_ranked.c.place >= share * _ranked.c.number)


_LATENCIES = (
    sa.select(
        _ranked.c.channel_id,
        sa.func.count().label("count"),
        sa.func.sum(_ranked.c.seconds).label("total"),
        _percentile(0.5).label("p50"),
        _percentile(0.99).label("p99"),
        *(
            sa.func.count().filter(_ranked.c.seconds <= bound).label(f"within_{number}")
            for number, bound in enumerate(BOUNDS)
        ),
    )
    .group_by(_ranked.c.channel_id)
    .order_by(_ranked.c.channel_id)
)


def list_latencies(state: str | Path, *, now: datetime) -> tuple[Latency, ...]:
    """Return the latency of each channel that accepted something in the last 24 hours, by id. Raises: StoreError."""
    database = reach(state, read_only=True)
    try:
        with database.read() as connection:
            rows = connection.execute(_LATENCIES, {"since": now - SPAN}).mappings().all()
    finally:
        database.close()
    return tuple(
        Latency(
            channel_id=row["channel_id"],
            count=row["count"],
            total=float(row["total"]),
            p50=float(row["p50"]),
            p99=float(row["p99"]),
            buckets=tuple(row[f"within_{number}"] for number in range(len(BOUNDS))),
        )
        for row in rows
    )
