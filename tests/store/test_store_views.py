from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.queueing import claim as claim_sends
from support.storing import (
    DAY,
    HOUR,
    LEASE,
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
    with_delivery,
    with_entries,
)

from monitor.errors import StoreError
from monitor.model import DeliveryState, Headline, Verdict
from monitor.planning.work import FirstMatch, NewAlert, SendPlan
from monitor.store import SqlStore
from monitor.store.views import (
    AlertView,
    ChannelView,
    DeadView,
    FeedView,
    StalledView,
    StoredCounts,
    Views,
    ack_dead,
    open_views,
)

QUARTER = timedelta(minutes=15)


@pytest.fixture
def views(store: SqlStore, state: str) -> Iterator[Views]:
    """A look at the state that `store` holds and goes on writing to."""
    assert store
    with open_views(state) as opened:
        yield opened


def end(store: SqlStore, delivery_id: str, state: DeliveryState, at: datetime = NOW) -> None:
    assert store.load_send(delivery_id, now=at) is not None
    delivered_at = at if state is DeliveryState.DELIVERED else None
    store.commit_send(SendPlan(delivery_id, state, at, 0, error="550 no", delivered_at=delivered_at))


def test_an_empty_state_shows_nothing(views: Views) -> None:
    assert views.list_alerts() == ()
    assert views.list_possible() == ()
    assert views.list_feeds() == ()
    assert views.list_dead() == ()
    assert views.list_channels(now=NOW) == ()
    assert views.count_stored() == StoredCounts(0, 0, 0, 0, 0)
    assert views.count_deliveries() == dict.fromkeys(DeliveryState, 0)


def test_alerts_come_newest_first_with_all_their_deliveries(store: SqlStore, views: Views) -> None:
    old, new = alert("old", created_at=NOW - HOUR), alert("new", created_at=NOW)
    rows = (
        delivery("3", old, channel_id="mail", recipient="b@example.org"),
        delivery("2", old, channel_id="mail", recipient="a@example.org"),
        delivery("1", old, channel_id="chat"),
    )
    with_alerts(store, NewAlert(old, rows), NewAlert(new, ()))
    assert views.list_alerts() == (AlertView(new, ()), AlertView(old, (rows[2], rows[1], rows[0])))


def test_alerts_can_be_bounded_by_time_and_number(store: SqlStore, views: Views) -> None:
    told = [alert(f"a{hours}", created_at=NOW - hours * HOUR) for hours in range(4)]
    with_alerts(store, *(NewAlert(each, (delivery(each.id, each),)) for each in told))
    assert [view.alert.id for view in views.list_alerts(since=NOW - 2 * HOUR)] == ["a0", "a1", "a2"]
    bounded = views.list_alerts(limit=2)
    assert [view.alert.id for view in bounded] == ["a0", "a1"]
    assert [len(view.deliveries) for view in bounded] == [1, 1]


def test_possible_matches_name_their_article_whether_it_was_read_or_not(store: SqlStore, views: Views) -> None:
    known_feeds(store, "dw")
    possible = match("homs", Verdict.POSSIBLE)
    plan = polled(store, entry("a", published_at=NOW - HOUR), entry("b", due_at=None), first=True)
    store.commit_poll(replace(plan, matches=(FirstMatch("article-b", possible),)))
    assert store.commit_read(read_plan(store, "a", possible, match("hama")))
    first, second = views.list_possible()
    assert (first.article_id, second.article_id) == ("article-a", "article-b")
    assert (first.match, second.match) == (possible, possible)
    assert first.headline == Headline("Title of a", "https://example.org/a", "dw", NOW - HOUR, "yesterday")
    assert second.headline == Headline("Title of b", "https://example.org/b", "dw", None, "yesterday")
    assert len(views.list_possible(limit=1)) == 1
    assert views.list_possible(since=NOW + MINUTE) == ()


def test_feeds_show_their_memory_and_whether_they_are_configured(store: SqlStore, views: Views) -> None:
    known_feeds(store, "dw", "bbc")
    store.commit_poll(polled(store))
    known_feeds(store, "dw")
    assert views.list_feeds() == (
        FeedView(store.load_poll("bbc").state, configured=False),
        FeedView(store.load_poll("dw").state, configured=True),
    )


def test_deliveries_are_counted_by_state(store: SqlStore, views: Views) -> None:
    for name in ("a", "b", "c"):
        with_delivery(store, name)
    end(store, "a", DeliveryState.DELIVERED)
    end(store, "b", DeliveryState.DEAD)
    expected = dict.fromkeys(DeliveryState, 0) | {
        DeliveryState.DELIVERED: 1,
        DeliveryState.DEAD: 1,
        DeliveryState.PENDING: 1,
    }
    assert expected == views.count_deliveries()


