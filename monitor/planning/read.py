"""What one read changes: the article as it stands now, its new matches, and whom they are told to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import (
    Alert,
    Article,
    Channel,
    Delivery,
    Evidence,
    Feed,
    Headline,
    Match,
    Reason,
    Route,
    Salience,
    Severity,
    Verdict,
    Watch,
)
from monitor.planning.deliveries import delivery
from monitor.planning.identity import digest
from monitor.planning.poll import article_of
from monitor.planning.routes import channels_for, subject_of
from monitor.planning.schedule import REREADS, TEXT_RETRIES
from monitor.planning.work import EntryState, Extracted, NewAlert, NoText, ReadPlan, ReadWork, StoredEntry

__all__ = [
    "NOT_WANTED",
    "Missing",
    "Readers",
    "compose",
    "deliveries_of",
    "delivery",
    "keep_quiet",
    "new_alert",
    "plan_read",
    "told_of",
    "wants_page",
]

# Between two updates on one article: a liveblog changes every few minutes, and its reader wants to know what is new in
# it before the next planned report, not each time somebody adds a line.
UPDATE_EVERY = timedelta(minutes=15)

_ARTICLE_FOR = {Salience.TRACE: "a trace", Salience.MENTION: "a mention", Salience.ABOUT: "what it is about"}


@dataclass(frozen=True, slots=True)
class Missing:
    """A page that gave no text: why, for the reader, and whether trying again can help."""

    reason: str
    again: bool


NOT_WANTED = NoText("the feed's own text is all that is asked for")  # full_text = false, or no link at all.


@dataclass(frozen=True, slots=True)
class Readers:
    """Whom matches are told to: the watches, channels and routes as configured."""

    watches: Sequence[Watch]
    channels: Sequence[Channel]
    routes: Sequence[Route] = ()


def wants_page(feed: Feed, work: ReadWork) -> bool:
    """Say whether the page behind an entry is fetched: not for what a first poll left unannounced."""
    return feed.full_text and work.stored.announce and bool(work.stored.entry.link)


def compose(feed: Feed, work: ReadWork, page: Extracted | NoText | Missing) -> Article:
    """Put together what feed and page tell. A text that was read before is not given up for a page that fails now."""
    article = article_of(feed, work.stored)
    if isinstance(page, Extracted):
        body = page.text if len(page.text) >= len(article.body) else article.body
        return replace(
            article,
            title=article.title or page.title,
            url=article.url or page.url or "",
            body=body,
            tail=page.tail,
            language=article.language or page.language,
            published_at=article.published_at or page.published_at,
        )
    if isinstance(page, Missing):
        before = work.article
        if before is not None and not before.incomplete:
            return replace(article, body=before.body, tail=before.tail, language=article.language or before.language)
        return replace(article, incomplete=page.reason)
    return article


def plan_read(
    work: ReadWork,
    article: Article,
    page: Extracted | NoText | Missing,
    matches: Sequence[Match],
    readers: Readers,
    *,
    now: datetime,
) -> ReadPlan:
    """Return all that this read changes: only watches that never matched this article before are told."""
    new = tuple(match for match in matches if match.watch_id not in work.told)
    # A quiet one is hit as well: what the article grows by may make it more.
    hit = bool(work.told) or any(match.verdict is Verdict.MATCH for match in new)
    new = keep_quiet(new, readers.watches)
    certain = tuple(match for match in new if match.verdict is Verdict.MATCH)
    return ReadPlan(
        stored=_next_read(work.stored, page, hit=hit, now=now),
        article=article,
        told=work.told,
        matches=new,
        alert=_alert(work, article, certain, readers, now=now) if certain else None,
    )


def keep_quiet(matches: Sequence[Match], watches: Sequence[Watch]) -> tuple[Match, ...]:
    """Keep matches of less salience than their watch announces below the bar: recorded as possible, with the reason."""
    least = {watch.id: watch.match for watch in watches}
    return tuple(_quieted(match, least.get(match.watch_id, Salience.TRACE)) for match in matches)


def _quieted(match: Match, least: Salience) -> Match:
    if match.verdict is not Verdict.MATCH or match.salience is None or match.salience.rank >= least.rank:
        return match
    reason = f"not announced: it is {_ARTICLE_FOR[match.salience]}, and the watch announces {least}"
    return replace(match, verdict=Verdict.POSSIBLE, reasons=(*match.reasons, reason))


def _next_read(stored: StoredEntry, page: Extracted | NoText | Missing, *, hit: bool, now: datetime) -> StoredEntry:
    """Return the entry's row: a missing page is tried again, an article with hits is read again as news develops."""
    read = replace(stored, state=EntryState.READ, due_at=None)
    if isinstance(page, Missing) and page.again and stored.attempts < len(TEXT_RETRIES):
        return replace(read, attempts=stored.attempts + 1, due_at=now + TEXT_RETRIES[stored.attempts])
    later = [index for index, wait in enumerate(REREADS) if index >= stored.rereads and stored.seen_at + wait > now]
    if hit and later and isinstance(page, Extracted):
        return replace(read, attempts=0, rereads=later[0] + 1, due_at=stored.seen_at + REREADS[later[0]])
    return read


