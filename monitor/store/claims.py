"""What is due: handed out on leases, given back, and healed after a crash.

Claimants of entries and deliveries are serialised: on SQLite because each write transaction is, on PostgreSQL by a
lock on one row of `meta`. Those of feeds pass over what another one is about to take. A lease's end is its token: who
commits after another one took up the work finds another end, and commits nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.failpoints import reach
from monitor.model import DeliveryState
from monitor.planning.send import MAX_REPEATS
from monitor.planning.states import Event, after, states_before
from monitor.store.lock import has_workers
from monitor.store.noticed import forget_ahead
from monitor.store.prepared import Prepared
from monitor.store.tables import IS_LIVE, deliveries, entries, feeds, incidents, listings, meta
from monitor.store.types import Moment
from monitor.store.waits import forget_waits

_NOW = sa.bindparam("now", type_=Moment)
_UNTIL = sa.bindparam("until", type_=Moment)
_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)  # later than any poll, a wrong clock's too.

_TURN = sa.select(meta.c.name).where(meta.c.name == "claims").with_for_update()


def take_turn(connection: sa.Connection) -> None:
    """Let nobody else claim until this transaction ends; on SQLite nobody else writes anyway."""
    if connection.dialect.name != "sqlite":
        connection.execute(_TURN)


def is_free(leased_until: sa.Column[datetime]) -> sa.ColumnElement[bool]:
    """Say that nothing holds a lease at `now`."""
    return sa.or_(leased_until.is_(None), leased_until <= _NOW)


# --- feeds --------------------------------------------------------------------------------------------------------

# In a table of its own, so that its limit holds: as part of the condition it might be worked out more than once.
_DUE_FEEDS = (
    sa.select(feeds.c.id)
    .where(
        feeds.c.configured,
        feeds.c.next_poll_at <= _NOW,
        is_free(feeds.c.leased_until),
        sa.or_(feeds.c.last_poll_at.is_(None), feeds.c.last_poll_at < sa.bindparam("polled_before", type_=Moment)),
    )
    .order_by(feeds.c.next_poll_at, feeds.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .with_for_update(skip_locked=True, key_share=True)
    .cte("few_due")
    .prefix_with("MATERIALIZED")
)
_CLAIM_FEEDS = Prepared(
    sa.update(feeds)
    .where(feeds.c.id.in_(sa.select(_DUE_FEEDS.c.id)))
    .values(leased_until=_UNTIL)
    .returning(feeds.c.id, feeds.c.next_poll_at)
)
_RELEASE_FEED = Prepared(sa.update(feeds).where(feeds.c.id == sa.bindparam("released")).values(leased_until=_UNTIL))
_FEEDS_DUE = sa.update(feeds).where(feeds.c.configured).values(next_poll_at=_NOW)


def claim_feeds(
    connection: sa.Connection, *, now: datetime, limit: int, lease: timedelta, polled_before: datetime | None
) -> tuple[str, ...]:
    """Lease the feeds that are due, the longest overdue first, if they were not polled since `polled_before`."""
    bounds = {"now": now, "until": now + lease, "limit": limit, "polled_before": polled_before or _NEVER}
    rows = _CLAIM_FEEDS.rows(connection, bounds)
    return tuple(row.id for row in sorted(rows, key=lambda row: (row.next_poll_at, row.id)))


def release_feed(connection: sa.Connection, feed_id: str, *, until: datetime | None = None) -> None:
    """Give a feed's lease back: now, or at `until`."""
    _RELEASE_FEED.run(connection, {"released": feed_id, "until": until})


def make_feeds_due(connection: sa.Connection, *, now: datetime) -> None:
    """Make every configured feed due now."""
    connection.execute(_FEEDS_DUE, {"now": now})


# --- entries ------------------------------------------------------------------------------------------------------

