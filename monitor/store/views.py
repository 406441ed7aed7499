"""What the command line shows of a state, read beside a running daemon: no lock is taken, nothing is held up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.model import Alert, Delivery, DeliveryState, Headline, Match
from monitor.planning.troubles import STALL, Incident
from monitor.planning.work import FeedState
from monitor.store.claims import IS_INFLIGHT, IS_PENDING
from monitor.store.copies import with_copies
from monitor.store.database import Database, connect, is_postgres
from monitor.store.polls import KNOWN_FEEDS
from monitor.store.pulse import CANARY_ALERT, IS_CANARY, load_pulse
from monitor.store.rows import alert_of, delivery_of, match_of, state_of
from monitor.store.schema import require_head
from monitor.store.tables import alerts, articles, deliveries, entries, feeds, matches
from monitor.store.types import BIGGEST, Moment

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert and its deliveries, in the order of their channels and recipients."""

    alert: Alert
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class PossibleView:
    """A match kept below the bar, with the article it was found in, as far as that is still known."""

    article_id: str
    match: Match
    headline: Headline | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed's poll memory; `configured` False: it is not in the configuration any more."""

    state: FeedState
    configured: bool


@dataclass(frozen=True, slots=True)
class DeadView:
    """A delivery that was given up and that nobody has acknowledged, with its alert."""

    delivery: Delivery
    alert: Alert


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel to which something was ever due: what it accepted last, how many deliveries wait and since when."""

    channel_id: str
    accepted_at: datetime | None
    waiting: int
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class StalledView:
    """A channel that has accepted nothing since `since` although `waiting` deliveries are due."""

    channel_id: str
    since: datetime
    waiting: int
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class IncompleteView:
    """An article whose page gave no text, and why."""

    url: str
    title: str
    incomplete: str


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """How much is remembered."""

    feeds: int
    entries: int
    articles: int
    matches: int
    alerts: int


# --- statements ---------------------------------------------------------------------------------------------------

_SINCE = sa.bindparam("since", type_=Moment)
_LIMIT = sa.bindparam("limit", type_=sa.BigInteger)
_newest_alerts = (
    sa.select(alerts.c.id)
    .where(alerts.c.created_at >= _SINCE)
    .order_by(alerts.c.created_at.desc(), alerts.c.id)
    .limit(_LIMIT)
    .subquery("newest")
)
_LIST_ALERTS = (
    sa.select(alerts)
    .join(_newest_alerts, _newest_alerts.c.id == alerts.c.id)
    .order_by(alerts.c.created_at.desc(), alerts.c.id)
)
_LIST_DELIVERIES = (
    sa.select(deliveries)
    .join(_newest_alerts, _newest_alerts.c.id == deliveries.c.alert_id)
    .order_by(deliveries.c.channel_id, deliveries.c.recipient, deliveries.c.id)
)

# An article that was matched on its feed's own text only was never read: its entry names it.
_named = entries.alias("named")
_entry_of_match = (
    sa.select(sa.func.min(_named.c.id)).where(_named.c.article_id == matches.c.article_id).scalar_subquery()
)
_NAMES = ("title", "url", "feed_id", "published_at", "published_raw")
_LIST_POSSIBLE = (
    sa.select(
        matches,
        *(sa.func.coalesce(articles.c[name], entries.c[name]).label(name) for name in _NAMES),
    )
    .outerjoin(articles, articles.c.id == matches.c.article_id)
    .outerjoin(entries, entries.c.id == _entry_of_match)
    .where(matches.c.verdict == "possible", matches.c.seen_at >= _SINCE)
    .order_by(matches.c.seen_at.desc(), matches.c.article_id, matches.c.watch_id)
    .limit(_LIMIT)
)
_member = deliveries.alias("member")
_LIST_FEEDS = KNOWN_FEEDS.order_by(feeds.c.id)
_COUNT_DELIVERIES = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
# What a digest carries counts, and not the digest beside it. There are few of those.
_COUNT_CARRIERS = _COUNT_DELIVERIES.where(
    deliveries.c.id.in_(sa.select(_member.c.carried_by).where(_member.c.carried_by.is_not(None)))
)
# A canary is no news: taken out of the counts, which its few rows do not slow down.
_COUNT_CANARY = _COUNT_DELIVERIES.where(IS_CANARY)
_DEAD = sa.and_(
    deliveries.c.state == DeliveryState.DEAD,
    deliveries.c.acked_at.is_(None),
    deliveries.c.alert_id.not_in(CANARY_ALERT),
)
_DEAD_ALERTS = sa.select(alerts).where(alerts.c.id.in_(sa.select(deliveries.c.alert_id).where(_DEAD)))
# What a digest carried is listed itself.
_LIST_DEAD = (
    sa.select(deliveries)
    .where(_DEAD, deliveries.c.carries.is_(sa.false()))
    .order_by(deliveries.c.created_at.desc(), deliveries.c.id)
)
_ACK_ALL = sa.update(deliveries).where(_DEAD).values(acked_at=sa.bindparam("acked", type_=Moment))
_ACK = _ACK_ALL.where(deliveries.c.id.in_(sa.bindparam("ids", expanding=True)))
_SAYS_SOMETHING = (deliveries.c.carries.is_(sa.false()), deliveries.c.alert_id.not_in(CANARY_ALERT))
_ACCEPTED = (
    sa.select(deliveries.c.channel_id, sa.func.max(deliveries.c.delivered_at).label("accepted_at"))
    .where(deliveries.c.delivered_at.is_not(sa.null()))
    .group_by(deliveries.c.channel_id)
)
_WAITING = (
    sa.select(
        deliveries.c.channel_id,
        sa.func.count().label("waiting"),
        sa.func.min(deliveries.c.first_due_at).label("waiting_since"),
    )
    .where(
        sa.or_(IS_PENDING, IS_INFLIGHT),
        deliveries.c.first_due_at <= sa.bindparam("now", type_=Moment),
        *_SAYS_SOMETHING,
    )
    .group_by(deliveries.c.channel_id)
)
_INCOMPLETE = (
    sa.select(articles.c.url, articles.c.title, articles.c.incomplete)
    .where(articles.c.incomplete != "", articles.c.seen_at >= _SINCE)
    .order_by(articles.c.seen_at.desc(), articles.c.id)
)
_RETRYING = (
    sa.select(deliveries)
    .where(IS_PENDING, deliveries.c.attempts > 0, *_SAYS_SOMETHING)
    .order_by(deliveries.c.created_at, deliveries.c.id)
)
_COUNTS = sa.select(
    *(
        sa.select(sa.func.count()).select_from(table).scalar_subquery().label(table.name)
        for table in (feeds, entries, articles, matches, alerts)
    )
)


class Views:
    """Look at a state. Each call sees one moment of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def list_alerts(self, *, since: datetime | None = None, limit: int | None = None) -> tuple[AlertView, ...]:
        """Return alerts with their deliveries, newest first; all of them unless bounded."""
        bounds = _bounds(since, limit)
        by_alert: dict[str, list[Delivery]] = {}
        with self._database.read() as connection:
            for row in connection.execute(_LIST_DELIVERIES, bounds).mappings():
                by_alert.setdefault(row["alert_id"], []).append(delivery_of(row))
            told = with_copies(
                connection, [alert_of(row) for row in connection.execute(_LIST_ALERTS, bounds).mappings()]
            )
        return tuple(AlertView(alert, tuple(by_alert.get(alert.id, ()))) for alert in told)

    def list_possible(self, *, since: datetime | None = None, limit: int | None = None) -> tuple[PossibleView, ...]:
        """Return matches kept below the bar, newest first; all of them unless bounded."""
        with self._database.read() as connection:
            rows = connection.execute(_LIST_POSSIBLE, _bounds(since, limit)).mappings()
            return tuple(_possible_of(row) for row in rows)

    def list_feeds(self) -> tuple[FeedView, ...]:
        """Return the poll memory of every feed, by id; those no longer configured too."""
        with self._database.read() as connection:
            rows = connection.execute(_LIST_FEEDS).mappings()
            return tuple(FeedView(state_of(row), row["configured"]) for row in rows)

    def count_deliveries(self) -> Mapping[DeliveryState, int]:
        """Return how many deliveries are in each state, the empty ones too. Dead ones count until they expire.

        A canary's do not count, and of a digest what it carries does.
        """
        with self._database.read() as connection:
            found = {DeliveryState(state): count for state, count in connection.execute(_COUNT_DELIVERIES)}
            tests = {DeliveryState(state): count for state, count in connection.execute(_COUNT_CANARY)}
            carriers = {DeliveryState(state): count for state, count in connection.execute(_COUNT_CARRIERS)}
        return {state: found.get(state, 0) - tests.get(state, 0) - carriers.get(state, 0) for state in DeliveryState}

    def list_dead(self) -> tuple[DeadView, ...]:
        """Return the deliveries that were given up and not acknowledged, newest first."""
        with self._database.read() as connection:
            told = {row["id"]: alert_of(row) for row in connection.execute(_DEAD_ALERTS).mappings()}
            rows = connection.execute(_LIST_DEAD).mappings()
            return tuple(DeadView(delivery_of(row), told[row["alert_id"]]) for row in rows)

    def list_incidents(self) -> Mapping[str, Incident]:
        """Return the troubles that were told of and are not over, by channel."""
        with self._database.read() as connection:
            return load_pulse(connection).incidents

    def list_incomplete(self, *, since: datetime) -> tuple[IncompleteView, ...]:
        """Return the articles seen since then that were matched on their feed's text only, newest first."""
        with self._database.read() as connection:
            return tuple(IncompleteView(**row) for row in connection.execute(_INCOMPLETE, {"since": since}).mappings())

    def list_retrying(self) -> tuple[Delivery, ...]:
        """Return the deliveries that were tried and wait to be tried again, oldest first."""
        with self._database.read() as connection:
            return tuple(delivery_of(row) for row in connection.execute(_RETRYING).mappings())

    def list_channels(self, *, now: datetime) -> tuple[ChannelView, ...]:
        """Return what each channel accepted last and what waits for it, by id."""
        with self._database.read() as connection:
            accepted = {row.channel_id: row.accepted_at for row in connection.execute(_ACCEPTED)}
            waiting = {row.channel_id: row for row in connection.execute(_WAITING, {"now": now})}
        return tuple(
            ChannelView(
                channel_id=id_,
                accepted_at=accepted.get(id_),
                waiting=waiting[id_].waiting if id_ in waiting else 0,
                waiting_since=waiting[id_].waiting_since if id_ in waiting else None,
            )
            for id_ in sorted(accepted.keys() | waiting.keys())
        )

    def stalled_channels(self, *, now: datetime, stall: timedelta = STALL) -> tuple[StalledView, ...]:
        """Return the channels that have accepted nothing for `stall` while something waited, by id."""
        stalled: list[StalledView] = []
        for channel in self.list_channels(now=now):
            if channel.waiting_since is None:
                continue
            since = max(channel.waiting_since, channel.accepted_at or channel.waiting_since)
            if now - since >= stall:
                stalled.append(StalledView(channel.channel_id, since, channel.waiting, channel.accepted_at))
        return tuple(stalled)

    def count_stored(self) -> StoredCounts:
        """Return how much is remembered."""
        with self._database.read() as connection:
            return StoredCounts(**connection.execute(_COUNTS).mappings().one())


