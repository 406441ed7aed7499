"""A database that refuses, all or a part: told of once, told to the operators if it lasts, and once when it is over."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.errors import MonitorError
from monitor.pipeline.coverage import tell_failed_job, tell_healed, tell_jobs_go_well, tell_refusal
from monitor.pipeline.jobs import LEASE, BackUp, Job, Trouble
from monitor.pipeline.services import Services

REFUSED_LONG = timedelta(minutes=2)  # a database that takes no writes for so long is told of.
FORGOTTEN = 12 * LEASE  # after which a job that failed and was not tried again is nobody's any more.
NIGHTS = timedelta(days=3)  # the same for what is done each night.
MOST = 1000  # failed jobs that are known by name: more say nothing new.


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
class _Failed:
    """What a job fails with, since when, and when it last did."""

    trouble: Trouble
    since: datetime
    last_at: datetime


class FailedJobs:
    """Remember what single jobs fail with, by the database or by an error of ours, until each goes well again."""

    def __init__(self) -> None:
        self._failed: dict[Job, _Failed] = {}
        self._told: dict[type[Job], _Failed] = {}

    def hear(self, services: Services, job: Job, trouble: Trouble) -> Coroutine[None, None, None] | None:
        """Take note of how a job ended; return the message to the operators that is due, if any: one a kind of job."""
        now = services.clock.now()
        if not trouble.text:
            return self._over(services, job, now) if self._failed or self._told else None
        self._forget(now)
        known = self._failed.get(job, _Failed(trouble, now, now))
        if job in self._failed or len(self._failed) < MOST:
            self._failed[job] = replace(known, trouble=trouble, last_at=now)
        lasts = now - known.since >= REFUSED_LONG or isinstance(job, BackUp)  # which comes once a night.
        if type(job) in self._told or not lasts:
            return None
        self._told[type(job)] = known
        return tell_failed_job(services, job, trouble, known.since)

    def _forget(self, now: datetime) -> None:
        kept = {job: NIGHTS if isinstance(job, BackUp) else FORGOTTEN for job in self._failed}
        self._failed = {job: one for job, one in self._failed.items() if now - one.last_at < kept[job]}

    def _over(self, services: Services, job: Job, now: datetime) -> Coroutine[None, None, None] | None:
        self._failed.pop(job, None)
        self._forget(now)
        over = next((kind for kind in self._told if not any(type(one) is kind for one in self._failed)), None)
        return self._tell_over(services, self._told.pop(over)) if over else None

    async def _tell_over(self, services: Services, told: _Failed) -> None:
        try:
            await tell_jobs_go_well(services, told.trouble, told.since)
        except MonitorError as again:
            services.log.problem("the database refuses", error=str(again))
