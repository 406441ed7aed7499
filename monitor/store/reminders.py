"""Who is to be reminded now, and that they were: bounded for each channel by its own settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from monitor.model import DeliveryState, Reason
from monitor.planning.states import LIVE
from monitor.planning.waiting import Reminded, Reminder
from monitor.store.outbox import add_alerts
from monitor.store.tables import acks, deliveries
from monitor.store.types import Count, Moment

MOST = 500  # reminders that one turn makes; the next one goes on.

_reminder = deliveries.alias("reminder")
_UNDER_WAY = sa.select(_reminder.c.reminds, _reminder.c.channel_id, _reminder.c.recipient).where(
    _reminder.c.reminds.is_not(None), _reminder.c.reason == Reason.REMINDER, _reminder.c.state.in_(LIVE)
)
# What is found is due: a row that only waits, or is done with, would stand in the way of those behind it.
_DUE = (
    sa.select(deliveries)
    .where(
        deliveries.c.state == DeliveryState.DELIVERED,
        deliveries.c.reason.in_((Reason.NEW, Reason.UPDATE)),
        ~sa.exists().where(acks.c.alert_id == deliveries.c.alert_id),
        # One reminder at a time: they do not pile up while a channel is quiet, or takes nothing.
        sa.or_(
            deliveries.c.reminders == 0,
            sa.tuple_(deliveries.c.alert_id, deliveries.c.channel_id, deliveries.c.recipient).not_in(_UNDER_WAY),
        ),
    )
    .order_by(deliveries.c.delivered_at, deliveries.c.id)
    .limit(MOST)
)
_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_COUNT = (
    sa.update(deliveries)
    .where(
        deliveries.c.id.in_(_IDS),
        sa.tuple_(deliveries.c.id, deliveries.c.reminders).in_(sa.bindparam("known", expanding=True)),
    )
    .values(reminders=deliveries.c.reminders + 1, reminded_at=sa.bindparam("now", type_=Moment))
    .returning(deliveries.c.id)
)
_ACCEPTED = (
    sa.update(deliveries)
    .where(
        deliveries.c.alert_id == sa.bindparam("reminded"),
        deliveries.c.channel_id == sa.bindparam("channel"),
        deliveries.c.recipient == sa.bindparam("to"),
        deliveries.c.reminders > 0,
    )
    .values(reminded_at=sa.bindparam("at", type_=Moment))
)


def load_due(connection: sa.Connection, reminded: Sequence[Reminded]) -> Sequence[sa.RowMapping]:
    """Return the accepted deliveries whose readers are to be reminded now, the longest accepted first."""
    each = (
        sa.select(
            sa.literal(one.channel_id).label("channel_id"),
            sa.literal(one.accepted_after, Moment).label("accepted_after"),
            sa.literal(one.before, Moment).label("before"),
            sa.literal(one.least.rank, Count).label("least"),
            sa.literal(one.times, Count).label("times"),
        )
        for one in reminded
    )
    wishes = sa.union_all(*each).subquery("wishes")
    due = _DUE.where(
        deliveries.c.channel_id == wishes.c.channel_id,
        deliveries.c.delivered_at > wishes.c.accepted_after,
        deliveries.c.delivered_at <= wishes.c.before,
        deliveries.c.rank >= wishes.c.least,
        deliveries.c.reminders < wishes.c.times,
        sa.func.coalesce(deliveries.c.reminded_at, deliveries.c.delivered_at) <= wishes.c.before,
    )
    return connection.execute(due).mappings().all()


def remind(connection: sa.Connection, reminders: Sequence[Reminder], *, now: datetime) -> None:
    """Write reminders with their count; where another turn was first, nothing."""
    asked = {
        "ids": [each.delivery_id for each in reminders],
        "known": [(each.delivery_id, each.number - 1) for each in reminders],
        "now": now,
    }
    counted = frozenset(connection.execute(_COUNT, asked).scalars())
    made = [each for each in reminders if each.delivery_id in counted]
    add_alerts(connection, [each.new for each in made], reminds={each.new.alert.id: each.reminds for each in made})


def note_accepted(connection: sa.Connection, reminders: Sequence[sa.RowMapping], *, at: datetime) -> None:
    """Note when reminders were accepted: the next ones count from there. Rows with what they remind of, and to whom."""
    rows = [
        {"reminded": row["reminds"], "channel": row["channel_id"], "to": row["recipient"], "at": at}
        for row in reminders
        if row["reason"] == Reason.REMINDER and row["reminds"]
    ]
    if rows:
        connection.execute(_ACCEPTED, rows)
