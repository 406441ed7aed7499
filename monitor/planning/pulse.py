"""What is remembered between two signs of life, and what giving them changes, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.planning.signs import Given
from monitor.planning.troubles import Incident
from monitor.planning.work import NewAlert


@dataclass(frozen=True, slots=True)
class Pulse:
    """The signs that were given, by name, and the open incidents, by channel."""

    given: Mapping[str, Given] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PulsePlan:
    """What is told, and the facts that change; `canary` is the new canary's alert, which takes the old one's place."""

    alerts: tuple[NewAlert, ...] = ()
    given: tuple[tuple[str, Given], ...] = ()
    forgotten: tuple[str, ...] = ()
    opened: tuple[tuple[str, Incident], ...] = ()
    closed: tuple[str, ...] = ()
    canary: str | None = None

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return any((self.alerts, self.given, self.forgotten, self.opened, self.closed, self.canary))
