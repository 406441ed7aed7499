"""The clock: APScheduler fires the tick and the crons, nothing else; the work runs on the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

TICK = timedelta(seconds=1)


class SystemClock:
    """Tell the machine's time."""

    def now(self) -> datetime:
        """Return the wall clock, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()


class EverySecond(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types.
    """Fire each second from now on, and never for what has passed.

    APScheduler's own interval lists every firing that was missed: after a jump of the clock by ten years those are
    315 million, and the daemon's memory. A clock set back does not stop it either.
    """

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the next second, or now if that has passed."""
        return now if previous is None else min(max(previous + TICK, now), now + TICK)


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
    scheduler.add_job(fire_tick, EverySecond(), id="tick")
    scheduler.add_job(fire_nightly, CronTrigger(hour=3, minute=17, timezone=zone), id="retention")
    scheduler.start()
    return scheduler


def stop_clock(scheduler: AsyncIOScheduler) -> None:
    """Stop firing. Nothing of ours runs inside the scheduler, so there is nothing to wait for."""
    scheduler.shutdown(wait=False)
