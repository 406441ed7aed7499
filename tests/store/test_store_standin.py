"""Who has been told of what: a word that stands in for another says as much as that one, and no more is kept back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from support.queueing import rules, turn
from support.storing import HOUR, MINUTE, NOW, alert, delivery, with_alerts

from monitor.model import (
    Alert,
    Alerting,
    Channel,
    Delivery,
    DeliveryState,
    Evidence,
    Outcome,
    Quiet,
    Reason,
    Receipt,
    Remind,
    Retrying,
    Secret,
    Severity,
    Silence,
)
from monitor.planning.send import plan_send
from monitor.planning.waiting import Rules
from monitor.planning.work import NewAlert, SendWork
from monitor.store import SqlStore
from monitor.store.silences import ack_alert, add_silence
from monitor.store.views import open_views

SECOND, QUARTER = timedelta(seconds=1), timedelta(minutes=15)
DESK, PHONE = Channel("desk", Secret("json://desk")), Channel("phone", Secret("json://phone"))
COVERED = replace(DESK, fallback="phone")
ACCEPTED, REFUSED = Receipt(Outcome.ACCEPTED), Receipt(Outcome.PERMANENT, "404")
WITHIN = {"homs": frozenset({"syria"})}


def of_article(name: str, *watches: str, reason: Reason = Reason.NEW, at: datetime = NOW, **severe: Severity) -> Alert:
    """An alert on the one article, with the severity of each watch."""
    severities = [severe.get(watch, Severity.NORMAL) for watch in watches]
    told = replace(alert(f"alert-{name}", article_id="article", watches=watches, created_at=at), text="")
    return replace(
        told,
        reason=reason,
        severity=max(severities, key=lambda each: each.rank),
        evidence=tuple(Evidence(watch, "s", "f", 0, each) for watch, each in zip(watches, severities, strict=True)),
    )


def row(name: str, told: Alert, *watches: str, channel_id: str = "desk", recipient: str = "") -> Delivery:
    made = delivery(name, told, channel_id=channel_id, recipient=recipient, due_at=told.created_at)
    return replace(made, watches=watches or told.watches)


def answer(store: SqlStore, id_: str, receipt: Receipt = ACCEPTED, *, now: datetime) -> SendWork:
    work = store.load_send(id_, now=now)
    assert work is not None
    store.commit_send(plan_send(work, receipt, Retrying(), now=now, dice=lambda: 0.0))
    return work


def drain(store: SqlStore, made: Rules, now: datetime) -> list[SendWork]:
    sent: list[SendWork] = []
    while claimed := turn(store, made, now=now):
        sent += [answer(store, id_, now=now) for _, id_ in claimed]
    return sent


def rows(state: str) -> dict[str, Delivery]:
    with open_views(state) as views:
        return {each.id: each for told in views.list_alerts() for each in told.deliveries}


# --- a country and its city ---------------------------------------------------------------------------------------


def test_a_country_is_told_where_the_alert_on_its_city_was_silenced(store: SqlStore, state: str) -> None:
    made = rules(DESK, within=WITHIN)
    add_silence(state, Silence("s1", "Ana", "known", NOW - HOUR, NOW + HOUR, watches=("homs",)))
    city, country = of_article("city", "homs"), of_article("country", "syria", reason=Reason.UPDATE, at=NOW + SECOND)
    with_alerts(store, NewAlert(city, (row("city", city),)), NewAlert(country, (row("country", country),)))
    # The country's is looked at while the city's still waits: it was held up by nothing but its place in the queue.
    assert [work.delivery.id for work in drain(store, made, NOW + SECOND)] == ["country"]
    assert rows(state)["city"].silence_id == "s1"


def test_a_country_is_told_where_its_city_waits_for_another_attempt(store: SqlStore) -> None:
    made = rules(DESK, within=WITHIN)
    city, country = of_article("city", "homs"), of_article("country", "syria", reason=Reason.UPDATE, at=NOW + SECOND)
    with_alerts(store, NewAlert(city, (row("city", city),)))
    assert turn(store, made, now=NOW) == (("desk", "city"),)
    answer(store, "city", Receipt(Outcome.NOT_SENT, "refused"), now=NOW)
    with_alerts(store, NewAlert(country, (row("country", country),)))
    assert turn(store, made, now=NOW + SECOND) == (("desk", "country"),)


def test_what_one_recipient_was_told_is_not_what_another_was(store: SqlStore, state: str) -> None:
    mail = replace(DESK, recipients=("a@x", "b@x"))
    made = rules(mail, within=WITHIN)
    city, country = of_article("city", "homs"), of_article("country", "syria", reason=Reason.UPDATE, at=NOW + SECOND)
    with_alerts(store, NewAlert(city, (row("city a", city, recipient="a@x"),)))
    drain(store, made, NOW)
    both = tuple(row(f"country {to[0]}", country, recipient=to) for to in mail.recipients)
    with_alerts(store, NewAlert(country, both))
    assert [work.delivery.id for work in drain(store, made, NOW + SECOND)] == ["country b"]
    assert rows(state)["country a"].state is DeliveryState.MUTED


def test_a_digest_that_tells_of_a_city_leaves_its_country_out(store: SqlStore, state: str) -> None:
    made = rules(DESK, alerting=Alerting(burst=0), within=WITHIN)
    city, country = of_article("city", "homs"), of_article("country", "syria", reason=Reason.UPDATE, at=NOW + SECOND)
    other = replace(alert("alert-other", watches=("hama",)), text="")
    for told, name in ((city, "city"), (country, "country"), (other, "other")):
        with_alerts(store, NewAlert(told, (row(name, told),)))
    (digest,) = drain(store, made, NOW + HOUR)
    assert len(digest.alert.headlines) == 2
    assert rows(state)["country"].state is DeliveryState.MUTED


# --- what a fallback stands in for --------------------------------------------------------------------------------


def refused_at_desk(store: SqlStore, made: Rules) -> Alert:
    """An alert of two watches, one told on each channel; the desk's dies."""
    told = of_article("a", "homs", "aleppo", homs=Severity.HIGH)
    with_alerts(store, NewAlert(told, (row("d", told, "homs"), row("p", told, "aleppo", channel_id="phone"))))
    assert turn(store, made, now=NOW, free=["desk"]) == (("desk", "d"),)
    answer(store, "d", REFUSED, now=NOW)
    return told


