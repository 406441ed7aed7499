"""Who is told, and how it went: alerts, deliveries, messages and receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.words import DeliveryState, Outcome, Reason, Severity


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence that proves a match, the form that was found in it, and how many other hits there were.

    `severity` is the match's own; None: as the whole alert's.
    """

    watch_id: str
    sentence: str
    form: str
    others: int = 0
    severity: Severity | None = None


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

    def severity_for(self, watches: Sequence[str]) -> Severity:
        """Return how severe it is for who is told of `watches` alone."""
        own = [each.severity for each in self.evidence if each.watch_id in watches]
        if not own or None in own:
            return self.severity
        return max((each for each in own if each), key=lambda severity: severity.rank)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Alert x channel x recipient: the outbox row. `repeats` counts ambiguous answers so far.

    `carried_by` is the digest it went into; `grouped`: it was held or muted, and goes out in a digest. `fallback_for`
    is the channel whose part this one plays; `silence_id` what muted it.
    """

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
    grouped: bool = False
    fallback_for: str | None = None
    silence_id: str | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which matching alerts are muted. `author` and `reason` say whose decision it was.

    Empty conditions hold for all. `severity` is the highest that is muted. `places` are as written by the author.
    """

    id: str
    author: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    watches: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    severity: Severity = Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out: plain text within a channel's limits. `message_id` stays the same over all attempts.

    For services that take more: `html` is the same as a safe document of our own, `headers` are a mail's beyond the
    usual ones, `payload` is a JSON object for machines.
    """

    title: str
    body: str
    message_id: str
    severity: Severity = Severity.NORMAL
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    payload: str = ""


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
