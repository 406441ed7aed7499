"""What one poll changes: which entries are new, which changed, and when the feed is asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from monitor.errors import After, FetchError, ParseError, SourceError
from monitor.model import FOREVER, Article, Channel, Entry, Feed, FeedHealth, Match, Polling, Verdict
from monitor.planning.again import at_home, marks, without_backfill
from monitor.planning.identity import TEXTS, Candidate, find_known, ids_of_new, is_one_wire, same_texts
from monitor.planning.outline import NOTHING, draw
from monitor.planning.schedule import (
    GONE_EVERY,
    Dice,
    cadence_of_dates,
    failed,
    next_poll,
    observe_cadence,
    succeeded,
)
from monitor.planning.storms import Counted, is_storm, plan_held, plan_rewritten
from monitor.planning.work import (
    EntryState,
    FeedState,
    Fetched,
    FirstMatch,
    Gone,
    Hints,
    KnownEntry,
    Listed,
    NewAlert,
    NotModified,
    ParsedFeed,
    PollPlan,
    StoredEntry,
)

MOVED_FAILURES = 3  # in a row, before a feed that has moved is asked at its configured address again.
FEW = 3  # undated entries: with no more than these a feed that was empty begins; more are what it held all along.
CACHED = timedelta(hours=1)  # what is in front of a feed shows what is new so much later at most.
FIRST_TRIES = 3  # failures, before a first document that always breaks off is taken as it is.

REWRITTEN_LEAST = 3  # entries known by their texts alone, before a feed counts as rewritten.
EDITION_AFTER = timedelta(hours=1)  # after which the same words under a new link and GUID are news again.

# More re-dated entries at once than this share of a document are the publisher's clockwork, not news.
REDATED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Seen:
    """A document that was read: its entries with their keys, and the stored entries that share one of these.

    `kept` are entries that stand there as they did, and were not read again.
    """

    fetched: Fetched
    parsed: ParsedFeed
    body_digest: str
    candidates: tuple[Candidate, ...]
    known: tuple[KnownEntry, ...]
    kept: tuple[Listed, ...] = ()

    @property
    def count(self) -> int:
        """How many entries the document holds."""
        return len(self.candidates) + len(self.kept)

    @property
    def broke_off(self) -> bool:
        """Say whether this is not all of the document."""
        return self.parsed.truncated or self.fetched.truncated


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The same body as last time, sent again: the newer validators are kept."""

    fetched: Fetched


