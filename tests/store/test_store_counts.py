"""What `monitor status` counts: each message once, tests not at all, and a stall by the one rule that tells of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.queueing import rules, turn
from support.storing import HOUR, MINUTE, NOW, alert, delivery, with_alerts, with_delivery

from monitor.model import Alerting, DeliveryState, Reason
from monitor.planning.pulse import PulsePlan
from monitor.planning.troubles import STALL, stall_of
from monitor.planning.work import NewAlert, SendPlan
from monitor.store import SqlStore
from monitor.store.views import ChannelView, open_views


def with_digest(store: SqlStore) -> str:
    """Two alerts in one digest, which is on its way."""
    for name in ("a", "b"):
        told = replace(alert(f"alert-{name}"), text="")
        with_alerts(store, NewAlert(told, (delivery(name, told),)))
    ((_, id_),) = turn(store, rules("desk", alerting=Alerting(burst=0)), now=NOW + MINUTE)
    return id_


@pytest.mark.parametrize("end", [DeliveryState.PENDING, DeliveryState.DELIVERED, DeliveryState.DEAD])
def test_what_a_digest_carries_is_counted_and_not_the_digest(store: SqlStore, state: str, end: DeliveryState) -> None:
    id_ = with_digest(store)
    assert store.load_send(id_, now=NOW + MINUTE) is not None
    at = NOW + MINUTE if end is DeliveryState.DELIVERED else None
    store.commit_send(SendPlan(id_, end, NOW + MINUTE, 0, "busy", at))
    with open_views(state) as views:
        assert views.count_deliveries()[end] == 2
        assert sum(views.count_deliveries().values()) == 2
        assert [row.id for row in views.list_retrying()] == (["a", "b"] if end is DeliveryState.PENDING else [])
        waiting = sum(channel.waiting for channel in views.list_channels(now=NOW + HOUR))
        assert waiting == (2 if end is DeliveryState.PENDING else 0)


def test_a_canary_that_waits_is_not_counted(store: SqlStore, state: str) -> None:
    told = replace(alert("canary-1"), reason=Reason.HEALTH)
    store.commit_pulse(PulsePlan(alerts=(NewAlert(told, (delivery("c", told),)),), canary="canary-1"))
    with_delivery(store, "d")
    with open_views(state) as views:
        assert views.list_channels(now=NOW) == (ChannelView("desk", None, 1, NOW),)
    assert store.load_send("c", now=NOW) is not None
    store.commit_send(SendPlan("c", DeliveryState.PENDING, NOW, 0, "busy"))
    with open_views(state) as views:
        assert views.list_retrying() == ()


def test_what_is_gathered_by_design_is_no_stall(store: SqlStore, state: str) -> None:
    stall = stall_of(Alerting(digest_every=timedelta(hours=1)))
    assert (stall, stall_of(Alerting())) == (2 * HOUR, STALL)
    with_delivery(store, "d")
    with open_views(state) as views:
        assert views.stalled_channels(now=NOW + HOUR, stall=stall) == ()
        assert [one.channel_id for one in views.stalled_channels(now=NOW + 2 * HOUR, stall=stall)] == ["desk"]
