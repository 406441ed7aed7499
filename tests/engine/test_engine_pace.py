from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.engine.pace import Pace
from monitor.model import Channel, Rate, Secret

DESK = Channel("desk", Secret("json://desk"), Rate(2, timedelta(seconds=10)))
FREE = Channel("free", Secret("json://free"))
CHANNELS = {"desk": DESK, "free": FREE}


def test_a_channel_takes_as_many_as_its_rate_allows_and_then_waits() -> None:
    pace = Pace()
    for now in (0.0, 1.0):
        assert pace.free(CHANNELS, now=now) == ("desk", "free")
        pace.start(DESK, now=now)
        pace.end("desk")
    assert pace.free(CHANNELS, now=2.0) == ("free",)
    assert pace.wait((DESK,), now=2.0) == 8.0
    assert pace.free(CHANNELS, now=10.0) == ("desk", "free")


def test_one_message_at_a_time_goes_to_a_channel_and_others_do_not_wait_for_it() -> None:
    pace = Pace()
    pace.start(DESK, now=0.0)
    assert pace.free(CHANNELS, now=100.0) == ("free",)
    pace.end("desk")
    assert pace.free(CHANNELS, now=100.0) == ("desk", "free")


def test_a_busy_channel_asks_for_no_wake_up() -> None:
    pace = Pace()
    pace.start(DESK, now=0.0)
    assert pace.wait((DESK,), now=0.0) == 0.0


@given(st.lists(st.floats(0, 100), max_size=60))
def test_no_ten_seconds_ever_hold_more_than_the_rate(times: list[float]) -> None:
    pace, sent = Pace(), []
    for now in sorted(times):
        if "desk" in pace.free({"desk": DESK}, now=now):
            pace.start(DESK, now=now)
            pace.end("desk")
            sent.append(now)
    assert all(later - first >= 10.0 for first, later in zip(sent, sent[2:], strict=False))
