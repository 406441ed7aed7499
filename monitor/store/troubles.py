"""Channels that take nothing: something died there, waited in vain or had to be told elsewhere, and nothing since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from monitor.model import DeliveryState
from monitor.planning.troubles import Trouble, TroubleWork
from monitor.store.pulse import IS_CANARY
from monitor.store.tables import deliveries
from monitor.store.types import Moment

MEMORY = timedelta(hours=72)  # what died before is no news of a channel.
MOST = 500  # rows looked at: the newest tell how a channel fares.
_EVER = datetime.min.replace(tzinfo=UTC)

Lane = tuple[str, str]

_CHANNELS = deliveries.c.channel_id.in_(sa.bindparam("channels", expanding=True))
_AFTER = sa.bindparam("after", type_=Moment)
_BEFORE = sa.bindparam("before", type_=Moment)
_columns = (deliveries.c.channel_id, deliveries.c.recipient, deliveries.c.error)
_canary = sa.case((IS_CANARY, 1), else_=0).label("canary")
_DIED = (
    sa.select(*_columns, deliveries.c.due_at.label("at"), _canary)
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
_WAITS = (
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
)
# Its fallback was told instead, so that nothing waits for it any more.
_STOOD_IN_FOR = (
    sa.select(deliveries.c.channel_id, sa.func.max(deliveries.c.first_due_at).label("since"))
    .where(
        deliveries.c.state == DeliveryState.MUTED,
        _CHANNELS,
        deliveries.c.first_due_at > _AFTER,
        deliveries.c.handed_to.is_not(None),
        deliveries.c.silence_id.is_(None),
    )
    .group_by(deliveries.c.channel_id)
)
_ACCEPTED = (
    sa.select(deliveries.c.channel_id, deliveries.c.recipient, sa.func.max(deliveries.c.delivered_at).label("at"))
    .where(_CHANNELS, deliveries.c.delivered_at >= _AFTER)
    .group_by(deliveries.c.channel_id, deliveries.c.recipient)
)


def find_troubles(
    connection: sa.Connection, channels: Sequence[str], open_: Sequence[str], *, now: datetime, stall: timedelta
) -> TroubleWork:
    """Return the troubles of `channels`, one a channel, and what they and the `open_` ones accepted since."""
    bounds = {"channels": list(channels), "after": now - MEMORY, "before": now - stall}
    died = connection.execute(_DIED, bounds).mappings().all()
    waits = connection.execute(_WAITS, bounds).mappings().all()
    stood_in_for = connection.execute(_STOOD_IN_FOR, bounds).mappings().all()
    suspects = sorted({row["channel_id"] for row in (*died, *waits, *stood_in_for)} | set(open_))
    if not suspects:
        return TroubleWork()
    # What was accepted before the first of these says nothing of any.
    times = (now - stall, *(row["at"] for row in died), *(row["since"] for row in stood_in_for))
    rows = connection.execute(_ACCEPTED, {"channels": suspects, "after": now - MEMORY if open_ else min(times)}).all()
    lanes: dict[Lane, datetime] = {(row.channel_id, row.recipient): row.at for row in rows}
    accepted: dict[str, datetime] = {}
    for (channel_id, _), at in lanes.items():
        accepted[channel_id] = max(at, accepted.get(channel_id, at))
    found: dict[str, Trouble] = {}
    for trouble in (
        *_deaths(died, lanes),
        *_stalls(waits, accepted, before=now - stall, stall=stall),
        *_absences(stood_in_for, accepted),
    ):
        found.setdefault(trouble.channel_id, trouble)
    return TroubleWork(tuple(found.values()), accepted)


def _deaths(rows: Sequence[sa.RowMapping], lanes: Mapping[Lane, datetime]) -> Iterator[Trouble]:
    """Yield what died on a lane that has accepted nothing since."""
    for row in rows:
        if lanes.get((row["channel_id"], row["recipient"]), _EVER) < row["at"]:
            to = f" for {row['recipient']}" if row["recipient"] else ""
            what = "the canary, a test," if row["canary"] else "a message"
            why = f"{what}{to} was given up ({row['error'] or 'no reason known'})"
            yield Trouble(row["channel_id"], why, row["at"], bool(row["canary"]))


def _stalls(
    rows: Sequence[sa.RowMapping], accepted: Mapping[str, datetime], *, before: datetime, stall: timedelta
) -> Iterator[Trouble]:
    for row in rows:
        if accepted.get(row["channel_id"], _EVER) <= before:
            waiting = "1 message waits" if row["number"] == 1 else f"{row['number']:,} messages wait"
            minutes = int(stall.total_seconds() // 60)
            why = f"it accepted nothing for {minutes} minutes, and {waiting}"
            yield Trouble(row["channel_id"], why, row["since"], bool(row["canary"]))


def _absences(rows: Sequence[sa.RowMapping], accepted: Mapping[str, datetime]) -> Iterator[Trouble]:
    for row in rows:
        if accepted.get(row["channel_id"], _EVER) < row["since"]:
            yield Trouble(row["channel_id"], "it accepted nothing, and its fallback was told instead", row["since"])
