"""Which failures are told of, when, and as what; and what one trouble may not hide of another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import After, FetchError, ParseError
from monitor.model import Channel, Feed, FeedHealth, Polling, Secret
from monitor.planning.coverage import CoverageWork, plan_coverage
from monitor.planning.noticed import Incident, Kind, Noticed
from monitor.planning.noticing import notice
from monitor.planning.poll import Answer, Circumstances, plan_poll
from monitor.planning.work import FeedState, Gone, NotModified

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DESK = Channel("desk", Secret("json://desk"))
FEED = Feed("a", "https://a.org/feed", "A")
MOVED = "https://b.org/feed"
OLD = FeedState(
    "a",
    FEED.url,
    FeedHealth.OK,
    configured_url=FEED.url,
    first_success_at=NOW - 99 * HOUR,
    last_success_at=NOW - HOUR,
    last_poll_at=NOW - HOUR,
)
BUSY = FetchError(FEED.url, "429", retry=After(DAY), status=429)
TIMEOUT = FetchError(FEED.url, "the connection timed out")


@dataclass
class Watched:
    """One feed under the watchdog, which looks each half hour."""

    state: FeedState = OLD
    noticed: Noticed = field(default_factory=lambda: Noticed("a"))
    open: tuple[Incident, ...] = ()
    lately: tuple[Incident, ...] = ()
    now: datetime = NOW
    told: list[tuple[timedelta, str]] = field(default_factory=list)

    def look(self) -> None:
        work = CoverageWork((self.state,), {"a": self.noticed}, self.open, self.lately)
        plan = plan_coverage(work, {"a": "a"}, (DESK,), now=self.now)
        ended = {one.id for one in plan.closed}
        self.open = (*(one for one in self.open if one.id not in ended), *plan.opened)
        self.lately += plan.closed
        self.told += [(self.now - NOW, new.alert.text.split("\n")[0]) for new in plan.alerts]

    def pass_time(self, answer: Answer, span: timedelta, feed: Feed = FEED) -> None:
        end = self.now + span
        while self.now < end:
            if self.state.next_poll_at is None or self.state.next_poll_at <= self.now:
                around = Circumstances(Polling(), self.now, lambda: 0.0, lambda _: ())
                plan = notice(self.state, self.noticed, answer, plan_poll(feed, self.state, answer, around))
                self.state, self.noticed = plan.state, plan.noticed or self.noticed
            self.look()
            self.now += HOUR / 2


@pytest.mark.parametrize(
    ("claim", "answer", "feed", "after"),
    [
        ("three time-outs over two hours", TIMEOUT, FEED, timedelta(hours=2, minutes=30)),
        ("a document that is no feed", ParseError(FEED.url, "this is no feed"), FEED, timedelta(hours=2, minutes=30)),
        ("a refusal that asks for a day", BUSY, FEED, timedelta(hours=2, minutes=30)),
        (
            "one that asks for eight hours",
            FetchError(FEED.url, "503", retry=After(8 * HOUR), status=503),
            FEED,
            8 * HOUR,
        ),
        (
            "time alone, whatever the failures weigh",
            FetchError(FEED.url, "503", retry=After(HOUR), status=503),
            replace(FEED, every=6 * HOUR),
            18 * HOUR,
        ),
        ("no single time-out of a feed that is asked once a day", TIMEOUT, replace(FEED, every=DAY), DAY),
    ],
)
def test_what_fails_is_told_of_in_time(claim: str, answer: Answer, feed: Feed, after: timedelta) -> None:
    watched = Watched()
    watched.pass_time(answer, 2 * DAY, feed)
    assert len(watched.told) == 1, claim
    when, text = watched.told[0]
    assert text.startswith("a fails since 2024-12-06 12:00 UTC"), claim
    assert when == after, claim


def test_a_feed_whose_answers_are_never_taken_down_is_told_of_and_so_is_its_end() -> None:
    state = replace(OLD, next_poll_at=NOW)
    told = []
    incidents: tuple[Incident, ...] = ()
    for hours, due in ((11, NOW), (13, NOW), (14, NOW), (15, NOW + 15 * HOUR)):
        work = CoverageWork((replace(state, next_poll_at=due),), open=incidents)
        plan = plan_coverage(work, {}, (DESK,), now=NOW + hours * HOUR)
        incidents = plan.opened or incidents
        told += [(hours, new.alert.text.split("\n")[0]) for new in plan.alerts]
    assert told == [
        (13, "a was due at 2024-12-06 12:00 UTC, and no answer of it was taken down since 2024-12-06 11:00 UTC."),
        (15, "a is asked again as it should be, 2 h after that was told."),
    ]


def test_no_feed_is_overdue_because_nobody_was_there_to_ask_it() -> None:
    now = NOW + 20 * DAY
    work = CoverageWork((replace(OLD, next_poll_at=NOW),))
    assert plan_coverage(work, {}, (DESK,), now=now, since=now - HOUR).opened == ()
    assert len(plan_coverage(work, {}, (DESK,), now=now, since=now - DAY).opened) == 1


def test_a_feed_that_fails_and_is_gone_then_is_told_as_gone_and_once_as_back() -> None:
    watched = Watched()
    watched.pass_time(TIMEOUT, DAY)
    assert [one.kind for one in watched.open] == [Kind.FAILING]
    watched.pass_time(Gone(FEED.url), 2 * DAY)
    assert [one.kind for one in watched.open] == [Kind.GONE]
    watched.pass_time(TIMEOUT, 2 * DAY)
    watched.pass_time(NotModified(), 2 * DAY)
    assert watched.open == ()
    begun, gone, back = (text for _, text in watched.told)
    assert begun.startswith("a fails since ")
    assert gone.startswith("a is gone: ")
    assert back.startswith("a is back, ")


def test_a_feed_that_moved_and_is_gone_there_is_asked_at_its_own_address_soon_and_unheard() -> None:
    watched = Watched(replace(OLD, url=MOVED, etag="there"))
    watched.pass_time(Gone(MOVED), HOUR / 2)
    state = watched.state
    assert (state.url, state.etag, state.health) == (FEED.url, None, FeedHealth.FAILING)
    assert state.next_poll_at is not None
    assert state.next_poll_at - NOW <= Polling().max
    assert watched.told == []
    watched.pass_time(Gone(FEED.url), HOUR)
    assert watched.state.health is FeedHealth.GONE
    assert [text[:9] for _, text in watched.told] == ["a is gone"]


def six(now: datetime, failing: dict[str, datetime]) -> CoverageWork:
    """Return six feeds of which some fail since they were last heard."""
    states = []
    for feed_id in "abcdef":
        state = replace(OLD, feed_id=feed_id, last_success_at=failing.get(feed_id, now), last_poll_at=now)
        if feed_id in failing:
            state = replace(state, failures=9, failing_since=failing[feed_id] + HOUR / 6, health=FeedHealth.FAILING)
        states.append(state)
    return CoverageWork(tuple(states), {feed_id: Noticed(feed_id, weight=9) for feed_id in failing})


def look(work: CoverageWork, incidents: list[Incident], now: datetime) -> list[str]:
    """Look once, keep `incidents` up to date, and return what is told."""
    plan = plan_coverage(replace(work, open=tuple(incidents)), {}, (DESK,), now=now)
    ended = {one.id for one in plan.closed}
    incidents[:] = [one for one in incidents if one.id not in ended] + list(plan.opened)
    return [new.alert.text.split("\n")[0] for new in plan.alerts]


def test_a_network_that_is_down_hides_no_feed_that_was_heard_meanwhile_and_fails_now() -> None:
    incidents: list[Incident] = []
    down = dict.fromkeys("abc", NOW)
    now = NOW + 4 * HOUR
    assert look(six(now, down), incidents, now) == ["3 of 6 feeds fail: is the network down?"]
    # A feed that is asked seldom met the same network; one that was heard since did not.
    now = NOW + 14 * HOUR
    assert look(six(now, down | {"d": NOW - HOUR}), incidents, now) == []
    (text,) = look(six(now, down | {"d": NOW + 9 * HOUR}), incidents, now)
    assert text.startswith("d fails since 2024-12-06 21:10 UTC")


def test_a_network_that_is_down_for_days_is_told_of_feed_by_feed_and_so_is_its_end() -> None:
    incidents: list[Incident] = []
    down = dict.fromkeys("abc", NOW)
    told = [
        text for hours in range(4, 100) for text in look(six(NOW + hours * HOUR, down), incidents, NOW + hours * HOUR)
    ]
    assert told == ["3 of 6 feeds fail: is the network down?", "3 feeds fail."]
    assert {one.kind for one in incidents} == {Kind.FAILING}
    now = NOW + 100 * HOUR
    assert look(six(now, {}), incidents, now) == ["3 feeds are well again: each answers again."]
    assert incidents == []
