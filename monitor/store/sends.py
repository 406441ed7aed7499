"""What a send starts from, committed as in flight before anything goes out, and what the answer makes of it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from monitor.failpoints import reach
from monitor.planning.states import Event, after, states_before_answer
from monitor.planning.waiting import Wait
from monitor.planning.work import SendPlan, SendWork
from monitor.store.claims import can
from monitor.store.copies import with_copies
from monitor.store.covering import cover
from monitor.store.reminders import note_accepted
from monitor.store.rows import alert_for, delivery_of
from monitor.store.tables import alerts, deliveries
from monitor.store.types import Moment
from monitor.store.waits import save_wait

_ID = sa.bindparam("delivery", type_=deliveries.c.id.type)
_DEPART: dict[str, object] = {
    "state": after(Event.CLAIMED),
    "attempts": deliveries.c.attempts + 1,
    "attempted_at": sa.bindparam("at", type_=Moment),
}
_CAN_GO = can(Event.CLAIMED)
_TAKE = (
    sa.update(deliveries)
    .where(deliveries.c.id == _ID, _CAN_GO, deliveries.c.carried_by.is_(None))
    .values(**_DEPART, departed_at=sa.func.coalesce(deliveries.c.departed_at, sa.bindparam("at", type_=Moment)))
    .returning(deliveries)
)
_TAKE_MEMBERS = sa.update(deliveries).where(deliveries.c.carried_by == _ID, _CAN_GO).values(**_DEPART)
_LOAD_ALERT = sa.select(alerts).where(alerts.c.id == sa.bindparam("alert"))
_SAVE = sa.update(deliveries).where(
    sa.or_(deliveries.c.id == _ID, deliveries.c.carried_by == _ID),
    # What a channel accepted stays accepted.
    deliveries.c.state.in_(sa.bindparam("before", expanding=True)),
)
_NAMED = tuple(deliveries.c[name] for name in ("alert_id", "channel_id", "recipient", "reason", "reminds"))
_ANSWERED = sa.select(*_NAMED).where(sa.or_(deliveries.c.id == _ID, deliveries.c.carried_by == _ID))


def load_send(connection: sa.Connection, delivery_id: str, *, now: datetime) -> SendWork | None:
    """Mark a pending delivery, and those it carries, as in flight with one more attempt, and return it."""
    row = connection.execute(_TAKE, {"delivery": delivery_id, "at": now}).mappings().one_or_none()
    if row is None:
        return None
    connection.execute(_TAKE_MEMBERS, {"delivery": delivery_id, "at": now})
    alert = connection.execute(_LOAD_ALERT, {"alert": row["alert_id"]}).mappings().one()
    reach("claim-uncommitted")
    (told,) = with_copies(connection, [alert_for(alert, row["watches"])])
    return SendWork(delivery_of(row), told, waiting_since=row["first_due_at"])


def commit_send(connection: sa.Connection, plan: SendPlan) -> None:
    """Write what an answer makes of a delivery and of those it carries, and give its lease back."""
    values = {
        "delivery": plan.delivery_id,
        "state": plan.state,
        "due_at": plan.due_at,
        "repeats": plan.repeats,
        "error": plan.error,
        "delivered_at": plan.delivered_at,
        "leased_until": None,
    }
    before = states_before_answer(plan.state)
    connection.execute(_SAVE, values | {"before": list(before)})
    answered = connection.execute(_ANSWERED, {"delivery": plan.delivery_id}).mappings().all()
    cover(connection, [row["alert_id"] for row in answered])
    if plan.delivered_at is not None:
        note_accepted(connection, answered, at=plan.delivered_at)
    if plan.channel_waits and answered:
        save_wait(connection, Wait(answered[0]["channel_id"], plan.due_at))
    reach("marking")
