"""Where publishers are at home: the articles that tell it, and what was learned of them.

What teaches is what is stored anyway: an article that is read again, or by two feeds at once, is still one row, and it
is forgotten with its text. What was learned stays until more is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.model import Article
from monitor.planning.work import LearnedHome
from monitor.store.tables import articles, entries, feeds, homes
from monitor.store.views import reach

_CHARACTERS = 2_000  # of a body: the towns of a report stand at its beginning, and its reading costs 4 ms.
_UNREAD_MOST = 12  # a title and a teaser tell less than a text: they are a beginning, and no reason to stop learning.
_LIMIT = sa.bindparam("limit", type_=sa.Integer)
_FEW = sa.bindparam("few", type_=sa.Integer)
_FEED: sa.BindParameter[str] = sa.bindparam("feed")
_IDS: sa.BindParameter[str] = sa.bindparam("feeds", expanding=True)

_source = feeds.alias("source")
_twin = entries.alias("twin")


def _is_read(feed: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    # What a feed held at another URL was another publisher's.
    first = sa.select(_source.c.first_success_at).where(_source.c.id == feed).correlate(feeds).scalar_subquery()
    return sa.and_(articles.c.feed_id == feed, articles.c.has_text, articles.c.seen_at >= first)


def _is_unread(feed: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Name the entries of a feed's first poll that never will be read; of several of one article the first."""
    return sa.and_(
        entries.c.feed_id == feed,
        entries.c.first_poll,
        entries.c.due_at.is_(None),
        ~sa.exists().where(articles.c.id == entries.c.article_id).correlate(entries),
        ~sa.exists()
        .where(
            _twin.c.article_id == entries.c.article_id,
            _twin.c.feed_id == entries.c.feed_id,
            _twin.c.first_poll,
            _twin.c.due_at.is_(None),
            _twin.c.id < entries.c.id,
        )
        .correlate(entries),
    )


_NAMES = ("feed_id", "url", "title", "language")
_READ = (
    sa.select(
        articles.c.id,
        articles.c.seen_at,
        *(articles.c[name] for name in _NAMES),
        articles.c.lead,
        sa.func.substr(articles.c.body, 1, _CHARACTERS).label("body"),
    )
    .where(_is_read(_FEED))
    .order_by(articles.c.seen_at.desc(), articles.c.id)
    .limit(_LIMIT)
)
_UNREAD = (
    sa.select(
        entries.c.article_id.label("id"),
        entries.c.seen_at,
        *(entries.c[name] for name in _NAMES),
        entries.c.teaser.label("lead"),
        sa.func.substr(entries.c.text, 1, _CHARACTERS).label("body"),
    )
    .where(_is_unread(_FEED))
    .order_by(entries.c.dated_at.desc(), entries.c.id)
    .limit(_FEW)
)


def _count(table: sa.Table, where: sa.ColumnElement[bool], limit: sa.BindParameter[int]) -> sa.ScalarSelect[int]:
    # Bounded: of a feed with 100,000 articles as much as is looked at is counted.
    some = sa.select(table.c.id).where(where).limit(limit).correlate(feeds).subquery("few")
    return sa.select(sa.func.count()).select_from(some).correlate(feeds).scalar_subquery()


_COUNT = sa.select(
    feeds.c.id,
    _count(articles, _is_read(feeds.c.id), _LIMIT).label("read"),
    _count(entries, _is_unread(feeds.c.id), _FEW).label("unread"),
).where(feeds.c.id.in_(_IDS))
_LOAD = sa.select(homes).order_by(homes.c.feed_id)
_new = insert(homes)
_SAVE = _new.on_conflict_do_update(
    index_elements=[homes.c.feed_id],
    set_={name: _new.excluded[name] for name in ("home", "articles", "host", "learned_at")},
)


def load_homes(connection: sa.Connection) -> tuple[LearnedHome, ...]:
    """Return what was learned of each feed, by id."""
    return tuple(LearnedHome(**row) for row in connection.execute(_LOAD).mappings())


def read_homes(state: str | Path) -> tuple[LearnedHome, ...]:
    """Return what was learned of each feed, beside a running daemon. Raises: StoreError."""
    database = reach(state, read_only=True)
    try:
        with database.read() as connection:
            return load_homes(connection)
    finally:
        database.close()


def count_lessons(connection: sa.Connection, feed_ids: Sequence[str], *, limit: int) -> Mapping[str, int]:
    """Count the articles of each feed that it can be learned from, `limit` at most."""
    rows = connection.execute(_COUNT, {"feeds": list(feed_ids), **_bounds(limit)})
    return {row.id: min(row.read + row.unread, limit) for row in rows}


def list_lessons(connection: sa.Connection, feed_id: str, *, limit: int) -> tuple[Article, ...]:
    """Return a feed's newest articles, and what its first poll left unread; of long texts the beginning."""
    bounds = {"feed": feed_id, **_bounds(limit)}
    found = [
        Article(**row) for statement in (_READ, _UNREAD) for row in connection.execute(statement, bounds).mappings()
    ]
    return tuple(found[:limit])


def commit_home(connection: sa.Connection, learned: LearnedHome) -> None:
    """Remember what was learned of a feed."""
    connection.execute(_SAVE, {name: getattr(learned, name) for name in LearnedHome.__slots__})


def _bounds(limit: int) -> dict[str, int]:
    return {"limit": limit, "few": min(limit, _UNREAD_MOST)}
