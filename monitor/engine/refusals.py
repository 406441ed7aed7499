"""A database that refuses, all or a part: told of once, told to the operators if it lasts, and once when it is over."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.errors import MonitorError
from monitor.pipeline.coverage import tell_healed, tell_refusal, tell_refused_job, tell_taken_jobs
from monitor.pipeline.jobs import LEASE, Job
from monitor.pipeline.services import Services

REFUSED_LONG = timedelta(minutes=2)  # a database that takes no writes for so long is told of.
FORGOTTEN = 12 * LEASE  # after which a job that was refused and not tried again is nobody's any more.
MOST = 1000  # refused jobs that are known by name: more say nothing new.


class Refusals:
    """Remember what the database refuses with, and since when."""

    def __init__(self, services: Services) -> None:
        self._text, self._since, self._told = "", services.clock.now(), False

    @property
    def is_open(self) -> bool:
        """Say whether it refuses now."""
        return bool(self._text)

    def complain(self, services: Services, error: str) -> Coroutine[None, None, None] | None:
        """Log a refusal once; return the message to the operators for one that lasts, once."""
        now = services.clock.now()
        if not self._text:
            self._since, self._told = now, False
        if error != self._text:
            self._text = error
            services.log.problem("the database refuses", error=error)
        if self._told or now - self._since < REFUSED_LONG:
            return None
        self._told = True
        return tell_refusal(services, error, self._since)

    async def heal(self, services: Services) -> None:
        """Say that the database takes writes again, if it did not. Raises: StoreError."""
        if not self._text:
            return
        if services.clock.now() - self._since >= REFUSED_LONG:
            await tell_healed(services, self._text, self._since)
        services.log.event("the database takes writes again")
        self._text = ""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A job that the database refuses, since when, and when it last did."""

    error: str
    since: datetime
    last_at: datetime


class RefusedJobs:
    """Remember what single jobs are refused with while the database takes others, until each is taken, too."""

    def __init__(self) -> None:
        self._refused: dict[Job, _Refused] = {}
        self._told: tuple[str, datetime] | None = None

    def hear(self, services: Services, job: Job, error: str) -> Coroutine[None, None, None] | None:
        """Take note of how a job ended, `error` "" if well; return the message to the operators that is due, if any."""
        now = services.clock.now()
        if not error:
            return self._taken(services, job)
        self._refused = {key: one for key, one in self._refused.items() if now - one.last_at < FORGOTTEN}
        known = self._refused.get(job, _Refused(error, now, now))
        if job in self._refused or len(self._refused) < MOST:
            self._refused[job] = replace(known, error=error, last_at=now)
        if self._told or now - known.since < REFUSED_LONG:
            return None
        self._told = (error, known.since)
        return tell_refused_job(services, job, error, known.since)

    def _taken(self, services: Services, job: Job) -> Coroutine[None, None, None] | None:
        if self._refused.pop(job, None) is None or self._refused or self._told is None:
            return None
        (error, since), self._told = self._told, None
        return self._tell_taken(services, error, since)

    async def _tell_taken(self, services: Services, error: str, since: datetime) -> None:
        try:
            await tell_taken_jobs(services, error, since)
        except MonitorError as again:
            services.log.problem("the database refuses", error=str(again))
