"""Alerts for a channel that was renamed or removed reach the operators, once, and do not wait until they are dead."""

from __future__ import annotations

from dataclasses import replace

from support.queueing import LEASE, rules, turn
from support.storing import MINUTE, NOW, alert, delivery, with_alerts

from monitor.model import Channel, Delivery, DeliveryState, Outcome, Reason, Receipt, Retrying, Secret
from monitor.planning.orphans import plan_orphans
from monitor.planning.send import plan_send
from monitor.planning.work import NewAlert
from monitor.store import SqlStore
from monitor.store.views import open_views

OPS = Channel("ops", Secret("json://ops"))


def rows(state: str) -> dict[str, Delivery]:
    with open_views(state) as views:
        return {each.id: each for told in views.list_alerts() for each in told.deliveries}


def test_what_waits_for_a_channel_that_is_gone_is_told_to_the_operators(store: SqlStore, state: str) -> None:
    told = replace(alert(), text="")
    report = replace(alert("health"), reason=Reason.HEALTH)
    with_alerts(store, NewAlert(told, (delivery("d", told, channel_id="old"),)))
    with_alerts(store, NewAlert(report, (delivery("h", report, channel_id="old"),)))
    assert store.load_orphans(("ops", "old"), before=NOW) == ()
    assert store.load_orphans(("ops",), before=NOW - MINUTE) == ()
    found = store.load_orphans(("ops",), before=NOW)
    assert [row.delivery.id for row in found] == ["d"], "what is said of the monitor itself is said to operators anyway"
    store.commit_queue(plan_orphans(found, (OPS,), now=NOW), now=NOW, lease=LEASE)
    assert store.load_orphans(("ops",), before=NOW) == ()
    ((channel, id_),) = turn(store, rules(OPS), now=NOW)
    assert channel == "ops"
    work = store.load_send(id_, now=NOW)
    assert work is not None
    store.commit_send(plan_send(work, Receipt(Outcome.ACCEPTED), Retrying(), now=NOW, dice=lambda: 0.0))
    original = rows(state)["d"]
    assert (original.state, original.error) == (DeliveryState.MUTED, "told on ops instead")