def test_a_fallback_that_waits_to_tell_of_one_watch_tells_of_the_other_too(store: SqlStore, state: str) -> None:
    made = rules(COVERED, PHONE)
    refused_at_desk(store, made)
    (sent,) = drain(store, made, NOW)
    assert (sent.delivery.id, sent.delivery.watches) == ("p", ("homs", "aleppo"))
    assert sent.alert.severity is Severity.HIGH
    assert len(rows(state)) == 2


def test_a_fallback_that_was_told_of_one_watch_is_told_of_the_other(store: SqlStore, state: str) -> None:
    made = rules(COVERED, PHONE)
    told = of_article("a", "homs", "aleppo", homs=Severity.HIGH)
    with_alerts(store, NewAlert(told, (row("d", told, "homs"), row("p", told, "aleppo", channel_id="phone"))))
    assert turn(store, made, now=NOW, free=["phone"]) == (("phone", "p"),)
    answer(store, "p", now=NOW)
    turn(store, made, now=NOW + QUARTER, free=[])
    assert rows(state)["d"].state is DeliveryState.PENDING, "nobody has heard of Homs yet"
    ((channel, id_),) = turn(store, made, now=NOW + QUARTER, free=["phone"])
    sent = answer(store, id_, now=NOW + QUARTER)
    assert (channel, sent.delivery.watches, sent.alert.reason) == ("phone", ("homs",), Reason.UPDATE)
    original = rows(state)["d"]
    assert (original.state, original.error) == (DeliveryState.MUTED, "told on phone instead")
    assert drain(store, made, NOW + HOUR) == []


def test_taking_note_of_what_stands_in_is_taking_note_of_the_alert(store: SqlStore, state: str) -> None:
    made = rules(COVERED, PHONE)
    told = of_article("a", "homs", "aleppo")
    with_alerts(store, NewAlert(told, (row("d", told, "homs"), row("p", told, "aleppo", channel_id="phone"))))
    answer(store, "p", now=NOW)
    (sent,) = [answer(store, id_, now=NOW + QUARTER) for _, id_ in turn(store, made, now=NOW + QUARTER, free=["phone"])]
    assert set(ack_alert(state, sent.alert.id, by="Ana", now=NOW) or ()) == {sent.alert.id, told.id}


def test_a_chain_ends_what_was_told_in_two_parts(store: SqlStore, state: str) -> None:
    made = rules(COVERED, replace(PHONE, fallback="pager"), Channel("pager", Secret("json://pager")))
    told = of_article("a", "homs", "aleppo")
    with_alerts(store, NewAlert(told, (row("d", told, "homs"), row("p", told, "aleppo", channel_id="phone"))))
    answer(store, "p", now=NOW)
    turn(store, made, now=NOW + QUARTER, free=[])
    later = NOW + 2 * QUARTER
    turn(store, made, now=later, free=[])
    ((channel, id_),) = turn(store, made, now=later, free=["pager"])
    answer(store, id_, now=later)
    assert channel == "pager"
    assert rows(state)["d"].error == "told on pager instead"


