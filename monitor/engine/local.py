"""The engine of one machine: claims what is due, runs it as tasks, never more at once than it has room for.

A returned job only rings the bell: what is due is always claimed from the store, so that a crash, a lost bell and a
second ring all end the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import datetime, timedelta

from monitor.engine.heart import Heart
from monitor.engine.lanes import DAEMON, Counts, Kind, Lane, Room
from monitor.engine.pace import Pace
from monitor.engine.refusals import FailedJobs, Refusals
from monitor.errors import MonitorError
from monitor.failpoints import reach
from monitor.pipeline.jobs import (
    LEASE,
    BackUp,
    Expire,
    GiveSigns,
    Job,
    LearnHomes,
    Poll,
    Read,
    Send,
    Summarise,
    Trouble,
    TryWatches,
    WatchCoverage,
)
from monitor.pipeline.queue import turn_queue
from monitor.pipeline.run import run
from monitor.pipeline.services import Services

DRAIN = 10.0  # seconds that running jobs are given to end after SIGTERM; systemd and the promise allow 15.
SET_BACK = timedelta(seconds=5)  # less is a clock that is kept right; no plan of ours is that fine.
ASLEEP = timedelta(minutes=10)  # between two turns: the machine slept, or its clock was set forward.
IDLE = 1.0  # seconds between two looks at what is due when nothing rings.
LOOK = 0.25  # seconds between two looks at the queue when nothing new came: to count thousands takes 10 ms.
COVERAGE = 60.0  # seconds between two looks at how the feeds are heard.
UNBOUNDED = 1 << 30  # sends are bounded by their channels: one at a time for each.
LESSONS = 5.0  # seconds between two looks at what articles tell of their publishers.
SIGNS = 15.0  # seconds between two looks at what signs of life are due: with thousands waiting one takes 0.3 s.
Chore = Summarise | Expire | TryWatches | BackUp
PATIENCE = 0.02  # seconds that rings are gathered, so that a burst of ends is one look at the store.
# The same while so many polls are under way: a look takes PostgreSQL 10 ms.
CALM, MANY = 0.1, 32


class LocalEngine:
    """Turn the pipeline, or the `kinds` of work that are this process's part of it.

    `services` may be replaced at any time: jobs that run keep the one they started with.
    """

    def __init__(self, services: Services, room: Room | None = None, *, kinds: frozenset[Kind] = DAEMON) -> None:
        room = room or Room()
        self.services, self._kinds = services, kinds
        self.counts = Counts()
        self.heals, self.damaged = True, False
        self._polls, self._reads = Lane(room.polls), Lane(room.reads)
        self._sends, self._chores, self._asides = Lane(UNBOUNDED), Lane(UNBOUNDED), Lane(UNBOUNDED)
        self._pace = Pace()
        self._bell = asyncio.Event()
        self._ending = asyncio.Event()
        self._summary: Summarise | None = Summarise()
        self._summary_asked = self._queue_asked = -IDLE
        self._queue_free: tuple[str, ...] = ()
        self._queue_rung = True
        self._lessons_asked, self._lessons_heard, self._is_learning = -LESSONS, 0, False
        self._refusals, self._failed_jobs, self._heart = Refusals(services), FailedJobs(), Heart()
        self._coverage_asked, self._is_watching = services.clock.monotonic(), False
        self._signs_asked, self._is_signing = -SIGNS, False
        self._polled_before: datetime | None = None
        self._wall, self._steady = services.clock.now(), services.clock.monotonic()
        self._awake_since = self._wall

    @property
    def running(self) -> dict[str, int]:
        """How many jobs of each kind run now."""
        lanes = {"polls": self._polls, "reads": self._reads, "sends": self._sends}
        return {name: len(lane.tasks) for name, lane in lanes.items()}

    def ring(self) -> None:
        """Look at what is due, soon."""
        self._bell.set()

    def stop(self) -> None:
        """Claim nothing more, and let `serve` return when running jobs have ended."""
        self._ending.set()
        self._bell.set()

    def expire(self) -> None:
        """Drop what is older than it is kept, beside everything else."""
        self._start_chore(Expire())

    def nightly(self) -> None:
        """Drop what is old, and copy the state."""
        self.expire()
        self._start_chore(BackUp())

    def try_watches(self) -> None:
        """Try new and changed watches on what is stored, beside everything else."""
        self._start_chore(TryWatches())

    def learn_homes(self) -> None:
        """Learn where publishers are at home, beside everything else, unless that is under way."""
        if not self._is_learning:
            self._is_learning = True
            self._start(self._chores, self._learn())

    def give_signs(self, *, once: bool = False) -> None:
        """Give the signs of life that are due, beside everything else, unless that is under way."""
        if not self._is_signing:
            self._is_signing = True
            self._start(self._chores if once else self._asides, self._sign(GiveSigns(once=once)))

    async def serve(self) -> None:
        """Work until `stop`, then drain."""
        self.expire()
        self.try_watches()
        self.learn_homes()
        while not self._ending.is_set():
            await self._turn()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), await self._nap())
            await asyncio.sleep(PATIENCE if len(self._polls.tasks) < MANY else CALM)
            self._bell.clear()
        await self._drain()

    async def serve_once(self) -> None:
        """Work until nothing is due and nothing runs; later retries are not waited for. The summary goes at once."""
        self._summary = None
        self._polled_before = self.services.clock.now()  # so that each feed is polled once, however often it is due.
        self.try_watches()
        try:
            await self._until_idle()
            self._summary = Summarise(at_once=True)
            self.learn_homes()
            self._start(self._chores, self._watch(WatchCoverage(whole=True)))
            await self._until_idle()
            self.give_signs(once=True)
            await self._until_idle()
            self._beat(at_once=True)
        finally:
            await self._drain()

    async def _until_idle(self) -> None:
        while not self._ending.is_set():
            started = await self._claim()
            if not started and not self._busy():
                # A channel's rate may be all that holds a delivery back.
                if not await self._deliveries_wait():
                    return
                await asyncio.sleep(self._pause())
                self._queue_rung = True
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), IDLE)
            self._bell.clear()

    # --- claiming -------------------------------------------------------------------------------------------------

    async def _claim(self) -> int:
        """Start as much of what is due as there is room for; return how much. Raises: StoreError."""
        started = await self._claim_polls() + await self._claim_reads()
        if Kind.SENDS in self._kinds:
            started += await self._claim_sends()
        return started + self._claim_summary()

    async def _turn(self) -> None:
        """Claim once. A store that refuses is told of once, and asked again."""
        self.counts.turns += 1
        self._hear_lessons()
        if Kind.CHORES in self._kinds:
            self._mind_signs()
            self._mind_sleep()
            self._watch_coverage()
            self._mind_the_damage()
        try:
            if Kind.CHORES in self._kinds:
                await self._mind_the_clock()
            await self._claim()
            await self._refusals.heal(self.services)
        except (MonitorError, MemoryError) as error:
            if told := self._refusals.complain(self.services, str(error) or "no memory left"):
                self._start(self._chores, told)

    def _mind_the_damage(self) -> None:
        """End where the database is damaged: the next start moves it aside and goes on."""
        damage = self.services.store.damage
        if damage and self.heals and not self.damaged:
            self.damaged = True
            self.services.log.problem("the database is damaged; it is checked and replaced now", error=damage)
            self.stop()

    def _mind_sleep(self) -> None:
        """Remember since when this has been awake: no feed is overdue because nobody was there to ask it."""
        wall = self.services.clock.now()
        if wall - self._wall > ASLEEP:
            self._awake_since = wall

    async def _mind_the_clock(self) -> None:
        """Make due what is planned if the wall clock was set back: it would wait as long again. Raises: StoreError."""
        services = self.services
        wall, steady = services.clock.now(), services.clock.monotonic()
        set_back = timedelta(seconds=steady - self._steady) - (wall - self._wall)
        if set_back < SET_BACK:
            self._wall, self._steady = wall, steady
            return
        # Should the store refuse, the next turn sees the same.
        due = await services.db(services.store.pull_back, now=wall, ahead=timedelta(0))
        self._wall, self._steady, self._awake_since = wall, steady, min(self._awake_since, wall)
        services.log.problem("the clock was set back; what was planned is due now", by=set_back, due=due)

    async def _claim_polls(self) -> int:
        services, lane = self.services, self._polls
        if not lane.free:
            return 0
        claim = services.store.claim_feeds
        now, before = services.clock.now(), self._polled_before
        works = await services.db(claim, now=now, limit=lane.free, lease=LEASE, polled_before=before)
        for work in works:
            self._start(lane, self._ask(Poll(work.state.feed_id, patient=before is not None, work=work)))
        return len(works)

    async def _claim_reads(self) -> int:
        services, lane = self.services, self._reads
        if not lane.free:
            return 0
        claim = services.store.claim_entries
        ids = await services.db(claim, now=services.clock.now(), limit=lane.free, lease=LEASE)
        for id_ in ids:
            self._start(lane, self._ask(Read(id_, patient=self._polled_before is not None)))
        return len(ids)

    async def _claim_sends(self) -> int:
        """Turn the queue: often while some channel can be sent to, else now and then for what time changes."""
        services, now = self.services, self.services.clock.monotonic()
        free = self._pace.free(services.channels, now=now)
        waits = now - self._queue_asked < (LOOK if free else IDLE)
        if waits and not (self._queue_rung and free) and free == self._queue_free:
            return 0
        self._queue_asked, self._queue_free, self._queue_rung = now, free, False
        claimed = await turn_queue(services, free, flush=self._polled_before is not None)
        self._heart.turned(services.clock.monotonic())
        for channel_id, delivery_id in claimed:
            self._pace.start(services.channels[channel_id], now=services.clock.monotonic())
            self._start(self._sends, self._send(Send(channel_id, delivery_id)))
        return len(claimed)

    def _claim_summary(self) -> int:
        now = self.services.clock.monotonic()
        if (
            Kind.CHORES not in self._kinds
            or self._summary is None
            or (now - self._summary_asked < IDLE and not self._summary.at_once)
        ):
            return 0
        job, self._summary, self._summary_asked = self._summary, None, now
        self._start_chore(job)
        return 1 if job.at_once else 0

    def _hear_lessons(self) -> None:
        """Learn again when articles have come, now and then; nearly always there is nothing to do."""
        now, heard = self.services.clock.monotonic(), self.counts.polled + self.counts.read
        if heard != self._lessons_heard and now - self._lessons_asked >= LESSONS:
            self._lessons_asked, self._lessons_heard = now, heard
            self.learn_homes()

    def _mind_signs(self) -> None:
        """Look at what is due by the clock; ping while the queue turns, whatever its services answer."""
        now = self.services.clock.monotonic()
        if now - self._signs_asked >= SIGNS:
            self._signs_asked = now
            self.give_signs()
        self._beat()

    def _beat(self, *, at_once: bool = False) -> None:
        if ping := self._heart.beat(self.services, at_once=at_once):
            self._start(self._asides, ping)

    def _watch_coverage(self) -> None:
        now = self.services.clock.monotonic()
        if not self._is_watching and now - self._coverage_asked >= COVERAGE:
            self._coverage_asked, self._is_watching = now, True
            self._summary = self._summary or Summarise()  # of what workers have polled for the first time.
            self._start(self._chores, self._watch(WatchCoverage(awake_since=self._awake_since)))

    async def _deliveries_wait(self) -> bool:
        services = self.services
        return await services.db(services.store.has_due_delivery, tuple(services.channels), now=services.clock.now())

    # --- running --------------------------------------------------------------------------------------------------

    def _start(self, lane: Lane, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        lane.tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(lane, ended))

    def _start_chore(self, job: Chore) -> None:
        if Kind.CHORES in self._kinds:
            self._start(self._chores, self._chore(job))

    def _ended(self, lane: Lane, task: asyncio.Task[None]) -> None:
        lane.tasks.discard(task)
        if lane is not self._asides:  # which mostly have nothing to do, every second.
            self._bell.set()

    async def _run(self, job: Job) -> tuple[Job, ...]:
        return await run(job, self.services, self._heard)

    def _heard(self, job: Job, trouble: Trouble) -> None:
        """Take note of what a job failed with; a database that refuses everything is told of by the turns."""
        if not self._refusals.is_open and (told := self._failed_jobs.hear(self.services, job, trouble)):
            self._start(self._chores, told)

    async def _ask(self, job: Poll | Read) -> None:
        jobs = await self._run(job)
        self._take(jobs)
        if job not in jobs:  # which is put off.
            self.counts.polled += isinstance(job, Poll)
            self.counts.read += isinstance(job, Read)

    async def _send(self, job: Send) -> None:
        try:
            await self._run(job)
        finally:
            self._pace.end(job.channel_id)
        self._queue_rung = True
        self.counts.sent += 1

    async def _chore(self, job: Chore) -> None:
        self._take(await self._run(job))

    async def _sign(self, job: GiveSigns) -> None:
        try:
            jobs = await self._run(job)
        finally:
            self._is_signing = False
        self._take(jobs)
        if jobs:
            self.ring()

    async def _watch(self, job: WatchCoverage) -> None:
        try:
            self._take(await self._run(job))
        finally:
            self._is_watching = False

    async def _learn(self) -> None:
        """Learn of a few publishers at a time, so that no alert waits for it; `serve_once` leaves the rest."""
        try:
            while await self._run(LearnHomes()) and self._polled_before is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), LESSONS)
                    return
        finally:
            self._is_learning = False

    def _take(self, jobs: tuple[Job, ...]) -> None:
        self._queue_rung = self._queue_rung or any(isinstance(job, Send) for job in jobs)
        self._summary = next((job for job in jobs if isinstance(job, Summarise)), self._summary)

    def _busy(self) -> bool:
        return any(lane.tasks for lane in (self._polls, self._reads, self._sends, self._chores))

    def _pause(self) -> float:
        wait = self._pace.wait(tuple(self.services.channels.values()), now=self.services.clock.monotonic())
        return min(max(wait, PATIENCE), IDLE)

    async def _nap(self) -> float:
        """Return the seconds until something falls due, or a channel's rate lets the next message go; at most IDLE."""
        services = self.services
        wait = self._pace.wait(tuple(services.channels.values()), now=services.clock.monotonic()) or IDLE
        try:
            due = await services.db(services.store.next_due_at, overdue_by=services.clock.now())
        except MonitorError:
            return IDLE  # told of where it is claimed.
        until = (due - services.clock.now()).total_seconds() if due else IDLE
        # What is overdue waits for room or for a channel's rate; the bell tells of room.
        return min(max(wait, PATIENCE), IDLE) if until <= 0 else min(max(until, PATIENCE), wait, IDLE)

    async def _drain(self) -> None:
        """Let what runs end; what has not ended by then is left for the next start, which heals its lease."""
        tasks = [
            task for lane in (self._sends, self._reads, self._polls, self._chores, self._asides) for task in lane.tasks
        ]
        if not tasks:
            return
        reach("draining")
        _, late = await asyncio.wait(tasks, timeout=DRAIN)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
