"""What the pipeline needs of the outside. The rooms above implement these; only app.py knows which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from monitor.alerting.report import Report
from monitor.model import Article, Feed, Limits, Match, Message, Receipt, Secret
from monitor.planning.alive import Life
from monitor.planning.coverage import CoveragePlan, CoverageWork
from monitor.planning.pulse import Pulse, PulsePlan
from monitor.planning.troubles import TroubleWork
from monitor.planning.waiting import Pick, Queue, QueuePlan, Scope, Waiting
from monitor.planning.work import (
    Extracted,
    Fetched,
    Gone,
    KnownEntry,
    LearnedHome,
    NewAlert,
    NoText,
    NotModified,
    Outline,
    ParsedFeed,
    PollPlan,
    PollWork,
    ReadPlan,
    ReadWork,
    Request,
    SendPlan,
    SendWork,
    Span,
    StoredArticle,
    SummaryWork,
    TrialPlan,
)


class Matcher(Protocol):
    """Say which watches apply to an article. Pure, and quick enough for the loop."""

    def match(self, article: Article) -> tuple[Match, ...]: ...


class HomeTeacher(Protocol):
    """Tell where the publisher of these articles is at home: "US.TX", "DE"; "" if they do not tell. Pure, but slow."""

    def __call__(self, articles: Sequence[Article], /) -> str: ...


class Log(Protocol):
    """Take one canonical line for each job, and what happens between jobs; facts are plain values."""

    def job(self, kind: str, subject: str, facts: Mapping[str, object]) -> None: ...
    def event(self, text: str, **facts: object) -> None: ...
    def problem(self, text: str, **facts: object) -> None: ...


class Clock(Protocol):
    """Tell the time: `now` aware UTC, for display and for due times; `monotonic` seconds, for timers."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...


class Fetcher(Protocol):
    """Fetch one URL, redirects and address checks included. Raises: FetchError."""

    async def fetch(self, request: Request) -> Fetched | NotModified | Gone: ...
    async def close(self) -> None: ...


class FeedParser(Protocol):
    """Read a feed of any format out of a body, off the loop. Raises: ParseError."""

    async def parse(self, fetched: Fetched) -> ParsedFeed: ...


class Extractor(Protocol):
    """Read the article out of a page, in a process that may die of it. Raises: ExtractError."""

    async def extract(self, fetched: Fetched) -> Extracted | NoText: ...


class Notifier(Protocol):
    """Send one message to one recipient of one channel. Never raises for what a service answers."""

    def limits(self, channel_id: str) -> Limits: ...
    async def send(self, channel_id: str, recipient: str, message: Message) -> Receipt: ...


class Pinger(Protocol):
    """Ask for an address of the operator's own, as a sign of life. Raises: FetchError, without the address."""

    async def ping(self, url: Secret, *, well: bool) -> None: ...


