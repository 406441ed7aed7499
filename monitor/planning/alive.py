"""The daily line that says the monitor lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Alert, Channel, Reason, Severity
from monitor.planning.coverage import Heard
from monitor.planning.read import delivery
from monitor.planning.work import NewAlert

SPAN = timedelta(hours=24)  # what the line speaks for.


@dataclass(frozen=True, slots=True)
class Life:
    """What was done in the last 24 h, and how many dead deliveries nobody took note of."""

    articles: int
    alerts: int
    dead: int


def plan_alive(life: Life, heard: Heard, channels: Sequence[Channel], *, alert_id: str, now: datetime) -> NewAlert:
    """Return the line for the operator channels; `heard` is the watchdog's own count."""
    text = (
        f"News monitor is alive: {heard}, {_count(life.articles, 'article')} read, {_count(life.alerts, 'alert')}, "
        f"{_count(life.dead, 'dead letter')}"
    )
    alert = Alert(id=alert_id, reason=Reason.HEALTH, severity=Severity.NORMAL, created_at=now, seen_at=now, text=text)
    return NewAlert(
        alert, tuple(delivery(alert, channel, to, (), now=now) for channel in channels for to in channel.recipients)
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
