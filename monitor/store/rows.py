"""Values to rows and back. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.model import (
    Alert,
    Article,
    Delivery,
    DeliveryState,
    Entry,
    Evidence,
    FeedHealth,
    Headline,
    Hit,
    Match,
    Part,
    Reason,
    Salience,
    Severity,
    Silence,
    Verdict,
)
from monitor.planning.work import EntryState, FeedState, StoredEntry

Values = dict[str, Any]
RowLike = sa.RowMapping | Mapping[str, Any]

# --- feeds and entries --------------------------------------------------------------------------------------------

STATE_COLUMNS = (
    "url",
    "health",
    "etag",
    "last_modified",
    "body_digest",
    "failures",
    "failing_since",
    "first_success_at",
    "last_poll_at",
    "last_success_at",
    "next_poll_at",
    "cadence",
    "error",
)


def state_values(state: FeedState) -> Values:
    """Return the columns that a poll writes."""
    named = {name: getattr(state, name) for name in STATE_COLUMNS}
    # Whether something is held stands in `listings`, where it may be released while a poll is under way.
    return named | {"health": FeedHealth.OK if state.health is FeedHealth.HELD else state.health}


def state_of(row: RowLike) -> FeedState:
    """Return the poll memory that a row of `feeds`, with that of `listings`, holds."""
    named = {name: row[name] for name in STATE_COLUMNS}
    health, held_at = FeedHealth(row["health"]), row["held_at"]
    named["health"] = FeedHealth.HELD if held_at and health is FeedHealth.OK else health
    return FeedState(
        feed_id=row["id"],
        configured_url=row["configured_url"],
        listed=row["listed"] or 0,
        held_at=held_at,
        released_at=row["released_at"],
        leased_until=row["leased_until"],
        **named,
    )


def stated_values(stored: StoredEntry) -> Values:
    """Return the columns of an entry that its feed states."""
    entry = stored.entry
    return {
        "guid": entry.guid,
        "link": entry.link,
        "url": entry.url,
        "title": entry.title,
        "teaser": entry.teaser,
        "text": entry.text,
        "has_text": bool(entry.text),
        "language": entry.language,
        "published_at": entry.published_at,
        "published_raw": entry.published_raw,
        "content_id": entry.content_id,
        "categories": entry.categories,
        "dated_at": min(entry.published_at or stored.seen_at, stored.seen_at),
    }


def reading_values(stored: StoredEntry) -> Values:
    """Return the columns of an entry that say how far its reading is."""
    return {
        "state": stored.state,
        "announce": stored.announce,
        "due_at": stored.due_at,
        "attempts": stored.attempts,
        "rereads": stored.rereads,
    }


def entry_of(row: RowLike, keys: tuple[str, ...]) -> StoredEntry:
    """Return the entry that a row of `entries` holds."""
    return StoredEntry(
        id=row["id"],
        article_id=row["article_id"],
        feed_id=row["feed_id"],
        entry=Entry(
            guid=row["guid"],
            link=row["link"],
            url=row["url"],
            title=row["title"],
            teaser=row["teaser"],
            text=row["text"],
            language=row["language"],
            published_at=row["published_at"],
            published_raw=row["published_raw"],
            content_id=row["content_id"],
            categories=tuple(row["categories"]),
        ),
        seen_at=row["seen_at"],
        state=EntryState(row["state"]),
        announce=row["announce"],
        due_at=row["due_at"],
        attempts=row["attempts"],
        rereads=row["rereads"],
        keys=keys,
        leased_until=row["leased_until"],
    )


# --- articles and matches -----------------------------------------------------------------------------------------

_ARTICLE_COLUMNS = (
    "id",
    "feed_id",
    "url",
    "title",
    "lead",
    "body",
    "tail",
    "language",
    "published_at",
    "published_raw",
    "incomplete",
)


def article_values(article: Article, *, seen_at: datetime) -> Values:
    """Return an article's row; `seen_at` stands where the article itself has none."""
    named = {name: getattr(article, name) for name in _ARTICLE_COLUMNS}
    has_text = bool(article.lead or article.body or article.tail)
    return named | {"seen_at": article.seen_at or seen_at, "has_text": has_text}


def article_of(row: RowLike) -> Article:
    """Return the article that a row of `articles` holds."""
    return Article(seen_at=row["seen_at"], **{name: row[name] for name in _ARTICLE_COLUMNS})


def match_values(
    article_id: str, match: Match, *, seen_at: datetime, alert_id: str | None = None, first_poll: bool = False
) -> Values:
    """Return a match's row."""
    return {
        "article_id": article_id,
        "watch_id": match.watch_id,
        "verdict": match.verdict,
        "severity": match.severity,
        "salience": match.salience,
        "score": match.score,
        "sentence": match.sentence,
        "hits": [[hit.part, hit.start, hit.end, hit.text, hit.form, hit.rule] for hit in match.hits],
        "reasons": match.reasons,
        "seen_at": seen_at,
        "alert_id": alert_id,
        "first_poll": first_poll,
    }


