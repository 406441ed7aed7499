"""What a store hands to a plan, and what a plan hands back to be committed as one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model import Access, Alert, Article, Delivery, DeliveryState, Entry, FeedHealth, Headline, Match, Severity
from monitor.planning.noticed import Noticed


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed's poll memory. `url` is where it lives now: the configured one, or where a permanent redirect led.

    `failures` counts in a row since `failing_since`; `cadence` is the observed time between entries. `configured_url`
    is what the configuration said when the state was loaded: a poll of a URL that is configured no more is dropped.
    `listed` is how many entries its last whole document held, 0 if that is not known. `held_at` is since when entries
    of a storm are held, `released_at` when such were last let through; a commit under another lease is dropped.
    """

    feed_id: str
    url: str
    health: FeedHealth = FeedHealth.NEW
    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    first_success_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    next_poll_at: datetime | None = None
    cadence: timedelta | None = None
    error: str = ""
    configured_url: str = ""
    listed: int = 0
    held_at: datetime | None = None
    released_at: datetime | None = None
    leased_until: datetime | None = field(default=None, compare=False)


# --- poll ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PollWork:
    """What a poll starts from. `noticed` is None for a feed of which nothing was noticed yet."""

    state: FeedState
    noticed: Noticed | None = None


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """A stored entry that shares an identity key with one just parsed."""

    key: str
    entry_id: str
    article_id: str
    feed_id: str
    guid: str | None
    url: str
    title: str
    teaser: str
    published_at: datetime | None
    announce: bool
    held: bool = False


class EntryState(StrEnum):
    """Where a stored entry stands: to be read, done with, only remembered (a first poll's), or held (a storm's)."""

    UNREAD = "unread"
    READ = "read"
    KNOWN = "known"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as remembered. `id` and `article_id` are digests of identity; `keys` are all that name it.

    `announce` False: it stood in a first poll beyond the backfill, or was too old; its page is never fetched, and only
    a change of its title or teaser can alert. `due_at` is when it is to be read (again); None means never. `attempts`
    counts reads without a text, `rereads` the planned later ones. `leased_until` is as for FeedState.
    """

    id: str
    article_id: str
    feed_id: str
    entry: Entry
    seen_at: datetime
    state: EntryState
    announce: bool = True
    due_at: datetime | None = None
    attempts: int = 0
    rereads: int = 0
    keys: tuple[str, ...] = ()
    leased_until: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FirstMatch:
    """A match of an entry that a first poll found: recorded and counted in the summary, never announced."""

    article_id: str
    match: Match


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry as it stood in a feed's last document: the digest of its bytes, the stored entry, the keys it stated."""

    digest: str
    entry_id: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """What a feed's last document listed. `context` names what of its beginning bears on how entries are read."""

    context: str
    listed: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class PollPlan:
    """All that one poll changes, in one transaction: entries and the validators that vouch for them.

    `entries` are inserted, on conflict nothing. `changed` overwrite the stored entry of the same id (title, teaser,
    text, dates, state, due_at); `keys` adds identities to entries already stored: (key, entry id, article id).
    `first` marks the first successful poll: the feed is counted in the next summary. `listed` are the ids of stored
    entries that stand in the parsed document: those are never forgotten. `noticed` is None if nothing new was.
    `outline` is None where no document was read; an empty one says that none could be drawn of this one.
    """

    state: FeedState
    entries: tuple[StoredEntry, ...] = ()
    changed: tuple[StoredEntry, ...] = ()
    keys: tuple[tuple[str, str, str], ...] = ()
    matches: tuple[FirstMatch, ...] = ()
    first: bool = False
    alerts: tuple[NewAlert, ...] = ()
    listed: tuple[str, ...] = ()
    noticed: Noticed | None = None
    outline: Outline | None = None


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert with its deliveries: born together or not at all."""

    alert: Alert
    deliveries: tuple[Delivery, ...]


# --- read ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadWork:
    """What a read starts from.

    `article` is what was stored before, if it was; `told` the watches already matched (verdict match) for this
    article, announced or not; `alerted` whether an alert exists for it, `severity` the highest of those, and
    `updated_at` when its last update went out or is to go out.
    """

    stored: StoredEntry
    article: Article | None = None
    told: frozenset[str] = frozenset()
    alerted: bool = False
    severity: Severity | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """All that one read changes, in one transaction: the article, its new matches, the alert and its deliveries.

    `told` repeats the work's: if another read has added watches since, the commit is refused and the read repeated.
    `stored` is the entry's new row. `matches` are the new ones only (watches not in `told`; possible ones included).
    """

    stored: StoredEntry
    article: Article
    told: frozenset[str]
    matches: tuple[Match, ...] = ()
    alert: NewAlert | None = None


# --- trying new watches on what is stored ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, `until` included; `since` None is the beginning of time."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as stored, with the watches that matched it (`told`) and whether an alert exists for it.

    `seen_at` is when it was seen; of what a first poll left unread, and the feed dates before, it is that date.
    """

    article: Article
    seen_at: datetime
    told: frozenset[str] = frozenset()
    alerted: bool = False


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """What new watches change about one stored article, in one transaction; refused if `told` is out of date."""

    article_id: str
    told: frozenset[str]
    matches: tuple[Match, ...]
    alert: NewAlert | None
    seen_at: datetime


