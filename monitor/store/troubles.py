"""Channels that take nothing: something died there, waited in vain or had to be told elsewhere, and nothing since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.model import DeliveryState
from monitor.planning.troubles import Trouble, TroubleWork
from monitor.store.pulse import IS_CANARY
from monitor.store.tables import deliveries
from monitor.store.types import Moment

MEMORY = timedelta(hours=72)  # what died before is no news of a channel.
MOST = 500  # rows looked at: the newest tell how a channel fares.
_EVER = datetime.min.replace(tzinfo=UTC)

_CHANNELS = deliveries.c.channel_id.in_(sa.bindparam("channels", expanding=True))
_AFTER = sa.bindparam("after", type_=Moment)
_BEFORE = sa.bindparam("before", type_=Moment)
_accepted = deliveries.alias("accepted")
_columns = (deliveries.c.channel_id, deliveries.c.recipient, deliveries.c.error)
_canary = sa.case((IS_CANARY, 1), else_=0).label("canary")


def _newest(*of: sa.ColumnElement[bool]) -> sa.ScalarSelect[datetime]:
    """Return what was accepted last, found at the end of an index however much was accepted."""
    newest = sa.select(sa.func.max(_accepted.c.delivered_at)).where(*of, _accepted.c.delivered_at.is_not(None))
    return newest.scalar_subquery()


def _with_newest(waits: sa.Subquery) -> sa.Select[Any]:
    return sa.select(waits, _newest(_accepted.c.channel_id == waits.c.channel_id).label("accepted_at"))


_ACCEPTED_BY_READER = _newest(
    _accepted.c.channel_id == deliveries.c.channel_id, _accepted.c.recipient == deliveries.c.recipient
).label("accepted_at")
_DIED = (
    sa.select(*_columns, deliveries.c.due_at.label("at"), _canary, _ACCEPTED_BY_READER)
    .where(
        deliveries.c.state == DeliveryState.DEAD,
        _CHANNELS,
        deliveries.c.due_at > _AFTER,
        deliveries.c.acked_at.is_(None),
        deliveries.c.carries.is_(sa.false()),
    )
    .order_by(deliveries.c.due_at.desc(), deliveries.c.id)
    .limit(MOST)
)
_WAITS = _with_newest(
    sa.select(
        deliveries.c.channel_id,
        sa.func.min(deliveries.c.first_due_at).label("since"),
        sa.func.count().label("number"),
        sa.func.min(sa.case((IS_CANARY, 1), else_=0)).label("canary"),
    )
    .where(
        deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.INFLIGHT)),
        _CHANNELS,
        deliveries.c.first_due_at <= _BEFORE,
        deliveries.c.carried_by.is_(None),
    )
    .group_by(deliveries.c.channel_id)
    .subquery("waits")
)
# Its fallback was told instead, so that nothing waits for it any more.
_STOOD_IN_FOR = _with_newest(
    sa.select(deliveries.c.channel_id, sa.func.max(deliveries.c.first_due_at).label("since"))
    .where(
        deliveries.c.state == DeliveryState.MUTED,
        _CHANNELS,
        deliveries.c.first_due_at > _AFTER,
        deliveries.c.handed_to.is_not(None),
        deliveries.c.silence_id.is_(None),
    )
    .group_by(deliveries.c.channel_id)
    .subquery("stood_in_for")
)


def find_troubles(
    connection: sa.Connection, channels: Sequence[str], open_: Mapping[str, str], *, now: datetime, stall: timedelta
) -> TroubleWork:
    """Return the troubles of `channels`, one a channel, and when those with an `open_` one accepted something last.

    `open_` names the recipient that each is of, "" for all of the channel.
    """
    bounds = {"channels": list(channels), "after": now - MEMORY, "before": now - stall}
    died = connection.execute(_DIED, bounds).mappings().all()
    waits = connection.execute(_WAITS, bounds).mappings().all()
    stood_in_for = connection.execute(_STOOD_IN_FOR, bounds).mappings().all()
    found: dict[str, Trouble] = {}
    for trouble in (*_deaths(died), *_stalls(waits, before=now - stall, stall=stall), *_absences(stood_in_for)):
        found.setdefault(trouble.channel_id, trouble)
    return TroubleWork(tuple(found.values()), _accepted_since(connection, open_) if open_ else {})


def _accepted_since(connection: sa.Connection, open_: Mapping[str, str]) -> dict[str, datetime]:
    each = (
        sa.select(sa.literal(channel_id).label("channel_id"), sa.literal(recipient).label("recipient"))
        for channel_id, recipient in open_.items()
    )
    lanes = sa.union_all(*each).subquery("lanes")
    of_channel = _accepted.c.channel_id == lanes.c.channel_id
    newest = sa.case(
        (lanes.c.recipient == "", _newest(of_channel)),
        else_=_newest(of_channel, _accepted.c.recipient == lanes.c.recipient),
    )
    rows = connection.execute(sa.select(lanes.c.channel_id, newest.label("accepted_at")))
    return {row.channel_id: row.accepted_at for row in rows if row.accepted_at is not None}


def _deaths(rows: Sequence[sa.RowMapping]) -> Iterator[Trouble]:
    """Yield what died on a lane that has accepted nothing since."""
    for row in rows:
        if (row["accepted_at"] or _EVER) < row["at"]:
            to = " to one of its readers" if row["recipient"] else ""
            what = "the canary, a test," if row["canary"] else "a message"
            why = f"{what}{to} was given up ({row['error'] or 'no reason known'})"
            yield Trouble(row["channel_id"], why, row["at"], bool(row["canary"]), row["recipient"])


def _stalls(rows: Sequence[sa.RowMapping], *, before: datetime, stall: timedelta) -> Iterator[Trouble]:
    for row in rows:
        if (row["accepted_at"] or _EVER) <= before:
            waiting = "1 message waits" if row["number"] == 1 else f"{row['number']:,} messages wait"
            minutes = int(stall.total_seconds() // 60)
            why = f"it accepted nothing for {minutes} minutes, and {waiting}"
            yield Trouble(row["channel_id"], why, row["since"], bool(row["canary"]))


def _absences(rows: Sequence[sa.RowMapping]) -> Iterator[Trouble]:
    for row in rows:
        if (row["accepted_at"] or _EVER) < row["since"]:
            yield Trouble(row["channel_id"], "it accepted nothing, and its fallback was told instead", row["since"])
