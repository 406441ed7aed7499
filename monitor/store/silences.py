"""Silences and acknowledgements: short writes of the command line's own, beside a daemon that may be running."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.model import Silence
from monitor.store.rows import silence_of, silence_values
from monitor.store.tables import acks, alerts, deliveries, silences
from monitor.store.types import Moment
from monitor.store.views import reach

_NOW = sa.bindparam("now", type_=Moment)
_ADD = insert(silences).on_conflict_do_nothing()
_LIST = sa.select(silences).order_by(silences.c.ends_at.desc(), silences.c.id)
_LIST_LASTING = _LIST.where(silences.c.ends_at > _NOW)
_EXPIRE = (
    sa.update(silences)
    .where(silences.c.id == sa.bindparam("silence"), silences.c.ends_at > _NOW)
    .values(ends_at=_NOW, starts_at=sa.case((silences.c.starts_at > _NOW, _NOW), else_=silences.c.starts_at))
)
_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_HEAD = sa.func.substr(alerts.c.id, 1, sa.bindparam("length"))
_FIND = sa.select(alerts.c.id).where(sa.bindparam("start") == _HEAD).limit(2)
_member = deliveries.alias("member")
_CARRIED = (
    sa.select(_member.c.alert_id)
    .join(deliveries, deliveries.c.id == _member.c.carried_by)
    .where(deliveries.c.alert_id.in_(_IDS))
)
_REMINDS = sa.select(deliveries.c.reminds).where(deliveries.c.alert_id.in_(_IDS), deliveries.c.reminds.is_not(None))
_ACKED = sa.select(acks.c.alert_id).where(acks.c.alert_id.in_(_IDS))
_ACK = insert(acks).on_conflict_do_nothing()


def add_silence(state: str | Path, silence: Silence) -> None:
    """Remember a silence; the daemon's next turn heeds it. Raises: StoreError."""
    database = reach(state, read_only=False)
    try:
        with database.write() as connection:
            connection.execute(_ADD, silence_values(silence))
    finally:
        database.close()


def list_silences(state: str | Path, *, now: datetime | None = None) -> tuple[Silence, ...]:
    """Return silences by when they end, the last first; with `now` only those that are not over. Raises: StoreError."""
    database = reach(state, read_only=True)
    try:
        with database.read() as connection:
            rows = connection.execute(_LIST) if now is None else connection.execute(_LIST_LASTING, {"now": now})
            return tuple(silence_of(row) for row in rows.mappings())
    finally:
        database.close()


def expire_silence(state: str | Path, silence_id: str, *, now: datetime) -> bool:
    """End a silence now: what it muted goes out in one digest. False if there is none, or it is over already.

    Raises: StoreError.
    """
    database = reach(state, read_only=False)
    try:
        with database.write() as connection:
            return bool(connection.execute(_EXPIRE, {"silence": silence_id, "now": now}).rowcount)
    finally:
        database.close()


def ack_alert(state: str | Path, start: str, *, by: str, now: datetime) -> tuple[str, ...] | None:
    """Note that somebody took note of the alert whose id begins with `start`: it is not reminded of any more.

    The id of a reminder stands for what it reminds of, that of a digest for all that it lists. Returns the ids that
    were not acknowledged before; None if no alert's id begins so, or those of several do. Raises: StoreError.
    """
    database = reach(state, read_only=False)
    try:
        with database.write() as connection:
            found = connection.execute(_FIND, {"start": start, "length": len(start)}).scalars().all()
            if len(found) != 1 or not start:
                return None
            return _ack(connection, found, by=by, now=now)
    finally:
        database.close()


def _ack(connection: sa.Connection, found: Sequence[str], *, by: str, now: datetime) -> tuple[str, ...]:
    meant = {*found, *connection.execute(_CARRIED, {"ids": list(found)}).scalars()}
    meant |= set(connection.execute(_REMINDS, {"ids": sorted(meant)}).scalars())
    new = meant.difference(connection.execute(_ACKED, {"ids": sorted(meant)}).scalars())
    if new:
        connection.execute(_ACK, [{"alert_id": id_, "acked_at": now, "acked_by": by} for id_ in sorted(new)])
    return tuple(sorted(new))
