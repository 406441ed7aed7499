from __future__ import annotations

import asyncio
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from monitor.engine.clock import SystemClock, start_clock, stop_clock


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
