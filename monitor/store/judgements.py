"""What people say of alerts: recorded beside a running daemon, in a short write of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.errors import StoreError
from monitor.model import Alert
from monitor.store.rows import alert_of
from monitor.store.tables import alerts, judgements
from monitor.store.views import reach

WRONG = "wrong"
_FEW = 3  # enough to say that an id is not whole enough.
_HEAD = sa.func.substr(alerts.c.id, 1, sa.bindparam("length"))
_FIND = sa.select(alerts).where(sa.bindparam("id") == _HEAD).limit(_FEW)
_new = insert(judgements)
_SAVE = _new.on_conflict_do_update(
    index_elements=[judgements.c.alert_id, judgements.c.watch_id],
    set_={name: _new.excluded[name] for name in ("article_id", "judgement", "note", "judged_at")},
)
_LIST = sa.select(judgements).order_by(judgements.c.judged_at.desc(), judgements.c.alert_id, judgements.c.watch_id)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody said of an alert, for one of its watches."""

    alert_id: str
    watch_id: str
    article_id: str | None
    judgement: str
    note: str
    judged_at: datetime


def judge_wrong(
    state: str | Path, alert_id: str, watches: Sequence[str] = (), *, note: str = "", now: datetime
) -> tuple[Alert, tuple[Judgement, ...]]:
    """Record that an alert was wrong, for some of its watches or for all; said again, the later word stands.

    `alert_id` may be cut short. Raises: StoreError if it names no alert, several, or one without such a watch.
    """
    database = reach(state, read_only=False)
    try:
        with database.write() as connection:
            alert = _find(connection, alert_id)
            strangers = [id_ for id_ in watches if id_ not in alert.watches]
            if strangers or not alert.watches:
                named = ", ".join(alert.watches) or "none"
                which = ", ".join(strangers) or "a watch"
                raise StoreError(f"alert {alert_id} does not come from {which}: its watches are {named}")
            made = tuple(
                Judgement(alert.id, id_, alert.article_id, WRONG, note, now) for id_ in watches or alert.watches
            )
            connection.execute(_SAVE, [_values(one) for one in made])
            return alert, made
    finally:
        database.close()


def list_judgements(state: str | Path) -> tuple[Judgement, ...]:
    """Return all judgements, newest first. Raises: StoreError."""
    database = reach(state, read_only=True)
    try:
        with database.read() as connection:
            return tuple(Judgement(**row) for row in connection.execute(_LIST).mappings())
    finally:
        database.close()


def _find(connection: sa.Connection, alert_id: str) -> Alert:
    rows = connection.execute(_FIND, {"id": alert_id, "length": len(alert_id)}).mappings().all()
    if len(rows) != 1 or not alert_id:
        why = "several alerts begin so" if rows else "there is no such alert"
        raise StoreError(f"{alert_id}: {why}; `monitor alerts` lists them")
    return alert_of(rows[0])


def _values(one: Judgement) -> dict[str, object]:
    return {name: getattr(one, name) for name in Judgement.__slots__}
