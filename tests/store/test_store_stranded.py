"""What is handed over to a fallback, however much waits beside it, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from support.queueing import rules, turn
from support.storing import DAY, HOUR, MINUTE, NOW, alert, delivery, with_alerts

from monitor.model import (
    Alert,
    Alerting,
    Channel,
    Delivery,
    DeliveryState,
    Headline,
    Outcome,
    Quiet,
    Reason,
    Receipt,
    Retrying,
    Secret,
    Severity,
    Silence,
)
from monitor.planning.queue import scope_of
from monitor.planning.send import plan_send
from monitor.planning.work import NewAlert
from monitor.store import SqlStore
from monitor.store.outbox import add_alerts
from monitor.store.queue import MOST
from monitor.store.silences import add_silence
from monitor.store.views import open_views

PHONE = Channel("phone", Secret("json://phone"))
DESK = Channel("desk", Secret("json://desk"), fallback="phone")
OPS = replace(DESK, id="ops")
GATHERED = Alerting(burst=0)


def told(name: str, severity: Severity = Severity.NORMAL, *, at: datetime = NOW) -> Alert:
    made = alert(f"alert-{name}", severity=severity, created_at=at)
    return replace(made, text="", headlines=(Headline(name, f"https://example.org/{name}", "dw"),), evidence=())


def tell(store: SqlStore, *alerts: Alert, channel_id: str = "desk") -> None:
    """Store alerts for a channel, all at once."""
    new = [NewAlert(each, (delivery(f"d-{each.id}", each, channel_id=channel_id),)) for each in alerts]
    with store.database.write() as connection:
        add_alerts(connection, new)


def answer(store: SqlStore, id_: str, outcome: Outcome, now: datetime) -> None:
    work = store.load_send(id_, now=now)
    assert work is not None
    store.commit_send(plan_send(work, Receipt(outcome, "x"), Retrying(), now=now, dice=lambda: 0.0))


def rows(state: str, channel_id: str) -> list[Delivery]:
    with open_views(state) as views:
        return [row for each in views.list_alerts() for row in each.deliveries if row.channel_id == channel_id]


def refused_and_waiting(store: SqlStore, *channels: Channel) -> datetime:
    """Let a digest of hundreds and a word on health come to nothing at first; return when that was."""
    made, now = rules(*channels, alerting=GATHERED), NOW + MINUTE
    for channel_id, id_ in turn(store, made, now=now, free=["desk"]):
        assert channel_id == "desk"
        answer(store, id_, Outcome.NOT_SENT, now)
    with_alerts(store, word_on_health(now))
    ((_, id_),) = turn(store, made, now=now, free=["ops"])
    answer(store, id_, Outcome.NOT_SENT, now)
    return now


def word_on_health(now: datetime) -> NewAlert:
    about = replace(alert("health", created_at=now, severity=Severity.HIGH), reason=Reason.HEALTH)
    return NewAlert(about, (delivery("health", about, channel_id="ops", due_at=now),))


def test_hundreds_that_are_silenced_in_a_digest_stand_in_nobodys_way(store: SqlStore, state: str) -> None:
    tell(store, *(told(f"n{number:03}") for number in range(MOST + 10)))
    tried = refused_and_waiting(store, DESK, OPS, PHONE)
    add_silence(state, Silence("s1", "Ana", "known", tried, tried + DAY))
    made = rules(DESK, OPS, PHONE, alerting=GATHERED)
    later = tried + 16 * MINUTE
    ((_, id_),) = turn(store, made, now=later, free=["phone"])
    there = {row.id: row for row in rows(state, "phone")}
    assert (there[id_].alert_id, there[id_].fallback_for) == ("health", "ops")
    turn(store, made, now=later, free=["phone"])
    states = {row.state for row in rows(state, "phone") if row.fallback_for == "desk"}
    assert states <= {DeliveryState.MUTED, DeliveryState.PENDING}, "the silence holds on the fallback too"


def test_what_rests_at_night_is_not_even_looked_at(store: SqlStore, state: str) -> None:
    night = replace(DESK, quiet=Quiet(time(12, 5), time(13), Severity.NORMAL))
    tell(store, *(told(f"n{number}", Severity.LOW) for number in range(5)), told("one"))
    tried = refused_and_waiting(store, night, OPS, PHONE)
    made, later = rules(night, OPS, PHONE, alerting=GATHERED), tried + 16 * MINUTE
    found = store.load_queue(scope_of(made, later), now=later).stranded
    assert {row.alert.id for row in found} == {"health", "alert-one"}, "hundreds would stand in the way of others"
    turn(store, made, now=later, free=["phone"])
    assert {row.alert_id for row in rows(state, "phone")} == {"health", "alert-one"}


def test_a_high_alert_does_not_wait_for_its_fallback_as_long_as_a_digest(store: SqlStore, state: str) -> None:
    made = rules(DESK, PHONE, alerting=Alerting(burst=0, digest_every=HOUR))
    tell(store, told("high", Severity.HIGH), told("normal"))
    ((_, id_),) = turn(store, made, now=NOW, free=["desk"])
    answer(store, id_, Outcome.NOT_SENT, NOW)
    turn(store, made, now=NOW + 15 * MINUTE, free=[])
    assert [row.alert_id for row in rows(state, "phone")] == ["alert-high"], "the other gathers by design"
    turn(store, made, now=NOW + 2 * HOUR, free=[])
    assert len(rows(state, "phone")) == 2


def test_what_went_into_a_digest_is_not_stranded_at_its_first_refusal(store: SqlStore, state: str) -> None:
    made = rules(DESK, PHONE, alerting=Alerting(burst=0, digest_every=HOUR))
    tell(store, told("a"), told("b"))
    now = NOW + HOUR
    ((_, id_),) = turn(store, made, now=now, free=["desk"])
    answer(store, id_, Outcome.NOT_SENT, now)
    turn(store, made, now=now + 14 * MINUTE, free=[])
    assert rows(state, "phone") == []
    turn(store, made, now=now + 15 * MINUTE, free=[])
    assert len(rows(state, "phone")) == 2


def test_a_lease_on_a_channel_that_was_taken_away_ends(store: SqlStore, state: str) -> None:
    tell(store, told("a"))
    ((_, id_),) = turn(store, rules(DESK, PHONE), now=NOW)
    assert store.load_send(id_, now=NOW) is not None
    assert turn(store, rules(PHONE), now=NOW + MINUTE) == ()
    assert [row.state for row in rows(state, "desk")] == [DeliveryState.INFLIGHT]
    assert turn(store, rules(PHONE), now=NOW + timedelta(minutes=5)) == ()
    assert [(row.state, row.repeats) for row in rows(state, "desk")] == [(DeliveryState.PENDING, 1)]
