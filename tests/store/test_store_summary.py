from __future__ import annotations

from dataclasses import replace

from support.storing import HOUR, MINUTE, NOW, alert, delivery, entry, feed, known_feeds, match, polled, read_plan

from monitor.model import FeedHealth, Headline, Verdict
from monitor.planning.work import FirstMatch, NewAlert, StoredEntry, SummaryWork
from monitor.store import SqlStore

NOTHING = SummaryWork(feeds=(), articles=0, matching=0, newest=())


def poll_first(store: SqlStore, feed_id: str, *entries: StoredEntry, matching: tuple[str, ...] = ()) -> None:
    found = tuple(FirstMatch(article_id, match()) for article_id in matching)
    store.commit_poll(replace(polled(store, *entries, feed_id=feed_id, first=True), matches=found))


def headline(stored: StoredEntry) -> Headline:
    entry_ = stored.entry
    return Headline(entry_.title, entry_.url, stored.feed_id, entry_.published_at, entry_.published_raw)


def test_without_a_first_poll_there_is_nothing_to_sum_up(store: SqlStore) -> None:
    assert store.load_summary(newest=5) == NOTHING
    known_feeds(store, "dw")
    store.commit_poll(polled(store, entry("a")))
    assert store.load_summary(newest=5) == NOTHING


def test_a_summary_counts_articles_once_and_names_the_newest_that_match(store: SqlStore) -> None:
    known_feeds(store, "dw", "bbc")
    old = entry("old", due_at=None, published_at=NOW - 3 * HOUR)
    new = entry("new", due_at=None, published_at=NOW - HOUR)
    reprint = entry("reprint", feed_id="bbc", article_id="article-new", due_at=None, published_at=NOW - 2 * HOUR)
    other = entry("other", feed_id="bbc", due_at=None, published_at=NOW)
    poll_first(store, "dw", old, new, matching=("article-old", "article-new"))
    poll_first(store, "bbc", reprint, other, matching=("article-new",))
    expected = SummaryWork(
        feeds=("bbc", "dw"), articles=3, matching=2, newest=(headline(new), headline(old)), oldest_at=NOW
    )
    assert expected == store.load_summary(newest=5)
    assert store.load_summary(newest=1).newest == (headline(new),)


def test_what_only_may_match_is_not_counted(store: SqlStore) -> None:
    known_feeds(store, "dw")
    found = (FirstMatch("article-a", match("homs", Verdict.POSSIBLE)),)
    store.commit_poll(replace(polled(store, entry("a", due_at=None), first=True), matches=found))
    work = store.load_summary(newest=5)
    assert (work.articles, work.matching, work.newest) == (1, 0, ())


def test_what_a_backfill_announced_is_counted_too(store: SqlStore) -> None:
    known_feeds(store, "dw")
    poll_first(store, "dw", entry("a"))
    assert store.commit_read(read_plan(store, "a", match()))
    assert store.load_summary(newest=5).matching == 1


def test_a_summary_says_how_many_feeds_have_not_answered(store: SqlStore) -> None:
    known_feeds(store, "dw", "slow", "broken", "removed")
    known_feeds(store, "dw", "slow", "broken")
    broken = store.load_poll("broken").state
    store.commit_poll(
        replace(
            polled(store, feed_id="broken"),
            state=replace(broken, health=FeedHealth.FAILING, failures=1, last_poll_at=NOW),
        )
    )
    poll_first(store, "dw", entry("a", due_at=None))
    work = store.load_summary(newest=5)
    assert (work.feeds, work.waiting, work.failing) == (("dw",), 1, 1)


def test_a_summary_dates_from_the_first_feed_that_answered(store: SqlStore) -> None:
    known_feeds(store, "dw", "bbc")
    store.commit_poll(polled(store, entry("b", feed_id="bbc"), feed_id="bbc", at=NOW + MINUTE, first=True))
    store.commit_poll(polled(store, entry("a"), at=NOW, first=True))
    assert store.load_summary(newest=5).oldest_at == NOW


def test_what_was_told_is_not_told_again(store: SqlStore) -> None:
    known_feeds(store, "dw", "bbc")
    poll_first(store, "dw", entry("a", due_at=None))
    told = alert("summary")
    store.commit_summary(NewAlert(told, (delivery("d", told),)), ["dw"])
    poll_first(store, "bbc", entry("b", feed_id="bbc", due_at=None))
    work = store.load_summary(newest=5)
    assert (work.feeds, work.articles) == (("bbc",), 1)
    assert store.has_due_delivery(("desk",), now=NOW)


def test_a_feed_that_moved_is_summed_up_by_what_it_holds_now(store: SqlStore) -> None:
    known_feeds(store, "dw")
    poll_first(store, "dw", entry("a", due_at=None), matching=("article-a",))
    store.sync_feeds([feed("dw", url="https://new.example.org/")], now=NOW)
    assert store.load_summary(newest=5).feeds == ()
    store.commit_summary(NewAlert(alert("summary"), ()), ["dw"])
    poll_first(store, "dw", entry("b", due_at=None))
    assert store.load_summary(newest=5).articles == 1


def test_to_see_whether_a_summary_is_due_nothing_is_counted(store: SqlStore) -> None:
    known_feeds(store, "dw")
    poll_first(store, "dw", entry("new", due_at=None), matching=("article-new",))
    whole, feeds_only = store.load_summary(newest=5), store.load_summary(newest=0)
    assert (whole.articles, whole.matching) == (1, 1)
    assert feeds_only == replace(whole, articles=0, matching=0, newest=())