Answer = Seen | Unchanged | NotModified | Gone | SourceError


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a plan may know of the world: the bounds of polling, the time, the dice, and how to match an article.

    `operators` are the channels that are told how feeds fare. `was_empty`: the feed never held anything so far.
    """

    polling: Polling
    now: datetime
    dice: Dice
    match: Callable[[Article], tuple[Match, ...]]
    operators: tuple[Channel, ...] = ()
    was_empty: bool = False


def plan_poll(feed: Feed, state: FeedState, answer: Answer, around: Circumstances) -> PollPlan:
    """Return all that this answer changes about `feed`."""
    match answer:
        case Seen(parsed=ParsedFeed(entries=(), problems=(problem, *_))):
            # Nothing of it could be read: counted as a first poll, all would be new once it can.
            return PollPlan(_plan_failure(feed, state, ParseError(feed.url, problem), around))
        case Seen():
            return _plan_seen(feed, state, answer, around)
        case Unchanged(fetched):
            kept = _validated(succeeded(state, now=around.now), fetched, state.body_digest)
            return PollPlan(_observed(feed, kept, state, fetched.hints, 0, around))
        case NotModified(hints):
            return PollPlan(_observed(feed, succeeded(state, now=around.now), state, hints, 0, around))
        case Gone():
            return PollPlan(_plan_gone(state, around))
        case SourceError():
            return PollPlan(_plan_failure(feed, state, answer, around))
        case _:
            assert_never(answer)


def _plan_gone(state: FeedState, around: Circumstances) -> FeedState:
    lost = failed(state, "the publisher says this feed is gone (410)", now=around.now)
    if state.configured_url in {"", state.url}:
        return replace(lost, health=FeedHealth.GONE, next_poll_at=around.now + GONE_EVERY)
    # Only what it had moved to is gone: at its own address there may be another redirect by now, or the feed itself.
    soon = around.now + around.polling.min
    return replace(at_home(lost), health=FeedHealth.FAILING, next_poll_at=soon)


def _plan_failure(feed: Feed, state: FeedState, error: SourceError, around: Circumstances) -> FeedState:
    asked = error.retry.wait if isinstance(error, FetchError) and isinstance(error.retry, After) else None
    state = replace(failed(state, str(error), now=around.now), health=FeedHealth.FAILING)
    if state.failures >= MOVED_FAILURES and state.configured_url not in {"", state.url}:
        # Where a permanent redirect led is no better than the redirect: ask again where we were told to.
        state = at_home(state)
    due = next_poll(feed, state, Hints(retry_after=asked), around.polling, now=around.now, dice=around.dice)
    return replace(state, next_poll_at=due)


def _plan_seen(feed: Feed, state: FeedState, seen: Seen, around: Circumstances) -> PollPlan:
    feed = without_backfill(feed, state)
    is_known = any(stored.feed_id == feed.id for stored in seen.known)
    began_empty = around.was_empty and state.first_success_at is not None and bool(seen.candidates) and not is_known
    # The first document with anything in it is as good as the first, but for what came after we began to ask.
    first = state.first_success_at is None or began_empty
    sorted_ = sort_entries(feed, seen, first=state.first_success_at is None, now=around.now)
    if began_empty:
        sorted_ = _keep_back(feed, state, sorted_, now=around.now)
    if first and seen.broke_off and state.failures < FIRST_TRIES:
        # What is still to come stood there before us, too: it is no news when it comes.
        error = ParseError(feed.url, f"broke off after {len(seen.candidates)} entries")
        return PollPlan(_plan_failure(feed, state, error, around), entries=sorted_.new, keys=sorted_.keys)
    sorted_ = _hold(state, seen, sorted_, now=around.now)
    after = succeeded(state, now=around.now)
    if first:
        dates = [entry.published_at for entry in seen.parsed.entries if entry.published_at]
        after = replace(after, cadence=cadence_of_dates(dates))
    after = _validated(after, seen.fetched, seen.body_digest, broken_off=seen.broke_off)
    after = replace(after, listed=state.listed if seen.broke_off else seen.count)
    hints = replace(seen.fetched.hints, max_age=_longest(seen.fetched.hints.max_age, seen.parsed.ttl))
    fresh = sum(row.state is not EntryState.HELD for row in sorted_.new)
    return PollPlan(
        state=_observed(feed, after, state, hints, fresh, around),
        entries=sorted_.new,
        changed=sorted_.changed,
        keys=(*sorted_.keys, *marks(state, sorted_.changed)),
        listed=sorted_.listed,
        matches=_match_first(feed, sorted_.new, around) if first else (),
        first=first,
        alerts=tuple(_health(feed, state, sorted_, around)),
        outline=NOTHING if seen.broke_off else draw(seen.parsed, seen.candidates, sorted_.ids, seen.kept),
    )


def _keep_back(feed: Feed, state: FeedState, sorted_: Sorted, *, now: datetime) -> Sorted:
    """Keep back what a feed that was empty at first held all along: it is dated before, or undated and much."""
    begun_at, few = (state.first_success_at or now) - CACHED, len(sorted_.new) <= FEW

    def is_news(entry: Entry) -> bool:
        dated_at = entry.published_at
        return (few if dated_at is None else dated_at >= begun_at) or is_announced(feed, entry, first=True, now=now)

    kept = (row if is_news(row.entry) else replace(row, state=EntryState.KNOWN, announce=False, due_at=None)
            for row in sorted_.new)  # fmt: skip
    return replace(sorted_, new=tuple(kept))


def _hold(state: FeedState, seen: Seen, sorted_: Sorted, *, now: datetime) -> Sorted:
    """Hold what a storm brings: it is remembered, and neither read nor announced until somebody releases it."""
    counted = Counted(seen.count, len(sorted_.new), len(sorted_.listed))
    if state.first_success_at is None or not is_storm(state, counted, now=now):
        return sorted_
    held = (replace(row, state=EntryState.HELD, due_at=None) if row.announce else row for row in sorted_.new)
    return replace(sorted_, new=tuple(held))


def _health(feed: Feed, state: FeedState, sorted_: Sorted, around: Circumstances) -> Iterator[NewAlert]:
    """Tell the operator of a storm that is held, and of entries that were renamed as a whole."""
    held = [row for row in sorted_.new if row.state is EntryState.HELD]
    if held:
        matching = sum(any(_is_certain(match) for match in around.match(article_of(feed, row))) for row in held)
        yield plan_held(feed, state, held, around.operators, matching=matching, now=around.now)
    if sorted_.renamed:
        yield plan_rewritten(feed, sorted_.renamed, around.operators, now=around.now)


def _is_certain(match: Match) -> bool:
    return match.verdict is Verdict.MATCH


def _match_first(feed: Feed, entries: tuple[StoredEntry, ...], around: Circumstances) -> tuple[FirstMatch, ...]:
    """Match what a first poll finds and does not announce, on the feed's own text, for the summary."""
    return tuple(
        FirstMatch(stored.article_id, match)
        for stored in entries
        if stored.state is EntryState.KNOWN
        for match in around.match(article_of(feed, stored))
    )


