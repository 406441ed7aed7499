"""What storms hold, and letting it through: short reads and writes beside a daemon that may be running."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from monitor.planning.work import EntryState
from monitor.store.tables import IS_HELD, entries, listings
from monitor.store.types import Moment
from monitor.store.views import reach

_NOW = sa.bindparam("now", type_=Moment)
_FEED: sa.BindParameter[str] = sa.bindparam("feed")
_IS_HELD: sa.ColumnElement[bool] = sa.literal_column(IS_HELD, sa.Boolean())
_HOLDS = (
    sa.select(listings.c.feed_id, listings.c.held_at, sa.func.count(entries.c.id))
    .select_from(listings.outerjoin(entries, sa.and_(entries.c.feed_id == listings.c.feed_id, _IS_HELD)))
    .where(listings.c.held_at.is_not(sa.null()))
    .group_by(listings.c.feed_id, listings.c.held_at)
    .order_by(listings.c.feed_id)
)
_HELD = sa.update(entries).where(entries.c.feed_id == _FEED, _IS_HELD)
_LET_THROUGH = _HELD.values(state=EntryState.UNREAD, due_at=_NOW)
_DROP = _HELD.values(state=EntryState.KNOWN, announce=False)
_END = sa.update(listings).where(listings.c.feed_id == _FEED, listings.c.held_at.is_not(sa.null()))
_END_RELEASED = _END.values(held_at=None, released_at=_NOW)
_END_DROPPED = _END.values(held_at=None)


@dataclass(frozen=True, slots=True)
class Hold:
    """How many entries of a feed are held, and since when."""

    feed_id: str
    held_at: datetime
    entries: int


def list_holds(state: str | Path) -> tuple[Hold, ...]:
    """Return what is held, by feed. Raises: StoreError."""
    database = reach(state, read_only=True)
    try:
        with database.read() as connection:
            return tuple(Hold(*row) for row in connection.execute(_HOLDS))
    finally:
        database.close()


def release_entries(state: str | Path, feed_id: str, *, now: datetime) -> int | None:
    """Have what is held of a feed read and announced; the feed's storms are trusted for a while.

    Returns how many entries those are, None if nothing is held. Raises: StoreError.
    """
    return _end(state, _LET_THROUGH, _END_RELEASED, {"feed": feed_id, "now": now})


def drop_entries(state: str | Path, feed_id: str) -> int | None:
    """Take what is held of a feed for known: it is never announced.

    Returns how many entries those were, None if nothing is held. Raises: StoreError.
    """
    return _end(state, _DROP, _END_DROPPED, {"feed": feed_id})


def _end(state: str | Path, change: sa.Update, end: sa.Update, facts: dict[str, object]) -> int | None:
    database = reach(state, read_only=False)
    try:
        with database.write() as connection:
            was_held = connection.execute(end, facts).rowcount
            return connection.execute(change, facts).rowcount if was_held else None
    finally:
        database.close()