def match_of(row: RowLike) -> Match:
    """Return the match that a row of `matches` holds."""
    return Match(
        watch_id=row["watch_id"],
        verdict=Verdict(row["verdict"]),
        severity=Severity(row["severity"]),
        hits=tuple(Hit(Part(part), *rest) for part, *rest in row["hits"]),
        sentence=row["sentence"],
        salience=None if row["salience"] is None else Salience(row["salience"]),
        score=row["score"],
        reasons=tuple(row["reasons"]),
    )


# --- alerts and deliveries ----------------------------------------------------------------------------------------


def alert_values(alert: Alert) -> Values:
    """Return an alert's row."""
    return {
        "id": alert.id,
        "reason": alert.reason,
        "severity": alert.severity,
        "created_at": alert.created_at,
        "watches": alert.watches,
        "article_id": alert.article_id,
        "revision": alert.revision,
        "headlines": [_headline_list(headline) for headline in alert.headlines],
        "evidence": [_evidence_list(each) for each in alert.evidence],
        "seen_at": alert.seen_at,
        "text": alert.text,
        "incomplete": alert.incomplete,
    }


def alert_of(row: RowLike) -> Alert:
    """Return the alert that a row of `alerts` holds."""
    return Alert(
        id=row["id"],
        reason=Reason(row["reason"]),
        severity=Severity(row["severity"]),
        created_at=row["created_at"],
        watches=tuple(row["watches"]),
        article_id=row["article_id"],
        revision=row["revision"],
        headlines=tuple(_headline(*each) for each in row["headlines"]),
        evidence=tuple(_evidence(*each) for each in row["evidence"]),
        seen_at=row["seen_at"],
        text=row["text"],
        incomplete=row["incomplete"],
    )


def alert_for(row: RowLike, watches: Sequence[str]) -> Alert:
    """Return the alert that a row of `alerts` holds, as severe as it is for who is told of `watches` alone."""
    alert = alert_of(row)
    return replace(alert, severity=alert.severity_for(watches))


def _evidence_list(evidence: Evidence) -> list[str | int | None]:
    return [evidence.watch_id, evidence.sentence, evidence.form, evidence.others, evidence.severity]


def _evidence(watch_id: str, sentence: str, form: str, others: int, severity: str | None = None) -> Evidence:
    return Evidence(watch_id, sentence, form, others, Severity(severity) if severity else None)


def _headline_list(headline: Headline) -> list[str | None]:
    published = headline.published_at.isoformat() if headline.published_at else None
    return [headline.title, headline.url, headline.feed_id, published, headline.published_raw]


def _headline(title: str, url: str, feed_id: str, published: str | None, raw: str) -> Headline:
    return Headline(title, url, feed_id, datetime.fromisoformat(published) if published else None, raw)


_DELIVERY_COLUMNS = (
    "id",
    "alert_id",
    "channel_id",
    "recipient",
    "created_at",
    "due_at",
    "attempts",
    "repeats",
    "error",
    "delivered_at",
    "carried_by",
    "grouped",
    "fallback_for",
    "silence_id",
)


def delivery_values(delivery: Delivery, alert: Alert, *, carries: bool = False, reminds: str | None = None) -> Values:
    """Return a new delivery's row; `carries`: it is a digest, `reminds` is the alert that it is a reminder of."""
    named = {name: getattr(delivery, name) for name in _DELIVERY_COLUMNS}
    return named | {
        "watches": delivery.watches,
        "state": delivery.state,
        "rank": alert.severity_for(delivery.watches).rank,
        "reason": alert.reason,
        "first_due_at": delivery.due_at,
        "carries": carries,
        "reminders": 0,
        "reminds": reminds,
    }


def delivery_of(row: RowLike) -> Delivery:
    """Return the delivery that a row of `deliveries` holds."""
    named = {name: row[name] for name in _DELIVERY_COLUMNS}
    return Delivery(watches=tuple(row["watches"]), state=DeliveryState(row["state"]), **named)


# --- silences -----------------------------------------------------------------------------------------------------


def silence_values(silence: Silence) -> Values:
    """Return a new silence's row."""
    names = ("id", "author", "reason", "starts_at", "ends_at", "watches", "places", "feeds", "severity")
    return {name: getattr(silence, name) for name in names} | {"lasting": True}


def silence_of(row: RowLike) -> Silence:
    """Return the silence that a row of `silences` holds."""
    return Silence(
        id=row["id"],
        author=row["author"],
        reason=row["reason"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        watches=tuple(row["watches"]),
        places=tuple(row["places"]),
        feeds=tuple(row["feeds"]),
        severity=Severity(row["severity"]),
    )
