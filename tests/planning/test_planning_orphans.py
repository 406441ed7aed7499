"""What waits for a channel that is configured no more: the operators are told instead."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import Alert, Channel, Delivery, DeliveryState, Reason, Secret, Severity
from monitor.planning.orphans import plan_orphans
from monitor.planning.waiting import Waiting

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
OPERATORS = (Channel("ops", Secret("json://ops")), Channel("mail", Secret("json://mail"), recipients=("a@x", "b@x")))


def test_every_operator_is_told_of_what_waits_for_a_channel_that_is_gone() -> None:
    told = Alert("alert", Reason.NEW, Severity.HIGH, NOW, ("homs",), "article")
    row = Delivery("d", "alert", "old", "", ("homs",), DeliveryState.PENDING, NOW, NOW)
    (handed,) = plan_orphans((Waiting(row, told, NOW),), OPERATORS, now=NOW).handed
    assert (handed.delivery_id, handed.channel_id) == ("d", "ops")
    rows = handed.new.deliveries
    assert [(each.channel_id, each.recipient, each.fallback_for, each.grouped) for each in rows] == [
        ("ops", "", "old", True),
        ("mail", "a@x", "old", True),
        ("mail", "b@x", "old", True),
    ]


def test_with_no_operator_it_goes_on_waiting() -> None:
    told = Alert("alert", Reason.NEW, Severity.HIGH, NOW, ("homs",), "article")
    row = Delivery("d", "alert", "old", "", ("homs",), DeliveryState.PENDING, NOW, NOW)
    assert not plan_orphans((Waiting(row, told, NOW),), (), now=NOW).changes
