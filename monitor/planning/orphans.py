"""What waits for a channel that is configured no more: the operators are told of it instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model import Alert, Channel, Delivery
from monitor.planning.queue import stand_in
from monitor.planning.read import delivery
from monitor.planning.waiting import HandOver, QueuePlan, Waiting
from monitor.planning.work import NewAlert


def plan_orphans(orphans: Sequence[Waiting], operators: Sequence[Channel], *, now: datetime) -> QueuePlan:
    """Return who is told of deliveries that have lost their channel: every operator, together with what else waits."""
    if not operators:
        return QueuePlan()
    return QueuePlan(handed=tuple(_hand_over(row, operators, now) for row in orphans))


def _hand_over(row: Waiting, operators: Sequence[Channel], now: datetime) -> HandOver:
    rest = stand_in(row.alert, row.delivery, now)
    return HandOver(
        row.delivery.id,
        operators[0].id,
        NewAlert(row.alert, _rows(row.alert, row.delivery, operators, now)),
        NewAlert(rest, _rows(rest, row.delivery, operators, now)),
    )


def _rows(alert: Alert, original: Delivery, operators: Sequence[Channel], now: datetime) -> tuple[Delivery, ...]:
    return tuple(
        replace(delivery(alert, channel, to, original.watches, now=now), fallback_for=original.channel_id, grouped=True)
        for channel in operators
        for to in channel.recipients
    )
