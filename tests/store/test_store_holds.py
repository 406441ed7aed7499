"""What is held, released and dropped; and articles that several feeds bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from support.storing import DAY, HOUR, LEASE, NOW, alert, delivery, entry, feed, known_feeds, polled, with_entries

from monitor.model import FeedHealth
from monitor.planning.work import EntryState, NewAlert, Span, StoredEntry
from monitor.store import SqlStore
from monitor.store.holds import Hold, drop_entries, list_holds, release_entries
from monitor.store.views import open_views


def held(name: str, feed_id: str = "dw") -> StoredEntry:
    return replace(entry(name, feed_id=feed_id), state=EntryState.HELD, due_at=None)


def storm(store: SqlStore, *names: str, feed_id: str = "dw") -> None:
    plan = polled(store, *(held(name, feed_id) for name in names), feed_id=feed_id)
    store.commit_poll(replace(plan, state=replace(plan.state, listed=12)))


def test_what_is_held_is_counted_since_when_and_not_read(store: SqlStore, state: str) -> None:
    known_feeds(store, "dw", "bbc")
    storm(store, "a", "b")
    assert list_holds(state) == (Hold("dw", NOW, 2),)
    assert store.claim_entries(now=NOW + DAY, limit=9, lease=LEASE) == ()
    with open_views(state) as views:
        assert {view.state.feed_id: view.state.health for view in views.list_feeds()} == {
            "bbc": FeedHealth.NEW,
            "dw": FeedHealth.HELD,
        }
    loaded = store.load_poll("dw").state
    assert (loaded.health, loaded.listed, loaded.held_at) == (FeedHealth.HELD, 12, NOW)
    assert [row.held for row in store.load_known(["g:a"])] == [True]


def test_what_is_released_is_read_and_its_feed_held_no_more(store: SqlStore, state: str) -> None:
    known_feeds(store, "dw", "bbc")
    storm(store, "a", "b")
    storm(store, "c", feed_id="bbc")
    assert release_entries(state, "dw", now=NOW + HOUR) == 2
    assert store.claim_entries(now=NOW + HOUR, limit=9, lease=LEASE) == ("a", "b")
    loaded = store.load_poll("dw").state
    assert (loaded.health, loaded.held_at, loaded.released_at) == (FeedHealth.OK, None, NOW + HOUR)
    assert [one.feed_id for one in list_holds(state)] == ["bbc"]
    assert release_entries(state, "dw", now=NOW + HOUR) is None


def test_what_is_dropped_is_known_and_never_announced(store: SqlStore, state: str) -> None:
    known_feeds(store, "dw")
    storm(store, "a")
    assert drop_entries(state, "dw") == 1
    assert list_holds(state) == ()
    assert store.claim_entries(now=NOW + DAY, limit=9, lease=LEASE) == ()
    assert [(row.held, row.announce) for row in store.load_known(["g:a"])] == [(False, False)]
    assert drop_entries(state, "dw") is None


def test_a_poll_that_was_under_way_does_not_undo_a_release(store: SqlStore, state: str) -> None:
    known_feeds(store, "dw")
    storm(store, "a")
    under_way = polled(store, at=NOW + HOUR)
    assert release_entries(state, "dw", now=NOW + HOUR) == 1
    store.commit_poll(under_way)
    assert store.load_poll("dw").state.health is FeedHealth.OK


def test_a_failure_is_shown_over_what_is_held_and_leaves_it_held(store: SqlStore) -> None:
    known_feeds(store, "dw")
    storm(store, "a")
    plan = polled(store, at=NOW + HOUR)
    store.commit_poll(replace(plan, state=replace(plan.state, health=FeedHealth.FAILING, failures=1)))
    loaded = store.load_poll("dw").state
    assert (loaded.health, loaded.held_at) == (FeedHealth.FAILING, NOW)


def test_a_feed_at_another_address_has_no_known_listing_and_keeps_what_is_held(store: SqlStore) -> None:
    known_feeds(store, "dw")
    storm(store, "a")
    store.sync_feeds([feed("dw", url="https://elsewhere.example.org/rss")], now=NOW)
    loaded = store.load_poll("dw").state
    assert (loaded.listed, loaded.held_at) == (0, NOW)


def test_a_new_watch_is_not_tried_on_what_is_held(store: SqlStore) -> None:
    known_feeds(store, "dw")
    storm(store, "a")
    store.commit_poll(polled(store, entry("b", due_at=None)))
    found = store.list_articles(Span(None, NOW + DAY), after=None, limit=9)
    assert [one.article.id for one in found] == ["article-b"]


# --- one article in several feeds -----------------------------------------------------------------------------------


def wire(name: str, feed_id: str) -> StoredEntry:
    return replace(entry(name, feed_id=feed_id), keys=(f"g:{name}", "w:the same words"))


def test_feeds_that_bring_one_text_at_once_share_its_article(store: SqlStore) -> None:
    known_feeds(store, "dw", "bbc", "afp")
    plans = [polled(store, wire(name, name), feed_id=name) for name in ("dw", "bbc", "afp")]
    for plan in plans:
        store.commit_poll(plan)
    assert {row.article_id for row in store.load_known(["g:dw", "g:bbc", "g:afp"])} == {"article-dw"}


def test_one_text_dated_a_week_apart_is_two_articles(store: SqlStore) -> None:
    known_feeds(store, "dw", "bbc")
    for name, at in (("dw", NOW - 7 * DAY), ("bbc", NOW)):
        row = wire(name, name)
        row = replace(row, entry=replace(row.entry, published_at=at))
        store.commit_poll(polled(store, row, feed_id=name))
    assert {row.article_id for row in store.load_known(["g:dw", "g:bbc"])} == {"article-dw", "article-bbc"}


def test_an_alert_names_the_feeds_that_have_its_article_by_now(
    store: SqlStore, state: str, open_again: Callable[[], SqlStore]
) -> None:
    told = alert(article_id="shared")
    with_entries(store, entry("a", article_id="shared"))
    store.commit_summary(NewAlert(told, (delivery("d", told),)), ())
    known_feeds(store, "dw", "bbc", "afp")
    for name in ("bbc", "afp"):
        store.commit_poll(polled(store, entry(name, feed_id=name, article_id="shared"), feed_id=name))
    with open_views(state) as views:
        (view,) = views.list_alerts()
    assert [headline.feed_id for headline in view.alert.headlines] == ["dw", "afp", "bbc"]
    work = open_again().load_send("d", now=NOW)
    assert work is not None
    assert [headline.feed_id for headline in work.alert.headlines] == ["dw", "afp", "bbc"]
