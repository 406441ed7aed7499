"""A sky of feeds under a clock that stands still: polled by the real plans, watched by the real watchdog."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model import Channel, Entry, Feed, Polling, Secret
from monitor.planning.coverage import CoverageWork, plan_coverage
from monitor.planning.identity import identify
from monitor.planning.noticed import Incident, Noticed
from monitor.planning.noticing import notice, sooner
from monitor.planning.poll import Answer, Circumstances, Seen, plan_poll
from monitor.planning.work import FeedState, Fetched, KnownEntry, NotModified, ParsedFeed

LOOK = timedelta(minutes=10)
CLOSELY = 6  # looks, after which each feed was looked at closely once.
LATELY = timedelta(days=7)
OPERATOR = Channel("desk", Secret("json://desk"))


@dataclass(slots=True)
class Source:
    """One feed: when it says something, how many entries it holds, and what it answers instead while `fault` does."""

    feed: Feed
    moments: Sequence[datetime]
    size: int = 30
    fault: Callable[[datetime], Answer | None] = lambda _: None
    lead: Callable[[datetime], timedelta] = lambda _: timedelta(0)
    body: Callable[[int, datetime], int] = lambda number, _: 3000 + 97 * (number % 13)
    state: FeedState = field(init=False)
    noticed: Noticed = field(init=False)
    known: dict[str, KnownEntry] = field(default_factory=dict)
    lengths: list[int] = field(default_factory=list)
    shown: tuple[int, int] = (-1, -1)

    def __post_init__(self) -> None:
        self.state = FeedState(self.feed.id, self.feed.url, configured_url=self.feed.url)
        self.noticed = Noticed(self.feed.id)

    def entry(self, number: int) -> Entry:
        """Return the n-th thing that it says."""
        link = f"{self.feed.url}/{number}"
        moment = self.moments[number]
        title = f"Report number {number} of {self.feed.id} about place {number * 7919 % 100003}"
        return Entry(link, link, link, title, published_at=moment + self.lead(moment))

    def answer(self, now: datetime) -> Answer:
        """Return what it answers now."""
        wrong = self.fault(now)
        if wrong is not None:
            return wrong
        end = bisect_right(self.moments, now)
        listing = (max(end - self.size, 0), end)
        if listing == self.shown:
            return NotModified()
        self.shown = listing
        return self.seen(tuple(self.entry(number) for number in reversed(range(*listing))))

    def seen(self, entries: tuple[Entry, ...]) -> Seen:
        """Return a document that was read, with what is known of its entries."""
        candidates = identify(self.feed.id, entries)
        keys = {key for candidate in candidates for key in candidate.keys}
        known = tuple(self.known[key] for key in sorted(keys & self.known.keys()))
        parsed = ParsedFeed("rss20", self.feed.name, entries)
        return Seen(Fetched(self.feed.url, b""), parsed, str(self.shown), candidates, known)

    def poll(self, now: datetime, polling: Polling) -> None:
        """Ask it once, and remember all that the plan says."""
        answer = self.answer(now)
        around = Circumstances(polling, now, lambda: 0.5, lambda _: ())
        plan = notice(self.state, self.noticed, answer, plan_poll(self.feed, self.state, answer, around))
        plan = sooner(self.feed, plan, polling)
        if plan.state.failures:
            self.shown = (-1, -1)
        self.state, self.noticed = plan.state, plan.noticed or self.noticed
        for row in plan.entries:
            one = row.entry
            for key in row.keys:
                stored = KnownEntry(
                    key, row.id, row.article_id, row.feed_id, one.guid, one.url, one.title, "", one.published_at,
                    row.announce,
                )  # fmt: skip
                self.known.setdefault(key, stored)
            if row.announce:
                self.lengths.insert(0, self.body(int(one.url.rpartition("/")[2]), now))


@dataclass(slots=True)
class Sky:
    """All feeds, and the messages that the watchdog sent about them, as (when, incidents' kinds and feeds, text)."""

    sources: list[Source]
    now: datetime
    polling: Polling = field(default_factory=Polling)
    open: list[Incident] = field(default_factory=list)
    closed: list[Incident] = field(default_factory=list)
    told: list[tuple[datetime, str]] = field(default_factory=list)
    looks: int = 0
    look_every: timedelta = LOOK

    def watch(self, span: timedelta) -> None:
        """Let so much time pass."""
        end = self.now + span
        due = [(source.state.next_poll_at or self.now, number) for number, source in enumerate(self.sources)]
        heapq.heapify(due)
        while self.now < end:
            self.now += self.look_every
            while due[0][0] <= self.now:
                at, number = heapq.heappop(due)
                source = self.sources[number]
                source.poll(at, self.polling)
                heapq.heappush(due, (max(source.state.next_poll_at or at, at + timedelta(seconds=1)), number))
            self.look()

    def look(self) -> None:
        """Let the watchdog look once, at a part of the feeds closely."""
        closely = {
            source.feed.id: tuple(source.lengths[:46])
            for number, source in enumerate(self.sources)
            if (number + self.looks) % CLOSELY == 0
        }
        self.looks += 1
        lately = tuple(one for one in self.closed if one.closed_at and self.now - one.closed_at <= LATELY)
        work = CoverageWork(
            tuple(source.state for source in self.sources),
            {source.feed.id: source.noticed for source in self.sources},
            tuple(self.open),
            lately,
            closely,
        )
        plan = plan_coverage(work, {}, (OPERATOR,), now=self.now)
        ended = {one.id for one in plan.closed}
        self.open = [one for one in self.open if one.id not in ended] + list(plan.opened)
        self.closed += plan.closed
        self.told += [(self.now, new.alert.text) for new in plan.alerts]
