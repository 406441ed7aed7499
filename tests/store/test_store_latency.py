from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.storing import NOW, alert, delivery, with_alerts

from monitor.model import Alert, Delivery, DeliveryState, Reason
from monitor.planning.work import NewAlert
from monitor.store import SqlStore
from monitor.store.latency import BOUNDS, list_latencies


def accepted(number: int, seconds: float, channel: str = "desk") -> tuple[Alert, Delivery]:
    told = alert(f"a{number}")
    row = replace(
        delivery(f"d{number}", told, channel_id=channel),
        state=DeliveryState.DELIVERED,
        delivered_at=NOW + timedelta(seconds=seconds),
    )
    return told, row


def stored(store: SqlStore, *some: tuple[Alert, Delivery]) -> None:
    with_alerts(store, *(NewAlert(told, (row,)) for told, row in some))


def test_the_latency_of_each_channel_is_counted(store: SqlStore, state: str) -> None:
    stored(store, *(accepted(number, number / 10) for number in range(1, 101)), accepted(200, 7.25, "mail"))
    desk, mail = list_latencies(state, now=NOW)
    assert (desk.channel_id, desk.count, desk.p50, desk.p99) == ("desk", 100, 5.0, 9.9)
    assert desk.total == pytest.approx(505.0)
    assert dict(zip(BOUNDS, desk.buckets, strict=True))[1.0] == 10
    assert desk.buckets[-1] == 100
    assert (mail.channel_id, mail.count, mail.p50, mail.p99) == ("mail", 1, 7.25, 7.25)
    assert mail.buckets == (0, 0, 0, 0, 0, 1, 1, 1, 1, 1)


def test_what_is_late_by_intent_is_not_counted(store: SqlStore, state: str) -> None:
    told, row = accepted(1, 1)
    stored(
        store,
        (told, row),
        (replace(told, id="a2"), replace(row, id="d2", alert_id="a2", grouped=True)),
        (replace(told, id="a3"), replace(row, id="d3", alert_id="a3", carried_by="d1")),
        (replace(told, id="a4"), replace(row, id="d4", alert_id="a4", fallback_for="mail")),
        (replace(told, id="a5", reason=Reason.REMINDER), replace(row, id="d5", alert_id="a5")),
        (replace(told, id="a6", seen_at=NOW - timedelta(hours=6)), replace(row, id="d6", alert_id="a6")),
        (replace(told, id="a7"), replace(row, id="d7", alert_id="a7", state=DeliveryState.DEAD, delivered_at=None)),
    )
    (desk,) = list_latencies(state, now=NOW)
    assert desk.count == 1


def test_what_was_accepted_a_day_ago_is_not_counted(store: SqlStore, state: str) -> None:
    stored(store, accepted(1, 1))
    assert len(list_latencies(state, now=NOW + timedelta(hours=23))) == 1
    assert list_latencies(state, now=NOW + timedelta(hours=25)) == ()
