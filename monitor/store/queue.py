"""What waits to be sent: counted by what is alike, and loaded where the plan has something to do about each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from monitor.model import Alert, DeliveryState, Reason, Severity
from monitor.planning.waiting import Bucket, Departed, Lane, Pick, Queue, Scope, Told, Waiting
from monitor.store.claims import is_free
from monitor.store.reminders import load_due
from monitor.store.rows import alert_of, delivery_of, silence_of
from monitor.store.tables import ALIKE, IS_LIVE, acks, alerts, deliveries, silences
from monitor.store.types import Moment
from monitor.store.waits import load_waits

MOST = 250  # rows that one round hands over to fallbacks: it takes 0.2 s, in which nothing else is written.
CHUNK = 1_000  # ids in one IN list.

_NOW = sa.bindparam("now", type_=Moment)
_EVER = datetime.min.replace(tzinfo=UTC)
_ARTICLES = (Reason.NEW, Reason.UPDATE, Reason.CORRECTION)
_RANKS = {severity.rank: severity for severity in Severity}


def _is_flood(rows: sa.FromClause) -> sa.ColumnElement[bool]:
    """What many at once of are told of together: articles that are not urgent."""
    return sa.and_(rows.c.reason.in_(_ARTICLES), rows.c.rank < Severity.HIGH.rank)


def _gathers(rows: sa.FromClause) -> sa.ColumnElement[bool]:
    """What may go into a digest. What was attempted alone stays alone: it may have arrived."""
    reminds = sa.and_(rows.c.grouped, rows.c.reason == Reason.REMINDER, rows.c.rank < Severity.HIGH.rank)
    return sa.and_(rows.c.attempts == 0, rows.c.carries.is_(sa.false()), sa.or_(_is_flood(rows), reminds))


_GATHERS = _gathers(deliveries)
_IS_DUE = sa.and_(deliveries.c.due_at <= _NOW, is_free(deliveries.c.leased_until))
_IS_LOST = sa.and_(deliveries.c.state == DeliveryState.INFLIGHT, deliveries.c.leased_until <= _NOW)
_counted = (
    sa.select(
        *(deliveries.c[name] for name in ALIKE),
        sa.func.count().label("number"),
        sa.func.min(deliveries.c.created_at).label("oldest_at"),
        sa.func.min(deliveries.c.first_due_at).label("since"),
    )
    .where(
        sa.text(IS_LIVE),
        sa.or_(
            sa.and_(deliveries.c.state == DeliveryState.PENDING, _IS_DUE),
            deliveries.c.state == DeliveryState.HELD,
            _IS_LOST,
        ),
    )
    .group_by(*(deliveries.c[name] for name in ALIKE))
    .subquery("counted")
)
# Judged by what is alike, and not row by row.
_BUCKETS = sa.select(_counted, sa.case((_gathers(_counted), 1), else_=0).label("gathers"))

_WAS_SINGLE = sa.and_(
    deliveries.c.carries.is_(sa.false()),
    _is_flood(deliveries),
    deliveries.c.departed_at > sa.bindparam("singles_after", type_=Moment),
)
_DEPARTED = (
    sa.select(
        deliveries.c.channel_id,
        deliveries.c.recipient,
        deliveries.c.rank,
        sa.func.sum(sa.case((_WAS_SINGLE, 1), else_=0)).label("singles"),
        sa.func.max(sa.case((deliveries.c.carries, deliveries.c.departed_at))).label("digest_at"),
        sa.func.max(deliveries.c.departed_at).label("last_at"),
    )
    # By a clock that was ahead some may have left later than now: that says nothing of today.
    .where(deliveries.c.departed_at > sa.bindparam("since", type_=Moment), deliveries.c.departed_at <= _NOW)
    .group_by(deliveries.c.channel_id, deliveries.c.recipient, deliveries.c.rank)
)
_SILENCES = sa.select(silences).where(silences.c.lasting).order_by(silences.c.ends_at, silences.c.id)

_accepted = deliveries.alias("accepted")
_CHANNELS = deliveries.c.channel_id.in_(sa.bindparam("channels", expanding=True))
_BEFORE = sa.bindparam("before", type_=Moment)
# A channel that takes other messages is well: what has not been tried there waits for its turn only.
_ACCEPTING = sa.select(_accepted.c.channel_id).where(
    _accepted.c.channel_id.in_(sa.bindparam("channels", expanding=True)),
    _accepted.c.delivered_at > _BEFORE,
    _accepted.c.delivered_at <= _NOW,
)
_RESTS = sa.tuple_(deliveries.c.channel_id, deliveries.c.rank).in_(sa.bindparam("resting", expanding=True))
_STRANDED = (
    sa.select(deliveries)
    .where(
        _CHANNELS,
        deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.INFLIGHT)),
        deliveries.c.first_due_at <= _BEFORE,
        sa.or_(
            deliveries.c.first_due_at <= sa.bindparam("gathered_before", type_=Moment),
            deliveries.c.carried_by.is_not(None),
            ~_GATHERS,
        ),
        # All that is found is acted upon: else it would be found again, in place of what comes after it.
        ~sa.and_(deliveries.c.state == DeliveryState.PENDING, _RESTS),
        deliveries.c.handed_to.is_(None),
        deliveries.c.carries.is_(sa.false()),
        sa.or_(deliveries.c.attempts > 0, deliveries.c.channel_id.not_in(_ACCEPTING)),
    )
    .order_by(deliveries.c.first_due_at, deliveries.c.id)
    .limit(MOST)
)
_ORPHANS = (
    sa.select(deliveries)
    .where(
        deliveries.c.channel_id.not_in(sa.bindparam("channels", expanding=True)),
        deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.HELD)),
        deliveries.c.reason.in_(_ARTICLES),
        deliveries.c.first_due_at <= _BEFORE,
        deliveries.c.handed_to.is_(None),
        deliveries.c.carries.is_(sa.false()),
    )
    .order_by(deliveries.c.first_due_at, deliveries.c.id)
    .limit(MOST)
)
_DIED = (
    sa.select(deliveries)
    .where(
        _CHANNELS,
        deliveries.c.state == DeliveryState.DEAD,
        deliveries.c.due_at > sa.bindparam("died_after", type_=Moment),
        deliveries.c.handed_to.is_(None),
        deliveries.c.acked_at.is_(None),
        deliveries.c.carries.is_(sa.false()),
    )
    .order_by(deliveries.c.first_due_at, deliveries.c.id)
    .limit(MOST)
)
_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_ALERTS = sa.select(alerts).where(alerts.c.id.in_(_IDS))
_TOLD_BEFORE = (
    sa.select(alerts.c.article_id, deliveries.c.channel_id, deliveries.c.recipient, deliveries.c.watches)
    .join(deliveries, deliveries.c.alert_id == alerts.c.id)
    # What only waits may yet be silenced, or never arrive.
    .where(alerts.c.article_id.in_(_IDS), deliveries.c.state == DeliveryState.DELIVERED)
)
_NOTED = sa.select(acks.c.alert_id, acks.c.acked_by).where(acks.c.alert_id.in_(_IDS))


def load_queue(connection: sa.Connection, scope: Scope, *, now: datetime) -> Queue:
    """Return what waits, counted; where nothing does, that is one look at an index."""
    counted = connection.execute(_BUCKETS, {"now": now}).all()
    buckets = tuple(_bucket(row) for row in counted if row.state != DeliveryState.INFLIGHT)
    return Queue(
        buckets=buckets,
        departed=_departed(connection, scope, now) if _asks_what_departed(buckets, scope) else {},
        silences=tuple(silence_of(row) for row in connection.execute(_SILENCES).mappings()),
        stranded=_stranded(connection, scope, now) if scope.covered else (),
        told=_told(connection, scope) if scope.reminded else (),
        lost=tuple(sorted({row.channel_id for row in counted if row.state == DeliveryState.INFLIGHT})),
        waits=load_waits(connection, (row.channel_id for row in buckets if row.state is DeliveryState.PENDING)),
    )


def load_orphans(connection: sa.Connection, channels: Sequence[str], *, before: datetime) -> tuple[Waiting, ...]:
    """Return what tells of articles, waits for none of `channels` since then, and was not handed over."""
    asked = {"channels": list(channels), "before": before}
    return _waiting(connection, connection.execute(_ORPHANS, asked).mappings().all())


def _bucket(row: sa.Row[tuple[object, ...]]) -> Bucket:
    return Bucket(
        channel_id=row.channel_id,
        recipient=row.recipient,
        state=DeliveryState(row.state),
        severity=_RANKS[row.rank],
        number=row.number,
        oldest_at=row.oldest_at,
        since=row.since,
        gathers=bool(row.gathers),
        grouped=row.grouped,
        carries=row.carries and row.attempts == 0,
    )


def _asks_what_departed(buckets: Sequence[Bucket], scope: Scope) -> bool:
    """Say whether it matters: something may go into a digest, or has waited for long."""
    long_ago = scope.stranded_before or _EVER
    return any(bucket.gathers or bucket.since <= long_ago for bucket in buckets)


def _departed(connection: sa.Connection, scope: Scope, now: datetime) -> dict[Lane, Departed]:
    since = min(scope.singles_after, scope.digests_after)
    rows = connection.execute(_DEPARTED, {"singles_after": scope.singles_after, "since": since, "now": now})
    found: dict[Lane, Departed] = {}
    for row in rows:
        before = found.get((row.channel_id, row.recipient), Departed())
        found[row.channel_id, row.recipient] = Departed(
            before.singles + row.singles,
            max((at for at in (before.digest_at, row.digest_at) if at), default=None),
            {**before.last_at, row.rank: row.last_at},
        )
    return found


def _stranded(connection: sa.Connection, scope: Scope, now: datetime) -> tuple[Waiting, ...]:
    asked = {
        "now": now,
        "channels": list(scope.covered),
        "before": scope.stranded_before or _EVER,
        "gathered_before": scope.gathered_before or scope.stranded_before or _EVER,
        "resting": [(channel_id, severity.rank) for channel_id, severity in scope.resting],
        "died_after": scope.died_after or _EVER,
    }
    rows = [row for statement in (_DIED, _STRANDED) for row in connection.execute(statement, asked).mappings()]
    return _waiting(connection, rows)


def _told(connection: sa.Connection, scope: Scope) -> tuple[Told, ...]:
    rows = load_due(connection, scope.reminded)
    told = _alerts(connection, {row["alert_id"] for row in rows})
    return tuple(
        Told(delivery_of(row), _narrowed(told[row["alert_id"]], row), row["reminders"], row["reminded_at"])
        for row in rows
    )


# --- single deliveries --------------------------------------------------------------------------------------------

_LANE = (
    sa.text(IS_LIVE),
    deliveries.c.state == DeliveryState.PENDING,
    deliveries.c.channel_id == sa.bindparam("channel"),
    deliveries.c.recipient == sa.bindparam("recipient"),
    deliveries.c.rank >= sa.bindparam("least", type_=sa.Integer),
    _IS_DUE,
)
_SORTED = (deliveries.c.rank.desc(), deliveries.c.created_at, deliveries.c.id)


def _first(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Find the first of a lane within the index, and look up only those."""
    first = sa.select(deliveries.c.id).where(*_LANE, *conditions).order_by(*_SORTED)
    limited = first.limit(sa.bindparam("limit", type_=sa.Integer)).subquery("first")
    return sa.select(deliveries).where(deliveries.c.id.in_(sa.select(limited.c.id))).order_by(*_SORTED)


