from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support.storing import DAY, HOUR, MINUTE, NOW, alert, delivery, entry, match, read_plan, with_entries

from monitor.model import Verdict
from monitor.planning.work import NewAlert, Span, StoredArticle, TrialPlan
from monitor.store import SqlStore

LAST_DAY = Span(NOW - DAY, NOW)


def listed(store: SqlStore, span: Span = LAST_DAY, *, after: StoredArticle | None = None, limit: int = 10) -> list[str]:
    return [stored.article.id for stored in store.list_articles(span, after=after, limit=limit)]


def test_watches_are_remembered_as_they_were_tried_and_no_others(store: SqlStore) -> None:
    assert store.load_watches() == {}
    store.commit_watches({"homs": "1", "hama": "1"})
    store.commit_watches({"homs": "2", "rastan": "1"})
    store.commit_watches({"homs": "2", "rastan": "1"})
    assert store.load_watches() == {"homs": "2", "rastan": "1"}


def test_a_read_article_is_listed_with_its_text_and_what_was_told(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    told = alert("told", article_id="article-a")
    tell = NewAlert(told, (delivery("d", told),))
    assert store.commit_read(read_plan(store, "a", match("homs"), match("hama", Verdict.POSSIBLE), tell=tell))
    (stored,) = store.list_articles(LAST_DAY, after=None, limit=10)
    assert (stored.article.title, stored.article.body) == ("Title of a", "Rastan fell.")
    assert (stored.told, stored.alerted, stored.seen_at) == (frozenset({"homs"}), True, NOW)


def test_what_a_first_poll_left_unread_is_listed_by_its_own_date(store: SqlStore) -> None:
    fresh = entry("fresh", due_at=None, published_at=NOW - HOUR, text="All of it")
    with_entries(store, fresh, entry("old", due_at=None, published_at=NOW - 2 * DAY), entry("unread"))
    (stored,) = store.list_articles(LAST_DAY, after=None, limit=10)
    assert (stored.article.lead, stored.article.body) == ("Teaser of fresh", "All of it")
    assert (stored.seen_at, stored.told, stored.alerted) == (NOW - HOUR, frozenset(), False)


def test_one_article_in_several_feeds_is_listed_once(store: SqlStore) -> None:
    twin = replace(entry("b", feed_id="sana", article_id="article-a", due_at=None), keys=("g:other",))
    with_entries(store, entry("a", due_at=None), twin)
    assert listed(store) == ["article-a"]


def test_batches_go_back_in_time_without_gap_or_repetition(store: SqlStore) -> None:
    names = "abcdefg"
    with_entries(store, *(entry(name, due_at=None, published_at=NOW - (n // 2) * HOUR) for n, name in enumerate(names)))
    found: list[str] = []
    after = None
    while batch := store.list_articles(LAST_DAY, after=after, limit=2):
        found += [stored.article.id for stored in batch]
        after = batch[-1]
    assert found == [f"article-{name}" for name in names]


def test_only_what_was_seen_in_the_span_is_listed(store: SqlStore) -> None:
    with_entries(store, entry("a", due_at=None))
    assert listed(store, Span(None, NOW)) == ["article-a"]
    assert listed(store, Span(None, NOW - MINUTE)) == []
    assert listed(store, Span(NOW + timedelta(microseconds=1), NOW + DAY)) == []


def test_a_trial_tells_once(store: SqlStore) -> None:
    with_entries(store, entry("a", due_at=None))
    told = alert("trial", article_id="article-a")
    plan = TrialPlan("article-a", frozenset(), (match("homs"),), NewAlert(told, (delivery("d", told),)), NOW)
    assert store.commit_trial(plan)
    assert not store.commit_trial(plan)
    (stored,) = store.list_articles(LAST_DAY, after=None, limit=10)
    assert (stored.told, stored.alerted) == (frozenset({"homs"}), True)
    assert store.has_due_delivery(["desk"], now=NOW)
