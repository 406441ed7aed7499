"""The outbox rows that an alert is born with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.model import Alert, Channel, Delivery, DeliveryState
from monitor.planning.identity import digest
from monitor.planning.work import NewAlert


def delivery(alert: Alert, channel: Channel, recipient: str, watches: tuple[str, ...], *, now: datetime) -> Delivery:
    """Return the outbox row of one alert for one recipient of one channel."""
    return Delivery(
        id=digest(alert.id, channel.id, recipient),
        alert_id=alert.id,
        channel_id=channel.id,
        recipient=recipient,
        watches=watches,
        state=DeliveryState.PENDING,
        created_at=now,
        due_at=now,
    )


def to_operators(alert: Alert, operators: Sequence[Channel], *, now: datetime) -> NewAlert:
    """Return an alert that says how the monitor itself fares, with a delivery for each recipient of `operators`."""
    rows = (delivery(alert, channel, to, (), now=now) for channel in operators for to in channel.recipients)
    return NewAlert(alert, tuple(rows))
