"""A clock that was wrong and is right again delays nothing, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from support.queueing import rules, turn
from support.storing import DAY, HOUR, MINUTE, NOW, alert, delivery, known_feeds, polled, with_alerts

from monitor.model import Alerting, Channel, DeliveryState, Feed, Headline, Outcome, Reason, Receipt, Retrying, Secret
from monitor.planning.coverage import CoveragePlan
from monitor.planning.noticed import Incident, Kind, Noticed
from monitor.planning.send import plan_send
from monitor.planning.waiting import Rules
from monitor.planning.work import NewAlert, PollPlan, SendWork
from monitor.store import SqlStore
from monitor.store.views import open_views

DESK = Channel("desk", Secret("json://desk"), fallback="phone")
MADE = rules(DESK, Channel("phone", Secret("json://phone")), alerting=Alerting())
BACK = pytest.mark.parametrize("ahead", [pytest.param(HOUR, id="an hour"), pytest.param(3650 * DAY, id="ten years")])


def tell(store: SqlStore, *names: str, at: datetime) -> None:
    for name in names:
        told = alert(f"alert-{name}", created_at=at)
        told = replace(told, text="", headlines=(Headline(name, f"https://example.org/{name}", "dw"),))
        with_alerts(store, NewAlert(told, (delivery(name, told, due_at=at),)))


def answer(store: SqlStore, id_: str, outcome: Outcome, now: datetime) -> SendWork:
    work = store.load_send(id_, now=now)
    assert work is not None
    store.commit_send(plan_send(work, Receipt(outcome, "x"), Retrying(), now=now, dice=lambda: 0.0))
    return work


def drain(store: SqlStore, made: Rules, now: datetime) -> list[SendWork]:
    sent: list[SendWork] = []
    while claimed := turn(store, made, now=now):
        sent += [answer(store, id_, Outcome.ACCEPTED, now) for _, id_ in claimed]
    return sent


def flood_in_the_future(store: SqlStore, wrong: datetime) -> None:
    """Use up the single messages and send a digest, with the clock ahead."""
    tell(store, *(f"w{number}" for number in range(12)), at=wrong)
    assert len(drain(store, MADE, wrong)) == 5
    assert [work.alert.reason for work in drain(store, MADE, wrong + MINUTE)] == [Reason.DIGEST]


@BACK
def test_what_left_by_a_clock_ahead_holds_nothing_back(store: SqlStore, ahead: timedelta) -> None:
    flood_in_the_future(store, NOW + ahead)
    tell(store, "a", "b", at=NOW)
    assert [work.delivery.id for work in drain(store, MADE, NOW)] == ["a", "b"], "the future is no past"


@BACK
def test_what_waited_by_a_clock_ahead_goes_in_a_digest_after_it_is_set_back(store: SqlStore, ahead: timedelta) -> None:
    wrong = NOW + ahead
    tell(store, *(f"w{number}" for number in range(12)), at=wrong)
    assert len(drain(store, MADE, wrong)) == 5
    store.pull_back(now=NOW, ahead=timedelta(0))
    sent = drain(store, MADE, NOW + MINUTE)
    assert [len(work.alert.headlines) for work in sent] == [7]
    tell(store, "later", at=NOW + 10 * MINUTE)
    assert [work.delivery.id for work in drain(store, MADE, NOW + 10 * MINUTE)] == ["later"]


@BACK
def test_what_a_channel_accepted_by_a_clock_ahead_does_not_make_it_well(
    store: SqlStore, state: str, ahead: timedelta
) -> None:
    tell(store, "w", at=NOW + ahead)
    drain(store, MADE, NOW + ahead)
    store.pull_back(now=NOW, ahead=timedelta(0))
    tell(store, "a", at=NOW + MINUTE)
    ((channel, _),) = turn(store, MADE, now=NOW + 20 * MINUTE, free=["phone"])
    assert channel == "phone"
    with open_views(state) as views:
        assert [view.channel_id for view in views.stalled_channels(now=NOW + 20 * MINUTE)] == ["desk"]


def test_what_began_to_wait_by_a_clock_ahead_has_its_fallback_in_time(store: SqlStore) -> None:
    tell(store, "w", at=NOW + 3650 * DAY)
    store.pull_back(now=NOW, ahead=timedelta(0))
    assert turn(store, MADE, now=NOW + 14 * MINUTE, free=["phone"]) == ()
    ((channel, _),) = turn(store, MADE, now=NOW + 15 * MINUTE, free=["phone"])
    assert channel == "phone"


@pytest.mark.parametrize("departed", [False, True])
def test_what_was_claimed_by_a_clock_ahead_is_sent_soon(store: SqlStore, state: str, *, departed: bool) -> None:
    wrong = NOW + 3650 * DAY
    tell(store, "w", at=wrong)
    ((_, id_),) = turn(store, MADE, now=wrong)
    if departed:
        assert store.load_send(id_, now=wrong) is not None
    store.pull_back(now=NOW, ahead=timedelta(0))
    assert turn(store, MADE, now=NOW, free=[]) == (), "its claimant may still be at it"
    assert turn(store, MADE, now=NOW) == (("desk", "w"),)
    assert answer(store, "w", Outcome.ACCEPTED, NOW).delivery.repeats == int(departed)
    with open_views(state) as views:
        ((row,),) = [told.deliveries for told in views.list_alerts()]
    assert (row.state, row.delivered_at) == (DeliveryState.DELIVERED, NOW)


def test_what_was_noticed_by_a_clock_ahead_is_forgotten_when_it_is_set_back(store: SqlStore) -> None:
    wrong = NOW + 3650 * DAY
    store.sync_feeds((Feed("wire", "https://a.org/feed", "Wire"),), now=NOW)
    state = store.load_poll("wire").state
    seen = Noticed(
        "wire", held=7, empty_since=wrong, ahead=3, ahead_since=wrong, ahead_by=MINUTE, gap_at=wrong, gap_since=NOW
    )
    store.commit_poll(PollPlan(state, noticed=seen))
    store.pull_back(now=NOW, ahead=timedelta(0))
    assert store.load_poll("wire").noticed == Noticed("wire", held=7, empty_since=NOW)


def test_what_went_wrong_by_a_clock_ahead_did_so_by_now(store: SqlStore) -> None:
    ahead = NOW + 3650 * DAY
    known_feeds(store, "dw")
    opened = Incident("i", Kind.NETWORK, "", ahead, "the network is down")
    store.commit_coverage(CoveragePlan(opened=(opened,)), now=ahead)
    plan = polled(store, at=NOW)
    store.commit_poll(replace(plan, state=replace(plan.state, failing_since=ahead)))
    store.pull_back(now=NOW, ahead=timedelta(0))
    work = store.load_coverage(closely=(), now=NOW)
    assert [one.opened_at for one in work.open] == [NOW]
    assert [state.failing_since for state in work.states if state.feed_id == "dw"] == [NOW]
