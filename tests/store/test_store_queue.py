"""The queue through the store: what the plan decides is what the rows become, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
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
from monitor.store.silences import ack_alert, add_silence, expire_silence, list_silences
from monitor.store.views import open_views

SECOND = timedelta(seconds=1)
DESK, PHONE = Channel("desk", Secret("json://desk")), Channel("phone", Secret("json://phone"))
COVERED = replace(DESK, fallback="phone")
ACCEPTED, UNANSWERED = Receipt(Outcome.ACCEPTED), Receipt(Outcome.AMBIGUOUS, "no answer")
REFUSED, BUSY = Receipt(Outcome.PERMANENT, "404"), Receipt(Outcome.NOT_SENT, "refused")
FLOOD = Alerting()


def tell(
    store: SqlStore, *names: str, at: datetime = NOW, severity: Severity = Severity.NORMAL, **more: object
) -> None:
    """Store an alert for the desk under each name."""
    new = []
    for name in names:
        headline = Headline(f"Title of {name}", f"https://example.org/{name}", "dw")
        told = replace(alert(f"alert-{name}", severity=severity, created_at=at), text="", headlines=(headline,))
        told = replace(told, **more)  # type: ignore[arg-type] # fields by name.
        new.append(NewAlert(told, (delivery(name, told, due_at=at),)))
    for each in new:
        with_alerts(store, each)


def answer(store: SqlStore, id_: str, receipt: Receipt = ACCEPTED, *, now: datetime) -> SendWork:
    work = store.load_send(id_, now=now)
    assert work is not None
    store.commit_send(plan_send(work, receipt, Retrying(), now=now, dice=lambda: 0.0))
    return work


def drain(store: SqlStore, made: Rules, now: datetime, receipt: Receipt = ACCEPTED) -> list[SendWork]:
    """Send all that may go now, each answered alike."""
    sent: list[SendWork] = []
    while claimed := turn(store, made, now=now):
        sent += [answer(store, id_, receipt, now=now) for _, id_ in claimed]
    return sent


def rows(state: str) -> dict[str, Delivery]:
    with open_views(state) as views:
        return {row.id: row for told in views.list_alerts() for row in told.deliveries}


def on(state: str, channel_id: str) -> list[Delivery]:
    return [row for row in rows(state).values() if row.channel_id == channel_id]


def titles(*works: SendWork) -> list[str]:
    return [headline.title for work in works for headline in work.alert.headlines]


def test_of_500_matches_in_a_minute_five_go_alone_then_digests_list_all(store: SqlStore) -> None:
    made, sent = rules(DESK, alerting=FLOOD), []
    for batch in range(10):
        now = NOW + batch * 6 * SECOND
        tell(store, *(f"n{batch}-{number:02}" for number in range(50)), at=now)
        sent += [(now, work) for work in drain(store, made, now)]
    for seconds in range(60, 240, 15):
        now = NOW + seconds * SECOND
        sent += [(now, work) for work in drain(store, made, now)]
    alone = [work for _, work in sent if work.alert.reason is Reason.NEW]
    times = sorted({at for at, work in sent if work.alert.reason is Reason.DIGEST})
    assert len(alone) == 5
    assert all(later - earlier >= MINUTE for earlier, later in pairwise(times))
    assert times[0] == NOW + MINUTE
    told = titles(*(work for _, work in sent))
    assert len(told) == len(set(told)) == 500


def test_what_is_high_is_in_no_digest(store: SqlStore) -> None:
    made = rules(DESK, alerting=FLOOD)
    tell(store, *(f"n{number}" for number in range(20)))
    tell(store, *(f"h{number}" for number in range(20)), severity=Severity.HIGH)
    sent = drain(store, made, NOW)
    assert [work.delivery.id[0] for work in sent] == ["h"] * 20 + ["n"] * 5


def test_what_is_held_at_night_goes_in_one_digest_when_the_night_ends(store: SqlStore, state: str) -> None:
    made = rules(replace(DESK, quiet=Quiet(time(11), time(13))), alerting=FLOOD)
    tell(store, "a", "b", "c")
    tell(store, "urgent", severity=Severity.HIGH)
    assert [work.delivery.id for work in drain(store, made, NOW)] == ["urgent"]
    held = rows(state)["a"]
    assert (held.state, held.due_at) == (DeliveryState.HELD, NOW.replace(hour=13, minute=0, second=0, microsecond=0))
    (digest,) = drain(store, made, NOW + HOUR)
    assert digest.alert.reason is Reason.DIGEST
    assert sorted(titles(digest)) == ["Title of a", "Title of b", "Title of c"]
    after = rows(state)
    assert {after[id_].carried_by for id_ in "abc"} == {digest.delivery.id}
    assert {after[id_].state for id_ in "abc"} == {DeliveryState.DELIVERED}
    assert drain(store, made, NOW + DAY) == []


def test_held_time_does_not_count_for_the_fallback(store: SqlStore, state: str) -> None:
    made = rules(replace(COVERED, quiet=Quiet(time(11), time(13))), PHONE, alerting=FLOOD)
    tell(store, "a")
    assert turn(store, made, now=NOW, free=["phone"]) == ()
    morning = NOW + HOUR
    assert turn(store, made, now=morning, free=["phone"]) == (), "an hour was spent in the dark"
    assert turn(store, made, now=morning + 14 * MINUTE, free=["phone"]) == ()
    assert on(state, "phone") == []
    ((channel, _),) = turn(store, made, now=morning + 15 * MINUTE, free=["phone"])
    assert channel == "phone"


def test_a_digest_without_an_answer_is_repeated_as_it_was(store: SqlStore, state: str) -> None:
    made = rules(DESK, alerting=Alerting(burst=0))
    tell(store, "a", "b")
    now = NOW + MINUTE
    ((_, id_),) = turn(store, made, now=now)
    first = answer(store, id_, UNANSWERED, now=now)
    tell(store, "c", at=now)
    later = now + 30 * SECOND
    assert turn(store, made, now=later) == (("desk", id_),)
    again = answer(store, id_, now=later)
    assert (first.alert, first.delivery.alert_id) == (again.alert, again.delivery.alert_id)
    assert (first.delivery.repeats, again.delivery.repeats) == (0, 1)
    after = rows(state)
    assert (after["a"].carried_by, after["b"].carried_by, after["c"].carried_by) == (id_, id_, None)
    assert (after["a"].state, after["a"].repeats, after["a"].attempts) == (DeliveryState.DELIVERED, 1, 2)


def test_a_digest_whose_sender_died_is_repeated_with_all_it_carries(store: SqlStore, state: str) -> None:
    made = rules(DESK, alerting=Alerting(burst=0))
    tell(store, "a", "b")
    now = NOW + MINUTE
    ((_, id_),) = turn(store, made, now=now)
    assert store.load_send(id_, now=now) is not None
    assert {row.state for row in rows(state).values()} == {DeliveryState.INFLIGHT}
    later = now + 5 * MINUTE
    assert turn(store, made, now=later, free=[]) == (), "its claimant is still at it"
    assert turn(store, made, now=later) == (("desk", id_),)
    assert {(row.state, row.repeats) for row in rows(state).values()} == {(DeliveryState.PENDING, 1)}
    assert answer(store, id_, now=later).delivery.repeats == 1


def test_what_was_tried_alone_goes_into_no_digest(store: SqlStore, state: str) -> None:
    made = rules(DESK, alerting=Alerting(burst=1))
    tell(store, "alone")
    (tried,) = drain(store, made, NOW, BUSY)
    tell(store, "b", "c", at=NOW)
    sent = drain(store, made, NOW + MINUTE)
    assert [work.delivery.id for work in sent if work.alert.reason is Reason.NEW] == [tried.delivery.id]
    assert [sorted(titles(work)) for work in sent if work.alert.reason is Reason.DIGEST] == [
        ["Title of b", "Title of c"]
    ]
    assert rows(state)["alone"].carried_by is None


# --- the fallback -------------------------------------------------------------------------------------------------


def test_what_is_dead_goes_to_the_fallback_at_once(store: SqlStore, state: str) -> None:
    made = rules(COVERED, PHONE)
    tell(store, "a")
    assert [work.delivery.channel_id for work in drain(store, made, NOW, REFUSED)] == ["desk", "phone"]
    assert {row.channel_id: row.state for row in rows(state).values()} == {
        "desk": DeliveryState.DEAD,
        "phone": DeliveryState.DEAD,
    }
    assert drain(store, made, NOW) == [], "it is handed over once"


def test_what_is_given_up_goes_to_the_fallback(store: SqlStore, state: str) -> None:
    made = rules(DESK, PHONE)
    tell(store, "a")
    now = NOW
    while rows(state)["a"].state is DeliveryState.PENDING:
        now = max(now, rows(state)["a"].due_at)
        drain(store, made, now, BUSY)
    assert now - NOW >= timedelta(hours=72)
    assert "given up" in rows(state)["a"].error
    ((channel, id_),) = turn(store, rules(COVERED, PHONE), now=now)
    assert (channel, rows(state)[id_].fallback_for) == ("phone", "desk")


def test_a_channel_that_accepts_nothing_is_covered_after_a_quarter_of_an_hour(store: SqlStore, state: str) -> None:
    made = rules(COVERED, PHONE)
    tell(store, "a")
    assert [work.delivery.channel_id for work in drain(store, made, NOW, BUSY)] == ["desk"]
    assert turn(store, made, now=NOW + 15 * MINUTE - SECOND, free=["phone"]) == ()
    ((_, id_),) = turn(store, made, now=NOW + 15 * MINUTE, free=["phone"])
    answer(store, id_, now=NOW + 15 * MINUTE)
    original = rows(state)["a"]
    assert (original.state, original.error) == (DeliveryState.MUTED, "told on phone instead")
    assert drain(store, made, NOW + DAY) == []


def test_a_channel_that_has_the_alert_already_satisfies_it(store: SqlStore, state: str) -> None:
    told = replace(alert(), text="")
    both = (delivery("a", told), delivery("b", told, channel_id="phone"))
    with_alerts(store, NewAlert(told, both))
    made = rules(COVERED, PHONE)
    ((_, id_),) = turn(store, made, now=NOW, free=["phone"])
    answer(store, id_, now=NOW)
    assert turn(store, made, now=NOW + 15 * MINUTE, free=[]) == ()
    assert rows(state)["a"].state is DeliveryState.MUTED
    assert len(rows(state)) == 2


def test_a_slow_channel_that_accepts_is_not_covered(store: SqlStore, state: str) -> None:
    made = rules(COVERED, PHONE)
    tell(store, "a", "b")
    later = NOW + 20 * MINUTE
    ((_, id_),) = turn(store, made, now=NOW + 14 * MINUTE)
    answer(store, id_, now=NOW + 14 * MINUTE)
    turn(store, made, now=later)
    assert on(state, "phone") == []
    turn(store, made, now=NOW + 30 * MINUTE, free=[])
    assert len(on(state, "phone")) == 1


def test_a_chain_of_fallbacks_ends_what_it_stands_for(store: SqlStore, state: str) -> None:
    made = rules(COVERED, replace(PHONE, fallback="pager"), Channel("pager", Secret("json://pager")))
    tell(store, "a")
    turn(store, made, now=NOW + 15 * MINUTE, free=[])
    turn(store, made, now=NOW + 30 * MINUTE, free=[])
    ((channel, id_),) = turn(store, made, now=NOW + 30 * MINUTE, free=["pager"])
    assert channel == "pager"
    answer(store, id_, now=NOW + 30 * MINUTE)
    states = {row.channel_id: (row.state, row.error) for row in rows(state).values()}
    assert states["desk"] == states["phone"] == (DeliveryState.MUTED, "told on pager instead")


def test_what_a_dead_digest_carried_makes_one_digest_at_the_fallback(store: SqlStore, state: str) -> None:
    made = rules(COVERED, PHONE, alerting=Alerting(burst=0))
    tell(store, "a", "b", "c")
    sent = drain(store, made, NOW + MINUTE, REFUSED)
    assert [(work.delivery.channel_id, len(work.alert.headlines)) for work in sent] == [("desk", 3), ("phone", 3)]
    assert {rows(state)[id_].state for id_ in "abc"} == {DeliveryState.DEAD}
    with open_views(state) as views:
        dead = [each.delivery for each in views.list_dead()]
    assert {row.alert_id for row in dead} == {"alert-a", "alert-b", "alert-c"}, "a digest is no alert of its own"


def test_a_digest_of_which_all_was_told_elsewhere_is_not_sent(store: SqlStore, state: str) -> None:
    made = rules(COVERED, PHONE, alerting=Alerting(burst=0))
    tell(store, "a", "b")
    ((_, id_),) = turn(store, made, now=NOW + MINUTE)
    answer(store, id_, BUSY, now=NOW + MINUTE)
    later = NOW + 20 * MINUTE
    ((_, other),) = turn(store, made, now=later, free=["phone"])
    answer(store, other, now=later)
    after = rows(state)
    assert {after[each].state for each in ("a", "b", id_)} == {DeliveryState.MUTED}
    assert drain(store, made, NOW + DAY) == []


# --- silences, inhibition, reminders ------------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["by itself", "by hand"])
def test_the_end_of_a_silence_brings_one_catch_up(store: SqlStore, state: str, ends: str) -> None:
    made = rules(DESK, alerting=FLOOD)
    add_silence(state, Silence("s1", "Ana", "known", NOW, NOW + HOUR, watches=("homs",), severity=Severity.NORMAL))
    tell(store, *(f"n{number}" for number in range(30)))
    tell(store, "urgent", severity=Severity.HIGH)
    tell(store, "other", watches=("hama",))
    assert [work.delivery.id for work in drain(store, made, NOW)] == ["urgent", "other"]
    muted = [row for row in rows(state).values() if row.state is DeliveryState.MUTED]
    assert {(row.error, row.silence_id) for row in muted} == {("silenced by Ana: known", "s1")}
    if ends == "by hand":
        assert expire_silence(state, "s1", now=NOW + MINUTE)
        assert not expire_silence(state, "s1", now=NOW + MINUTE)
    later = NOW + (MINUTE if ends == "by hand" else HOUR)
    assert list_silences(state, now=later) == ()
    assert [silence.id for silence in list_silences(state)] == ["s1"]
    sent = drain(store, made, later)
    told = [work for work in sent if work.alert.reason is Reason.DIGEST]
    assert len(told) == 1
    assert len(told[0].alert.headlines) == len(muted)
    assert {row.state for row in rows(state).values()} == {DeliveryState.DELIVERED}
    store.expire(text_before=later, ledger_before=later + DAY, limit=1_000)
    assert list_silences(state) == ()


def test_what_a_silence_muted_is_not_forgotten_while_it_lasts(store: SqlStore, state: str) -> None:
    add_silence(state, Silence("s1", "Ana", "known", NOW, NOW + 500 * DAY))
    tell(store, "a")
    assert drain(store, rules(DESK), NOW) == []
    store.expire(text_before=NOW, ledger_before=NOW + DAY, limit=1_000)
    assert [silence.id for silence in list_silences(state)] == ["s1"]
    assert rows(state)["a"].state is DeliveryState.MUTED


def update(name: str, watch: str, at: datetime) -> Alert:
    told = alert(f"alert-{name}", article_id="article", watches=(watch,), created_at=at)
    return replace(told, reason=Reason.UPDATE, text="")


def test_a_country_is_not_told_after_its_city(store: SqlStore, state: str) -> None:
    made = rules(DESK, PHONE, within={"homs": frozenset({"syria"})}, names={"homs": "Homs"})
    city = replace(alert("alert-city", article_id="article"), text="")
    with_alerts(store, NewAlert(city, (delivery("city", city),)))
    drain(store, made, NOW)
    country = update("country", "syria", NOW + MINUTE)
    both = (delivery("country", country), delivery("on phone", country, channel_id="phone"))
    with_alerts(store, NewAlert(country, both))
    assert [work.delivery.id for work in drain(store, made, NOW + MINUTE)] == ["on phone"]
    muted = rows(state)["country"]
    assert (muted.state, muted.error) == (DeliveryState.MUTED, "told of Homs for the same article")


def test_a_high_alert_is_repeated_until_somebody_takes_note(store: SqlStore, state: str) -> None:
    made = rules(replace(DESK, remind=Remind(30 * MINUTE)))
    tell(store, "a", severity=Severity.HIGH)
    tell(store, "normal")
    drain(store, made, NOW)
    assert drain(store, made, NOW + 29 * MINUTE) == []
    (first,) = drain(store, made, NOW + 30 * MINUTE)
    assert (first.alert.reason, titles(first)) == (Reason.REMINDER, ["Title of a"])
    (second,) = drain(store, made, NOW + HOUR)
    assert second.alert.id != first.alert.id
    acked = ack_alert(state, second.alert.id[:12], by="Ana", now=NOW + HOUR)
    assert set(acked or ()) == {"alert-a", second.alert.id}
    assert drain(store, made, NOW + DAY) == []


def test_reminders_end_after_the_last(store: SqlStore) -> None:
    made = rules(replace(DESK, remind=Remind(30 * MINUTE, times=2)))
    tell(store, "a", severity=Severity.HIGH)
    assert [len(drain(store, made, NOW + count * 30 * MINUTE)) for count in range(6)] == [1, 1, 1, 0, 0, 0]


def test_taking_note_of_a_digest_is_taking_note_of_all_it_lists(store: SqlStore, state: str) -> None:
    made = rules(DESK, alerting=Alerting(burst=0))
    tell(store, "a", "b")
    (digest,) = drain(store, made, NOW + MINUTE)
    acked = ack_alert(state, digest.alert.id, by="Ana", now=NOW)
    assert acked is not None
    assert set(acked) == {"alert-a", "alert-b", digest.alert.id}
    assert ack_alert(state, digest.alert.id, by="Ben", now=NOW) == ()
    assert ack_alert(state, "alert-", by="Ana", now=NOW) is None
    assert ack_alert(state, "nothing", by="Ana", now=NOW) is None