# --- where publishers are at home -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LearnedHome:
    """Where a feed's publisher is at home, as its articles tell: "US.TX", "DE", or "" if they tell of no place.

    `articles` is how many it was learned from, `host` where nearly all of them lie ("" if there is no such host).
    """

    feed_id: str
    home: str
    articles: int
    learned_at: datetime
    host: str = ""


# --- send ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendWork:
    """What a send starts from: the delivery, already committed as in flight and counted as an attempt.

    `waiting_since` is when its waiting began, held and muted time left out; None: when it was made.
    """

    delivery: Delivery
    alert: Alert
    waiting_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SendPlan:
    """What one answer makes of a delivery. `channel_waits`: all that is pending on its channel waits as long."""

    delivery_id: str
    state: DeliveryState
    due_at: datetime
    repeats: int
    error: str = ""
    delivered_at: datetime | None = None
    channel_waits: bool = False


# --- the summary of first polls -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SummaryWork:
    """What first polls since the last summary found: counts, and the newest matching articles, newest first.

    `waiting` counts configured feeds that were never polled with success and have not failed yet either;
    `oldest_at` is when the first of the counted feeds was polled.
    """

    feeds: tuple[str, ...]
    articles: int
    matching: int
    newest: tuple[Headline, ...]
    waiting: int = 0
    failing: int = 0
    oldest_at: datetime | None = None


# --- what fetches and parsers hand over ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """What to fetch, and how. `max_bytes` bounds the decoded body; `patient`: wait for a turn, however long."""

    url: str
    max_bytes: int
    patient: bool = True
    etag: str | None = None
    last_modified: str | None = None
    robots: bool = False
    access: Access = field(default_factory=Access)


@dataclass(frozen=True, slots=True)
class Hints:
    """What a response says about when to come back: `max_age` of Cache-Control, `retry_after` of any status."""

    max_age: timedelta | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole body. `url` is where it was found; `moved_to` is set if only permanent redirects led there.

    `truncated`: the connection broke off, and this is what had come until then. `outline`, what is known of the feed's
    last document, and `feed_id` are for its parser.
    """

    url: str
    body: bytes
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    hints: Hints = Hints()
    truncated: bool = False
    outline: Outline | None = None
    feed_id: str = ""


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304: what is known still stands."""

    hints: Hints = Hints()


@dataclass(frozen=True, slots=True)
class Gone:
    """A 410: the publisher says it will not come back. It is still asked, rarely."""

    url: str


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed's entries in document order. `truncated`: it broke off, so its validators must not be stored.

    `ttl` is what the feed itself asks for (ttl, sy:update*). `problems` are sentences for a person. `slices` are the
    digests of the entries' bytes, one for each, or none at all; `kept` those of entries that were left out, because an
    outline knows them; `context` is that of an outline. `stated` are the keys of each entry, if it was told whose feed
    this is.
    """

    format: str
    title: str
    entries: tuple[Entry, ...]
    language: str | None = None
    ttl: timedelta | None = None
    truncated: bool = False
    problems: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    context: str = ""
    stated: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Extracted:
    """A page's own text: `url` its canonical address, `title` without the publisher's suffix, tail as far as told."""

    title: str
    text: str
    tail: str = ""
    language: str | None = None
    published_at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class NoText:
    """A page in which no text was found, and why."""

    reason: str
