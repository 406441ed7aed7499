"""What is forgotten when it is old: texts first, then identities with the ledger of alerts and deliveries."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from monitor.planning.states import LIVE
from monitor.store.tables import alerts, articles, deliveries, entries, feeds, judgements, matches, silences
from monitor.store.types import Moment

_BEFORE = sa.bindparam("before", type_=Moment)
_LIMIT = sa.bindparam("limit", type_=sa.Integer)
# What a silence muted goes out when that ends.
_IS_UNENDED = sa.or_(deliveries.c.state.in_(LIVE), deliveries.c.silence_id.is_not(None))

_old_article = articles.alias("old_article")
_old_entry = entries.alias("old_entry")
_old_match = matches.alias("old_match")
_old_alert = alerts.alias("old_alert")

_EMPTY_ARTICLES = (
    sa.update(articles)
    .where(
        articles.c.id.in_(
            sa.select(_old_article.c.id).where(_old_article.c.has_text, _old_article.c.seen_at < _BEFORE).limit(_LIMIT)
        )
    )
    .values(lead="", body="", tail="", has_text=False)
)
# Title and teaser stay: without them an entry that is still listed would look changed.
_EMPTY_ENTRIES = (
    sa.update(entries)
    .where(
        entries.c.id.in_(
            sa.select(_old_entry.c.id)
            .where(_old_entry.c.has_text, _old_entry.c.seen_at < _BEFORE, _old_entry.c.due_at.is_(None))
            .limit(_LIMIT)
        )
    )
    .values(text="", has_text=False)
)
_DROP_ALERTS = sa.delete(alerts).where(
    alerts.c.id.in_(
        sa.select(_old_alert.c.id)
        .where(
            _old_alert.c.created_at < _BEFORE,
            ~sa.exists().where(deliveries.c.alert_id == _old_alert.c.id, _IS_UNENDED),
        )
        .limit(_LIMIT)
    )
)
_DROP_ENTRIES = sa.delete(entries).where(
    entries.c.id.in_(
        sa.select(_old_entry.c.id)
        .join(feeds, feeds.c.id == _old_entry.c.feed_id)
        .where(
            _old_entry.c.listed_at < _BEFORE,
            # Not in the last listing that was written down: its feed has let it go.
            _old_entry.c.listed_at < feeds.c.listed_at,
            _old_entry.c.due_at.is_(None),
        )
        .limit(_LIMIT)
    )
)
_DROP_MATCHES = sa.delete(matches).where(
    sa.tuple_(matches.c.article_id, matches.c.watch_id).in_(
        sa.select(_old_match.c.article_id, _old_match.c.watch_id)
        .where(_old_match.c.seen_at < _BEFORE, ~sa.exists().where(entries.c.article_id == _old_match.c.article_id))
        .limit(_LIMIT)
    )
)
_DROP_ARTICLES = sa.delete(articles).where(
    articles.c.id.in_(
        sa.select(_old_article.c.id)
        .where(_old_article.c.seen_at < _BEFORE, ~sa.exists().where(entries.c.article_id == _old_article.c.id))
        .limit(_LIMIT)
    )
)
_old_judgement = judgements.alias("old_judgement")
_DROP_JUDGEMENTS = sa.delete(judgements).where(
    sa.tuple_(judgements.c.alert_id, judgements.c.watch_id).in_(
        sa.select(_old_judgement.c.alert_id, _old_judgement.c.watch_id)
        .where(_old_judgement.c.judged_at < _BEFORE)
        .limit(_LIMIT)
    )
)
# One that has ended and let go of what it muted.
_old_silence = silences.alias("old_silence")
_DROP_SILENCES = sa.delete(silences).where(
    silences.c.id.in_(
        sa.select(_old_silence.c.id)
        .where(_old_silence.c.lasting.is_(sa.false()), _old_silence.c.ends_at < _BEFORE)
        .limit(_LIMIT)
    )
)
_TEXTS = (_EMPTY_ARTICLES, _EMPTY_ENTRIES)
# Entries before what only they keep.
_LEDGER = (_DROP_ALERTS, _DROP_ENTRIES, _DROP_MATCHES, _DROP_ARTICLES, _DROP_JUDGEMENTS, _DROP_SILENCES)


def expire(connection: sa.Connection, *, text_before: datetime, ledger_before: datetime, limit: int) -> int:
    """Drop what is old, `limit` rows at most; deliveries go with their alert, keys with their entry, uncounted."""
    left = limit
    for before, statements in ((text_before, _TEXTS), (ledger_before, _LEDGER)):
        for statement in statements:
            left -= connection.execute(statement, {"before": before, "limit": left}).rowcount
            if left <= 0:
                return limit
    return limit - left
