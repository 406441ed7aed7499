from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from support.queueing import claim as claim_sends
from support.storing import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    alert,
    claim_feeds,
    delivery,
    entry,
    known_feeds,
    polled,
    read_plan,
    with_alerts,
    with_delivery,
    with_entries,
)

from monitor.model import DeliveryState, Severity
from monitor.planning.work import NewAlert, SendPlan
from monitor.store import SqlStore
from monitor.store.claims import SHARE

CHANNELS = ("desk", "phone")


def claim(store: SqlStore, channels: tuple[str, ...] = CHANNELS) -> tuple[tuple[str, str], ...]:
    return claim_sends(store, channels, now=NOW, lease=LEASE)


def test_the_feed_that_is_longest_overdue_is_claimed_first(store: SqlStore) -> None:
    known_feeds(store, "late", now=NOW - HOUR)
    known_feeds(store, "late", "later", now=NOW)
    assert claim_feeds(store, now=NOW, limit=1, lease=LEASE) == ("late",)
    assert claim_feeds(store, now=NOW, limit=5, lease=LEASE) == ("later",)


def test_a_feed_is_claimed_once_until_its_lease_ends_or_is_given_back(store: SqlStore) -> None:
    known_feeds(store, "dw")
    assert claim_feeds(store, now=NOW, limit=5, lease=LEASE) == ("dw",)
    assert claim_feeds(store, now=NOW, limit=5, lease=LEASE) == ()
    assert claim_feeds(store, now=NOW + LEASE, limit=5, lease=LEASE) == ("dw",)
    store.release_feed("dw")
    assert claim_feeds(store, now=NOW + LEASE, limit=5, lease=LEASE) == ("dw",)


def test_a_feed_is_not_claimed_before_it_is_due_unless_all_are_made_due(store: SqlStore) -> None:
    known_feeds(store, "dw")
    store.commit_poll(polled(store))
    assert claim_feeds(store, now=NOW, limit=5, lease=LEASE) == ()
    store.make_feeds_due(now=NOW)
    assert claim_feeds(store, now=NOW, limit=5, lease=LEASE) == ("dw",)


def test_entries_are_claimed_oldest_first_by_their_own_dates(store: SqlStore) -> None:
    with_entries(
        store,
        entry("c", published_at=NOW - HOUR),
        entry("a", published_at=NOW - MINUTE),
        entry("b", published_at=NOW - DAY),
        entry("from the future", published_at=NOW + DAY),
    )
    assert store.claim_entries(now=NOW, limit=2, lease=LEASE) == ("b", "c")
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ("a", "from the future")


def test_two_entries_of_one_article_are_never_read_at_once(store: SqlStore) -> None:
    with_entries(store, entry("a", article_id="x"), entry("b", feed_id="bbc", article_id="x"), entry("c"))
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ("a", "c")
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ()
    assert store.commit_read(read_plan(store, "a"))
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ("b",)