def article_of(feed: Feed, stored: StoredEntry) -> Article:
    """Return what the feed alone tells of an article. What is configured of its language goes before what it says."""
    entry = stored.entry
    return Article(
        id=stored.article_id,
        feed_id=stored.feed_id,
        url=entry.url,
        title=entry.title,
        lead=entry.teaser,
        body=entry.text,
        language=feed.lang or entry.language,
        published_at=entry.published_at,
        published_raw=entry.published_raw,
        seen_at=stored.seen_at,
        home=feed.home,
        home_articles=feed.home_articles,
        class_=feed.class_,
    )


def _validated(state: FeedState, fetched: Fetched, body_digest: str | None, *, broken_off: bool = False) -> FeedState:
    """Keep a document's validators, unless it broke off: the next poll must get the rest of it."""
    whole = not broken_off
    return replace(
        state,
        health=FeedHealth.OK,
        url=fetched.moved_to or state.url,
        etag=fetched.etag if whole else None,
        last_modified=fetched.last_modified if whole else None,
        body_digest=body_digest if whole else None,
    )


def _observed(
    feed: Feed, after: FeedState, before: FeedState, hints: Hints, fresh: int, around: Circumstances
) -> FeedState:
    """Add what this poll tells of the feed's cadence, and when it is asked again."""
    if before.last_success_at is not None:
        cadence = observe_cadence(after.cadence, fresh=fresh, since=around.now - before.last_success_at)
        after = replace(after, cadence=cadence)
    after = replace(after, health=FeedHealth.OK)
    return replace(after, next_poll_at=next_poll(feed, after, hints, around.polling, now=around.now, dice=around.dice))


def _longest(*waits: timedelta | None) -> timedelta | None:
    return max((wait for wait in waits if wait is not None), default=None)


# --- sorting a document's entries into new, changed and known -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sorted:
    """A document's entries: rows to insert, rows to overwrite, new keys of stored rows, and the ids of all those.

    `renamed` is how many are known by their texts alone, if those are most of the document. `ids` are the entry ids of
    all candidates, in their order.
    """

    new: tuple[StoredEntry, ...] = ()
    changed: tuple[StoredEntry, ...] = ()
    keys: tuple[tuple[str, str, str], ...] = ()
    listed: tuple[str, ...] = ()
    renamed: int = 0
    ids: tuple[str, ...] = ()


