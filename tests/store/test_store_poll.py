from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from support.storing import (
    DAY,
    HOUR,
    LEASE,
    NOW,
    claim_feeds,
    entry,
    feed,
    known_feeds,
    match,
    polled,
    read_plan,
    with_entries,
)

from monitor.errors import StoreError
from monitor.model import FeedHealth
from monitor.planning.work import EntryState, FeedState, FirstMatch, KnownEntry
from monitor.store import SqlStore

MANY = 2_500  # more keys than one statement takes.


def test_a_new_feed_is_due_at_once_and_has_no_memory(store: SqlStore) -> None:
    known_feeds(store, "dw")
    url = "https://dw.example.org/rss"
    assert FeedState("dw", url, next_poll_at=NOW, configured_url=url) == store.load_poll("dw").state
    assert claim_feeds(store, now=NOW, limit=5, lease=LEASE) == ("dw",)


def test_a_feed_that_was_never_configured_cannot_be_polled(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="no feed called nowhere"):
        store.load_poll("nowhere")


def test_a_restart_changes_nothing_about_known_feeds(store: SqlStore) -> None:
    known_feeds(store, "dw")
    store.commit_poll(polled(store))
    before = store.load_poll("dw")
    known_feeds(store, "dw", now=NOW + DAY)
    assert before == store.load_poll("dw")


def test_a_feed_at_another_url_is_another_source(store: SqlStore) -> None:
    known_feeds(store, "dw")
    store.commit_poll(polled(store))
    store.sync_feeds([feed("dw", url="https://new.example.org/")], now=NOW + DAY)
    new = "https://new.example.org/"
    assert FeedState("dw", new, next_poll_at=NOW + DAY, configured_url=new) == store.load_poll("dw").state


def test_where_a_permanent_redirect_led_survives_a_restart(store: SqlStore) -> None:
    known_feeds(store, "dw")
    plan = polled(store)
    store.commit_poll(replace(plan, state=replace(plan.state, url="https://moved.example.org/")))
    known_feeds(store, "dw", now=NOW + DAY)
    assert store.load_poll("dw").state.url == "https://moved.example.org/"


def test_a_feed_that_left_the_configuration_is_not_polled_and_not_forgotten(store: SqlStore) -> None:
    known_feeds(store, "dw", "bbc")
    store.commit_poll(polled(store))
    known_feeds(store, "bbc")
    assert claim_feeds(store, now=NOW + DAY, limit=5, lease=LEASE) == ("bbc",)
    known_feeds(store, "dw", "bbc")
    assert store.load_poll("dw").state.etag is not None
    assert claim_feeds(store, now=NOW + DAY, limit=5, lease=LEASE) == ("dw",)


def test_a_poll_of_a_url_that_is_configured_no_more_is_dropped(store: SqlStore) -> None:
    known_feeds(store, "dw")
    plan = polled(store, entry("a"))
    store.sync_feeds([feed("dw", url="https://new.example.org/")], now=NOW)
    store.commit_poll(plan)
    assert store.load_poll("dw").state.etag is None
    assert store.load_known(["g:a"]) == ()


def test_a_feeds_whole_memory_comes_back(store: SqlStore) -> None:
    known_feeds(store, "dw")
    state = FeedState(
        feed_id="dw",
        url="https://moved.example.org/",
        health=FeedHealth.FAILING,
        etag='W/"x"',
        last_modified="Fri, 06 Dec 2024 12:00:00 GMT",
        body_digest="d1",
        failures=3,
        failing_since=NOW - HOUR,
        first_success_at=NOW - DAY,
        last_poll_at=NOW,
        last_success_at=NOW - HOUR,
        next_poll_at=NOW + HOUR,
        cadence=timedelta(seconds=1, microseconds=1),
        error="connection refused",
        configured_url="https://dw.example.org/rss",
    )
    store.commit_poll(replace(polled(store), state=state))
    assert state == store.load_poll("dw").state


def test_an_entry_comes_back_whole(store: SqlStore) -> None:
    stored = replace(entry("a", published_at=NOW - HOUR, text="All of it"), attempts=2, rereads=1)
    with_entries(store, stored)
    work = store.load_read("a")
    assert work is not None
    assert stored == work.stored


