"""The heartbeat's ping: asked for while the queue turns, one at a time, and holding nothing up."""

from __future__ import annotations

import math
from collections.abc import Coroutine

from monitor.errors import MonitorError
from monitor.pipeline.pulse import ping
from monitor.pipeline.services import Services

PROGRESS = 30.0  # seconds without a turn of the queue after which no ping says that all is well.


class Heart:
    """Remember when the ping was last asked for, and whether it was taken."""

    def __init__(self) -> None:
        self._pinged, self._is_pinging, self._failed = -math.inf, False, False
        self._turned = -math.inf

    def turned(self, now: float) -> None:
        """Note that the queue could be read and written; `now` in monotonic seconds."""
        self._turned = now

    def beat(self, services: Services, *, at_once: bool = False) -> Coroutine[None, None, None] | None:
        """Return the ping if one is due, `at_once` whatever the time; None if none is, or one is under way."""
        now, heart = services.clock.monotonic(), services.settings.heartbeat
        is_due = now - self._turned < PROGRESS and now - self._pinged >= heart.every.total_seconds()
        if heart.ping is None or self._is_pinging or not (at_once or is_due):
            return None
        self._pinged, self._is_pinging = now, True
        return self._ping(services)

    async def _ping(self, services: Services) -> None:
        """Ping, and say so once if that fails and once when it works again: it disturbs nothing else."""
        try:
            wrong = await ping(services)
        except MonitorError as error:
            wrong = str(error)
        finally:
            self._is_pinging = False
        if wrong and not self._failed:
            services.log.problem("the heartbeat's ping was not taken", error=wrong)
        elif self._failed and not wrong:
            services.log.event("the heartbeat's ping is taken again")
        self._failed = bool(wrong)