def sort_entries(feed: Feed, seen: Seen, *, first: bool, now: datetime) -> Sorted:
    """Hold a document's entries against what is stored."""
    candidates, own = seen.candidates, {stored.key: stored for stored in seen.known}
    named = (own[key] for candidate in candidates for key in candidate.keys if key in own and key[0] not in TEXTS)
    present = frozenset(stored.entry_id for stored in named)
    new: list[StoredEntry] = []
    changed: list[StoredEntry] = []
    redated: list[StoredEntry] = []
    keys: list[tuple[str, str, str]] = []
    listed = [one.entry_id for one in seen.kept]
    ids: list[str] = []
    renamed = _count_renamed(candidates, own)
    for candidate in candidates:
        stored = find_known(feed.id, candidate, own, present)
        if stored is not None and not renamed and _is_a_new_edition(candidate, stored, _known_by(candidate, own)):
            stored = None
        if stored is None or stored.feed_id != feed.id or stored.entry_id in listed:
            elsewhere = stored if stored is not None and stored.feed_id != feed.id else None
            new.append(_new_row(feed, candidate, own, elsewhere, first=first, now=now))
            ids.append(new[-1].id)
            continue
        listed.append(stored.entry_id)
        ids.append(stored.entry_id)
        keys.extend((key, stored.entry_id, stored.article_id) for key in candidate.keys if key not in own)
        if not same_texts(candidate.entry, stored):
            changed.append(_again(stored, candidate, now=now, read=not is_too_old(feed, candidate.entry, now=now)))
        elif candidate.entry.published_at != stored.published_at:
            redated.append(_again(stored, candidate, now=now, read=stored.announce))
    if len(redated) > max(1, REDATED_SHARE * seen.count):
        redated = [replace(row, state=EntryState.READ, due_at=None) for row in redated]
    return Sorted(tuple(new), (*changed, *redated), tuple(keys), tuple(listed), renamed, tuple(ids))


def _count_renamed(candidates: tuple[Candidate, ...], known: dict[str, KnownEntry]) -> int:
    """Count the entries known by their texts alone, if a feed gave new GUIDs and links to most of them; else 0."""
    renamed = sum("t" in (by := _known_by(candidate, known)) and by <= TEXTS for candidate in candidates)
    return renamed if renamed >= max(REWRITTEN_LEAST, len(candidates) / 2) else 0


def _is_a_new_edition(candidate: Candidate, stored: KnownEntry, key_kinds: frozenset[str]) -> bool:
    """Say whether an entry only reads like a stored one: "What we know so far", with its own link and a later date."""
    new, old = candidate.entry.published_at, stored.published_at
    if key_kinds == {"w"}:
        return not is_one_wire(new, old)
    return key_kinds <= TEXTS and new is not None and old is not None and new - old > EDITION_AFTER


def _known_by(candidate: Candidate, known: dict[str, KnownEntry]) -> frozenset[str]:
    return frozenset(key[0] for key in candidate.keys if key in known)


def _new_row(
    feed: Feed,
    candidate: Candidate,
    known: dict[str, KnownEntry],
    elsewhere: KnownEntry | None,
    *,
    first: bool,
    now: datetime,
) -> StoredEntry:
    """Make the row of an entry that this feed never had. `elsewhere` is the same article in another feed."""
    entry_id, article_id = ids_of_new(feed.id, candidate, known)
    announce = is_announced(feed, candidate.entry, first=first, now=now)
    if elsewhere is not None:
        # Read for this feed, too: the other may be taken out of the configuration, or give no page.
        entry_id, article_id = f"{feed.id}:{elsewhere.article_id}", elsewhere.article_id
    return StoredEntry(
        id=entry_id,
        article_id=article_id,
        feed_id=feed.id,
        entry=candidate.entry,
        seen_at=now,
        state=EntryState.UNREAD if announce else EntryState.KNOWN,
        announce=announce,
        due_at=now if announce else None,
        keys=candidate.keys,
    )


def is_announced(feed: Feed, entry: Entry, *, first: bool, now: datetime) -> bool:
    """Say whether an entry may alert: not if it stood in a first poll beyond `backfill`, or is over `max_age`."""
    if is_too_old(feed, entry, now=now):
        return False
    if not first or feed.backfill == FOREVER:
        return True
    return entry.published_at is not None and now - entry.published_at < feed.backfill


def is_too_old(feed: Feed, entry: Entry, *, now: datetime) -> bool:
    """Say whether an entry's date keeps it from alerting: only where `max_age` is set."""
    return feed.max_age is not None and entry.published_at is not None and now - entry.published_at > feed.max_age


def _again(stored: KnownEntry, candidate: Candidate, *, now: datetime, read: bool) -> StoredEntry:
    """Make the new row of an entry whose feed now states it otherwise."""
    return StoredEntry(
        id=stored.entry_id,
        article_id=stored.article_id,
        feed_id=stored.feed_id,
        entry=candidate.entry,
        seen_at=now,
        state=EntryState.UNREAD if read and not stored.held else EntryState.READ,
        announce=stored.announce,
        due_at=now if read and not stored.held else None,
        keys=candidate.keys,
    )
