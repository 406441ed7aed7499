"""What a read starts from, and what it changes: the article, its matches, the alert and its deliveries together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.failpoints import reach
from monitor.model import Match, Reason, Severity
from monitor.planning.again import MAY_BE_TOLD
from monitor.planning.work import NewAlert, ReadPlan, ReadWork, StoredEntry
from monitor.store.outbox import add_alerts
from monitor.store.prepared import Prepared
from monitor.store.rows import Values, article_of, article_values, entry_of, match_values, reading_values
from monitor.store.tables import alerts, articles, deliveries, entries, identities, matches
from monitor.store.types import Moment

_ARTICLE: sa.BindParameter[str] = sa.bindparam("article")
_LOAD_ENTRY = Prepared(
    sa.select(entries).where(entries.c.id == sa.bindparam("entry"), entries.c.due_at.is_not(sa.null()))
)
_LOAD_KEYS = Prepared(
    sa.select(identities.c.key).where(identities.c.entry_id == sa.bindparam("entry")).order_by(identities.c.key)
)
_LOAD_ARTICLE = Prepared(sa.select(articles).where(articles.c.id == _ARTICLE))
_MATCHED = sa.select(matches.c.watch_id).where(matches.c.article_id == _ARTICLE, matches.c.verdict == "match")
_LOAD_MATCHED = Prepared(_MATCHED)
# What another feed's first poll matched and did not announce is still news where it comes up as new.
_LOAD_TOLD = Prepared(_MATCHED.where(matches.c.first_poll.is_(sa.false())))
# The severities that were told, and when each update went out, or is to.
_LOAD_ALERTS = Prepared(
    sa.select(alerts.c.severity, alerts.c.reason, sa.func.max(deliveries.c.first_due_at).label("due_at"))
    .outerjoin(deliveries, deliveries.c.alert_id == alerts.c.id)
    .where(alerts.c.article_id == _ARTICLE)
    .group_by(alerts.c.id, alerts.c.severity, alerts.c.reason)
)

# On PostgreSQL reads of one article commit one after the other; on SQLite all writers do, and need no lock more.
_LOCK_ARTICLE = sa.select(entries.c.id).where(entries.c.article_id == _ARTICLE).order_by(entries.c.id).with_for_update()
# Under the lease that it was loaded under: one that has run out may be another's by now.
_END = (
    sa.update(entries)
    .where(
        entries.c.id == sa.bindparam("entry"),
        entries.c.leased_until.is_not_distinct_from(sa.bindparam("lease", type_=Moment)),
    )
    .values(leased_until=None)
)
_END_LEASE = Prepared(_END)
_SAVE_ENTRY = Prepared(_END.where(entries.c.restated.is_(sa.false())))

_UNMARK = Prepared(sa.delete(identities).where(identities.c.key == sa.bindparam("key")))

_new_article = insert(articles)
_SAVE_ARTICLE = Prepared(
    _new_article.on_conflict_do_update(
        index_elements=[articles.c.id],
        set_={column.name: _new_article.excluded[column.name] for column in articles.c if not column.primary_key},
    )
)
_new_match = insert(matches)
_SAVE_MATCHES = Prepared(
    _new_match.on_conflict_do_update(
        index_elements=[matches.c.article_id, matches.c.watch_id],
        set_={column.name: _new_match.excluded[column.name] for column in matches.c if not column.primary_key},
        # A possible match may become a certain one, a first poll's one that is told; a certain one stays what it was.
        where=sa.or_(matches.c.verdict != "match", matches.c.first_poll),
    )
)


def load_read(connection: sa.Connection, entry_id: str) -> ReadWork | None:
    """Return what a read starts from; None if the entry is gone or not to be read any more."""
    row = _LOAD_ENTRY.row(connection, {"entry": entry_id})
    if row is None:
        return None
    keys = tuple(row.key for row in _LOAD_KEYS.rows(connection, {"entry": entry_id}))
    stored = entry_of(row._asdict(), keys)
    article = _LOAD_ARTICLE.row(connection, {"article": stored.article_id})
    told = _LOAD_ALERTS.rows(connection, {"article": stored.article_id})
    return ReadWork(
        stored=stored,
        article=article_of(article._asdict()) if article else None,
        told=_told(connection, stored),
        alerted=bool(told),
        severity=max((Severity(row.severity) for row in told), key=lambda severity: severity.rank, default=None),
        updated_at=max((row.due_at for row in told if row.reason == Reason.UPDATE and row.due_at), default=None),
    )


def commit_read(connection: sa.Connection, plan: ReadPlan) -> bool:
    """Write all that a read changes, unless another read of the article told somebody in between.

    An entry that its feed restated since the read began keeps what the feed said, and is due again. One that another
    process has taken up since is left to that.
    """
    stored, article = plan.stored, plan.article
    held = {"entry": stored.id, "lease": stored.leased_until}
    lock_article(connection, article.id)
    if _told(connection, stored) != plan.told:
        _END_LEASE.run(connection, held)
        return False
    if not (_SAVE_ENTRY.run(connection, reading_values(stored) | held) or _END_LEASE.run(connection, held)):
        return False
    _SAVE_ARTICLE.run(connection, article_values(article, seen_at=stored.seen_at))
    reach("article-written")
    alert = plan.alert
    if MAY_BE_TOLD + stored.id in stored.keys:
        alert = _labelled(alert)
        if stored.due_at is None:
            _UNMARK.run(connection, {"key": MAY_BE_TOLD + stored.id})
    add_found(connection, article.id, plan.matches, alert, seen_at=stored.seen_at)
    reach("deliveries-written")
    return True


def _labelled(alert: NewAlert | None) -> NewAlert | None:
    """Return an alert whose deliveries say that they may be repeats."""
    return alert and replace(alert, deliveries=tuple(replace(row, repeats=1) for row in alert.deliveries))


def lock_article(connection: sa.Connection, article_id: str) -> None:
    """Let nobody else commit matches of an article until this transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.execute(_LOCK_ARTICLE, {"article": article_id})


def add_found(
    connection: sa.Connection, article_id: str, found: Sequence[Match], alert: NewAlert | None, *, seen_at: datetime
) -> None:
    """Write an article's matches and the alert that tells of them."""
    told = alert.alert.watches if alert else ()
    add_alerts(connection, (alert,) if alert else ())
    rows = (
        match_values(
            article_id,
            match,
            seen_at=seen_at,
            alert_id=alert.alert.id if alert and match.watch_id in told else None,
        )
        for match in found
    )
    add_matches(connection, sorted(rows, key=lambda row: str(row["watch_id"])))


def add_matches(connection: sa.Connection, rows: Sequence[Values]) -> None:
    """Write matches; one that is certain already is left alone."""
    _SAVE_MATCHES.run(connection, *rows)


def _told(connection: sa.Connection, stored: StoredEntry) -> frozenset[str]:
    statement = _LOAD_TOLD if stored.announce else _LOAD_MATCHED
    return frozenset(row.watch_id for row in statement.rows(connection, {"article": stored.article_id}))


def told_of(connection: sa.Connection, article_id: str) -> frozenset[str]:
    """Return the watches that have matched an article, told or not."""
    return frozenset(row.watch_id for row in _LOAD_MATCHED.rows(connection, {"article": article_id}))
