"""The store: every method of the port, each one transaction on one database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.alerting.report import Report
from monitor.model import Article, Feed
from monitor.planning.alive import Life
from monitor.planning.coverage import CoveragePlan, CoverageWork
from monitor.planning.pulse import Pulse, PulsePlan
from monitor.planning.troubles import TroubleWork
from monitor.planning.waiting import Pick, Queue, QueuePlan, Scope, Waiting
from monitor.planning.work import (
    KnownEntry,
    LearnedHome,
    NewAlert,
    Outline,
    PollPlan,
    PollWork,
    ReadPlan,
    ReadWork,
    SendPlan,
    SendWork,
    Span,
    StoredArticle,
    SummaryWork,
    TrialPlan,
)
from monitor.store import (
    claims,
    coverage,
    expiry,
    homes,
    outlines,
    polls,
    pulse,
    queue,
    reads,
    reports,
    restoring,
    schema,
    sends,
    summaries,
    trials,
    troubles,
    turns,
)
from monitor.store.database import Database, connect, make_file, make_folder
from monitor.store.lock import Lock, take_lock
from monitor.store.quarantine import CHECK, mend
from monitor.store.untold import Damage, forget_damage


class SqlStore:
    """Remember, on SQLite or PostgreSQL. See monitor.ports.Store for what each method promises."""

    def __init__(self, database: Database, lock: Lock | None = None, mended: Damage | None = None) -> None:
        self.database = database
        self.mended = mended  # what was found damaged, and replaced, when it was opened.
        self._lock = lock

    def close(self) -> None:
        """Give the connections and the lock back."""
        self.database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def grouped(self) -> Callable[[], AbstractContextManager[None]] | None:
        """Make one transaction of several calls: all is written at the end of the block, or nothing. None: it cannot.

        On PostgreSQL others wait for the locks that a transaction holds, so there each call ends at once.
        """
        return None if self.database.path is None else self.database.grouped

    @property
    def damage(self) -> str:
        """What was refused since the start because the file is damaged, or ""."""
        return self.database.damage

    def announce_no_backfill(self) -> None:
        """Let no feed that was not polled yet announce what its first poll finds: it may have been told before."""
        with self.database.write() as connection:
            connection.execute(polls.NO_BACKFILL)

    def forget_damage(self) -> None:
        """Take down that `mended` was told: the next start does not find it again. Raises: StoreError."""
        if self.database.path is not None:
            forget_damage(self.database.path)

    def back_up_nightly(self, *, now: datetime) -> Path | None:
        """Copy the state beside itself and keep the newest two copies; None on PostgreSQL. Raises: StoreError."""
        return restoring.back_up_nightly(self.database, now=now)

    def backup(self, target: Path) -> None:
        """Copy the state to `target` while it is in use (SQLite only). Raises: StoreError."""
        schema.backup(self.database, target)

    # --- configuration and start ----------------------------------------------------------------------------------

    def sync_feeds(self, feeds: Sequence[Feed], *, now: datetime) -> None:
        """Hold the known feeds against the configured ones."""
        with self.database.write() as connection:
            polls.sync_feeds(connection, feeds, now=now)

    def recover(self, *, now: datetime, first: timedelta) -> int:
        """Give every lease back; deliveries in flight are repeated at now + `first`. Returns how many those are."""
        with self.database.write() as connection:
            return claims.recover(connection, now=now, first=first)

    # --- claims -----------------------------------------------------------------------------------------------------

    def claim_feeds(
        self, *, now: datetime, limit: int, lease: timedelta, polled_before: datetime | None = None
    ) -> tuple[PollWork, ...]:
        """Lease feeds that are due, longest overdue first, not polled since `polled_before`."""
        with self.database.write(lasting=False) as connection:
            ids = claims.claim_feeds(connection, now=now, limit=limit, lease=lease, polled_before=polled_before)
            return polls.load_polls(connection, ids) if ids else ()

    def claim_entries(self, *, now: datetime, limit: int, lease: timedelta) -> tuple[str, ...]:
        """Lease entries that are to be read, oldest first, never two of one article."""
        with self.database.write(lasting=False) as connection:
            return claims.claim_entries(connection, now=now, limit=limit, lease=lease)

    def has_due_delivery(self, channels: Sequence[str], *, now: datetime) -> bool:
        """Say whether a delivery to one of `channels` is due now and not under way."""
        with self.database.read() as connection:
            return claims.has_due_delivery(connection, channels, now=now)

    def release_feed(self, feed_id: str, *, until: datetime | None = None) -> None:
        """Give a feed's lease back."""
        with self.database.write(lasting=False) as connection:
            claims.release_feed(connection, feed_id, until=until)

    def release_entry(self, entry_id: str, *, until: datetime | None = None) -> None:
        """Give an entry's lease back."""
        with self.database.write(lasting=False) as connection:
            claims.release_entry(connection, entry_id, until=until)

    def make_feeds_due(self, *, now: datetime) -> None:
        """Make every configured feed due now."""
        with self.database.write() as connection:
            claims.make_feeds_due(connection, now=now)

    def pull_back(self, *, now: datetime, ahead: timedelta = claims.HORIZON) -> int:
        """Make due what is planned further `ahead`, left out than anything ever is. Returns how many rows that was."""
        with self.database.write() as connection:
            return claims.pull_back(connection, now=now, ahead=ahead)

    def abandon(self, channels: Sequence[str], *, created_before: datetime) -> int:
        """Make deliveries of that age dead that wait for none of `channels`. Returns how many."""
        with self.database.write() as connection:
            return claims.abandon(connection, channels, created_before=created_before)

    def next_due_at(self, *, overdue_by: datetime | None = None) -> datetime | None:
        """Return when the next feed, entry or delivery falls due, but for deliveries that are due since then."""
        with self.database.read() as connection:
            return claims.next_due_at(connection, overdue_by=overdue_by)

    # --- poll, read, send -------------------------------------------------------------------------------------------

    def load_poll(self, feed_id: str) -> PollWork:
        """Return what a poll starts from."""
        with self.database.read() as connection:
            return polls.load_poll(connection, feed_id)

    def load_known(self, keys: Sequence[str]) -> tuple[KnownEntry, ...]:
        """Return the stored entry behind each of `keys` that names one."""
        with self.database.read() as connection:
            return polls.load_known(connection, keys)

    def load_outline(self, feed_id: str) -> Outline | None:
        """Return what a feed's last document listed; None if that is not known."""
        with self.database.read() as connection:
            return outlines.load_outline(connection, feed_id)

    def commit_poll(self, plan: PollPlan) -> bool:
        """Write entries and the validators that vouch for them. False: the feed has another URL or lease by now."""
        with self.database.write(lasting=polls.is_news(plan)) as connection:
            return polls.commit_poll(connection, plan)

    def load_read(self, entry_id: str) -> ReadWork | None:
        """Return what a read starts from; None if the entry is not to be read any more."""
        with self.database.read() as connection:
            return reads.load_read(connection, entry_id)

    def commit_read(self, plan: ReadPlan) -> bool:
        """Write an article, its matches, alert and deliveries; False, and nothing, if `plan.told` is out of date."""
        with self.database.write() as connection:
            return reads.commit_read(connection, plan)

    # --- new watches on what is stored --------------------------------------------------------------------------------

    def load_watches(self) -> Mapping[str, str]:
        """Return the digest of each watch as it was last tried, by id."""
        with self.database.read() as connection:
            return trials.load_watches(connection)

    def list_articles(self, span: Span, *, after: StoredArticle | None, limit: int) -> tuple[StoredArticle, ...]:
        """Return articles seen in `span`, newest first, those that come after `after`; unread ones by their feed."""
        with self.database.read() as connection:
            return trials.list_articles(connection, span, after=after, limit=limit)

    def commit_trial(self, plan: TrialPlan) -> bool:
        """Write matches and the alert; False, and nothing, if `plan.told` is out of date."""
        with self.database.write() as connection:
            return trials.commit_trial(connection, plan)

    def commit_watches(self, digests: Mapping[str, str]) -> None:
        """Remember these watches as tried, and no other."""
        with self.database.write() as connection:
            trials.commit_watches(connection, digests)

    # --- the queue --------------------------------------------------------------------------------------------------

    def load_queue(self, scope: Scope, *, now: datetime) -> Queue:
        """Return what waits, counted, and what is known around it."""
        with self.database.read() as connection:
            return queue.load_queue(connection, scope, now=now)

    def load_waiting(self, picks: Sequence[Pick], *, now: datetime) -> tuple[tuple[Pick, tuple[Waiting, ...]], ...]:
        """Return the deliveries that each pick asks for."""
        with self.database.read() as connection:
            return tuple((pick, queue.load_waiting(connection, pick, now=now)) for pick in picks)

    def commit_queue(self, plan: QueuePlan, *, now: datetime, lease: timedelta) -> tuple[tuple[str, str], ...]:
        """Write what a turn changes and lease what is sent now: (channel, delivery id)."""
        with self.database.write() as connection:
            return turns.commit_queue(connection, plan, now=now, lease=lease)

    # --- where publishers are at home -------------------------------------------------------------------------------

    def load_homes(self) -> tuple[LearnedHome, ...]:
        """Return what was learned of each feed."""
        with self.database.read() as connection:
            return homes.load_homes(connection)

    def count_lessons(self, feeds: Sequence[str], *, limit: int) -> Mapping[str, int]:
        """Count the articles that each of `feeds` can be learned from, `limit` at most."""
        with self.database.read() as connection:
            return homes.count_lessons(connection, feeds, limit=limit)

    def list_lessons(self, feed_id: str, *, limit: int) -> tuple[Article, ...]:
        """Return a feed's newest articles, and what its first poll left unread; of long texts the beginning."""
        with self.database.read() as connection:
            return homes.list_lessons(connection, feed_id, limit=limit)

    def commit_home(self, learned: LearnedHome) -> None:
        """Remember where a feed's publisher is at home, in place of what was known."""
        with self.database.write() as connection:
            homes.commit_home(connection, learned)

    # --- coverage ---------------------------------------------------------------------------------------------------

    def load_coverage(self, *, closely: Sequence[str], now: datetime) -> CoverageWork:
        """Return the configured feeds with what was noticed of them; of `closely` also how long their texts are."""
        with self.database.read() as connection:
            return coverage.load_coverage(connection, closely=closely, now=now)

    def commit_coverage(self, plan: CoveragePlan, *, now: datetime) -> None:
        """Write incidents that begin and end, with the messages about them."""
        with self.database.write() as connection:
            coverage.commit_coverage(connection, plan, now=now)

    # --- send ---------------------------------------------------------------------------------------------------------

    def load_send(self, delivery_id: str, *, now: datetime) -> SendWork | None:
        """Commit a delivery as in flight and return it; None if it is not pending."""
        with self.database.write() as connection:
            return sends.load_send(connection, delivery_id, now=now)

    def commit_send(self, plan: SendPlan) -> None:
        """Write what an answer makes of a delivery."""
        with self.database.write() as connection:
            sends.commit_send(connection, plan)

    def load_orphans(self, channels: Sequence[str], *, before: datetime) -> tuple[Waiting, ...]:
        """Return what waits for none of `channels` since then."""
        with self.database.read() as connection:
            return queue.load_orphans(connection, channels, before=before)

    # --- summaries and retention --------------------------------------------------------------------------------------

    def load_summary(self, *, newest: int) -> SummaryWork:
        """Return what first polls found that was not told of yet."""
        with self.database.read() as connection:
            return summaries.load_summary(connection, newest=newest)

    def commit_summary(self, summary: NewAlert, feeds: Sequence[str]) -> None:
        """Write the summary and mark `feeds` as told of."""
        with self.database.write() as connection:
            summaries.commit_summary(connection, summary, feeds)

    # --- signs of life ------------------------------------------------------------------------------------------------

    def load_pulse(self) -> Pulse:
        """Return what is remembered of signs of life and of channels in trouble."""
        with self.database.read() as connection:
            return pulse.load_pulse(connection)

    def commit_pulse(self, plan: PulsePlan) -> None:
        """Write what giving signs of life changes."""
        with self.database.write() as connection:
            pulse.commit_pulse(connection, plan)

    def count_life(self, *, since: datetime) -> Life:
        """Count what was done since then."""
        with self.database.read() as connection:
            return pulse.count_life(connection, since=since)

    def load_report(self, *, kind: str, since: datetime, until: datetime, watches: Sequence[str]) -> Report:
        """Return what a report of that time says."""
        with self.database.read() as connection:
            return reports.load_report(connection, kind=kind, since=since, until=until, watches=watches)

    def find_troubles(
        self, channels: Sequence[str], open_: Mapping[str, str], *, now: datetime, stall: timedelta
    ) -> TroubleWork:
        """Return which of `channels` take nothing, and what the `open_` ones accepted last."""
        with self.database.read() as connection:
            return troubles.find_troubles(connection, channels, open_, now=now, stall=stall)

    def expire(self, *, text_before: datetime, ledger_before: datetime, limit: int) -> int:
        """Drop what is old, `limit` rows at most. Returns rows changed."""
        with self.database.write() as connection:
            return expiry.expire(connection, text_before=text_before, ledger_before=ledger_before, limit=limit)


