"""Quiet hours: a table with a sentence for each row, clock changes included."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Quiet
from monitor.planning.quiet import quiet_until

NIGHT = Quiet(time(23), time(6, 30))
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("sentence", "quiet", "zone", "now", "until"),
    [
        ("a minute before they start it is not quiet", NIGHT, "Asia/Damascus", "2024-12-06T19:59", None),
        ("they start on the minute", NIGHT, "Asia/Damascus", "2024-12-06T20:00", "2024-12-07T03:30"),
        ("after midnight they go on", NIGHT, "Asia/Damascus", "2024-12-07T01:00", "2024-12-07T03:30"),
        ("at their end it is not quiet", NIGHT, "Asia/Damascus", "2024-12-07T03:30", None),
        ("the zone is the reader's", NIGHT, "America/New_York", "2024-12-07T05:00", "2024-12-07T11:30"),
        ("zones may be off by minutes", NIGHT, "Asia/Kathmandu", "2024-12-06T17:15", "2024-12-07T00:45"),
        ("hours may lie within a day", Quiet(time(13), time(15)), "UTC", "2024-12-06T14:00", "2024-12-06T15:00"),
        ("after those it is not quiet", Quiet(time(13), time(15)), "UTC", "2024-12-06T15:00", None),
        ("an end that is the start is all day", Quiet(time(8), time(8)), "UTC", "2024-12-06T12:00", "2024-12-07T08:00"),
        ("and never ends", Quiet(time(8), time(8)), "UTC", "2024-12-07T08:00", "2024-12-08T08:00"),
        ("midnight may be the end", Quiet(time(22), time(0)), "UTC", "2024-12-06T23:59", "2024-12-07T00:00"),
        ("midnight may be the start", Quiet(time(0), time(6)), "UTC", "2024-12-06T00:00", "2024-12-06T06:00"),
        # Berlin's clock goes from 02:00 to 03:00 at 01:00 UTC.
        ("a night with a gap is shorter", NIGHT, "Europe/Berlin", "2024-03-30T22:30", "2024-03-31T04:30"),
        (
            "an end in the gap is the change",
            Quiet(time(22), time(2, 30)),
            "Europe/Berlin",
            "2024-03-31T00:30",
            "2024-03-31T01:00",
        ),
        ("and it is over then", Quiet(time(22), time(2, 30)), "Europe/Berlin", "2024-03-31T01:00", None),
        ("a start in the gap is not before", Quiet(time(2, 30), time(6)), "Europe/Berlin", "2024-03-31T00:59", None),
        (
            "a start in the gap is the change",
            Quiet(time(2, 30), time(6)),
            "Europe/Berlin",
            "2024-03-31T01:00",
            "2024-03-31T04:00",
        ),
        (
            "both in the gap is no time at all",
            Quiet(time(2, 10), time(2, 50)),
            "Europe/Berlin",
            "2024-03-31T01:00",
            None,
        ),
        (
            "a gap may be half an hour",
            Quiet(time(2, 15), time(5)),
            "Australia/Lord_Howe",
            "2024-10-05T15:30",
            "2024-10-05T18:00",
        ),
        # Berlin's clock goes from 03:00 back to 02:00 at 01:00 UTC.
        ("a night with a fold is longer", NIGHT, "Europe/Berlin", "2024-10-26T21:30", "2024-10-27T05:30"),
        (
            "an end that comes twice is the later one",
            Quiet(time(22), time(2, 30)),
            "Europe/Berlin",
            "2024-10-27T00:45",
            "2024-10-27T01:30",
        ),
        ("after that it is over", Quiet(time(22), time(2, 30)), "Europe/Berlin", "2024-10-27T01:30", None),
        (
            "a start that comes twice is the earlier one",
            Quiet(time(2, 30), time(6)),
            "Europe/Berlin",
            "2024-10-27T00:30",
            "2024-10-27T05:00",
        ),
        (
            "the clock going back does not end it",
            Quiet(time(2, 30), time(6)),
            "Europe/Berlin",
            "2024-10-27T01:10",
            "2024-10-27T05:00",
        ),
    ],
)
def test_quiet_hours(sentence: str, quiet: Quiet, zone: str, now: str, until: str | None) -> None:
    assert (at(until) if until else None) == quiet_until(quiet, ZoneInfo(zone), at(now)), sentence


CLOCKS = st.times().map(lambda each: each.replace(microsecond=0))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds.
ZONES = st.sampled_from(("Europe/Berlin", "Asia/Damascus", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia"))


@given(CLOCKS, CLOCKS, ZONES, MOMENTS)
def test_one_stretch_has_one_end_whenever_it_is_asked_for(start: time, end: time, zone: str, now: datetime) -> None:
    quiet, place = Quiet(start, end), ZoneInfo(zone)
    until = quiet_until(quiet, place, now)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=26)
    assert quiet_until(quiet, place, until - SECOND / 2) == until
    assert quiet_until(quiet, place, now + (until - now) / 2) == until


@given(CLOCKS, CLOCKS, ZONES, MOMENTS)
def test_what_the_clock_shows_within_the_hours_is_quiet(start: time, end: time, zone: str, now: datetime) -> None:
    shown = now.astimezone(ZoneInfo(zone)).time()
    within = start <= shown < end if start < end else (shown >= start or shown < end)
    if within:
        assert quiet_until(Quiet(start, end), ZoneInfo(zone), now) is not None
