"""A feed's week, learned from the hours in which it said something; and what silence is beyond it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.planning.cadence import KEPT, History, carry, last_of, read_history, remember, silence_of

MONDAY = datetime(2024, 11, 4, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def working_days(weeks: int) -> History:
    """A feed that says something at each hour from 8 to 17 on working days, and nothing else."""
    days = [MONDAY + day * DAY for day in range(7 * weeks) if day % 7 < 5]
    moments = [day + hour * HOUR for day in days for hour in range(8, 18)]
    return remember(History(), moments, now=moments[-1])


@pytest.mark.parametrize(
    ("after", "silent"),
    [
        (timedelta(hours=2), False),  # Friday evening.
        (timedelta(days=2), False),  # Sunday: it is silent each weekend.
        (timedelta(days=2, hours=15), False),  # Monday at eight, as always.
        (timedelta(days=3, hours=19), True),  # Tuesday noon, and not a word since Friday.
        (timedelta(days=5), True),
    ],
)
def test_a_silence_is_measured_by_weekday_and_hour(after: timedelta, silent: bool) -> None:
    history = working_days(weeks=4)
    last = last_of(history)
    assert last == MONDAY + 25 * DAY + 17 * HOUR
    found = silence_of(history, last + after)
    assert (found is not None) is silent
    if found:
        assert (found.since, found.longest) == (last, timedelta(days=2, hours=15))


def test_nothing_is_a_habit_within_the_first_week() -> None:
    moments = [MONDAY + hour * HOUR for hour in range(100)]
    history = remember(History(), moments, now=moments[-1])
    assert silence_of(history, moments[-1] + 2 * DAY) is None
    assert silence_of(history, moments[-1] + 5 * DAY) is not None


def test_a_feed_of_which_nothing_is_known_is_never_silent() -> None:
    assert silence_of(History(), MONDAY) is None
    assert last_of(History()) is None


def test_what_is_older_than_half_a_year_is_forgotten() -> None:
    old = remember(History(), [MONDAY], now=MONDAY)
    later = MONDAY + (KEPT + 5) * HOUR
    assert remember(old, [later], now=later) == History(int(later.timestamp() // 3600) - KEPT, 1 << KEPT)


def test_dates_in_the_future_are_no_part_of_a_history() -> None:
    assert remember(History(), [MONDAY + DAY], now=MONDAY) == History()


@given(st.lists(st.datetimes(datetime(2024, 6, 1), datetime(2024, 12, 1), timezones=st.just(UTC)), max_size=40))  # noqa: DTZ001 - made aware by `timezones`.
def test_a_history_is_the_set_of_its_hours_in_whatever_order_they_come(moments: list[datetime]) -> None:
    now = datetime(2024, 12, 1, tzinfo=UTC)
    history = History()
    for moment in moments:
        history = remember(history, [moment], now=now)
    recent = {int(moment.timestamp() // 3600) for moment in moments if moment >= now - KEPT * HOUR}
    found = {history.start + n for n in range(history.bits.bit_length()) if history.bits >> n & 1}
    assert {hour for hour in recent if hour >= min(found, default=0)} == found
    assert read_history(str(history)) == history if history.bits else str(history) == ""


@pytest.mark.parametrize("text", ["", "nonsense", "1:", "x:ff", "5:zz"])
def test_what_is_no_history_is_an_empty_one(text: str) -> None:
    assert read_history(text) == History()


@pytest.mark.parametrize("years", [1, 10, 7000])
def test_a_clock_that_leaps_ahead_and_back_takes_no_habit_and_leaves_nothing_ahead(years: int) -> None:
    history = working_days(weeks=8)
    last = last_of(history)
    assert last is not None
    leap, before = last + years * 365 * DAY + 5 * HOUR, last + HOUR
    ahead = remember(carry(history, before, now=leap), [leap], now=leap)
    assert ahead.bits.bit_count() == history.bits.bit_count() + 1
    assert silence_of(ahead, leap + 9 * DAY) is not None
    assert len(str(ahead)) < 3000
    back = before + 2 * HOUR
    after = remember(carry(ahead, leap, now=back), [back], now=back)
    assert last_of(after) == back.replace(minute=0)
    assert after.bits.bit_count() >= history.bits.bit_count()
    assert silence_of(after, back + 9 * DAY) is not None


def test_hours_that_lie_ahead_are_dropped() -> None:
    history = remember(working_days(weeks=4), [MONDAY + 40 * DAY], now=MONDAY + 40 * DAY)
    now = MONDAY + 28 * DAY
    assert last_of(remember(history, [now], now=now)) == now