def _alert(
    work: ReadWork, article: Article, matches: tuple[Match, ...], readers: Readers, *, now: datetime
) -> NewAlert:
    # An article is new once; each later state of its text, and of what was told of it, can bring one update.
    revision = digest(article.title, article.lead, article.body, *sorted(work.told)) if work.alerted else ""
    seen = replace(article, seen_at=work.stored.seen_at)
    return _paced(work, new_alert(seen, matches, readers, revision=revision, now=now), now=now)


def _paced(work: ReadWork, new: NewAlert, *, now: datetime) -> NewAlert:
    """Let an update wait until the last one is UPDATE_EVERY ago, unless it is more severe than all that was told.

    What waits for the same moment goes out in one message.
    """
    due_at = next_update(work.updated_at, now=now)
    if new.alert.reason is not Reason.UPDATE or due_at <= now or _is_graver(new.alert.severity, work.severity):
        return new
    return replace(new, deliveries=tuple(replace(row, due_at=due_at, grouped=True) for row in new.deliveries))


def next_update(last: datetime | None, *, now: datetime) -> datetime:
    """Return when the next update on an article may go out, `last` being when one did, or is to."""
    if last is None or last + UPDATE_EVERY <= now:
        return now
    return last if last > now else last + UPDATE_EVERY


def _is_graver(severity: Severity, told: Severity | None) -> bool:
    return told is None or severity.rank > told.rank


def new_alert(
    article: Article, matches: tuple[Match, ...], readers: Readers, *, revision: str, now: datetime
) -> NewAlert:
    """Return the alert for an article's matches, with its deliveries: an update if it is a later revision."""
    reason = Reason.UPDATE if revision else Reason.NEW
    alert = Alert(
        id=digest(article.id, reason, revision),
        reason=reason,
        severity=max((match.severity for match in matches), key=lambda severity: severity.rank),
        created_at=now,
        watches=tuple(match.watch_id for match in matches),
        article_id=article.id,
        revision=revision,
        headlines=(Headline(article.title, article.url, article.feed_id, article.published_at, article.published_raw),),
        evidence=tuple(_evidence(match) for match in matches),
        seen_at=article.seen_at,
        incomplete=article.incomplete,
    )
    return NewAlert(alert, deliveries_of(alert, told_of(article, matches, readers), readers.channels, now=now))


def _evidence(match: Match) -> Evidence:
    # The form is what a reader finds in the sentence; the first hit may be the title's.
    quoted = (hit.text for hit in match.hits if hit.text in match.sentence)
    form = next(quoted, match.hits[0].text if match.hits else "")
    return Evidence(match.watch_id, match.sentence, form, max(len(match.hits) - 1, 0), match.severity)


def told_of(article: Article, matches: Sequence[Match], readers: Readers) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of the channels that are told of each match, by its watch; () means all channels."""
    watches = {watch.id: watch for watch in readers.watches}
    known = ((match, watches[match.watch_id]) for match in matches if match.watch_id in watches)
    return {watch.id: channels_for(subject_of(match, watch, article), watch, readers.routes) for match, watch in known}


def deliveries_of(
    alert: Alert, told: Mapping[str, tuple[str, ...]], channels: Sequence[Channel], *, now: datetime
) -> tuple[Delivery, ...]:
    """Return one delivery for each recipient of each channel that is told of any of the alert's watches."""
    return tuple(
        delivery(alert, channel, recipient, watches, now=now)
        for channel in channels
        if (watches := tuple(id_ for id_ in alert.watches if not told.get(id_) or channel.id in told[id_]))
        for recipient in channel.recipients
    )