class Store(Protocol):
    """Remember. Every method is synchronous, one transaction, called off the loop, and may run twice.

    Raises: StoreError.
    """

    # what the configuration says, told at every start and reload.
    def sync_feeds(self, feeds: Sequence[Feed], *, now: datetime) -> None:
        """Make a row for each feed not yet known, due now; forget memory of those whose configured URL changed.

        Feeds no longer configured keep their row and are not claimed.
        """

    def recover(self, *, now: datetime, first: timedelta) -> int:
        """After a start, give every lease back; deliveries in flight become pending with one more repeat.

        Those are due at now + `first`. Returns how many deliveries that was.
        """

    # claims: each leases what it returns until now + lease; an expired lease is claimable again.
    def claim_feeds(
        self, *, now: datetime, limit: int, lease: timedelta, polled_before: datetime | None = None
    ) -> tuple[PollWork, ...]:
        """Return what polls start from, longest overdue first; with `polled_before` only of feeds not polled since."""

    def claim_entries(self, *, now: datetime, limit: int, lease: timedelta) -> tuple[str, ...]:
        """Oldest first; never two entries of one article at once."""

    def has_due_delivery(self, channels: Sequence[str], *, now: datetime) -> bool:
        """Say whether a delivery to one of `channels` is due now and not under way."""

    def release_feed(self, feed_id: str, *, until: datetime | None = None) -> None: ...
    def release_entry(self, entry_id: str, *, until: datetime | None = None) -> None:
        """Give an entry's lease back: now, or at `until`."""

    def make_feeds_due(self, *, now: datetime) -> None:
        """Make every configured feed due now, for `monitor once`."""

    # poll
    def load_poll(self, feed_id: str) -> PollWork: ...
    def load_outline(self, feed_id: str) -> Outline | None:
        """Return what a feed's last document listed; None if that is not known."""

    def load_known(self, keys: Sequence[str]) -> tuple[KnownEntry, ...]: ...
    def commit_poll(self, plan: PollPlan) -> bool:
        """Write the plan and end the lease. False, and nothing is, if the feed has another URL or lease by now."""

    # read
    def load_read(self, entry_id: str) -> ReadWork | None: ...
    def commit_read(self, plan: ReadPlan) -> bool:
        """Write the plan and give the lease back. False, and no plan is written, if `plan.told` is out of date.

        Nor is it where another process has taken the entry up since: then the lease stays with that.
        """

    # new watches on what is stored
    def load_watches(self) -> Mapping[str, str]:
        """Return the digest of each watch as it was last tried, by id."""

    def list_articles(self, span: Span, *, after: StoredArticle | None, limit: int) -> tuple[StoredArticle, ...]:
        """Return articles seen in `span`, newest first, those that come after `after`; unread ones by their feed."""

    def commit_trial(self, plan: TrialPlan) -> bool:
        """Write matches and the alert. False, and nothing is written, if `plan.told` is out of date."""

    def commit_watches(self, digests: Mapping[str, str]) -> None:
        """Remember these watches as tried, and no other."""

    # the queue
    def load_queue(self, scope: Scope, *, now: datetime) -> Queue:
        """Return what waits, counted, and what is known around it. Cheap where nothing waits."""

    def load_waiting(self, picks: Sequence[Pick], *, now: datetime) -> tuple[tuple[Pick, tuple[Waiting, ...]], ...]:
        """Return the deliveries that each pick asks for, the most severe first, then the oldest."""

    def commit_queue(self, plan: QueuePlan, *, now: datetime, lease: timedelta) -> tuple[tuple[str, str], ...]:
        """Write what a turn changes and lease what is sent now: (channel, delivery id), at most one a channel.

        What has moved on meanwhile is left as it is; none is leased on a channel with one in flight.
        """

    # where publishers are at home
    def load_homes(self) -> tuple[LearnedHome, ...]:
        """Return what was learned of each feed."""

    def count_lessons(self, feeds: Sequence[str], *, limit: int) -> Mapping[str, int]:
        """Count for each of `feeds` the stored articles that `list_lessons` would return."""

    def list_lessons(self, feed_id: str, *, limit: int) -> tuple[Article, ...]:
        """Return a feed's newest articles whose text is stored, and what its first poll left unread; texts cut short.

        Never those of another URL that the feed had before.
        """

    def commit_home(self, learned: LearnedHome) -> None:
        """Remember where a feed's publisher is at home, in place of what was known."""

    # its own health
    @property
    def damage(self) -> str:
        """What was refused since the start because the database is damaged, or ""."""

    def back_up_nightly(self, *, now: datetime) -> Path | None:
        """Copy the state beside itself and keep the newest two copies; None where that is not for us to do."""

    # coverage
    def load_coverage(self, *, closely: Sequence[str], now: datetime) -> CoverageWork:
        """Return the configured feeds with what was noticed of them; of `closely` also how long their texts are."""

    def commit_coverage(self, plan: CoveragePlan, *, now: datetime) -> None:
        """Write incidents that begin and end, with the messages about them, in one transaction."""

    # send
    def load_send(self, delivery_id: str, *, now: datetime) -> SendWork | None:
        """Commit the delivery as in flight with one more attempt and return it; None if it is no longer pending."""

    def commit_send(self, plan: SendPlan) -> None: ...

    # summary of first polls
    def load_summary(self, *, newest: int) -> SummaryWork: ...
    def commit_summary(self, summary: NewAlert, feeds: Sequence[str]) -> None:
        """Write the summary and mark `feeds` as told of, in one transaction."""

    # signs of life
    def load_pulse(self) -> Pulse:
        """Return what is remembered of signs of life and of channels in trouble."""

    def commit_pulse(self, plan: PulsePlan) -> None:
        """Write what giving signs of life changes; a new canary takes the place of the one before."""

    def count_life(self, *, since: datetime) -> Life: ...
    def load_report(self, *, kind: str, since: datetime, until: datetime, watches: Sequence[str]) -> Report:
        """Return what is to be said of `watches` since then, and of feeds, dead letters and silences altogether."""

    def find_troubles(
        self, channels: Sequence[str], open_: Mapping[str, str], *, now: datetime, stall: timedelta
    ) -> TroubleWork:
        """Return which of `channels` take nothing, and what the `open_` ones, with their readers, accepted last."""

    def load_orphans(self, channels: Sequence[str], *, before: datetime) -> tuple[Waiting, ...]:
        """Return what tells of articles, waits for none of `channels` since then, and was not handed over."""

    def abandon(self, channels: Sequence[str], *, created_before: datetime) -> int:
        """Make deliveries of that age dead that wait for none of `channels`. Returns how many."""

    def pull_back(self, *, now: datetime, ahead: timedelta = ...) -> int:
        """Make due what is planned further `ahead`, left out than anything ever is: the clock was wrong.

        Returns how many.
        """

    def next_due_at(self, *, overdue_by: datetime | None = None) -> datetime | None:
        """When the next feed, entry or delivery falls due; None when nothing waits.

        Deliveries that are due since `overdue_by` are left out: what they wait for is no time.
        """

    def expire(self, *, text_before: datetime, ledger_before: datetime, limit: int) -> int:
        """Drop article texts seen before the one, identities and ledger before the other; at most `limit` rows.

        Never an entry still listed by its feed, never a delivery that has not ended. Returns rows changed.
        """
