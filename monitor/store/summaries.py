"""What first polls found since the last summary, and that it was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from monitor.model import Headline
from monitor.planning.work import NewAlert, SummaryWork
from monitor.store.outbox import add_alerts
from monitor.store.tables import entries, feeds, matches

_COUNTED = sa.and_(feeds.c.configured, feeds.c.summary_due)
_FEEDS = sa.select(feeds.c.id, feeds.c.first_success_at).where(_COUNTED).order_by(feeds.c.id)
_NEVER = sa.and_(feeds.c.configured, feeds.c.first_success_at.is_(None))
_WAITING = sa.select(sa.func.count()).select_from(feeds).where(_NEVER, feeds.c.failures == 0)
_FAILING = sa.select(sa.func.count()).select_from(feeds).where(_NEVER, feeds.c.failures > 0)

_FOUND = entries.join(feeds, feeds.c.id == entries.c.feed_id)
_IS_FOUND = sa.and_(_COUNTED, entries.c.first_poll)
_HAS_MATCH = sa.exists().where(matches.c.article_id == entries.c.article_id, matches.c.verdict == "match")
_COUNT_FOUND = sa.select(sa.func.count(entries.c.article_id.distinct())).select_from(_FOUND).where(_IS_FOUND)
_COUNT_MATCHING = _COUNT_FOUND.where(_HAS_MATCH)

_ranked = (
    sa.select(
        entries,
        # One article in several feeds is named once.
        sa.func.row_number()
        .over(partition_by=entries.c.article_id, order_by=(entries.c.dated_at.desc(), entries.c.id))
        .label("place"),
    )
    .select_from(_FOUND)
    .where(_IS_FOUND, _HAS_MATCH)
    .subquery("ranked")
)
_NEWEST = (
    sa.select(_ranked.c.title, _ranked.c.url, _ranked.c.feed_id, _ranked.c.published_at, _ranked.c.published_raw)
    .where(_ranked.c.place == 1)
    .order_by(_ranked.c.dated_at.desc(), _ranked.c.id)
    .limit(sa.bindparam("newest", type_=sa.Integer))
)
_MARK_TOLD = sa.update(feeds).where(feeds.c.id.in_(sa.bindparam("told", expanding=True))).values(summary_due=False)


def load_summary(connection: sa.Connection, *, newest: int) -> SummaryWork:
    """Return what first polls found that was not told of yet, the `newest` matching articles among it.

    With `newest` 0 only the feeds are looked at, which takes milliseconds: to count what ten thousand first polls found
    takes a second, and who asks whether a summary is due asks each second.
    """
    counted = connection.execute(_FEEDS).all()
    waiting: int = connection.execute(_WAITING).scalar_one()
    failing: int = connection.execute(_FAILING).scalar_one()
    oldest_at = min((row.first_success_at for row in counted if row.first_success_at), default=None)
    found = SummaryWork(tuple(row.id for row in counted), 0, 0, (), waiting, failing, oldest_at)
    if not counted or not newest:
        return found
    return replace(
        found,
        articles=connection.execute(_COUNT_FOUND).scalar_one(),
        matching=connection.execute(_COUNT_MATCHING).scalar_one(),
        newest=tuple(Headline(*row) for row in connection.execute(_NEWEST, {"newest": newest})),
    )


def commit_summary(connection: sa.Connection, summary: NewAlert, told: Sequence[str]) -> None:
    """Write the summary and mark the feeds that it tells of."""
    add_alerts(connection, (summary,))
    connection.execute(_MARK_TOLD, {"told": list(told)})
