from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.engine.clock import EverySecond, SystemClock, start_clock, stop_clock


async def test_the_clock_ticks_every_second_and_stops() -> None:
    ticked = asyncio.Event()
    scheduler = start_clock(tick=ticked.set, nightly=lambda: None, zone=ZoneInfo("Asia/Damascus"))
    try:
        async with asyncio.timeout(5):
            await ticked.wait()
    finally:
        stop_clock(scheduler)
    await asyncio.sleep(0)  # it ends in the loop's next turn.
    assert not scheduler.running


async def test_a_late_firing_is_still_a_firing_and_several_are_one() -> None:
    scheduler = start_clock(tick=lambda: None, nightly=lambda: None, zone=UTC)
    try:
        jobs = {job.id: job for job in scheduler.get_jobs()}
        assert set(jobs) == {"tick", "retention"}
        assert {(job.misfire_grace_time, job.coalesce) for job in jobs.values()} == {(None, True)}
    finally:
        stop_clock(scheduler)


async def test_apscheduler_drops_what_is_two_seconds_late_and_ours_drops_nothing() -> None:
    ran: list[str] = []
    naive = AsyncIOScheduler(timezone=UTC)
    ours = start_clock(tick=lambda: None, nightly=lambda: ran.append("ours"), zone=UTC)
    late = datetime.now(UTC) - timedelta(seconds=2)
    missed = asyncio.Event()
    naive.add_listener(lambda _: missed.set(), EVENT_JOB_MISSED)
    naive.start()
    try:
        naive.add_job(lambda: ran.append("naive"), "date", run_date=late)
        ours.modify_job("retention", next_run_time=late)
        async with asyncio.timeout(5):
            await missed.wait()
            while not ran:  # noqa: ASYNC110 - the scheduler tells nobody.
                await asyncio.sleep(0.01)
    finally:
        naive.shutdown(wait=False)
        stop_clock(ours)
    assert ran == ["ours"]


@pytest.mark.parametrize(
    ("previous", "now", "fires"),
    [
        pytest.param(None, 0, 0, id="The first firing is at once."),
        pytest.param(0, 0.1, 1, id="The next is a second after the last."),
        pytest.param(0, 9, 9, id="What was missed in a suspension is one firing."),
        pytest.param(0, 315_360_000, 315_360_000, id="A jump of ten years is one firing and not 315 million."),
        pytest.param(3_600, 0, 1, id="A clock set back by an hour ticks on."),
    ],
)
def test_a_tick_comes_within_a_second_whatever_the_clock_does(previous: float | None, now: float, fires: float) -> None:
    start = datetime(2026, 3, 29, tzinfo=UTC)
    last = None if previous is None else start + timedelta(seconds=previous)
    found = EverySecond().get_next_fire_time(last, start + timedelta(seconds=now))
    assert found == start + timedelta(seconds=fires)


def test_the_system_clock_is_aware_and_its_timer_never_runs_backwards() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()


async def test_what_the_clock_fires_runs_on_the_loop() -> None:
    loop, fired = asyncio.get_running_loop(), asyncio.Event()

    def nightly() -> None:
        assert asyncio.get_running_loop() is loop
        asyncio.create_task(asyncio.sleep(0)).add_done_callback(lambda _: fired.set())

    scheduler = start_clock(tick=lambda: None, nightly=nightly, zone=UTC)
    try:
        scheduler.get_job("retention").modify(next_run_time=SystemClock().now())
        async with asyncio.timeout(5):
            await fired.wait()
    finally:
        stop_clock(scheduler)
