"""What was noticed of each feed, from poll to poll."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.planning.noticed import Noticed, Trouble
from monitor.store.prepared import Prepared
from monitor.store.tables import noticed
from monitor.store.types import Moment

_COLUMNS = tuple(one.name for one in fields(Noticed))
_new = insert(noticed)
_SAVE = Prepared(
    _new.on_conflict_do_update(
        index_elements=[noticed.c.feed_id],
        set_={name: _new.excluded[name] for name in _COLUMNS if name != "feed_id"},
    )
)
NAMED = tuple(noticed.c[name].label(f"noticed_{name}") for name in _COLUMNS)  # beside the columns of another table.
_FORGET = sa.delete(noticed).where(noticed.c.feed_id.in_(sa.bindparam("feeds", expanding=True)))
_FORGET_GAPS = (
    sa.update(noticed).where(noticed.c.gap_at > sa.bindparam("now", type_=Moment)).values(gap_at=None, gap_since=None)
)
_FORGET_LEADS = (
    sa.update(noticed)
    .where(noticed.c.ahead_since > sa.bindparam("now", type_=Moment))
    .values(ahead=0, ahead_since=None, ahead_by=timedelta(0))
)
_BEGIN_EMPTY = (
    sa.update(noticed)
    .where(noticed.c.empty_since > sa.bindparam("now", type_=Moment))
    .values(empty_since=sa.bindparam("now", type_=Moment))
)


def save_noticed(connection: sa.Connection, seen: Noticed | None) -> None:
    """Write what was noticed, if anything was."""
    if seen is not None:
        _SAVE.run(connection, {name: getattr(seen, name) for name in _COLUMNS})


def forget_noticed(connection: sa.Connection, feed_ids: Sequence[str]) -> None:
    """Forget feeds that are another source now."""
    if feed_ids:
        connection.execute(_FORGET, {"feeds": list(feed_ids)})


def forget_ahead(connection: sa.Connection, *, now: datetime) -> None:
    """Forget what was noticed later than now, under a clock that was wrong. The next poll mends the histories."""
    for statement in (_FORGET_GAPS, _FORGET_LEADS, _BEGIN_EMPTY):
        connection.execute(statement, {"now": now})


def noticed_of(row: sa.RowMapping) -> Noticed:
    """Return what a row of `noticed` holds."""
    return Noticed(**{**row, "trouble": Trouble(row["trouble"])})


def noticed_in(row: Mapping[str, Any]) -> Noticed | None:
    """Return what a row with the columns of NAMED holds; None where nothing was noticed so far."""
    if row["noticed_feed_id"] is None:
        return None
    found = {name: row[f"noticed_{name}"] for name in _COLUMNS}
    return Noticed(**{**found, "trouble": Trouble(found["trouble"])})
