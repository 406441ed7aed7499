"""What a channel's report says: counts by watch, what waits for a person's eye, and what is not well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from monitor.alerting.report import MAX_SHOWN, DeadLetter, FeedLine, Possible, Report, SilenceLine
from monitor.model import DeliveryState, FeedHealth, Headline, Verdict
from monitor.store.pulse import ARTICLES, CANARY_ALERT
from monitor.store.tables import alerts, articles, deliveries, entries, feeds, matches, silences
from monitor.store.types import Moment

_SINCE = sa.bindparam("since", type_=Moment)
_UNTIL = sa.bindparam("until", type_=Moment)
_COUNTS = (
    sa.select(alerts.c.watches, sa.func.count())
    .where(alerts.c.created_at > _SINCE, alerts.c.created_at <= _UNTIL, alerts.c.reason.in_(ARTICLES))
    .group_by(alerts.c.watches)
)
_named = entries.alias("named")
_entry_of_match = (
    sa.select(sa.func.min(_named.c.id)).where(_named.c.article_id == matches.c.article_id).scalar_subquery()
)
_NAMES = ("title", "url", "feed_id", "published_at", "published_raw")
_POSSIBLE = (
    sa.select(matches.c.watch_id, *(sa.func.coalesce(articles.c[name], entries.c[name]).label(name) for name in _NAMES))
    .outerjoin(articles, articles.c.id == matches.c.article_id)
    .outerjoin(entries, entries.c.id == _entry_of_match)
    .where(
        matches.c.verdict == Verdict.POSSIBLE,
        matches.c.seen_at > _SINCE,
        matches.c.seen_at <= _UNTIL,
        matches.c.first_poll.is_(sa.false()),
        matches.c.watch_id.in_(sa.bindparam("watches", expanding=True)),
        sa.or_(articles.c.id.is_not(None), entries.c.id.is_not(None)),
    )
    .order_by(matches.c.seen_at.desc(), matches.c.article_id, matches.c.watch_id)
    .limit(MAX_SHOWN)
)
_DEAD = (
    sa.select(deliveries.c.alert_id, deliveries.c.channel_id, deliveries.c.error)
    .where(
        deliveries.c.state == DeliveryState.DEAD,
        deliveries.c.acked_at.is_(None),
        deliveries.c.carries.is_(sa.false()),
        deliveries.c.alert_id.not_in(CANARY_ALERT),
    )
    .order_by(deliveries.c.created_at.desc(), deliveries.c.id)
)
_SICK = (FeedHealth.FAILING, FeedHealth.GONE, FeedHealth.SILENT, FeedHealth.HELD)
_FEEDS = (
    sa.select(feeds.c.id, feeds.c.health, feeds.c.last_success_at, feeds.c.error)
    .where(feeds.c.configured, feeds.c.health.in_(_SICK))
    .order_by(feeds.c.id)
)
_FEED_COUNT = sa.select(sa.func.count()).select_from(feeds).where(feeds.c.configured)
_SILENCES = (
    sa.select(
        silences.c.author,
        silences.c.reason,
        silences.c.ends_at,
        sa.select(sa.func.count())
        .where(deliveries.c.silence_id == silences.c.id, deliveries.c.state == DeliveryState.MUTED)
        .scalar_subquery()
        .label("muted"),
    )
    .where(silences.c.starts_at <= _UNTIL, silences.c.ends_at > _UNTIL)
    .order_by(silences.c.ends_at, silences.c.id)
)


def load_report(
    connection: sa.Connection, *, kind: str, since: datetime, until: datetime, watches: Sequence[str]
) -> Report:
    """Return what a report of that time says of `watches`, and of feeds, deliveries and silences altogether."""
    span = {"since": since, "until": until}
    told, counts = 0, Counter[str]()
    for named, number in connection.execute(_COUNTS, span):
        mine = [watch for watch in named if watch in watches]
        told += number if mine else 0
        counts.update(dict.fromkeys(mine, number))
    possible = connection.execute(_POSSIBLE, span | {"watches": list(watches)}).all()
    return Report(
        kind=kind,
        since=since,
        until=until,
        alerts=told,
        counts=tuple(counts.items()),
        possible=tuple(Possible(watch, Headline(*named)) for watch, *named in possible),
        dead=tuple(DeadLetter(*row) for row in connection.execute(_DEAD)),
        feeds=tuple(FeedLine(id_, FeedHealth(health), *rest) for id_, health, *rest in connection.execute(_FEEDS)),
        feed_count=connection.execute(_FEED_COUNT).scalar_one(),
        silences=tuple(SilenceLine(*row) for row in connection.execute(_SILENCES, span)),
    )
