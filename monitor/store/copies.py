"""Which other feeds brought the article of an alert, as far as they have by now: one text of an agency is in many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from monitor.model import Alert, Headline
from monitor.store.tables import entries

CHUNK = 500  # articles in one IN list.
_NAMES = ("title", "url", "feed_id", "published_at", "published_raw")
_COPIES = (
    sa.select(entries.c.article_id, *(entries.c[name] for name in _NAMES))
    .where(entries.c.article_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(entries.c.seen_at, entries.c.id)
)


def with_copies(connection: sa.Connection, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """Return alerts with a headline for each further feed that has their article, in the order in which they came."""
    ids = sorted({alert.article_id for alert in alerts if alert.article_id})
    found: dict[str, dict[str, Headline]] = {}
    for start in range(0, len(ids), CHUNK):
        for row in connection.execute(_COPIES, {"ids": ids[start : start + CHUNK]}).mappings():
            headline = Headline(**{name: row[name] for name in _NAMES})
            found.setdefault(row["article_id"], {}).setdefault(headline.feed_id, headline)
    return tuple(_with(alert, found.get(alert.article_id or "", {})) for alert in alerts)


def _with(alert: Alert, copies: dict[str, Headline]) -> Alert:
    named = {headline.feed_id for headline in alert.headlines}
    further = (headline for feed_id, headline in copies.items() if feed_id not in named)
    return replace(alert, headlines=(*alert.headlines, *further))
