"""A database that takes no writes: told of once, told to the operators if it lasts, and once when it is over."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta

from monitor.pipeline.coverage import tell_healed, tell_refusal
from monitor.pipeline.services import Services

REFUSED_LONG = timedelta(minutes=2)  # a database that takes no writes for so long is told of.


class Refusals:
    """Remember what the database refuses with, and since when."""

    def __init__(self, services: Services) -> None:
        self._text, self._since, self._told = "", services.clock.now(), False

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