_AT_MOST = deliveries.c.rank <= sa.bindparam("most", type_=sa.Integer)
_SOLO = _first(~_GATHERS, _AT_MOST)
_FRESH = _first(_GATHERS, deliveries.c.grouped.is_(sa.false()), _AT_MOST)
_GATHERED = _first(_GATHERS)


def load_waiting(connection: sa.Connection, pick: Pick, *, now: datetime) -> tuple[Waiting, ...]:
    """Return the deliveries that a pick asks for, the most severe first, then the oldest."""
    statement = _GATHERED if pick.digest else _FRESH if pick.gathers else _SOLO
    asked = {
        "channel": pick.channel_id,
        "recipient": pick.recipient,
        "least": pick.least.rank,
        "most": pick.most.rank,
        "limit": pick.limit,
        "now": now,
    }
    return _waiting(connection, connection.execute(statement, asked).mappings().all())


def _waiting(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> tuple[Waiting, ...]:
    told = _alerts(connection, {row["alert_id"] for row in rows})
    before = _told_before(connection, [each for each in told.values() if each.reason is Reason.UPDATE])
    reminded = (row["reminds"] for row in rows if row["reason"] == Reason.REMINDER)
    noted = _noted(connection, [id_ for id_ in reminded if id_])
    return tuple(
        Waiting(
            delivery_of(row),
            _narrowed(told[row["alert_id"]], row),
            row["first_due_at"],
            before.get((told[row["alert_id"]].article_id or "", row["channel_id"], row["recipient"]), frozenset()),
            noted.get(row["reminds"], ""),
        )
        for row in rows
    )


def _alerts(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Alert]:
    wanted = sorted(ids)
    found: dict[str, Alert] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = connection.execute(_ALERTS, {"ids": wanted[start : start + CHUNK]}).mappings()
        found |= {row["id"]: alert_of(row) for row in rows}
    return found


def _narrowed(alert: Alert, row: sa.RowMapping) -> Alert:
    """Return an alert as severe as it is for whom a delivery tells of it."""
    return replace(alert, severity=alert.severity_for(row["watches"]))


def _noted(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return who took note of which of these alerts."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(_NOTED, {"ids": ids[start : start + CHUNK]})
        found |= {row.alert_id: row.acked_by for row in rows}
    return found


_Before = dict[tuple[str, str, str], frozenset[str]]


def _told_before(connection: sa.Connection, updates: Sequence[Alert]) -> _Before:
    """Return by article, channel and recipient which watches were told of."""
    before: _Before = {}
    articles = sorted({each.article_id for each in updates if each.article_id})
    for start in range(0, len(articles), CHUNK):
        for row in connection.execute(_TOLD_BEFORE, {"ids": articles[start : start + CHUNK]}):
            lane = row.article_id, row.channel_id, row.recipient
            before[lane] = before.get(lane, frozenset()).union(row.watches)
    return before
