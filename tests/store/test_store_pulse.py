"""Signs of life and channels in trouble, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from support.storing import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    alert,
    delivery,
    entry,
    known_feeds,
    match,
    polled,
    read_plan,
    with_alerts,
    with_entries,
)

from monitor.alerting.report import FeedLine
from monitor.model import DeliveryState, FeedHealth, Reason, Silence, Verdict
from monitor.planning.alive import Life
from monitor.planning.pulse import Pulse, PulsePlan
from monitor.planning.signs import Given
from monitor.planning.troubles import STALL, Incident, Trouble, TroubleWork
from monitor.planning.work import NewAlert, SendPlan
from monitor.store import SqlStore
from monitor.store.silences import add_silence
from monitor.store.views import ack_dead, open_views

GIVEN = Given(NOW, NOW - DAY, "0 7 * * * Asia/Damascus")
INCIDENT = Incident("it “died”: 404", NOW - HOUR, NOW, canary=True)


def test_what_was_given_and_what_is_wrong_are_remembered(store: SqlStore) -> None:
    assert store.load_pulse() == Pulse()
    store.commit_pulse(PulsePlan(given=(("report desk", GIVEN),), opened=(("phone", INCIDENT),)))
    assert store.load_pulse() == Pulse({"report desk": GIVEN}, {"phone": INCIDENT})
    later = replace(GIVEN, at=NOW + DAY)
    store.commit_pulse(PulsePlan(given=(("report desk", later), ("alive", GIVEN)), closed=("phone",)))
    assert store.load_pulse() == Pulse({"report desk": later, "alive": GIVEN})
    store.commit_pulse(PulsePlan(forgotten=("report desk", "alive")))
    assert store.load_pulse() == Pulse()


def test_a_report_written_twice_is_there_once(store: SqlStore, state: str) -> None:
    told = replace(alert("report"), reason=Reason.DIGEST)
    plan = PulsePlan(alerts=(NewAlert(told, (delivery("d", told),)),), given=(("report desk", GIVEN),))
    store.commit_pulse(plan)
    store.commit_pulse(plan)
    with open_views(state) as views:
        assert [len(view.deliveries) for view in views.list_alerts()] == [1]


# --- the canary ---------------------------------------------------------------------------------------------------


def sing(store: SqlStore, name: str, *, at: datetime = NOW) -> None:
    told = replace(alert(name, created_at=at), reason=Reason.HEALTH)
    rows = tuple(delivery(f"{name} {id_}", told, channel_id=id_, due_at=at) for id_ in ("desk", "phone"))
    store.commit_pulse(PulsePlan(alerts=(NewAlert(told, rows),), canary=name))


def answered(store: SqlStore, delivery_id: str, state: DeliveryState, *, at: datetime = NOW, error: str = "") -> None:
    """Send a delivery that is pending, with this end."""
    assert store.load_send(delivery_id, now=at) is not None
    accepted_at = at if state is DeliveryState.DELIVERED else None
    store.commit_send(SendPlan(delivery_id, state, at, 0, error, accepted_at))


def test_a_canary_takes_the_place_of_the_one_before_and_is_in_no_count(store: SqlStore, state: str) -> None:
    sing(store, "canary-1")
    answered(store, "canary-1 desk", DeliveryState.DEAD)
    with open_views(state) as views:
        assert set(views.count_deliveries().values()) == {0}
        assert views.list_dead() == ()
        assert [view.alert.id for view in views.list_alerts()] == ["canary-1"]
    assert store.count_life(since=NOW - DAY) == Life(0, 0, 0)
    sing(store, "canary-2", at=NOW + DAY)
    with open_views(state) as views:
        assert [view.alert.id for view in views.list_alerts()] == ["canary-2"]
        assert set(views.count_deliveries().values()) == {0}


# --- channels in trouble ------------------------------------------------------------------------------------------


def waiting(store: SqlStore, name: str, *, channel_id: str = "desk", at: datetime = NOW, recipient: str = "") -> None:
    told = alert(f"alert of {name}", created_at=at)
    row = delivery(name, told, channel_id=channel_id, due_at=at, recipient=recipient)
    with_alerts(store, NewAlert(told, (row,)))


def troubles(store: SqlStore, *, now: datetime = NOW, channels: tuple[str, ...] = ("desk", "phone")) -> TroubleWork:
    return store.find_troubles(channels, {}, now=now, stall=STALL)


def test_a_channel_is_in_trouble_when_it_accepted_nothing_for_fifteen_minutes_while_something_waits(
    store: SqlStore,
) -> None:
    waiting(store, "one")
    assert troubles(store, now=NOW + STALL - MINUTE).found == ()
    waiting(store, "two", at=NOW + MINUTE)
    why = "it accepted nothing for 15 minutes, and 1 message waits"
    assert troubles(store, now=NOW + STALL).found == (Trouble("desk", why, NOW),)
    assert troubles(store, now=NOW + STALL, channels=("phone",)).found == ()
    answered(store, "two", DeliveryState.DELIVERED, at=NOW + 2 * MINUTE)
    assert troubles(store, now=NOW + STALL).found == ()
    assert [each.since for each in troubles(store, now=NOW + STALL + 2 * MINUTE).found] == [NOW]


def test_a_delivery_that_died_is_a_trouble_until_its_reader_is_reached_again(store: SqlStore) -> None:
    for name, recipient in (("one", "a@x"), ("two", "b@x"), ("three", "a@x")):
        waiting(store, name, recipient=recipient)
    answered(store, "one", DeliveryState.DEAD, error="550 no such user")
    answered(store, "two", DeliveryState.DELIVERED, at=NOW + MINUTE)
    found = troubles(store, now=NOW + 2 * MINUTE)
    why = "a message to one of its readers was given up (550 no such user)"
    assert found == TroubleWork((Trouble("desk", why, NOW, recipient="a@x"),)), "others need not know who reads"
    answered(store, "three", DeliveryState.DELIVERED, at=NOW + 2 * MINUTE)
    assert troubles(store, now=NOW + 2 * MINUTE).found == ()


def test_what_died_days_ago_is_no_trouble_of_today(store: SqlStore) -> None:
    waiting(store, "one")
    answered(store, "one", DeliveryState.DEAD, error="404")
    assert len(troubles(store, now=NOW + 2 * DAY).found) == 1
    assert troubles(store, now=NOW + 4 * DAY).found == ()


def test_a_trouble_that_only_the_canary_met_says_so(store: SqlStore) -> None:
    sing(store, "canary-1")
    answered(store, "canary-1 desk", DeliveryState.DEAD, error="404")
    found = troubles(store, now=NOW + STALL).found
    assert [(each.channel_id, each.canary) for each in found] == [("desk", True), ("phone", True)]
    assert found[0].why == "the canary, a test, was given up (404)"
    waiting(store, "one", channel_id="phone")
    assert [each.canary for each in troubles(store, now=NOW + STALL).found] == [True, False]


def test_a_channel_with_an_open_incident_is_asked_for_what_it_accepted(store: SqlStore) -> None:
    waiting(store, "one")
    answered(store, "one", DeliveryState.DELIVERED)
    found = store.find_troubles(("desk",), {"desk": ""}, now=NOW + HOUR, stall=STALL)
    assert found == TroubleWork((), {"desk": NOW})


def test_what_one_reader_accepts_ends_no_trouble_of_another(store: SqlStore, state: str) -> None:
    for name, recipient in (("one", "a@x"), ("two", "b@x")):
        waiting(store, name, recipient=recipient)
    answered(store, "two", DeliveryState.DEAD, error="550")
    assert ack_dead(state, now=NOW) == 1
    answered(store, "one", DeliveryState.DELIVERED, at=NOW + MINUTE)
    later = NOW + HOUR
    assert store.find_troubles(("desk",), {"desk": "b@x"}, now=later, stall=STALL) == TroubleWork()
    assert store.find_troubles(("desk",), {"desk": "a@x"}, now=later, stall=STALL).accepted == {"desk": NOW + MINUTE}


# --- what is said of a day ------------------------------------------------------------------------------------------


def test_the_line_of_life_counts_the_last_day(store: SqlStore) -> None:
    with_entries(store, entry("e1"), entry("e2"))
    known_feeds(store, "dw", "silent")
    store.commit_read(read_plan(store, "e1"))
    for name, reason, at in (("new", Reason.NEW, NOW), ("old", Reason.NEW, NOW - 2 * DAY), ("h", Reason.HEALTH, NOW)):
        told = replace(alert(name, created_at=at), reason=reason)
        with_alerts(store, NewAlert(told, (delivery(f"d {name}", told),)))
    answered(store, "d old", DeliveryState.DEAD)
    assert store.count_life(since=NOW - DAY) == Life(articles=1, alerts=1, dead=1)
    assert store.count_life(since=NOW + HOUR) == Life(articles=0, alerts=0, dead=1)


def test_a_report_tells_of_its_watches_and_its_time(store: SqlStore, state: str) -> None:
    with_entries(store, entry("e1"), entry("e2"))
    possible = (match("homs", Verdict.POSSIBLE), match("other", Verdict.POSSIBLE))
    store.commit_read(read_plan(store, "e1", *possible))
    known_feeds(store, "dw", "broken")
    failing = replace(store.load_poll("broken").state, health=FeedHealth.FAILING, error="503")
    store.commit_poll(replace(polled(store, feed_id="broken"), state=failing))
    for name, watches, at in (
        ("both", ("homs", "hama"), NOW),
        ("one", ("homs",), NOW),
        ("else", ("other",), NOW),
        ("early", ("homs",), NOW - 2 * DAY),
    ):
        told = alert(name, watches=watches, created_at=at)
        with_alerts(store, NewAlert(told, (delivery(f"d {name}", told),)))
    answered(store, "d one", DeliveryState.DEAD, error="404")
    add_silence(state, Silence("s1", "Ana", "a drill", NOW - HOUR, NOW + HOUR))
    add_silence(state, Silence("s2", "Ben", "is over", NOW - HOUR, NOW - MINUTE))
    report = store.load_report(kind="daily", since=NOW - DAY, until=NOW, watches=("homs", "hama"))
    assert (report.alerts, sorted(report.counts)) == (2, [("hama", 1), ("homs", 2)])
    assert [(each.watch_id, each.headline.title) for each in report.possible] == [("homs", "Title of e1")]
    assert [(each.alert_id, each.channel_id, each.error) for each in report.dead] == [("one", "desk", "404")]
    assert report.feeds == (FeedLine("broken", FeedHealth.FAILING, None, "503"),)
    assert report.feed_count == 2
    assert [(each.author, each.muted) for each in report.silences] == [("Ana", 0)]
    assert store.load_report(kind="daily", since=NOW, until=NOW + DAY, watches=("homs",)).possible == ()


@pytest.mark.parametrize("span", [timedelta(0), DAY])
def test_a_report_on_nothing_is_empty(store: SqlStore, span: timedelta) -> None:
    report = store.load_report(kind="daily", since=NOW - span, until=NOW, watches=())
    assert (report.alerts, report.counts, report.possible, report.dead, report.silences) == (0, (), (), (), ())
