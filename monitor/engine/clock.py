"""The clock: APScheduler fires the tick and the crons, nothing else; the work runs on the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

TICK = timedelta(seconds=1)


class SystemClock:
    """Tell the machine's time."""

    def now(self) -> datetime:
        """Return the wall clock, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()


def start_clock(*, tick: Callable[[], None], nightly: Callable[[], None], zone: tzinfo) -> AsyncIOScheduler:
    """Start firing `tick` every second and `nightly` once a night in `zone`; returns what `stop_clock` takes.

    A firing that comes late is still a firing, and several late ones are one: APScheduler's own grace of one second
    would drop every tick after a machine was suspended.
    """

    async def fire_tick() -> None:
        tick()

    async def fire_nightly() -> None:
        nightly()

    # Coroutines run on the loop; APScheduler would call plain functions in a thread of its own.
    scheduler = AsyncIOScheduler(timezone=zone, job_defaults={"misfire_grace_time": None, "coalesce": True})
    scheduler.add_job(fire_tick, IntervalTrigger(seconds=int(TICK.total_seconds()), timezone=zone), id="tick")
    scheduler.add_job(fire_nightly, CronTrigger(hour=3, minute=17, timezone=zone), id="retention")
    scheduler.start()
    return scheduler


def stop_clock(scheduler: AsyncIOScheduler) -> None:
    """Stop firing. Nothing of ours runs inside the scheduler, so there is nothing to wait for."""
    scheduler.shutdown(wait=False)
