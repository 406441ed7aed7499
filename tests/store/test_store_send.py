from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from support.queueing import claim as claim_sends
from support.storing import DAY, LEASE, MINUTE, NOW, alert, delivery, with_alerts, with_delivery

from monitor.model import Delivery, DeliveryState
from monitor.planning.work import NewAlert, SendPlan
from monitor.store import SqlStore
from monitor.store.views import open_views


def all_sent(state: str) -> dict[str, Delivery]:
    with open_views(state) as views:
        return {row.id: row for told in views.list_alerts() for row in told.deliveries}


def test_a_send_is_counted_before_anything_goes_out(store: SqlStore, state: str) -> None:
    row = with_delivery(store)
    work = store.load_send("delivery", now=NOW)
    assert work is not None
    assert replace(row, state=DeliveryState.INFLIGHT, attempts=1) == work.delivery
    assert alert("alert of delivery") == work.alert
    assert work.delivery == all_sent(state)["delivery"]


def test_a_delivery_in_flight_is_not_sent_again(store: SqlStore) -> None:
    with_delivery(store)
    assert store.load_send("delivery", now=NOW) is not None
    assert store.load_send("delivery", now=NOW) is None
    assert store.load_send("nobody's", now=NOW) is None


def test_of_many_that_would_send_a_delivery_one_does(store: SqlStore, open_again: Callable[[], SqlStore]) -> None:
    with_delivery(store)
    workers = [store, open_again(), open_again(), open_again()]
    with ThreadPoolExecutor(4) as threads:
        works = list(threads.map(lambda worker: worker.load_send("delivery", now=NOW), workers))
    assert sum(work is not None for work in works) == 1


@pytest.mark.parametrize("state_after", [DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.MUTED])
def test_an_answer_that_ends_a_delivery_is_kept(store: SqlStore, state: str, state_after: DeliveryState) -> None:
    with_delivery(store)
    assert store.load_send("delivery", now=NOW) is not None
    delivered_at = NOW if state_after is DeliveryState.DELIVERED else None
    store.commit_send(SendPlan("delivery", state_after, NOW, 1, error="550 no", delivered_at=delivered_at))
    row = all_sent(state)["delivery"]
    assert (row.state, row.error, row.delivered_at) == (state_after, "550 no", delivered_at)
    assert (row.attempts, row.repeats) == (1, 1)
    assert claim_sends(store, ("desk",), now=NOW + DAY, lease=LEASE) == ()


def test_a_delivery_that_is_tried_again_waits_until_then(store: SqlStore) -> None:
    with_delivery(store)
    assert claim_sends(store, ("desk",), now=NOW, lease=DAY)
    assert store.load_send("delivery", now=NOW) is not None
    store.commit_send(SendPlan("delivery", DeliveryState.PENDING, NOW + MINUTE, 1, error="no answer"))
    assert claim_sends(store, ("desk",), now=NOW, lease=LEASE) == ()
    assert claim_sends(store, ("desk",), now=NOW + MINUTE, lease=LEASE) == (("desk", "delivery"),)
    work = store.load_send("delivery", now=NOW + MINUTE)
    assert work is not None
    assert (work.delivery.attempts, work.delivery.repeats) == (2, 1)


def test_what_a_channel_accepted_stays_accepted(store: SqlStore, state: str) -> None:
    with_delivery(store)
    assert store.load_send("delivery", now=NOW) is not None
    store.commit_send(SendPlan("delivery", DeliveryState.DELIVERED, NOW, 0, delivered_at=NOW))
    store.commit_send(SendPlan("delivery", DeliveryState.PENDING, NOW + MINUTE, 1))
    assert all_sent(state)["delivery"].state is DeliveryState.DELIVERED


def test_what_a_delivery_carries_shares_its_fate(store: SqlStore, state: str) -> None:
    digest, first, second = alert("digest"), alert("first"), alert("second")
    carrier = delivery("carrier", digest)
    members = [replace(delivery(told.id, told), carried_by="carrier") for told in (first, second)]
    with_alerts(store, NewAlert(digest, (carrier,)), *(NewAlert(alert(row.alert_id), (row,)) for row in members))

    assert claim_sends(store, ("desk",), now=NOW, lease=LEASE) == (("desk", "carrier"),)
    assert store.load_send("first", now=NOW) is None
    assert store.load_send("carrier", now=NOW) is not None
    assert {row.state for row in all_sent(state).values()} == {DeliveryState.INFLIGHT}
    assert store.recover(now=NOW, first=MINUTE) == 1
    assert store.load_send("carrier", now=NOW) is not None
    store.commit_send(SendPlan("carrier", DeliveryState.DELIVERED, NOW, 0, delivered_at=NOW))
    rows = all_sent(state)
    assert {(row.state, row.delivered_at) for row in rows.values()} == {(DeliveryState.DELIVERED, NOW)}
    assert rows["second"].carried_by == "carrier"