def test_dead_letters_are_listed_until_somebody_takes_note(store: SqlStore, views: Views, state: str) -> None:
    for name in ("a", "b", "c", "alive"):
        with_delivery(store, name)
    for name in ("a", "b", "c"):
        end(store, name, DeliveryState.DEAD)
    row = views.list_alerts()[0].deliveries[0]
    assert DeadView(row, alert("alert of a")) == views.list_dead()[0]
    assert ack_dead(state, ["a", "alive", "nobody's"], now=NOW) == 1
    assert [dead.delivery.id for dead in views.list_dead()] == ["b", "c"]
    assert ack_dead(state, now=NOW) == 2
    assert ack_dead(state, now=NOW) == 0
    assert views.list_dead() == ()
    assert views.count_deliveries()[DeliveryState.DEAD] == 3


def test_a_channel_shows_what_it_accepted_last_and_what_waits_for_it(store: SqlStore, views: Views) -> None:
    for number in range(4):
        with_delivery(store, f"d{number}")
    with_delivery(store, "other", channel_id="phone")
    end(store, "d0", DeliveryState.DELIVERED, NOW + MINUTE)
    end(store, "d1", DeliveryState.DELIVERED, NOW + 2 * MINUTE)
    assert store.load_send("d2", now=NOW) is not None
    desk, phone = views.list_channels(now=NOW + HOUR)
    assert desk == ChannelView("desk", NOW + 2 * MINUTE, 2, NOW)
    assert phone == ChannelView("phone", None, 1, NOW)


def test_a_channel_that_accepts_nothing_while_something_waits_is_stalled(store: SqlStore, views: Views) -> None:
    with_delivery(store)
    assert views.stalled_channels(now=NOW + QUARTER - MINUTE) == ()
    assert views.stalled_channels(now=NOW + QUARTER) == (StalledView("desk", NOW, 1, None),)
    # Trying again and again does not reset the clock.
    assert store.load_send("delivery", now=NOW) is not None
    store.commit_send(SendPlan("delivery", DeliveryState.PENDING, NOW + DAY, 0))
    assert views.stalled_channels(now=NOW + QUARTER) == (StalledView("desk", NOW, 1, None),)


def test_a_channel_that_accepts_or_has_nothing_to_do_is_not_stalled(store: SqlStore, views: Views) -> None:
    told = alert()
    with_alerts(store, NewAlert(told, (delivery("later", told, channel_id="phone", due_at=NOW + DAY),)))
    with_delivery(store, "a")
    with_delivery(store, "b")
    end(store, "a", DeliveryState.DELIVERED, NOW + QUARTER)
    assert views.stalled_channels(now=NOW + QUARTER) == ()
    assert views.stalled_channels(now=NOW + 2 * QUARTER) == (StalledView("desk", NOW + QUARTER, 1, NOW + QUARTER),)
    end(store, "b", DeliveryState.DEAD)
    assert views.stalled_channels(now=NOW + HOUR) == ()


def test_what_is_stored_is_counted(store: SqlStore, views: Views) -> None:
    with_entries(store, entry("a"), entry("b"), entry("c", feed_id="bbc"))
    assert store.commit_read(read_plan(store, "a", match(), tell=NewAlert(alert(), ())))
    assert views.count_stored() == StoredCounts(feeds=2, entries=3, articles=1, matches=1, alerts=1)


def test_looking_never_waits_for_a_writer(store: SqlStore, views: Views) -> None:
    with_delivery(store)
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'dead'")
        assert views.count_deliveries()[DeliveryState.PENDING] == 1
    assert views.count_deliveries()[DeliveryState.DEAD] == 1
    assert claim_sends(store, ("desk",), now=NOW, lease=LEASE) == ()


def test_looking_changes_nothing(views: Views) -> None:
    with pytest.raises(StoreError, match="the database is read-only"), views._database.read() as connection:  # noqa: SLF001 - to prove that it cannot.
        connection.exec_driver_sql("DELETE FROM alerts")


def test_where_no_state_is_yet_none_is_made(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "monitor.db"
    with pytest.raises(StoreError, match=r"monitor\.db: no state is there yet: start `monitor run` once"):
        open_views(path)
    with pytest.raises(StoreError, match="no state is there yet"):
        ack_dead(path, now=NOW)
    assert not path.parent.exists()