def open_store(
    state: str | Path,
    *,
    lock: bool = True,
    migrations: schema.Migrations = schema.SHIPPED,
    check: timedelta | None = CHECK,
) -> SqlStore:
    """Open a state, a path or a postgresql:// URL, for this process alone.

    A SQLite file is made with its folder, or brought to this version's schema after a backup beside it. PostgreSQL
    is never changed here. `lock` False shares the state with whoever has it, and changes no schema.
    A damaged SQLite file, or one that is missing beside its backups, is replaced by the newest sound backup or a new
    one: see `mended` of the store. `check`
    bounds the time that looking for damage takes, None lets it look at all.
    Raises: StoreError, one line: in use by another monitor, written by a newer version, damaged, out of reach.
    """
    database = connect(str(state))
    held: Lock | None = None
    mended: Damage | None = None
    try:
        if lock:
            held, mended = _take(database, check)
        if held is not None and database.path is not None:
            schema.upgrade(database, migrations)
        schema.require_head(database, migrations)
    except BaseException:
        SqlStore(database, held).close()
        raise
    return SqlStore(database, held, mended)


def _take(database: Database, check: timedelta | None) -> tuple[Lock, Damage | None]:
    """Take the lock, and see to it that there is a file: the state, what replaces a damaged one, or an empty one."""
    path = database.path
    if path is not None:
        make_folder(path)
    held = take_lock(database)
    try:
        mended = mend(database, budget=check)
        if path is not None:
            make_file(path)
    except BaseException:
        held.release()
        raise
    return held, mended


def upgrade(state: str | Path, *, migrations: schema.Migrations = schema.SHIPPED) -> tuple[str | None, str]:
    """Bring a state to this version's schema: (revision before, revision now). Raises: StoreError, if in use too."""
    database = connect(str(state))
    held: Lock | None = None
    try:
        held, _ = _take(database, CHECK)
        return schema.upgrade(database, migrations), migrations.head
    finally:
        SqlStore(database, held).close()