def test_an_entry_is_claimable_again_when_its_lease_ends_or_is_given_back(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ("a",)
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ()
    store.release_entry("a")
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ("a",)
    assert store.claim_entries(now=NOW + LEASE, limit=5, lease=LEASE) == ("a",)


def test_a_feed_with_many_new_entries_does_not_hold_up_another_ones_single_entry(store: SqlStore) -> None:
    flood = (entry(f"flood{number}", feed_id="agency", due_at=NOW - HOUR) for number in range(300))
    with_entries(store, *flood, entry("alone", feed_id="local", due_at=NOW))
    claimed = store.claim_entries(now=NOW, limit=64, lease=LEASE)
    assert claimed[-1] == "alone"
    assert len(claimed) == SHARE + 1
    assert store.claim_entries(now=NOW, limit=64, lease=LEASE) == ()
    store.release_entry("flood0", until=NOW + HOUR)  # it is read no more, nor due for now.
    store.release_entry("flood1")
    assert store.claim_entries(now=NOW, limit=64, lease=LEASE) == ("flood1",)


def test_entries_of_a_feed_that_left_the_configuration_are_not_read(store: SqlStore) -> None:
    with_entries(store, entry("a"), entry("b", feed_id="bbc"))
    known_feeds(store, "bbc")
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ("b",)


def test_one_delivery_a_channel_is_claimed_the_most_severe_first_then_the_oldest(store: SqlStore) -> None:
    for name, severity, age in (
        ("normal", Severity.NORMAL, 3),
        ("critical", Severity.CRITICAL, 1),
        ("old", Severity.HIGH, 4),
        ("young", Severity.HIGH, 2),
    ):
        told = alert(name, severity=severity, created_at=NOW - age * MINUTE)
        with_alerts(store, NewAlert(told, (delivery(name, told), delivery(f"{name}2", told, channel_id="phone"))))
    order = []
    while claimed := claim(store):
        assert [channel for channel, _ in claimed] == ["desk", "phone"]
        order.append(claimed[0][1])
        for _, id_ in claimed:
            assert store.load_send(id_, now=NOW) is not None
            assert claim(store) == ()
        for _, id_ in claimed:
            store.commit_send(SendPlan(id_, DeliveryState.DELIVERED, NOW, 0, delivered_at=NOW))
    assert order == ["critical", "old", "young", "normal"]


def test_a_channel_with_a_delivery_under_way_gets_no_other(store: SqlStore) -> None:
    with_delivery(store, "first")
    with_delivery(store, "second")
    with_delivery(store, "elsewhere", channel_id="phone")
    assert claim(store, ("desk",)) == (("desk", "first"),)
    assert claim(store) == (("phone", "elsewhere"),)
    assert claim(store) == ()
    assert store.load_send("first", now=NOW) is not None
    assert claim_sends(store, ("desk",), now=NOW + LEASE - timedelta(seconds=1), lease=LEASE) == ()


def test_a_claimed_delivery_that_was_never_sent_is_claimable_again(store: SqlStore) -> None:
    with_delivery(store)
    assert claim(store) == (("desk", "delivery"),)
    assert claim_sends(store, CHANNELS, now=NOW + LEASE, lease=LEASE) == (("desk", "delivery"),)


def test_deliveries_that_are_not_due_or_of_other_channels_are_left_alone(store: SqlStore) -> None:
    told = alert()
    rows = (
        delivery("later", told, due_at=NOW + MINUTE),
        delivery("other", told, channel_id="gone"),
        replace(delivery("muted", told, recipient="b@example.org"), state=DeliveryState.MUTED),
    )
    with_alerts(store, NewAlert(told, rows))
    assert claim(store) == ()
    assert not store.has_due_delivery(CHANNELS, now=NOW)
    assert store.has_due_delivery(CHANNELS, now=NOW + MINUTE)


def test_what_is_under_way_is_not_due(store: SqlStore) -> None:
    with_delivery(store)
    assert store.has_due_delivery(CHANNELS, now=NOW)
    assert claim(store)
    assert not store.has_due_delivery(CHANNELS, now=NOW)
    assert store.has_due_delivery(CHANNELS, now=NOW + LEASE)


def test_a_start_gives_back_every_lease_and_labels_what_was_in_flight(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    store.make_feeds_due(now=NOW)
    with_delivery(store, "in flight")
    with_delivery(store, "claimed", channel_id="phone")
    assert len(claim(store)) == 2
    assert store.load_send("in flight", now=NOW) is not None
    assert claim_feeds(store, now=NOW, limit=5, lease=DAY) == ("dw",)
    assert store.claim_entries(now=NOW, limit=5, lease=DAY) == ("a",)

    assert store.recover(now=NOW, first=MINUTE) == 1

    assert claim_feeds(store, now=NOW, limit=5, lease=DAY) == ("dw",)
    assert store.claim_entries(now=NOW, limit=5, lease=DAY) == ("a",)
    assert claim(store) == (("phone", "claimed"),)
    assert claim_sends(store, CHANNELS, now=NOW + MINUTE, lease=LEASE) == (("desk", "in flight"),)
    again = store.load_send("in flight", now=NOW + MINUTE)
    assert again is not None
    assert (again.delivery.attempts, again.delivery.repeats) == (2, 1)
    assert store.recover(now=NOW, first=MINUTE) == 1


def test_nothing_waits_in_an_empty_state(store: SqlStore) -> None:
    assert store.next_due_at() is None


def test_the_next_thing_due_is_told_whatever_it_is(store: SqlStore) -> None:
    known_feeds(store, "dw")
    store.commit_poll(polled(store, entry("a", due_at=NOW + 2 * MINUTE)))
    assert store.next_due_at() == NOW + 2 * MINUTE
    told = alert()
    with_alerts(store, NewAlert(told, (delivery("d", told, due_at=NOW + MINUTE),)))
    assert store.next_due_at() == NOW + MINUTE
    store.make_feeds_due(now=NOW)
    assert store.next_due_at() == NOW
    assert claim_feeds(store, now=NOW, limit=1, lease=timedelta(seconds=90)) == ("dw",)
    assert store.next_due_at() == NOW + MINUTE
    assert claim_sends(store, ("desk",), now=NOW + MINUTE, lease=DAY)
    assert store.next_due_at() == NOW + timedelta(seconds=90)


def test_workers_that_claim_at_once_share_the_work(store: SqlStore, open_again: Callable[[], SqlStore]) -> None:
    feeds = [f"feed{number:02}" for number in range(40)]
    known_feeds(store, *feeds)
    # Twenty articles, each of them in two feeds.
    with_entries(store, *(entry(id_, feed_id=id_, article_id=f"x{number % 20}") for number, id_ in enumerate(feeds)))
    store.make_feeds_due(now=NOW)
    for id_ in feeds:
        with_delivery(store, f"{id_}:1", channel_id=id_)
        with_delivery(store, f"{id_}:2", channel_id=id_)
    workers = [store, open_again(), open_again(), open_again()]

    def work(worker: SqlStore) -> tuple[list[str], list[str], list[str]]:
        claimed: tuple[list[str], list[str], list[str]] = ([], [], [])
        for _ in range(12):
            claimed[0].extend(claim_feeds(worker, now=NOW, limit=3, lease=LEASE))
            claimed[1].extend(worker.claim_entries(now=NOW, limit=3, lease=LEASE))
            rows = claim_sends(worker, feeds[:20], now=NOW, lease=LEASE)
            claimed[2].extend(channel for channel, _ in rows)
        return claimed

    with ThreadPoolExecutor(len(workers)) as threads:
        shares = list(threads.map(work, workers))
    assert sorted(id_ for share in shares for id_ in share[0]) == feeds
    assert sorted(int(id_[4:]) % 20 for share in shares for id_ in share[1]) == list(range(20))
    assert sorted(id_ for share in shares for id_ in share[2]) == feeds[:20]


def test_a_delivery_whose_answer_was_never_committed_is_repeated_when_its_lease_ends(store: SqlStore) -> None:
    with_delivery(store)
    ((_, id_),) = claim(store, ("desk",))
    work = store.load_send(id_, now=NOW)
    assert work is not None
    assert claim(store, ("desk",)) == ()
    later = NOW + LEASE
    assert claim_sends(store, ("phone",), now=later, lease=LEASE) == (), "its claimant is still at it"
    assert claim_sends(store, ("desk",), now=later, lease=LEASE) == (("desk", id_),)
    again = store.load_send(id_, now=later)
    assert again is not None
    assert (again.delivery.repeats, again.delivery.attempts) == (work.delivery.repeats + 1, 2)


def test_a_delivery_that_is_never_answered_is_dead_after_three_labelled_repeats(store: SqlStore) -> None:
    with_delivery(store, "mute")
    with_delivery(store, "next")
    attempts = []
    now = NOW
    while work := store.load_send("mute", now=now):
        attempts.append(work.delivery.repeats)
        assert store.recover(now=now, first=timedelta(0)) == 1
        now += LEASE
    assert attempts == [0, 1, 2, 3]
    assert claim_sends(store, ("desk",), now=now, lease=LEASE) == (("desk", "next"),)


def test_what_a_wrong_clock_planned_for_years_ahead_is_due_at_once(store: SqlStore) -> None:
    known_feeds(store, "dw")
    plan = polled(store)
    store.commit_poll(replace(plan, state=replace(plan.state, next_poll_at=NOW + 3650 * DAY)))
    with_delivery(store)
    assert store.load_send("delivery", now=NOW) is not None
    store.commit_send(SendPlan("delivery", DeliveryState.PENDING, NOW + 3650 * DAY, 0, error="busy"))
    assert claim_feeds(store, now=NOW, limit=5, lease=LEASE) == ()
    assert store.pull_back(now=NOW) == 2
    assert claim_feeds(store, now=NOW, limit=5, lease=LEASE) == ("dw",)
    assert claim(store, ("desk",)) == (("desk", "delivery"),)


def test_what_waits_for_a_channel_that_is_gone_is_dead_in_the_end(store: SqlStore) -> None:
    with_delivery(store, "stays")
    with_delivery(store, "gone", channel_id="pager")
    assert store.abandon(CHANNELS, created_before=NOW - DAY) == 0
    assert store.abandon(CHANNELS, created_before=NOW + DAY) == 1
    assert store.load_send("gone", now=NOW) is None
    assert store.load_send("stays", now=NOW) is not None


def test_retry_after_holds_all_that_waits_on_the_channel(store: SqlStore) -> None:
    with_delivery(store, "first")
    with_delivery(store, "second")
    with_delivery(store, "elsewhere", channel_id="phone")
    assert store.load_send("first", now=NOW) is not None
    until = NOW + HOUR
    store.commit_send(SendPlan("first", DeliveryState.PENDING, until, 0, error="429", channel_waits=True))
    assert claim(store) == (("phone", "elsewhere"),)
    assert claim_sends(store, ("desk",), now=until, lease=LEASE) == (("desk", "first"),)
