"""What a poll starts from, and what it changes: entries together with the validators that vouch for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.errors import StoreError
from monitor.model import Feed, FeedHealth
from monitor.planning.again import FIRST_AGAIN
from monitor.planning.identity import is_one_wire
from monitor.planning.work import EntryState, KnownEntry, PollPlan, PollWork, StoredEntry
from monitor.store.lock import LOCK_FAMILY
from monitor.store.noticed import NAMED, forget_noticed, noticed_in, save_noticed
from monitor.store.outbox import add_alerts
from monitor.store.outlines import forget_outlines, save_outline
from monitor.store.prepared import Prepared
from monitor.store.reads import add_matches
from monitor.store.rows import match_values, reading_values, state_of, state_values, stated_values
from monitor.store.tables import entries, feeds, homes, identities, listings, noticed
from monitor.store.types import Moment

T = TypeVar("T")

CHUNK = 1_000  # texts in one IN list: far below what either database takes, and few statements for 25,000 keys.
WIRE_LOCKS = 256  # on PostgreSQL: few, so that a feed with thousands of new texts does not fill its table of locks.
LISTING = timedelta(days=1)  # how often it is written down which entries a feed lists. See commit_poll.

# --- feeds --------------------------------------------------------------------------------------------------------

_CONFIGURED = sa.select(feeds.c.id, feeds.c.configured_url, feeds.c.configured)
_FORGET: dict[str, object] = {
    "health": FeedHealth.NEW,
    "failures": 0,
    "error": "",
    "summary_due": False,
    "etag": None,
    "last_modified": None,
    "body_digest": None,
    "failing_since": None,
    "first_success_at": None,
    "last_poll_at": None,
    "last_success_at": None,
    "cadence": None,
    "leased_until": None,
}
_INSERT_FEEDS = sa.insert(feeds)
_MOVE_FEEDS = (
    sa.update(feeds)
    .where(feeds.c.id == sa.bindparam("feed"))
    .values(
        configured=True,
        configured_url=sa.bindparam("to"),
        url=sa.bindparam("to"),
        next_poll_at=sa.bindparam("at", type_=Moment),
        **_FORGET,
    )
)
# What its old URL held is not what the next first poll finds.
_UNCOUNT = (
    sa.update(entries).where(entries.c.feed_id == sa.bindparam("feed"), entries.c.first_poll).values(first_poll=False)
)
_FORGET_HOME = sa.delete(homes).where(homes.c.feed_id == sa.bindparam("feed"))
_SET_CONFIGURED = (
    sa.update(feeds).where(feeds.c.id == sa.bindparam("feed")).values(configured=sa.bindparam("is_configured"))
)
# It is not known what stands at the new URL; what is held of the old one is held on.
_FORGET_LISTING = sa.update(listings).where(listings.c.feed_id == sa.bindparam("feed")).values(listed=0)
NO_BACKFILL = sa.update(feeds).where(feeds.c.first_success_at.is_(sa.null())).values(body_digest=FIRST_AGAIN)
# All that is known of feeds, for load_poll and list_feeds.
KNOWN_FEEDS = sa.select(feeds, listings.c.listed, listings.c.held_at, listings.c.released_at).outerjoin(
    listings, listings.c.feed_id == feeds.c.id
)
_LOAD_FEEDS = Prepared(
    KNOWN_FEEDS.add_columns(*NAMED)
    .outerjoin(noticed, noticed.c.feed_id == feeds.c.id)
    .where(feeds.c.id.in_(sa.bindparam("feeds", expanding=True)))
)


def sync_feeds(connection: sa.Connection, wanted: Sequence[Feed], *, now: datetime) -> None:
    """Hold the table against the configuration. A feed at another URL is another source: it starts anew."""
    rows = {row.id: row for row in connection.execute(_CONFIGURED)}
    new = [feed for feed in wanted if feed.id not in rows]
    moved = [feed for feed in wanted if feed.id in rows and rows[feed.id].configured_url != feed.url]
    ids = {feed.id for feed in wanted}
    changed = [row for row in rows.values() if row.configured != (row.id in ids)]
    if new:
        connection.execute(_INSERT_FEEDS, [_new_feed(feed, now) for feed in new])
    if moved:
        connection.execute(_MOVE_FEEDS, [{"feed": feed.id, "to": feed.url, "at": now} for feed in moved])
        connection.execute(_UNCOUNT, [{"feed": feed.id} for feed in moved])
        connection.execute(_FORGET_HOME, [{"feed": feed.id} for feed in moved])
        forget_noticed(connection, [feed.id for feed in moved])
        forget_outlines(connection, [feed.id for feed in moved])
        connection.execute(_FORGET_LISTING, [{"feed": feed.id} for feed in moved])
    if changed:
        connection.execute(_SET_CONFIGURED, [{"feed": row.id, "is_configured": row.id in ids} for row in changed])


def _new_feed(feed: Feed, now: datetime) -> dict[str, object]:
    return {
        "id": feed.id,
        "configured_url": feed.url,
        "configured": True,
        "url": feed.url,
        "next_poll_at": now,
        "listed_at": None,
        **_FORGET,
    }


def load_poll(connection: sa.Connection, feed_id: str) -> PollWork:
    """Return what a poll starts from. Raises: StoreError for a feed that was never configured."""
    found = load_polls(connection, (feed_id,))
    if not found:
        raise StoreError(f"no feed called {feed_id} is known")
    return found[0]


def load_polls(connection: sa.Connection, feed_ids: Sequence[str]) -> tuple[PollWork, ...]:
    """Return what polls of these feeds start from, in their order; nothing for those never configured."""
    rows = [row._asdict() for row in _LOAD_FEEDS.rows(connection, {"feeds": feed_ids})]
    works = {row["id"]: PollWork(state_of(row), noticed_in(row)) for row in rows}
    return tuple(works[id_] for id_ in feed_ids if id_ in works)


# --- known entries ------------------------------------------------------------------------------------------------

_KNOWN = Prepared(
    sa.select(
        identities.c.key,
        entries.c.id,
        entries.c.article_id,
        entries.c.feed_id,
        entries.c.guid,
        entries.c.url,
        entries.c.title,
        entries.c.teaser,
        entries.c.published_at,
        entries.c.announce,
        (entries.c.state == EntryState.HELD).label("held"),
    )
    .join(entries, entries.c.id == identities.c.entry_id)
    .where(identities.c.key.in_(sa.bindparam("keys", expanding=True)))
)


def load_known(connection: sa.Connection, keys: Sequence[str]) -> tuple[KnownEntry, ...]:
    """Return the stored entry behind each of `keys` that names one."""
    found = (row for chunk in _chunks(sorted(set(keys))) for row in _KNOWN.rows(connection, {"keys": chunk}))
    return tuple(KnownEntry(*tuple(row)) for row in found)


def _chunks(texts: Sequence[T]) -> Iterator[Sequence[T]]:
    return (texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK))


# --- commit -------------------------------------------------------------------------------------------------------

_SAVE_STATE = Prepared(
    sa.update(feeds)
    .where(
        feeds.c.id == sa.bindparam("feed"),
        sa.or_(
            feeds.c.configured_url == sa.bindparam("made_for", type_=feeds.c.configured_url.type),
            sa.bindparam("made_for", type_=feeds.c.configured_url.type) == "",
        ),
        feeds.c.leased_until.is_not_distinct_from(sa.bindparam("lease", type_=Moment)),
    )
    .returning(feeds.c.listed_at)
)
_SAVE_LISTING = Prepared(
    sa.update(feeds).where(feeds.c.id == sa.bindparam("feed")).values(listed_at=sa.bindparam("listed", type_=Moment))
)
_MARK_SUMMARY = Prepared(sa.update(feeds).where(feeds.c.id == sa.bindparam("feed")).values(summary_due=True))
_new_listing = insert(listings)
_SAVE_LISTED = Prepared(
    _new_listing.on_conflict_do_update(
        index_elements=[listings.c.feed_id],
        set_={
            "listed": _new_listing.excluded.listed,
            # It may have been released since the poll began: only a storm of this poll is news.
            "held_at": sa.func.coalesce(listings.c.held_at, _new_listing.excluded.held_at),
        },
    )
)
_INSERT_ENTRIES = Prepared(insert(entries).on_conflict_do_nothing())
_INSERT_KEYS = Prepared(insert(identities).on_conflict_do_nothing())
# In the order of their numbers, so that two polls never wait for each other in a circle.
_LOCK_WIRES = sa.text("SELECT pg_advisory_xact_lock(:family, n) FROM unnest(CAST(:numbers AS int[])) AS n").bindparams(
    family=LOCK_FAMILY + 2
)
_CHANGE_ENTRIES = Prepared(sa.update(entries).where(entries.c.id == sa.bindparam("entry")))
_MARK_LISTED = Prepared(
    sa.update(entries)
    .where(
        entries.c.id.in_(sa.bindparam("ids", expanding=True)),
        entries.c.feed_id == sa.bindparam("feed"),
        entries.c.listed_at < sa.bindparam("before", type_=Moment),
    )
    .values(listed_at=sa.bindparam("listed", type_=Moment))
)


def is_news(plan: PollPlan) -> bool:
    """Say whether a poll found what must not be lost. What is lost of another one, the next poll finds again."""
    return bool(plan.entries or plan.changed or plan.keys or plan.matches or plan.alerts)


def commit_poll(connection: sa.Connection, plan: PollPlan) -> bool:
    """Write all that a poll changes. Rows go in sorted, so that two polls never wait for each other in a circle.

    False, and nothing is written, if the feed has another URL or lease by now: it was configured anew, or another
    process has taken it up.
    Once a day the document's listing is written down: the feed's `listed_at` moves to now, and that of its listed
    entries with it; those left behind are listed no more, and may be forgotten when they are old. A poll without a
    document (304, failure) moves nothing.
    """
    state = plan.state
    where = {"feed": state.feed_id, "made_for": state.configured_url, "lease": state.leased_until}
    saved = _SAVE_STATE.row(connection, state_values(state) | {"leased_until": None} | where)
    if saved is None:
        return False
    now = state.last_poll_at or max((stored.seen_at for stored in plan.entries), default=None)
    if plan.first:
        _MARK_SUMMARY.run(connection, {"feed": state.feed_id})
    plan = replace(plan, entries=_adopted(connection, plan.entries))
    _insert_entries(connection, plan, now)
    if state.listed and (plan.outline is not None or plan.entries):  # else no document was read, and nothing changed.
        held_at = now if any(stored.state is EntryState.HELD for stored in plan.entries) else None
        _SAVE_LISTED.run(connection, {"feed_id": state.feed_id, "listed": state.listed, "held_at": held_at})
    _change_entries(connection, plan.changed)
    if now is not None:
        _save_listing(connection, plan, marked_at=saved.listed_at, now=now)
        matched = (match_values(found.article_id, found.match, seen_at=now, first_poll=True) for found in plan.matches)
        add_matches(connection, sorted(matched, key=lambda row: (row["article_id"], row["watch_id"])))
    add_alerts(connection, plan.alerts)
    save_noticed(connection, plan.noticed)
    save_outline(connection, state.feed_id, plan.outline)
    return True


def _adopted(connection: sa.Connection, new: Sequence[StoredEntry]) -> tuple[StoredEntry, ...]:
    """Return new entries, those with the article of another feed whose poll has committed the same text meanwhile.

    Many feeds bring what an agency wrote in the same minute: each was planned without knowing of the others.
    """
    wires = {key: stored for stored in new if stored.due_at is not None for key in stored.keys if key[0] == "w"}
    if wires and connection.dialect.name != "sqlite":
        # What other processes commit of the same texts is waited for, and seen then.
        connection.execute(_LOCK_WIRES, {"numbers": sorted({crc32(key.encode()) % WIRE_LOCKS for key in wires})})
    found = {row.key: row for row in load_known(connection, tuple(wires))} if wires else {}
    articles = {
        wires[key].id: row.article_id
        for key, row in found.items()
        if row.feed_id != wires[key].feed_id and is_one_wire(wires[key].entry.published_at, row.published_at)
    }
    return tuple(replace(stored, article_id=articles[stored.id]) if stored.id in articles else stored for stored in new)


def _insert_entries(connection: sa.Connection, plan: PollPlan, now: datetime | None) -> None:
    rows = [
        {
            "id": stored.id,
            "article_id": stored.article_id,
            "feed_id": stored.feed_id,
            "seen_at": stored.seen_at,
            "listed_at": max(stored.seen_at, now or stored.seen_at),
            "first_poll": plan.first,
            "restated": False,
            "leased_until": None,
        }
        | stated_values(stored)
        | reading_values(stored)
        for stored in sorted(plan.entries, key=lambda stored: stored.id)
    ]
    named = {key: entry_id for key, entry_id, _ in plan.keys}
    for stored in (*plan.changed, *plan.entries):
        named.update(dict.fromkeys(stored.keys, stored.id))
    _INSERT_ENTRIES.run(connection, *rows)
    _INSERT_KEYS.run(connection, *({"key": key, "entry_id": named[key]} for key in sorted(named)))


def _change_entries(connection: sa.Connection, changed: Sequence[StoredEntry]) -> None:
    """Overwrite what the feed states. A change that asks for no read leaves one that is still to come as it is."""
    for again in (True, False):
        rows = [
            {"entry": stored.id, "restated": True} | stated_values(stored) | (reading_values(stored) if again else {})
            for stored in sorted(changed, key=lambda stored: stored.id)
            if (stored.due_at is not None) is again
        ]
        _CHANGE_ENTRIES.run(connection, *rows)


def _save_listing(connection: sa.Connection, plan: PollPlan, *, marked_at: datetime | None, now: datetime) -> None:
    listed = sorted({*plan.listed, *(row.id for row in (*plan.entries, *plan.changed)), *(key[1] for key in plan.keys)})
    if not listed:
        return
    where = {"feed": plan.state.feed_id}
    if marked_at is None or now - marked_at >= LISTING:
        marked_at = now
        _SAVE_LISTING.run(connection, where | {"listed": now})
    for chunk in _chunks(listed):
        _MARK_LISTED.run(connection, {"ids": chunk, **where, "before": marked_at, "listed": now})