# --- severity -----------------------------------------------------------------------------------------------------


def test_a_quiet_channel_is_not_woken_by_what_another_watch_found(store: SqlStore, state: str) -> None:
    quiet = Quiet(time(11), time(13), Severity.HIGH)
    made = rules(replace(DESK, quiet=quiet), replace(PHONE, quiet=quiet))
    told = of_article("a", "homs", "aleppo", homs=Severity.HIGH)
    with_alerts(store, NewAlert(told, (row("d", told, "homs"), row("p", told, "aleppo", channel_id="phone"))))
    (sent,) = drain(store, made, NOW)
    assert (sent.delivery.id, sent.alert.severity) == ("d", Severity.HIGH)
    assert rows(state)["p"].state is DeliveryState.HELD
    (later,) = drain(store, made, NOW + HOUR)
    assert (later.delivery.id, later.alert.severity) == ("p", Severity.NORMAL), "and it is worded as what it is"


def test_an_alert_without_severities_of_its_watches_counts_as_a_whole(store: SqlStore) -> None:
    told = replace(of_article("a", "homs", homs=Severity.HIGH), evidence=(Evidence("homs", "s", "f"),))
    with_alerts(store, NewAlert(told, (row("d", told),)))
    (sent,) = drain(store, rules(DESK), NOW)
    assert sent.alert.severity is Severity.HIGH


# --- what was held and is urgent ----------------------------------------------------------------------------------


def test_what_is_high_goes_alone_after_the_night_too(store: SqlStore) -> None:
    made = rules(replace(DESK, quiet=Quiet(time(11), time(13), Severity.CRITICAL)))
    for name in ("a", "b", "c", "d"):
        told = alert(f"alert-{name}", severity=Severity.HIGH if name in "ab" else Severity.NORMAL)
        with_alerts(store, NewAlert(replace(told, text=""), (row(name, told),)))
    assert drain(store, made, NOW) == []
    first, second, digest = drain(store, made, NOW + HOUR)
    assert [first.delivery.id, second.delivery.id] == ["a", "b"]
    assert (digest.alert.reason, len(digest.alert.headlines)) == (Reason.DIGEST, 2)


# --- reminders ----------------------------------------------------------------------------------------------------


def high(store: SqlStore) -> None:
    told = alert("alert-a", severity=Severity.HIGH)
    with_alerts(store, NewAlert(told, (row("a", told),)))


def test_no_reminder_goes_out_after_somebody_took_note(store: SqlStore, state: str) -> None:
    made = rules(replace(DESK, remind=Remind(30 * MINUTE)))
    high(store)
    drain(store, made, NOW)
    later = NOW + 30 * MINUTE
    assert turn(store, made, now=later, free=[]) == ()
    (waits,) = [each for each in rows(state).values() if each.state is DeliveryState.PENDING]
    ack_alert(state, "alert-a", by="Ana", now=later)
    assert drain(store, made, later) == []
    muted = rows(state)[waits.id]
    assert (muted.state, muted.error) == (DeliveryState.MUTED, "Ana took note of it")


def test_nor_does_the_fallback_remind_of_it(store: SqlStore, state: str) -> None:
    made = rules(replace(COVERED, remind=Remind(30 * MINUTE)), PHONE)
    high(store)
    answer(store, "a", now=NOW)
    later = NOW + 30 * MINUTE
    assert turn(store, made, now=later, free=[]) == ()
    assert turn(store, made, now=later + QUARTER, free=[]) == ()
    assert [each.channel_id for each in rows(state).values()].count("phone") == 1
    ack_alert(state, "alert-a", by="Ana", now=later)
    assert drain(store, made, later + QUARTER) == []


def test_while_a_reminder_waits_there_is_no_other(store: SqlStore, state: str) -> None:
    night = Quiet(time(12, 15), time(18), Severity.CRITICAL)
    made = rules(replace(DESK, quiet=night, remind=Remind(30 * MINUTE)))
    high(store)
    drain(store, made, NOW)
    for half_hours in range(1, 10):
        assert drain(store, made, NOW + half_hours * 30 * MINUTE) == []
    assert len(rows(state)) == 2
    (reminder,) = drain(store, made, NOW + 6 * HOUR)
    assert reminder.alert.reason is Reason.REMINDER
