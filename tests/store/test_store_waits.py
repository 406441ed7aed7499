"""A service that asked to be left alone is left alone, whatever comes meanwhile, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from support.queueing import rules, turn
from support.storing import DAY, HOUR, MINUTE, NOW, alert, delivery, with_alerts

from monitor.model import Channel, Outcome, Quiet, Receipt, Retrying, Secret, Severity, Silence
from monitor.planning.send import plan_send
from monitor.planning.work import NewAlert
from monitor.store import SqlStore
from monitor.store.silences import add_silence

DESK, PHONE = Channel("desk", Secret("json://desk")), Channel("phone", Secret("json://phone"))
BUSY = Receipt(Outcome.RETRY, "429", 429, 10 * MINUTE)
THEN = NOW + 10 * MINUTE
SECOND = timedelta(seconds=1)


def tell(store: SqlStore, name: str, *, at: datetime = NOW, severity: Severity = Severity.NORMAL) -> None:
    told = replace(alert(f"alert-{name}", severity=severity, created_at=at), text="")
    with_alerts(store, NewAlert(told, (delivery(name, told, due_at=at),)))


def answer(store: SqlStore, id_: str, receipt: Receipt, *, now: datetime) -> None:
    work = store.load_send(id_, now=now)
    assert work is not None
    store.commit_send(plan_send(work, receipt, Retrying(), now=now, dice=lambda: 0.0))


def refused_for_now(store: SqlStore) -> None:
    """Let the desk's service say that it wants nothing for ten minutes."""
    tell(store, "first")
    assert turn(store, rules(DESK), now=NOW) == (("desk", "first"),)
    answer(store, "first", BUSY, now=NOW)


def test_what_comes_later_waits_as_long_as_the_service_asked(store: SqlStore) -> None:
    refused_for_now(store)
    tell(store, "urgent", at=NOW + MINUTE, severity=Severity.CRITICAL)
    assert turn(store, rules(DESK), now=THEN - SECOND) == ()
    assert not store.has_due_delivery(("desk",), now=THEN - SECOND), "nobody has to look at it meanwhile"
    assert turn(store, rules(DESK), now=THEN) == (("desk", "urgent"),)


def test_other_channels_do_not_wait(store: SqlStore) -> None:
    refused_for_now(store)
    told = replace(alert("alert-other"), text="")
    with_alerts(store, NewAlert(told, (delivery("other", told, channel_id="phone"),)))
    assert turn(store, rules(DESK, PHONE), now=NOW + MINUTE) == (("phone", "other"),)


def test_a_restart_does_not_end_it(store: SqlStore) -> None:
    refused_for_now(store)
    store.recover(now=NOW + MINUTE, first=SECOND)
    tell(store, "urgent", at=NOW + MINUTE, severity=Severity.CRITICAL)
    assert turn(store, rules(DESK), now=THEN - SECOND) == ()
    assert turn(store, rules(DESK), now=THEN) == (("desk", "urgent"),)


def test_what_the_night_held_waits_too(store: SqlStore) -> None:
    night = rules(replace(DESK, quiet=Quiet(time(11), time(12, 5))))
    tell(store, "held")
    assert turn(store, night, now=NOW) == ()
    tell(store, "first", severity=Severity.HIGH)
    assert turn(store, night, now=NOW) == (("desk", "first"),)
    answer(store, "first", BUSY, now=NOW)
    assert turn(store, night, now=NOW + 6 * MINUTE) == (), "it was let go, and postponed"
    assert turn(store, night, now=THEN) == (("desk", "first"),)
    answer(store, "first", Receipt(Outcome.ACCEPTED), now=THEN)
    assert turn(store, night, now=THEN) == (("desk", "held"),)


def test_what_a_silence_muted_waits_too(store: SqlStore, state: str) -> None:
    made = rules(DESK)
    add_silence(state, Silence("s1", "Ana", "known", NOW, NOW + 5 * MINUTE, severity=Severity.NORMAL))
    tell(store, "muted")
    assert turn(store, made, now=NOW) == ()
    tell(store, "first", severity=Severity.HIGH)
    assert turn(store, made, now=NOW) == (("desk", "first"),)
    answer(store, "first", BUSY, now=NOW)
    assert turn(store, made, now=NOW + 6 * MINUTE) == ()
    assert turn(store, made, now=THEN) == (("desk", "first"),)


def test_the_fallback_is_told_meanwhile(store: SqlStore) -> None:
    made = rules(replace(DESK, fallback="phone"), PHONE)
    tell(store, "first")
    turn(store, made, now=NOW)
    answer(store, "first", replace(BUSY, retry_after=12 * HOUR), now=NOW)
    tell(store, "later", at=NOW + MINUTE)
    ((channel, _),) = turn(store, made, now=NOW + 16 * MINUTE)
    assert channel == "phone"


def test_a_wait_noted_by_a_clock_that_was_ahead_is_forgotten(store: SqlStore) -> None:
    ahead = NOW + 3650 * DAY
    tell(store, "first", at=ahead)
    assert turn(store, rules(DESK), now=ahead) == (("desk", "first"),)
    answer(store, "first", BUSY, now=ahead)
    store.pull_back(now=NOW, ahead=timedelta(0))
    assert turn(store, rules(DESK), now=NOW) == (("desk", "first"),)