def test_a_commit_may_run_twice(store: SqlStore) -> None:
    known_feeds(store, "dw")
    plan = polled(store, entry("a"), entry("b"))
    store.commit_poll(plan)
    store.commit_poll(plan)
    assert {known.entry_id for known in store.load_known(["g:a", "g:b", "g:c"])} == {"a", "b"}


def test_known_entries_are_found_by_any_key_with_what_a_plan_compares(store: SqlStore) -> None:
    with_entries(store, entry("a", published_at=NOW - HOUR))
    expected = KnownEntry(
        key="l:a",
        entry_id="a",
        article_id="article-a",
        feed_id="dw",
        guid="guid-a",
        url="https://example.org/a",
        title="Title of a",
        teaser="Teaser of a",
        published_at=NOW - HOUR,
        announce=True,
    )
    assert (expected,) == store.load_known(["l:a", "l:nobody's"])


def test_any_number_of_keys_can_be_asked_for(store: SqlStore) -> None:
    with_entries(store, *(entry(f"e{number:04}") for number in range(MANY)))
    known = store.load_known([f"g:e{number:04}" for number in range(2 * MANY)])
    assert {row.entry_id for row in known} == {f"e{number:04}" for number in range(MANY)}


def test_the_first_entry_to_state_a_key_keeps_it(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    store.commit_poll(polled(store, replace(entry("b"), keys=("g:a", "g:b"))))
    assert {(row.key, row.entry_id) for row in store.load_known(["g:a", "g:b"])} == {("g:a", "a"), ("g:b", "b")}


def test_an_entry_that_is_stored_gets_more_keys(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    store.commit_poll(replace(polled(store), keys=(("t:a", "a", "article-a"),)))
    assert [row.entry_id for row in store.load_known(["t:a"])] == ["a"]


def test_a_restated_entry_is_overwritten_and_due_again(store: SqlStore) -> None:
    with_entries(store, entry("a", due_at=None))
    new = replace(entry("a"), entry=replace(entry("a").entry, title="Another title"), due_at=NOW + HOUR)
    store.commit_poll(replace(polled(store), changed=(new,)))
    assert store.load_known(["g:a"])[0].title == "Another title"
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ()
    assert store.claim_entries(now=NOW + HOUR, limit=5, lease=LEASE) == ("a",)


def test_a_change_that_asks_for_no_read_leaves_the_one_that_is_to_come(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    redated = replace(
        entry("a", due_at=None), state=EntryState.READ, entry=replace(entry("a").entry, published_at=NOW - HOUR)
    )
    store.commit_poll(replace(polled(store), changed=(redated,)))
    assert store.load_known(["g:a"])[0].published_at == NOW - HOUR
    assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ("a",)


def test_a_change_never_moves_when_an_entry_was_first_seen(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    store.commit_poll(replace(polled(store), changed=(replace(entry("a"), seen_at=NOW + DAY),)))
    work = store.load_read("a")
    assert work is not None
    assert work.stored.seen_at == NOW


def test_a_poll_gives_its_lease_back(store: SqlStore) -> None:
    known_feeds(store, "dw")
    assert claim_feeds(store, now=NOW, limit=1, lease=DAY) == ("dw",)
    store.commit_poll(polled(store))
    assert claim_feeds(store, now=NOW + HOUR, limit=1, lease=LEASE) == ("dw",)


def test_what_a_first_poll_matched_is_not_told_unless_another_feed_brings_it_as_news(store: SqlStore) -> None:
    known_feeds(store, "dw", "bbc")
    plan = polled(store, replace(entry("a"), announce=False), first=True)
    store.commit_poll(replace(plan, matches=(FirstMatch("article-a", match()),)))
    edited = store.load_read("a")
    assert edited is not None
    assert edited.told == {"homs"}
    store.commit_poll(polled(store, entry("b", feed_id="bbc", article_id="article-a"), feed_id="bbc"))
    news = store.load_read("b")
    assert news is not None
    assert news.told == frozenset()
    assert not news.alerted
    assert store.commit_read(read_plan(store, "b", match()))
    again = store.load_read("a")
    assert again is not None
    assert again.told == {"homs"}


def test_two_workers_see_what_the_other_committed(store: SqlStore, open_again: Callable[[], SqlStore]) -> None:
    other = open_again()
    with_entries(store, entry("a"))
    assert len(other.load_known(["g:a"])) == 1