def open_views(state: str | Path) -> Views:
    """Open a state to look at it. Raises: StoreError if there is none yet, or it is not at this version's schema."""
    return Views(reach(state, read_only=True))


def ack_dead(state: str | Path, ids: Sequence[str] | None = None, *, now: datetime) -> int:
    """Acknowledge dead deliveries, all of them if `ids` is None. Returns how many were not before. Raises: StoreError.

    A short write of its own: a daemon may be running on the state.
    """
    database = reach(state, read_only=False)
    try:
        with database.write() as connection:
            if ids is None:
                return connection.execute(_ACK_ALL, {"acked": now}).rowcount
            return connection.execute(_ACK, {"acked": now, "ids": list(ids)}).rowcount
    finally:
        database.close()


def reach(state: str | Path, *, read_only: bool) -> Database:
    """Open a state beside whoever has it. Raises: StoreError if there is none, or it is not at our schema."""
    state = str(state)
    if not is_postgres(state) and not Path(state).is_file():
        raise StoreError(f"{state}: no state is there yet: start `monitor run` once")
    database = connect(state, read_only=read_only)
    try:
        require_head(database)
    except BaseException:
        database.close()
        raise
    return database


def _bounds(since: datetime | None, limit: int | None) -> dict[str, object]:
    return {"since": since or _EVER, "limit": BIGGEST if limit is None else limit}


def _possible_of(row: sa.RowMapping) -> PossibleView:
    headline = None if row["title"] is None else Headline(**{name: row[name] for name in _NAMES})
    return PossibleView(row["article_id"], match_of(row), headline, row["seen_at"])
