"""The words of the house, as frozen values. One meaning each, everywhere: code, configuration, docs, logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

FOREVER = timedelta.max  # what `backfill = "all"` means.


class Severity(StrEnum):
    """How much an alert matters to its reader, from least to most."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Order severities: 0 is the lowest."""
        return list(Severity).index(self)


class Reason(StrEnum):
    """Why somebody is told."""

    NEW = "new"
    UPDATE = "update"
    CORRECTION = "correction"
    REMINDER = "reminder"
    DIGEST = "digest"
    SUMMARY = "summary"
    HEALTH = "health"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    INFLIGHT = "inflight"
    DELIVERED = "delivered"
    DEAD = "dead"
    HELD = "held"
    MUTED = "muted"


class FeedHealth(StrEnum):
    """How a feed fares, as `monitor status` shows it."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    GONE = "gone"
    SILENT = "silent"
    HELD = "held"


class Verdict(StrEnum):
    """Whether a watch applies to an article; possible ones are kept and shown, never announced."""

    MATCH = "match"
    POSSIBLE = "possible"
    NO = "no"


class Salience(StrEnum):
    """How much of the article a match is about."""

    ABOUT = "about"
    MENTION = "mention"
    TRACE = "trace"


class Strictness(StrEnum):
    """How sure a match must be to be announced: thresholds of .3, .5 and .7."""

    WIDE = "wide"
    NORMAL = "normal"
    STRICT = "strict"


class ConceptKind(StrEnum):
    """What a watch names."""

    PLACE = "place"
    PERSON = "person"
    ORG = "org"
    KEYWORD = "keyword"


class Part(StrEnum):
    """A part of an article that a hit can lie in, and that a rule's `in` can name."""

    TITLE = "title"
    LEAD = "lead"
    BODY = "body"
    TAIL = "tail"


class Outcome(StrEnum):
    """What a service's answer to one message means."""

    ACCEPTED = "accepted"
    PERMANENT = "permanent"  # the same message will never be taken.
    RETRY = "retry"  # refused for now; `retry_after` says how long, if the service did.
    AMBIGUOUS = "ambiguous"  # sent whole, and no answer came: it may have arrived.
    NOT_SENT = "not_sent"  # the request never went out whole.


# --- what is configured -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """A source as configured. `every` None means adaptive; `backfill` zero announces nothing of a first poll."""

    id: str
    url: str
    name: str
    every: timedelta | None = None
    lang: str | None = None
    class_: str | None = None
    home: str | None = None
    full_text: bool = True
    backfill: timedelta = timedelta(0)
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """Hold a text that must never be printed; `reveal` it only where it is handed to a library."""

    reveal: str = field(repr=False)

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Rate:
    """Allow at most `count` messages in any `per`."""

    count: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Channel:
    """A named destination: one apprise URL. `recipients` are filled in by the notifier: "" unless it is mail."""

    id: str
    url: Secret
    rate: Rate | None = None
    recipients: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Rule:
    """What else an article must hold for a watch: phrases, each as written; a trailing `*` is a prefix.

    At least one of `any`, each of `all`, none of `none`. `near` bounds the distance between a hit of the watch and a
    hit of `any` and `all`: in tokens, or 0 for the same sentence; None leaves it open. `parts` bounds where the
    watch's own hits and those of `any` and `all` count; empty means everywhere. `none` is searched everywhere.
    """

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    near: int | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class When:
    """A case of a watch, `[[watch.when]]`: if its rule holds, the match takes its severity.

    `langs`, `classes` and `feeds` bound the articles it is for; empty means all. `salience` is the least it asks for.
    """

    rule: Rule
    severity: Severity
    langs: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    salience: Salience = Salience.TRACE


@dataclass(frozen=True, slots=True)
class Watch:
    """One entry of the watchlist. `names` are as configured: spellings, or for places "Homs, SY", "geonames:169577".

    `include` names more places that count as this one, `within_km` all places so near; `context` are words that speak
    for the place meant. `match` is the least salience that is announced. A watch with `when` and no case that holds
    matches with its own severity all the same.
    """

    id: str
    name: str
    kind: ConceptKind
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    not_: tuple[str, ...] = ()
    rule: Rule = Rule()
    severity: Severity = Severity.NORMAL
    notify: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    within_km: float | None = None
    context: tuple[str, ...] = ()
    match: Salience = Salience.MENTION
    strictness: Strictness = Strictness.NORMAL
    when: tuple[When, ...] = ()
    backfill: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Network:
    """How the world is reached. Sizes in bytes, decoded; `timeout` is for one whole fetch, redirects included."""

    contact: str | None = None
    allow_private: tuple[str, ...] = ()
    max_feed: int = 10_000_000
    max_page: int = 5_000_000
    timeout: timedelta = timedelta(seconds=30)
    per_host: int = 2
    per_host_delay: timedelta = timedelta(0)
    robots: bool = True
    proxy: Secret | None = None


