"""Words with a fixed set of values: severities, states, verdicts and the like."""

from __future__ import annotations

from datetime import timedelta
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

    @property
    def rank(self) -> int:
        """Order saliences: 0 is the least."""
        return len(Salience) - 1 - list(Salience).index(self)


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
