"""What was noticed of each feed, from poll to poll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.planning.noticed import Noticed, Trouble
from monitor.store.tables import noticed

_COLUMNS = tuple(one.name for one in fields(Noticed))
_new = insert(noticed)
_SAVE = _new.on_conflict_do_update(
    index_elements=[noticed.c.feed_id],
    set_={name: _new.excluded[name] for name in _COLUMNS if name != "feed_id"},
)
_LOAD = sa.select(noticed)
_LOAD_ONE = _LOAD.where(noticed.c.feed_id == sa.bindparam("feed"))
_FORGET = sa.delete(noticed).where(noticed.c.feed_id.in_(sa.bindparam("feeds", expanding=True)))


def load_noticed(connection: sa.Connection, feed_id: str) -> Noticed | None:
    """Return what was noticed of a feed so far."""
    row = connection.execute(_LOAD_ONE, {"feed": feed_id}).mappings().one_or_none()
    return noticed_of(row) if row else None


def save_noticed(connection: sa.Connection, seen: Noticed | None) -> None:
    """Write what was noticed, if anything was."""
    if seen is not None:
        connection.execute(_SAVE, {name: getattr(seen, name) for name in _COLUMNS})


def forget_noticed(connection: sa.Connection, feed_ids: Sequence[str]) -> None:
    """Forget feeds that are another source now."""
    if feed_ids:
        connection.execute(_FORGET, {"feeds": list(feed_ids)})


def noticed_of(row: sa.RowMapping) -> Noticed:
    """Return what a row of `noticed` holds."""
    return Noticed(**{**row, "trouble": Trouble(row["trouble"])})
