"""What each feed's last document listed, so that the next one is read only where it is new."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.planning.outline import read, write
from monitor.planning.work import Outline
from monitor.store.prepared import Prepared
from monitor.store.tables import outlines

_new = insert(outlines)
_SAVE = Prepared(
    _new.on_conflict_do_update(index_elements=[outlines.c.feed_id], set_={"outline": _new.excluded.outline})
)
_LOAD = Prepared(sa.select(outlines.c.outline).where(outlines.c.feed_id == sa.bindparam("feed")))
_FORGET = sa.delete(outlines).where(outlines.c.feed_id.in_(sa.bindparam("feeds", expanding=True)))


def load_outline(connection: sa.Connection, feed_id: str) -> Outline | None:
    """Return what a feed's last document listed; None if that is not known."""
    row = _LOAD.row(connection, {"feed": feed_id})
    return read(row.outline) if row and row.outline else None


def save_outline(connection: sa.Connection, feed_id: str, outline: Outline | None) -> None:
    """Write what a document listed, if one was read; forget the one before, if it cannot be said of this one."""
    if outline is not None and not outline.listed:
        forget_outlines(connection, [feed_id])
    elif outline is not None:
        _SAVE.run(connection, {"feed_id": feed_id, "outline": write(outline)})


def forget_outlines(connection: sa.Connection, feed_ids: Sequence[str]) -> None:
    """Forget feeds that are another source now."""
    if feed_ids:
        connection.execute(_FORGET, {"feeds": list(feed_ids)})
