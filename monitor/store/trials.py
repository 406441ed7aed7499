"""New watches on what is stored: the articles to try them on, what they find, and that they were tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.model import Article
from monitor.planning.work import EntryState, Span, StoredArticle, TrialPlan
from monitor.store.reads import add_found, lock_article, told_of
from monitor.store.tables import alerts, articles, entries, matches, watches
from monitor.store.types import Moment

_EVER = datetime.min.replace(tzinfo=UTC)
_FOREVER = datetime.max.replace(tzinfo=UTC)
_LOAD_WATCHES = sa.select(watches.c.id, watches.c.digest)
_new_watch = insert(watches)
_SAVE_WATCHES = _new_watch.on_conflict_do_update(
    index_elements=[watches.c.id], set_={"digest": _new_watch.excluded.digest}
)
_DROP_WATCH = sa.delete(watches).where(watches.c.id == sa.bindparam("gone"))

_UNTIL = sa.bindparam("until", type_=Moment)
_COLUMNS = ("feed_id", "url", "title", "language", "published_at", "published_raw")
_read = sa.select(
    articles.c.id,
    articles.c.seen_at.label("at"),
    *(articles.c[name] for name in _COLUMNS),
    articles.c.lead,
    articles.c.body,
    articles.c.tail,
    articles.c.incomplete,
).where(articles.c.seen_at <= _UNTIL)
# What a first poll left unread: of several entries of one article the first.
_twin = entries.alias("twin")
_unread = sa.select(
    entries.c.article_id.label("id"),
    entries.c.dated_at.label("at"),
    *(entries.c[name] for name in _COLUMNS),
    entries.c.teaser.label("lead"),
    entries.c.text.label("body"),
    sa.literal("", type_=sa.Text).label("tail"),
    sa.literal("", type_=sa.Text).label("incomplete"),
).where(
    entries.c.due_at.is_(None),
    entries.c.state != EntryState.HELD,
    entries.c.seen_at <= _UNTIL,
    ~sa.exists().where(articles.c.id == entries.c.article_id),
    ~sa.exists().where(_twin.c.article_id == entries.c.article_id, _twin.c.id < entries.c.id),
)
_all = sa.union_all(_read, _unread).subquery("stored")
_at, _id = sa.bindparam("at", type_=Moment), sa.bindparam("id", type_=sa.Text)
_LIST = (
    sa.select(_all)
    .where(
        _all.c.at >= sa.bindparam("since", type_=Moment),
        sa.or_(_all.c.at < _at, sa.and_(_all.c.at == _at, _all.c.id > _id)),
    )
    .order_by(_all.c.at.desc(), _all.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_LIST_TOLD = sa.select(matches.c.article_id, matches.c.watch_id).where(
    matches.c.article_id.in_(_IDS), matches.c.verdict == "match"
)
_LIST_ALERTED = sa.select(alerts.c.article_id).where(alerts.c.article_id.in_(_IDS))


def load_watches(connection: sa.Connection) -> dict[str, str]:
    """Return the digest of each watch as it was last tried, by id."""
    return {row.id: row.digest for row in connection.execute(_LOAD_WATCHES)}


def commit_watches(connection: sa.Connection, digests: Mapping[str, str]) -> None:
    """Remember these watches as tried, and forget all others: one that comes back is new."""
    known = load_watches(connection)
    gone = [{"gone": id_} for id_ in sorted(known.keys() - digests.keys())]
    changed = [{"id": id_, "digest": digest} for id_, digest in sorted(digests.items()) if known.get(id_) != digest]
    if gone:
        connection.execute(_DROP_WATCH, gone)
    if changed:
        connection.execute(_SAVE_WATCHES, changed)


def list_articles(
    connection: sa.Connection, span: Span, *, after: StoredArticle | None, limit: int
) -> tuple[StoredArticle, ...]:
    """Return a batch of stored articles, newest first, with what is known of each."""
    start = {"at": after.seen_at, "id": after.article.id} if after else {"at": _FOREVER, "id": ""}
    rows = (
        connection.execute(_LIST, {"since": span.since or _EVER, "until": span.until, "limit": limit} | start)
        .mappings()
        .all()
    )
    ids = {"ids": [row["id"] for row in rows]}
    told: dict[str, set[str]] = {}
    for row in connection.execute(_LIST_TOLD, ids):
        told.setdefault(row.article_id, set()).add(row.watch_id)
    alerted = set(connection.execute(_LIST_ALERTED, ids).scalars())
    return tuple(
        StoredArticle(_article(row), row["at"], frozenset(told.get(row["id"], ())), row["id"] in alerted)
        for row in rows
    )


def _article(row: sa.RowMapping) -> Article:
    named = {name: value for name, value in row.items() if name != "at"}
    return Article(seen_at=row["at"], **named)


def commit_trial(connection: sa.Connection, plan: TrialPlan) -> bool:
    """Write what new watches found in an article, unless somebody was told of it in between."""
    lock_article(connection, plan.article_id)
    if told_of(connection, plan.article_id) != plan.told:
        return False
    add_found(connection, plan.article_id, plan.matches, plan.alert, seen_at=plan.seen_at)
    return True
