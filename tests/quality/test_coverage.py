"""Twelve staged incidents, each told rightly, once, and once when over; a healthy month of real cadences, unheard."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from support.cadences import dates_of_feeds, draw_month
from support.skies import Sky, Source

from monitor.errors import FetchError, ParseError, Retry
from monitor.model import Feed
from monitor.planning.poll import Answer
from monitor.planning.work import Gone

pytestmark = pytest.mark.slow

START = datetime(2024, 11, 4, tzinfo=UTC)  # a Monday.
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEEDS = tomllib.loads((Path(__file__).parent / "data" / "coverage_seeds.toml").read_text(encoding="utf-8"))

# --- a healthy month ------------------------------------------------------------------------------------------------


@pytest.mark.release  # two minutes.
@pytest.mark.corpus
def test_a_month_of_thirty_healthy_irregular_feeds_raises_nothing(corpus: Path) -> None:
    known = dates_of_feeds(corpus / "feeds", least=SEEDS["dates"])
    names = random.Random(SEEDS["choice"]).sample(sorted(known), SEEDS["feeds"])  # noqa: S311 - a draw that can be repeated.
    assert len(SEEDS["seeds"]) == len(names) == 30
    drawn = zip(names, SEEDS["seeds"], strict=True)
    sources = [healthy(known[name], seed, number) for number, (name, seed) in enumerate(drawn)]
    sky = Sky(sources, START)
    sky.watch(SEEDS["month"] * DAY)
    assert sky.told == []
    # They were watched: all were asked, and half of them said something; the others write once in months.
    assert all(source.state.last_success_at for source in sources)
    assert sum(1 for source in sources if source.lengths) >= len(sources) / 2


def healthy(dates: Sequence[datetime], seed: int, number: int) -> Source:
    """Return a feed that goes on as it always did; now and then it fails for up to two hours."""
    dice = random.Random(seed)  # noqa: S311 - same.
    # As a real feed on the first day: what it held is its own, moved to end there.
    before = [date - (dates[-1] - START) - HOUR for date in dates]
    after = draw_month(dates, start=START, days=SEEDS["month"], dice=dice)
    blips = []
    for day in range(SEEDS["month"]):
        if dice.random() < SEEDS["blips_a_day"]:
            begin = START + day * DAY + dice.random() * DAY
            blips.append((begin, begin + dice.random() * 2 * HOUR))
    feed = Feed(f"f{number}", f"https://f{number}.example.org/feed", f"F{number}")
    return Source(feed, [*before, *after], size=len(dates), fault=failing_in(blips))


def failing_in(spans: Sequence[tuple[datetime, datetime]]) -> Callable[[datetime], Answer | None]:
    def fault(now: datetime) -> Answer | None:
        if any(begin <= now < end for begin, end in spans):
            return FetchError("https://example.org/", "the connection timed out")
        return None

    return fault


# --- twelve incidents -----------------------------------------------------------------------------------------------

DAYS = 24  # of habit, before anything happens.
BREAK = START + DAYS * DAY + 9 * HOUR  # a Thursday, 9:00 UTC.


@dataclass(frozen=True, slots=True)
class Staged:
    """What happens to the first feeds of a sky from `BREAK` on, until it is over, and what has to be told of it.

    `says` begins the one message, within `within` of the break; `over` the one at its end, within the same time.
    """

    says: str
    over: str
    stage: Callable[[list[Source]], None]
    lasts: timedelta = 30 * HOUR
    within: timedelta = 8 * HOUR


def broken(now: datetime, lasts: timedelta = 30 * HOUR) -> bool:
    return BREAK <= now < BREAK + lasts


def fails_with(error: Answer, feeds: int = 1) -> Callable[[list[Source]], None]:
    def stage(sources: list[Source]) -> None:
        for source in sources[:feeds]:
            source.fault = lambda now: error if broken(now) else None

    return stage


def runs_dry(sources: list[Source]) -> None:
    source = sources[0]
    source.fault = lambda now: source.seen(()) if broken(now) else None


def falls_silent(sources: list[Source]) -> None:
    sources[0].moments = [moment for moment in sources[0].moments if not broken(moment, 3 * DAY)]


def leaves_a_gap(sources: list[Source]) -> None:
    # Busier than ever, and asked every ninety minutes only, of a document too short to tell a storm by.
    rush = [BREAK + timedelta(minutes=6 * number) for number in range(60)]
    sources[11].moments = sorted([*sources[11].moments, *rush])


def is_ahead(sources: list[Source], feeds: int = 1) -> None:
    for source in sources[:feeds]:
        source.lead = lambda moment: 5 * HOUR if broken(moment) else timedelta(0)


def loses_its_texts(sources: list[Source]) -> None:
    sources[0].body = lambda number, now: 180 if broken(now) else 3000 + 97 * (number % 13)


def times_out() -> FetchError:
    return FetchError("https://f0.example.org/", "the connection timed out")


PAGE = ParseError("https://f0.example.org/", "this is a web page, not a feed")
STAGED = {
    "failing": Staged("f0 fails since 2024-11-28 09:", "f0 answers again", fails_with(times_out())),
    "refused for good": Staged(
        "f0 fails since 2024-11-28 09:",
        "f0 answers again",
        fails_with(FetchError("https://f0.example.org/", "404 Not Found", retry=Retry.NEVER, status=404)),
    ),
    "gone": Staged(
        "f0 is gone: its publisher answered 410 at 2024-11-28 09:",
        "f0 is back",
        fails_with(Gone("https://f0.example.org/")),
        within=26 * HOUR,
    ),
    "a page in its place": Staged(
        "f0 answers with a web page since 2024-11-28 09:", "f0 is a feed again", fails_with(PAGE)
    ),
    "dry": Staged("f0 holds no entries since 2024-11-28 09:", "f0 holds entries again", runs_dry),
    "silent": Staged(
        "f0 has had nothing new since 2024-11-28 0",
        "f0 has something new again",
        falls_silent,
        lasts=3 * DAY,
        within=30 * HOUR,
    ),
    "a gap": Staged(
        "f11 may have lost entries between 2024-11-28 0",
        "f11 has had no gap for three days",
        leaves_a_gap,
        lasts=2 * DAY,
        within=36 * HOUR,
    ),
    "ahead": Staged(
        "f0 dates what is new in the future since 2024-11-28 ", "f0 dates what is new correctly again", is_ahead
    ),
    "without texts": Staged(
        "f0 gives far less text on its pages than usual",
        "f0 gives whole texts again",
        loses_its_texts,
        within=24 * HOUR,
    ),
    "the network": Staged(
        "9 of 12 feeds fail: is the network down?", "12 of 12 feeds answer again", fails_with(times_out(), feeds=9)
    ),
    "this clock": Staged(
        "11 of 12 feeds date what is new in the future: is this machine's clock behind?",
        "Dates are no longer ahead",
        lambda sources: is_ahead(sources, feeds=12),
    ),
    "three at once": Staged(
        "3 feeds answer with a web page", "3 feeds are well again: each is a feed again", fails_with(PAGE, feeds=3)
    ),
}


@pytest.fixture(scope="module")
def habit() -> Sky:
    """Twelve feeds that were watched up to the break, unheard."""
    sky = Sky([regular(number) for number in range(12)], START, look_every=timedelta(minutes=30))
    sky.watch(BREAK - START)
    assert sky.told == []
    return sky


@pytest.mark.parametrize("name", STAGED)
def test_an_incident_is_told_rightly_once_and_its_end_once(name: str, habit: Sky) -> None:
    staged, sky = STAGED[name], deepcopy(habit)
    staged.stage(sky.sources)
    sky.watch(staged.lasts)
    assert [text[: len(staged.says)] for _, text in sky.told] == [staged.says]
    assert sky.told[0][0] - BREAK <= staged.within
    sky.watch(2 * DAY)
    assert [text[: len(staged.over)] for _, text in sky.told[1:]] == [staged.over]
    assert sky.told[1][0] - (BREAK + staged.lasts) <= staged.within
    assert sky.open == []


def regular(number: int) -> Source:
    """Return a feed of a working newsroom: every half hour or so by day, rarely at night, less at weekends."""
    dice = random.Random(number)  # noqa: S311 - same.
    moments = []
    for hour in range(-7 * 24, 35 * 24):
        moment = START + hour * HOUR
        busy = 0.9 if 6 <= moment.hour < 20 else 0.15
        busy *= 0.4 if moment.weekday() >= 5 else 1
        moments += [moment + HOUR * dice.random() for _ in range(2) if dice.random() < busy]
    feed = Feed(
        f"f{number}",
        f"https://f{number}.example.org/feed",
        f"f{number}",
        every=timedelta(minutes=40 if number < 11 else 90),
    )
    return Source(feed, sorted(moments), size=15 if number < 11 else 9)


def test_a_feed_that_fails_for_two_hours_raises_nothing(habit: Sky) -> None:
    sky = deepcopy(habit)
    sky.sources[0].fault = failing_in([(BREAK, BREAK + 2 * HOUR)])
    sky.watch(DAY)
    assert sky.told == []


def test_a_feed_is_asked_for_ever_whatever_it_answers() -> None:
    answers: list[Answer] = [times_out(), PAGE, Gone("https://f0.example.org/")]
    sky = Sky([regular(number) for number in range(3)], START, look_every=HOUR)
    for source, answer in zip(sky.sources, answers, strict=True):
        source.fault = partial(always, answer)
    sky.watch(30 * DAY)
    last = [source.state.last_poll_at or START for source in sky.sources]
    assert [sky.now - at <= 25 * HOUR for at in last] == [True] * 3


def always(answer: Answer, _now: datetime) -> Answer:
    return answer