@dataclass(frozen=True, slots=True)
class Polling:
    """The bounds of the adaptive interval."""

    min: timedelta = timedelta(minutes=2)
    max: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Retrying:
    """How long a delivery is tried: the first pause, the longest pause, and when to give up."""

    first: timedelta = timedelta(seconds=30)
    max: timedelta = timedelta(hours=1)
    give_up: timedelta = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept: article texts, and identities with the ledger of alerts and deliveries."""

    text: timedelta = timedelta(days=90)
    ledger: timedelta = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration as domain values. `operator` names the channels for summaries and health messages."""

    state: str = field(repr=False)  # a PostgreSQL address may hold a password.
    timezone: str = "UTC"
    operator: tuple[str, ...] = ()
    feeds: tuple[Feed, ...] = ()
    channels: tuple[Channel, ...] = ()
    watches: tuple[Watch, ...] = ()
    network: Network = Network()
    polling: Polling = Polling()
    retrying: Retrying = Retrying()
    retention: Retention = Retention()


# --- what is read -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as a feed stated it. `title`, `teaser` and `text` are plain text, `link` absolute and as given.

    `url` is the link without trackers. `published_at` is the feed's own date, aware UTC, None where it could not be
    read; `published_raw` is that date as written. `content_id` is a publisher's own article id (`dwsyn:contentID`).
    `text` is the full text where the feed carries one beyond the teaser, else "".
    """

    guid: str | None
    link: str
    url: str
    title: str
    teaser: str = ""
    text: str = ""
    language: str | None = None
    published_at: datetime | None = None
    published_raw: str = ""
    content_id: str | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """The text behind an entry: title, lead (the feed's teaser), body, tail (captions and the like).

    `incomplete` says why the page's own text is missing, or is "" when nothing is. `id` is a digest of its identity.
    `home` is where its publisher's unqualified names are: a country ("DE"), or a region of one ("US.TX"); `class_` the
    class of its feed.
    """

    id: str
    feed_id: str
    url: str
    title: str
    lead: str = ""
    body: str = ""
    tail: str = ""
    language: str | None = None
    published_at: datetime | None = None
    published_raw: str = ""
    seen_at: datetime | None = None
    incomplete: str = ""
    home: str | None = None
    class_: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One surface form found: `text` is exactly `part`'s text from `start` to `end`, in code points."""

    part: Part
    start: int
    end: int
    text: str
    form: str
    rule: str


@dataclass(frozen=True, slots=True)
class Match:
    """A watch that applies to an article. `sentence` is verbatim around the best hit; `score` is 0 to 1."""

    watch_id: str
    verdict: Verdict
    severity: Severity
    hits: tuple[Hit, ...] = ()
    sentence: str = ""
    salience: Salience | None = None
    score: float = 1.0
    reasons: tuple[str, ...] = ()


# --- who is told --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence that proves a match, the form that was found in it, and how many other hits there were."""

    watch_id: str
    sentence: str
    form: str
    others: int = 0


@dataclass(frozen=True, slots=True)
class Headline:
    """One article as an alert names it."""

    title: str
    url: str
    feed_id: str
    published_at: datetime | None = None
    published_raw: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """The decision to tell somebody. `article_id` is None and `text` is set for summaries and health messages."""

    id: str
    reason: Reason
    severity: Severity
    created_at: datetime
    watches: tuple[str, ...] = ()
    article_id: str | None = None
    revision: str = ""
    headlines: tuple[Headline, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    seen_at: datetime | None = None
    text: str = ""
    incomplete: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Alert x channel x recipient: the outbox row. `repeats` counts ambiguous answers so far."""

    id: str
    alert_id: str
    channel_id: str
    recipient: str
    watches: tuple[str, ...]
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    repeats: int = 0
    error: str = ""
    delivered_at: datetime | None = None
    carried_by: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out: plain text within a channel's limits. `message_id` stays the same over all attempts."""

    title: str
    body: str
    message_id: str
    severity: Severity = Severity.NORMAL


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service really answered: `text` is its own words, cut short and free of secrets."""

    outcome: Outcome
    text: str = ""
    status: int | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service takes in one message, in characters. `title` 0: none, it becomes the first line of the body."""

    title: int
    body: int
