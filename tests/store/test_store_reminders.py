"""Reminders among hundreds of alerts that nobody is to be reminded of now, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from support.queueing import LEASE, rules, turn
from support.statements import heard
from support.storing import HOUR, MINUTE, NOW, alert, delivery

from monitor.model import (
    Channel,
    DeliveryState,
    Outcome,
    Reason,
    Receipt,
    Remind,
    Retrying,
    Secret,
    Severity,
)
from monitor.planning.queue import plan_queue, scope_of
from monitor.planning.send import plan_send
from monitor.planning.waiting import Rules
from monitor.planning.work import NewAlert, SendWork
from monitor.store import SqlStore, reminders
from monitor.store.outbox import add_alerts
from monitor.store.tables import deliveries

EVERY = 30 * MINUTE
DESK = Channel("desk", Secret("json://desk"), remind=Remind(EVERY))
PHONE = Channel("phone", Secret("json://phone"), remind=Remind(EVERY))
MANY = tuple(f"n{number:03}" for number in range(reminders.MOST + 50))


def tell(store: SqlStore, *names: str, channel_id: str = "desk", reminded: int = 0) -> None:
    """Store high alerts that were accepted as soon as they were made, one a millisecond."""
    new = []
    for number, name in enumerate(names):
        at = NOW + timedelta(milliseconds=number)
        told = replace(alert(f"alert-{name}", severity=Severity.HIGH, created_at=at), text="")
        row = delivery(name, told, channel_id=channel_id)
        new.append(NewAlert(told, (replace(row, delivered_at=at, state=DeliveryState.DELIVERED),)))
    with store.database.write() as connection:
        add_alerts(connection, new)
        if reminded:
            connection.execute(sa.update(deliveries).values(reminders=reminded, reminded_at=NOW))


def answer(store: SqlStore, id_: str, *, now: datetime) -> SendWork:
    work = store.load_send(id_, now=now)
    assert work is not None
    store.commit_send(plan_send(work, Receipt(Outcome.ACCEPTED), Retrying(), now=now, dice=lambda: 0.0))
    return work


@contextmanager
def counted(store: SqlStore) -> Iterator[list[str]]:
    """Gather the statements that run meanwhile."""
    statements: list[str] = []

    def note(_connection: object, statement: str, _parameters: object) -> None:
        statements.append(statement)

    with heard(store, before=note):
        yield statements


def reminded_at(store: SqlStore, made: Rules, now: datetime) -> list[str]:
    """Return whose reminders a turn makes."""
    plan = plan_queue(store.load_queue(scope_of(made, now), now=now), made, [], now=now)
    store.commit_queue(plan, now=now, lease=LEASE)
    return [each.delivery_id for each in plan.reminders]


@pytest.mark.parametrize(
    ("sentence", "desk", "reminded"),
    [
        ("those that were reminded of as often as their channel asks", replace(DESK, remind=Remind(EVERY, times=1)), 1),
        ("those that are not severe enough", replace(DESK, remind=Remind(EVERY, least=Severity.CRITICAL)), 0),
        ("those whose time has not come", replace(DESK, remind=Remind(12 * HOUR)), 0),
    ],
)
def test_hundreds_that_ask_for_nothing_stand_in_no_reminders_way(
    store: SqlStore, sentence: str, desk: Channel, reminded: int
) -> None:
    tell(store, *MANY, reminded=reminded)
    tell(store, "behind", channel_id="phone")
    assert reminded_at(store, rules(desk, PHONE), NOW + HOUR) == ["behind"], sentence


def test_hundreds_are_reminded_of_once_each(store: SqlStore) -> None:
    made, now = rules(DESK), NOW + EVERY + MINUTE
    tell(store, *MANY)
    stale = plan_queue(store.load_queue(scope_of(made, now), now=now), made, [], now=now)
    turn(store, made, now=now, free=[])
    store.commit_queue(stale, now=now, lease=LEASE)
    with store.database.read() as connection:
        of_each = sa.select(deliveries.c.reminds).where(deliveries.c.reason == Reason.REMINDER)
        assert sorted(connection.execute(of_each).scalars()) == [f"alert-{name}" for name in MANY]
        counts = sa.select(deliveries.c.reminders).where(deliveries.c.id.in_(MANY))
        assert set(connection.execute(counts).scalars()) == {1}


def test_the_next_reminder_counts_from_when_the_last_was_accepted(store: SqlStore) -> None:
    made, late = rules(DESK), NOW + EVERY + 20 * MINUTE
    tell(store, "a")
    assert reminded_at(store, made, NOW + EVERY) == ["a"]
    ((_, id_),) = turn(store, made, now=late)
    answer(store, id_, now=late)
    assert reminded_at(store, made, late + EVERY - MINUTE) == []
    assert reminded_at(store, made, late + EVERY) == ["a"]


def test_a_reminder_in_a_digest_counts_from_its_acceptance_too(store: SqlStore) -> None:
    made, late = rules(DESK), NOW + EVERY + 20 * MINUTE
    tell(store, "a", "b")
    assert reminded_at(store, made, NOW + EVERY + MINUTE) == ["a", "b"]
    with store.database.write() as connection:
        is_reminder = deliveries.c.reason == Reason.REMINDER
        connection.execute(sa.update(deliveries).where(is_reminder).values(grouped=True, rank=Severity.NORMAL.rank))
    ((_, id_),) = turn(store, made, now=late)
    assert answer(store, id_, now=late).alert.reason is Reason.DIGEST
    with store.database.read() as connection:
        rows = sa.select(deliveries.c.reminded_at).where(deliveries.c.id.in_(("a", "b")))
        assert set(connection.execute(rows).scalars()) == {late}


def test_hundreds_of_reminders_take_no_more_statements_than_two(store: SqlStore) -> None:
    made, numbers = rules(DESK), []
    for names in (MANY[:2], MANY[2:400]):
        tell(store, *names)
        with counted(store) as statements:
            assert reminded_at(store, made, NOW + EVERY + MINUTE) == list(names)
        numbers.append(len(statements))
    few, many = numbers
    assert many - few < 5, "what came first is looked at too"
