"""High alerts that never stop do not keep the others waiting for ever, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from support.queueing import rules, turn
from support.storing import MINUTE, NOW, alert, delivery, with_alerts

from monitor.model import Alerting, Channel, Outcome, Receipt, Retrying, Secret, Severity
from monitor.planning.send import plan_send
from monitor.planning.work import NewAlert, SendWork
from monitor.store import SqlStore

SECOND = timedelta(seconds=1)
MADE = rules(Channel("desk", Secret("json://desk")), alerting=Alerting())


def tell(store: SqlStore, name: str, *, at: datetime, severity: Severity) -> None:
    told = replace(alert(f"alert-{name}", severity=severity, created_at=at), text="")
    with_alerts(store, NewAlert(told, (delivery(name, told, due_at=at),)))


def send_one(store: SqlStore, now: datetime) -> SendWork:
    ((_, id_),) = turn(store, MADE, now=now)
    work = store.load_send(id_, now=now)
    assert work is not None
    store.commit_send(plan_send(work, Receipt(Outcome.ACCEPTED), Retrying(), now=now, dice=lambda: 0.0))
    return work


def test_normal_alerts_pass_while_high_ones_keep_coming(store: SqlStore) -> None:
    for number in range(3):
        tell(store, f"normal{number}", at=NOW, severity=Severity.NORMAL)
    tell(store, "high0", at=NOW, severity=Severity.HIGH)
    tell(store, "high1", at=NOW, severity=Severity.HIGH)
    sent = []
    for number in range(36):  # one message every half a minute, and one high alert more each time.
        now = NOW + number * 30 * SECOND
        tell(store, f"high{number + 2}", at=now, severity=Severity.HIGH)
        sent.append((now, send_one(store, now).alert.severity))
    passed = [now for now, severity in sent if severity is Severity.NORMAL]
    assert passed == [NOW + 15 * MINUTE, NOW + 16 * MINUTE, NOW + 17 * MINUTE]
