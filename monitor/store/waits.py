"""Channels whose service asked to be left alone for a while: that holds for what comes later, and after a restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.model import DeliveryState
from monitor.planning.waiting import Wait
from monitor.store.tables import deliveries, meta
from monitor.store.types import Moment

_NAME = "waits "  # before a channel's id, in `meta`.
_NAMES: sa.BindParameter[str] = sa.bindparam("names", expanding=True)
_LOAD = sa.select(meta.c.name, meta.c.value).where(meta.c.name.in_(_NAMES))
_LOAD_ALL = sa.select(meta.c.name, meta.c.value).where(sa.func.substr(meta.c.name, 1, len(_NAME)) == _NAME)
_new = insert(meta)
_SAVE = _new.on_conflict_do_update(index_elements=[meta.c.name], set_={"value": _new.excluded.value})
_FORGET = sa.delete(meta).where(meta.c.name.in_(_NAMES))
_UNTIL = sa.bindparam("until", type_=Moment)
_POSTPONE = (
    sa.update(deliveries)
    .where(
        deliveries.c.state == DeliveryState.PENDING,
        deliveries.c.channel_id == sa.bindparam("channel"),
        deliveries.c.due_at < _UNTIL,
    )
    .values(due_at=_UNTIL)
)


def load_waits(connection: sa.Connection, channels: Iterable[str]) -> Mapping[str, datetime]:
    """Return which of these channels were to be left alone, and until when: that may have passed."""
    names = sorted({f"{_NAME}{id_}" for id_ in channels})
    return _until(connection.execute(_LOAD, {"names": names})) if names else {}


def save_wait(connection: sa.Connection, wait: Wait) -> None:
    """Leave a channel alone: what is pending there now, and what comes later."""
    until = wait.until.astimezone(UTC).isoformat()
    connection.execute(_SAVE, {"name": f"{_NAME}{wait.channel_id}", "value": until})
    postpone(connection, (wait,))


def postpone(connection: sa.Connection, waits: Sequence[Wait]) -> None:
    """Make what is pending on these channels due when they may be sent to again, and not before."""
    connection.execute(_POSTPONE, [{"channel": wait.channel_id, "until": wait.until} for wait in waits])


def forget_waits(connection: sa.Connection, *, now: datetime, horizon: datetime) -> None:
    """Forget waits that have ended, and those that end beyond the horizon: a clock that was wrong noted them."""
    known = _until(connection.execute(_LOAD_ALL))
    gone = [f"{_NAME}{id_}" for id_, until in known.items() if not now < until <= horizon]
    if gone:
        connection.execute(_FORGET, {"names": gone})


def _until(rows: Iterable[sa.Row[Any]]) -> dict[str, datetime]:
    return {row.name.removeprefix(_NAME): datetime.fromisoformat(row.value) for row in rows}