# Reads of one feed at a time: a feed with a thousand new entries on a slow host must not hold up another one's single
# entry. It is more than a host is asked for at once, and keeps two cores busy where all there is comes from one feed.
SHARE = 8
_sibling = entries.alias("sibling")
_RUNNING = Prepared(
    sa.select(entries.c.feed_id, sa.func.count().label("number"))
    .where(entries.c.leased_until > _NOW)
    .group_by(entries.c.feed_id)
)
_DUE_ENTRIES = Prepared(
    sa.select(entries.c.id, entries.c.article_id, entries.c.feed_id)
    .where(
        entries.c.due_at <= _NOW,
        entries.c.feed_id.not_in(sa.bindparam("sated", expanding=True)),
        is_free(entries.c.leased_until),
        ~sa.exists().where(_sibling.c.article_id == entries.c.article_id, _sibling.c.leased_until > _NOW),
        sa.exists().where(feeds.c.id == entries.c.feed_id, feeds.c.configured),
    )
    # Oldest first, so that alerts appear in publishing order.
    .order_by(entries.c.due_at, entries.c.dated_at, entries.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    # What is being committed has moved on when that ends: no claimant waits for it, nor it for a claimant.
    .with_for_update(of=entries, skip_locked=True, key_share=True)
)
_LEASE_ENTRIES = Prepared(sa.update(entries).where(entries.c.id.in_(_IDS)).values(leased_until=_UNTIL, restated=False))
_RELEASE_ENTRY = Prepared(
    sa.update(entries).where(entries.c.id == sa.bindparam("released")).values(leased_until=_UNTIL)
)


def claim_entries(connection: sa.Connection, *, now: datetime, limit: int, lease: timedelta) -> tuple[str, ...]:
    """Lease entries of configured feeds that are to be read, oldest first, never two of one article at once.

    No feed has more than SHARE of them at a time: what others have due goes before the rest of its own.
    """
    take_turn(connection)
    running = Counter({row.feed_id: row.number for row in _RUNNING.rows(connection, {"now": now})})
    first: dict[str, str] = {}
    while len(first) < limit:
        sated = [feed_id for feed_id, number in running.items() if number >= SHARE]
        rows = _DUE_ENTRIES.rows(connection, {"now": now, "limit": limit, "sated": sated})
        for row in rows:
            if len(first) < limit and row.article_id not in first and running[row.feed_id] < SHARE:
                first[row.article_id] = row.id
                running[row.feed_id] += 1
        # Where no feed has got its share meanwhile, there is nothing behind what was found.
        if len(rows) < limit or len(sated) == sum(number >= SHARE for number in running.values()):
            break
    if first:
        _LEASE_ENTRIES.run(connection, {"ids": list(first.values()), "until": now + lease})
    return tuple(first.values())


def release_entry(connection: sa.Connection, entry_id: str, *, until: datetime | None = None) -> None:
    """Give an entry's lease back: now, or at `until`."""
    _RELEASE_ENTRY.run(connection, {"released": entry_id, "until": until})


# --- deliveries ---------------------------------------------------------------------------------------------------

IS_PENDING = deliveries.c.state == DeliveryState.PENDING
IS_INFLIGHT = deliveries.c.state == DeliveryState.INFLIGHT


def can(event: Event) -> sa.ColumnElement[bool]:
    """Say that `event` can happen to a delivery. Not as a list, which statements for many rows at once cannot hold."""
    return sa.or_(*(deliveries.c.state == state for state in states_before(event)))


ON_CHANNELS = deliveries.c.channel_id.in_(sa.bindparam("channels", expanding=True))
_HAS_DUE = Prepared(
    sa.select(
        sa.exists().where(
            sa.text(IS_LIVE), IS_PENDING, deliveries.c.due_at <= _NOW, ON_CHANNELS, is_free(deliveries.c.leased_until)
        )
    )
)


def has_due_delivery(connection: sa.Connection, channels: Sequence[str], *, now: datetime) -> bool:
    """Say whether a delivery to one of `channels` is due now and not under way."""
    return bool(_HAS_DUE.row(connection, {"now": now, "channels": channels})[0])


# --- all three ----------------------------------------------------------------------------------------------------

_COUNT_INFLIGHT = sa.select(sa.func.count()).where(IS_INFLIGHT, deliveries.c.carried_by.is_(None))
_REPEAT_INFLIGHT = (
    sa.update(deliveries)
    .where(can(Event.LOST))
    .values(
        state=sa.case((deliveries.c.repeats < MAX_REPEATS, after(Event.LOST)), else_=after(Event.EXHAUSTED)),
        repeats=sa.case((deliveries.c.repeats < MAX_REPEATS, deliveries.c.repeats + 1), else_=deliveries.c.repeats),
        due_at=sa.bindparam("again_at", type_=Moment),
        leased_until=None,
        error="stopped before the answer was read",
    )
)
# Its answer could not be committed, or its task died: whether it arrived is not known either.
# Only on channels that are asked for: on the others the claimant is still at it, however far the clock has jumped.
# What is carried has no lease of its own: it goes with its carrier.
_lost = deliveries.alias("lost")
_IS_LOST = sa.or_(
    deliveries.c.leased_until <= _NOW,
    deliveries.c.carried_by.in_(
        sa.select(_lost.c.id).where(
            _lost.c.carries, _lost.c.state == DeliveryState.INFLIGHT, _lost.c.leased_until <= _NOW
        )
    ),
)
_REPEAT_LOST = _REPEAT_INFLIGHT.where(_IS_LOST, ON_CHANNELS)
_END_LEASES = {
    table: sa.update(table).where(table.c.leased_until.is_not(sa.null())).values(leased_until=None)
    for table in (feeds, entries, deliveries)
}

# Nothing is planned further ahead: the longest wait of our own is a day, of a configured interval a week or so.
HORIZON = timedelta(days=31)
_HORIZON = sa.bindparam("horizon", type_=Moment)
_PULL_BACK = (
    sa.update(feeds).where(feeds.c.next_poll_at > _HORIZON).values(next_poll_at=_NOW),
    sa.update(entries).where(entries.c.due_at > _HORIZON).values(due_at=_NOW),
    sa.update(deliveries).where(IS_PENDING, deliveries.c.due_at > _HORIZON).values(due_at=_NOW),
    *(sa.update(table).where(table.c.leased_until > _HORIZON).values(leased_until=None) for table in (feeds, entries)),
)
# What has happened did so by now. A lease that ends now is a lost one where it was in flight: one that is gone would
# never be missed. That its claimant may still be at it the turn of the queue knows.
_HAPPENED = ("departed_at", "first_due_at", "attempted_at", "delivered_at", "reminded_at")
_MAKE_PAST = (
    *(sa.update(deliveries).where(deliveries.c[name] > _NOW).values({deliveries.c[name]: _NOW}) for name in _HAPPENED),
    sa.update(deliveries).where(deliveries.c.leased_until > _HORIZON).values(leased_until=_NOW),
    # Else a health message would wait for that time, or a storm be let through until then.
    *(
        sa.update(column.table).where(column > _NOW).values({column.name: _NOW})
        for column in (feeds.c.failing_since, incidents.c.opened_at, incidents.c.closed_at, listings.c.released_at)
    ),
)
_ABANDON = (
    sa.update(deliveries)
    .where(
        can(Event.ABANDONED),
        deliveries.c.channel_id.not_in(sa.bindparam("channels", expanding=True)),
        deliveries.c.created_at < sa.bindparam("before", type_=Moment),
    )
    .values(state=after(Event.ABANDONED), error="its channel is configured no more")
)

_FED = sa.exists().where(feeds.c.id == entries.c.feed_id, feeds.c.configured)


def _first(column: sa.Column[datetime], *of: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Find the first in an index's order: a minimum of what fulfils a condition would look all of it through."""
    return sa.select(sa.select(column).where(*of).order_by(column).limit(1).scalar_subquery().label("due_at"))


# Those that are claimed are the longest overdue: where a million are behind, not all of them are looked at.
_FRONT = (
    sa.select(feeds.c.leased_until)
    .where(feeds.c.configured, feeds.c.next_poll_at <= sa.bindparam("due_by", type_=Moment))
    .order_by(feeds.c.next_poll_at)
    .limit(4_096)
    .subquery("few_leased")
)
_DUES = sa.union_all(
    _first(feeds.c.next_poll_at, feeds.c.configured, feeds.c.leased_until.is_(None)),
    # What is leased was due before: not ten thousand feeds are asked for the few that are.
    sa.select(sa.func.min(_FRONT.c.leased_until)),
    _first(entries.c.due_at, entries.c.due_at.is_not(sa.null()), entries.c.leased_until.is_(None), _FED),
    sa.select(sa.func.min(entries.c.leased_until)).where(entries.c.leased_until.is_not(sa.null()), _FED),
    sa.select(sa.func.min(deliveries.c.due_at)).where(
        sa.text(IS_LIVE),
        IS_PENDING,
        deliveries.c.leased_until.is_(None),
        deliveries.c.due_at > sa.bindparam("after", type_=Moment),
    ),
    sa.select(sa.func.min(deliveries.c.leased_until)).where(sa.text(IS_LIVE), IS_PENDING),
).subquery("dues")
_NEXT_DUE = Prepared(sa.select(sa.func.min(_DUES.c.due_at)))


def recover(connection: sa.Connection, *, now: datetime, first: timedelta) -> int:
    """Give every lease back; what was in flight may have arrived, and is repeated under that label.

    Where workers are at it, those of feeds and entries may be theirs, and run out by themselves.
    """
    are_shared = has_workers(connection)
    repeated: int = connection.execute(_COUNT_INFLIGHT).scalar_one()
    connection.execute(_REPEAT_INFLIGHT, {"again_at": now + first})
    pull_back(connection, now=now)
    for table, statement in _END_LEASES.items():
        if table is deliveries or not are_shared:
            connection.execute(statement)
    reach("recovering")
    return repeated


def pull_back(connection: sa.Connection, *, now: datetime, ahead: timedelta = HORIZON) -> int:
    """Make due now what is planned further `ahead`: the clock was wrong when it was planned. Return how much that was.

    What has happened later than now happened now: else nothing would leave, or be missed, until that time has come.
    """
    bounds = {"now": now, "horizon": now + ahead}
    forget_waits(connection, **bounds)
    forget_ahead(connection, now=now)
    for statement in _MAKE_PAST:
        connection.execute(statement, bounds)
    return sum(connection.execute(statement, bounds).rowcount for statement in _PULL_BACK)


def abandon(connection: sa.Connection, channels: Sequence[str], *, created_before: datetime) -> int:
    """Make deliveries of that age dead that wait for none of `channels`."""
    return connection.execute(_ABANDON, {"channels": list(channels), "before": created_before}).rowcount


def next_due_at(connection: sa.Connection, *, overdue_by: datetime | None = None) -> datetime | None:
    """Return when the next feed, entry or delivery falls due; a leased one when its lease ends.

    Deliveries that fell due by `overdue_by` are left out: what they wait for is no time.
    """
    bounds = {"after": overdue_by or _EVER, "due_by": overdue_by or _NEVER}
    due: datetime | None = _NEXT_DUE.row(connection, bounds)[0]
    return due


def repeat_lost(connection: sa.Connection, channels: Sequence[str], *, now: datetime) -> None:
    """Repeat, labelled, what was in flight on `channels` when its lease ended."""
    connection.execute(_REPEAT_LOST, {"now": now, "again_at": now, "channels": list(channels)})
