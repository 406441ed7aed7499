"""What was noticed of each feed, the incidents that came of it, and what a look at the coverage changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.planning.coverage import LATELY, NEW_BODIES, CoveragePlan, CoverageWork
from monitor.planning.noticed import Incident, Kind
from monitor.store.noticed import noticed_of
from monitor.store.outbox import add_alerts
from monitor.store.polls import KNOWN_FEEDS
from monitor.store.rows import state_of
from monitor.store.tables import articles, feeds, incidents, noticed
from monitor.store.types import Moment
from monitor.store.views import reach

BODIES = NEW_BODIES + 40  # texts of a feed whose lengths are compared.
KEPT = timedelta(days=90)  # how long an incident that is over can be looked up.

_NOTICED = sa.select(noticed)
_STATES = KNOWN_FEEDS.where(feeds.c.configured).order_by(feeds.c.id)
_OPEN = sa.select(incidents).where(incidents.c.closed_at.is_(sa.null())).order_by(incidents.c.opened_at, incidents.c.id)
_LATELY = (
    sa.select(incidents)
    .where(incidents.c.closed_at >= sa.bindparam("since", type_=Moment))
    .order_by(incidents.c.opened_at, incidents.c.id)
)
_ADD = insert(incidents).on_conflict_do_nothing()
_CLOSE = (
    sa.update(incidents)
    .where(incidents.c.id == sa.bindparam("incident"))
    .values(closed_at=sa.bindparam("at", type_=Moment))
)
_DROP = sa.delete(incidents).where(incidents.c.closed_at < sa.bindparam("before", type_=Moment))
_LENGTHS = (
    sa.select(sa.func.length(articles.c.body), articles.c.incomplete)
    # Without text, and without a reason: its page was not asked for.
    .where(
        articles.c.feed_id == sa.bindparam("feed"),
        articles.c.has_text,
        sa.or_(articles.c.body != "", articles.c.incomplete != ""),
    )
    .order_by(articles.c.seen_at.desc(), articles.c.id)
    .limit(BODIES)
)


def load_coverage(connection: sa.Connection, *, closely: Sequence[str], now: datetime) -> CoverageWork:
    """Return the configured feeds with what was noticed of them; of `closely` also how long their texts are."""
    states = tuple(state_of(row) for row in connection.execute(_STATES).mappings())
    rows = (noticed_of(row) for row in connection.execute(_NOTICED).mappings())
    bodies = {
        feed_id: tuple(0 if row.incomplete else int(row[0]) for row in connection.execute(_LENGTHS, {"feed": feed_id}))
        for feed_id in closely
    }
    return CoverageWork(
        states=states,
        noticed={one.feed_id: one for one in rows},
        open=_incidents(connection, _OPEN, {}),
        lately=_incidents(connection, _LATELY, {"since": now - LATELY}),
        bodies=bodies,
    )


def commit_coverage(connection: sa.Connection, plan: CoveragePlan, *, now: datetime) -> None:
    """Write incidents that begin and end, with the messages about them."""
    if plan.opened:
        connection.execute(_ADD, [_values(one) for one in plan.opened])
    if plan.closed:
        connection.execute(_CLOSE, [{"incident": one.id, "at": one.closed_at} for one in plan.closed])
        connection.execute(_DROP, {"before": now - KEPT})
    add_alerts(connection, plan.alerts)


def list_incidents(state: str | Path) -> tuple[Incident, ...]:
    """Return the incidents that are open, beside a running daemon. Raises: StoreError."""
    database = reach(state, read_only=True)
    try:
        with database.read() as connection:
            return _incidents(connection, _OPEN, {})
    finally:
        database.close()


def _incidents(
    connection: sa.Connection, statement: sa.Select[tuple[object]], bounds: Mapping[str, object]
) -> tuple[Incident, ...]:
    rows = connection.execute(statement, bounds).mappings()
    return tuple(Incident(**{**row, "kind": Kind(row["kind"])}) for row in rows)


def _values(one: Incident) -> dict[str, object]:
    return {name.name: getattr(one, name.name) for name in fields(Incident)}
