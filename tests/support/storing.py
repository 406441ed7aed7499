"""Values to store, and the steps that every test of the store begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model import (
    Alert,
    Article,
    Delivery,
    DeliveryState,
    Entry,
    Evidence,
    Feed,
    FeedHealth,
    Headline,
    Hit,
    Match,
    Part,
    Reason,
    Salience,
    Severity,
    Verdict,
)
from monitor.planning.work import EntryState, NewAlert, PollPlan, ReadPlan, StoredEntry
from monitor.store import SqlStore

NOW = datetime(2024, 12, 6, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE = timedelta(minutes=5)


def feed(feed_id: str = "dw", *, url: str | None = None) -> Feed:
    return Feed(id=feed_id, url=url or f"https://{feed_id}.example.org/rss", name=feed_id.upper())


def entry(
    name: str,
    *,
    feed_id: str = "dw",
    article_id: str | None = None,
    due_at: datetime | None = NOW,
    published_at: datetime | None = None,
    text: str = "",
) -> StoredEntry:
    """An entry called `name`: unread and due, or, with `due_at` None, only remembered."""
    return StoredEntry(
        id=name,
        article_id=article_id or f"article-{name}",
        feed_id=feed_id,
        entry=Entry(
            guid=f"guid-{name}",
            link=f"https://example.org/{name}?from=rss",
            url=f"https://example.org/{name}",
            title=f"Title of {name}",
            teaser=f"Teaser of {name}",
            text=text,
            language="en",
            published_at=published_at,
            published_raw="yesterday",
            content_id="70979500",
            categories=("world", "syria"),
        ),
        seen_at=NOW,
        state=EntryState.UNREAD if due_at else EntryState.KNOWN,
        announce=due_at is not None,
        due_at=due_at,
        keys=(f"g:{name}", f"l:{name}"),
    )


def known_feeds(store: SqlStore, *feed_ids: str, now: datetime = NOW) -> None:
    store.sync_feeds([feed(id_) for id_ in feed_ids], now=now)


def claim_feeds(store: SqlStore, *, now: datetime, limit: int, lease: timedelta = LEASE) -> tuple[str, ...]:
    """Lease feeds; return which."""
    return tuple(work.state.feed_id for work in store.claim_feeds(now=now, limit=limit, lease=lease))


def polled(
    store: SqlStore,
    *entries: StoredEntry,
    feed_id: str = "dw",
    at: datetime = NOW,
    listed: Sequence[str] = (),
    first: bool = False,
) -> PollPlan:
    """The plan of a successful poll of a known feed at `at`."""
    state = store.load_poll(feed_id).state
    after = replace(
        state,
        health=FeedHealth.OK,
        etag=f'"{at.isoformat()}"',
        first_success_at=state.first_success_at or at,
        last_success_at=at,
        last_poll_at=at,
        next_poll_at=at + HOUR,
    )
    return PollPlan(after, entries=entries, listed=tuple(listed), first=first)


def with_entries(store: SqlStore, *entries: StoredEntry) -> None:
    """Store entries, their feeds included, as if polled at NOW."""
    known_feeds(store, *sorted({row.feed_id for row in entries}))
    for feed_id in sorted({row.feed_id for row in entries}):
        store.commit_poll(polled(store, *(row for row in entries if row.feed_id == feed_id), feed_id=feed_id))


def article(stored: StoredEntry, *, body: str = "Rastan fell.") -> Article:
    return Article(
        id=stored.article_id,
        feed_id=stored.feed_id,
        url=stored.entry.url,
        title=stored.entry.title,
        lead=stored.entry.teaser,
        body=body,
        tail="A picture of a bridge",
        language="en",
        published_at=NOW - HOUR,
        published_raw="yesterday",
        seen_at=stored.seen_at,
        incomplete="",
    )


def match(watch_id: str = "homs", verdict: Verdict = Verdict.MATCH) -> Match:
    return Match(
        watch_id=watch_id,
        verdict=verdict,
        severity=Severity.HIGH,
        hits=(Hit(Part.BODY, 0, 6, "Rastan", "Rastan", "name"),),
        sentence="Rastan fell.",
        salience=Salience.MENTION,
        score=0.75,
        reasons=("named in the body",),
    )


def alert(
    alert_id: str = "alert",
    *,
    article_id: str | None = None,
    watches: tuple[str, ...] = ("homs",),
    severity: Severity = Severity.NORMAL,
    created_at: datetime = NOW,
) -> Alert:
    return Alert(
        id=alert_id,
        reason=Reason.NEW,
        severity=severity,
        created_at=created_at,
        watches=watches,
        article_id=article_id,
        revision="r1",
        headlines=(Headline("Title", "https://example.org/a", "dw", NOW - HOUR, "yesterday"),),
        evidence=(Evidence("homs", "Rastan fell.", "Rastan", 2),),
        seen_at=NOW,
        text="words",
        incomplete="refused",
    )


def delivery(
    delivery_id: str, told: Alert, *, channel_id: str = "desk", recipient: str = "", due_at: datetime = NOW
) -> Delivery:
    return Delivery(
        id=delivery_id,
        alert_id=told.id,
        channel_id=channel_id,
        recipient=recipient,
        watches=told.watches,
        state=DeliveryState.PENDING,
        created_at=told.created_at,
        due_at=due_at,
    )


def with_alerts(store: SqlStore, *new: NewAlert) -> None:
    """Store alerts with their deliveries."""
    for each in new:
        store.commit_summary(each, ())


def with_delivery(store: SqlStore, delivery_id: str = "delivery", *, channel_id: str = "desk") -> Delivery:
    """Store an alert with one pending delivery, due at NOW."""
    told = alert(f"alert of {delivery_id}")
    row = delivery(delivery_id, told, channel_id=channel_id)
    with_alerts(store, NewAlert(told, (row,)))
    return row


def read_plan(store: SqlStore, entry_id: str, *matches: Match, tell: NewAlert | None = None) -> ReadPlan:
    """The plan of a read that found `matches` and has nothing left to read."""
    work = store.load_read(entry_id)
    assert work is not None
    stored = replace(work.stored, state=EntryState.READ, due_at=None)
    return ReadPlan(stored, article(stored), work.told, matches, tell)
