"""What one turn of the queue changes, in one transaction. Rows that have moved on meanwhile are left as they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from monitor.model import DeliveryState
from monitor.planning.states import Event, after
from monitor.planning.waiting import Carrier, Hold, QueuePlan, Release
from monitor.store.claims import can, is_free, repeat_lost, take_turn
from monitor.store.covering import hand_over
from monitor.store.outbox import add_alerts
from monitor.store.reminders import remind
from monitor.store.tables import deliveries, silences
from monitor.store.types import Moment
from monitor.store.waits import postpone

CHUNK = 1_000  # ids in one IN list.

_NOW = sa.bindparam("now", type_=Moment)
_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_CHANNEL: sa.BindParameter[str] = sa.bindparam("channel")
_RANK = sa.bindparam("at_rank", type_=sa.Integer)
_ALONE = deliveries.c.carried_by.is_(None)
_FREE = is_free(deliveries.c.leased_until)


_carrier = deliveries.alias("carrier")


def _follow(event: Event) -> sa.Update:
    """What a digest carries goes with it."""
    carriers = sa.select(_carrier.c.id).where(
        _carrier.c.carries, _carrier.c.channel_id == _CHANNEL, _carrier.c.state == after(event)
    )
    return sa.update(deliveries).where(can(event), deliveries.c.carried_by.in_(carriers)).values(state=after(event))


_HOLD = (
    sa.update(deliveries)
    .where(can(Event.HELD), _ALONE, _FREE, deliveries.c.channel_id == _CHANNEL, deliveries.c.rank < _RANK)
    .values(state=after(Event.HELD), due_at=sa.bindparam("until", type_=Moment), leased_until=None)
)
_HOLD_CARRIED = _follow(Event.HELD)
# Held time does not count: the waiting begins anew.
_AGAIN = {"grouped": True, "due_at": _NOW, "first_due_at": _NOW}
_RELEASE = (
    sa.update(deliveries)
    .where(can(Event.RELEASED), _ALONE, deliveries.c.channel_id == _CHANNEL, deliveries.c.rank >= _RANK)
    .values(state=after(Event.RELEASED), **_AGAIN)
)
_RELEASE_CARRIED = _follow(Event.RELEASED).values(first_due_at=_NOW)
_MUTE = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("muted"), can(Event.MUTED), _ALONE, _FREE)
    .values(
        state=after(Event.MUTED),
        error=sa.bindparam("why"),
        silence_id=sa.bindparam("silence"),
        leased_until=None,
    )
)
_UNMUTE = (
    sa.update(deliveries)
    .where(deliveries.c.silence_id.in_(_IDS), can(Event.UNMUTED))
    .values(state=after(Event.UNMUTED), silence_id=None, error="", **_AGAIN)
)
_CLOSE = (sa.update(silences).where(silences.c.id.in_(_IDS), silences.c.lasting, silences.c.ends_at <= _NOW)).values(
    lasting=False
)

_STILL = sa.select(deliveries.c.id).where(
    deliveries.c.id.in_(_IDS), can(Event.CARRIED), _ALONE, _FREE, deliveries.c.attempts == 0
)
_CARRY = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("member"))
    # The time of gathering does not count: the digest's waiting begins now.
    .values(state=after(Event.CARRIED), carried_by=sa.bindparam("carrier"), leased_until=None, first_due_at=_NOW)
)

_other = deliveries.alias("other")
_UNDER_WAY = sa.exists().where(
    _other.c.channel_id == deliveries.c.channel_id,
    sa.or_(
        _other.c.state == DeliveryState.INFLIGHT,
        sa.and_(_other.c.state == DeliveryState.PENDING, _other.c.leased_until > _NOW),
    ),
    sa.text("other.state IN ('pending', 'inflight', 'held') AND other.carried_by IS NULL"),
)
_LEASE = (
    sa.update(deliveries)
    .where(deliveries.c.id.in_(_IDS), can(Event.CLAIMED), _ALONE, deliveries.c.due_at <= _NOW, ~_UNDER_WAY)
    .values(leased_until=sa.bindparam("until", type_=Moment))
    .returning(deliveries.c.channel_id, deliveries.c.id)
)


def commit_queue(
    connection: sa.Connection, plan: QueuePlan, *, now: datetime, lease: timedelta
) -> tuple[tuple[str, str], ...]:
    """Write a plan and lease what is sent now: (channel, delivery id), at most one for each channel.

    A digest of which a member has moved on is not made: the next turn makes it anew.
    """
    take_turn(connection)
    _let_go(connection, plan, now)
    if plan.mutes:
        rows = [{"muted": each.delivery_id, "why": each.error, "silence": each.silence_id} for each in plan.mutes]
        connection.execute(_MUTE, [row | {"now": now} for row in rows])
    if plan.handed:
        hand_over(connection, plan.handed, now=now)
    if plan.reminders:
        remind(connection, plan.reminders, now=now)
    if plan.carriers:
        _carry(connection, plan.carriers, now)
    if not plan.leases:
        return ()
    rows_leased = connection.execute(_LEASE, {"ids": list(plan.leases), "now": now, "until": now + lease})
    return tuple(sorted((row.channel_id, row.id) for row in rows_leased))


def _let_go(connection: sa.Connection, plan: QueuePlan, now: datetime) -> None:
    """Write what waits from now on, and what waits no longer."""
    if plan.lost:
        repeat_lost(connection, plan.lost, now=now)
    for hold in plan.holds:
        _hold(connection, hold, now)
    for release in plan.releases:
        _release(connection, release, now)
    if plan.waits:
        postpone(connection, plan.waits)
    if plan.closed:
        _close(connection, plan.closed, now)


def _hold(connection: sa.Connection, hold: Hold, now: datetime) -> None:
    connection.execute(_HOLD, {"channel": hold.channel_id, "at_rank": hold.below.rank, "until": hold.until, "now": now})
    connection.execute(_HOLD_CARRIED, {"channel": hold.channel_id})


def _release(connection: sa.Connection, release: Release, now: datetime) -> None:
    connection.execute(_RELEASE, {"channel": release.channel_id, "at_rank": release.least.rank, "now": now})
    connection.execute(_RELEASE_CARRIED, {"channel": release.channel_id, "now": now})


def _close(connection: sa.Connection, closed: tuple[str, ...], now: datetime) -> None:
    """End silences and let go of what they muted; a silence that was made longer meanwhile is not ended."""
    connection.execute(_CLOSE, {"ids": list(closed), "now": now})
    ended = sa.select(silences.c.id).where(silences.c.id.in_(_IDS), silences.c.lasting.is_(sa.false()))
    ids = list(connection.execute(ended, {"ids": list(closed)}).scalars())
    connection.execute(_UNMUTE, {"ids": ids, "now": now})


def _carry(connection: sa.Connection, carriers: Sequence[Carrier], now: datetime) -> None:
    """Write the digests of which all that they list still waits."""
    wanted = [id_ for carrier in carriers for id_ in carrier.members]
    waits: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        waits.update(connection.execute(_STILL, {"ids": wanted[start : start + CHUNK], "now": now}).scalars())
    made = [carrier for carrier in carriers if waits.issuperset(carrier.members)]
    if not made:
        return
    add_alerts(connection, [carrier.new for carrier in made], carries=True)
    carried = [
        {"member": id_, "carrier": row.id, "now": now}
        for carrier in made
        for row in carrier.new.deliveries
        for id_ in carrier.members
    ]
    connection.execute(_CARRY, carried)
