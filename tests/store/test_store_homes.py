"""What teaches where a publisher is at home, and what was learned: on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from support.storing import DAY, HOUR, NOW, article, entry, feed, known_feeds, polled, read_plan, with_entries

from monitor.planning.work import LearnedHome
from monitor.store import SqlStore


def lessons(store: SqlStore, feed_id: str = "dw", *, limit: int = 10) -> list[str]:
    return [one.id for one in store.list_lessons(feed_id, limit=limit)]


def read(store: SqlStore, *names: str) -> None:
    for name in names:
        assert store.commit_read(read_plan(store, name))


def test_nothing_is_known_of_a_publisher_at_first(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    assert (store.load_homes(), lessons(store)) == ((), [])
    assert store.count_lessons(["dw"], limit=10) == {"dw": 0}


def test_an_article_teaches_once_however_often_it_is_read(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    plan = read_plan(store, "a")
    assert store.commit_read(plan)
    assert store.commit_read(replace(plan, article=replace(plan.article, body="Rastan was lost.")))
    assert store.count_lessons(["dw"], limit=10) == {"dw": 1}
    assert [one.body for one in store.list_lessons("dw", limit=10)] == ["Rastan was lost."]


def test_reads_at_the_same_time_count_no_article_twice(store: SqlStore, open_again: Callable[[], SqlStore]) -> None:
    names = [f"e{number}" for number in range(8)]
    with_entries(store, *(entry(name) for name in names))
    plans = [read_plan(store, name) for name in names]
    workers = [open_again() for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(worker.commit_read, plan) for plan in plans for worker in workers]
        assert all(end.result() for end in ends)
    assert store.count_lessons(["dw"], limit=100) == {"dw": 8}
    assert sorted(lessons(store)) == [f"article-{name}" for name in names]


def test_what_a_first_poll_left_unread_teaches_too_and_not_what_is_still_to_be_read(store: SqlStore) -> None:
    known_feeds(store, "dw")
    twin = replace(entry("b", article_id="article-a", due_at=None), keys=("g:other",))
    store.commit_poll(polled(store, entry("a", due_at=None, text="All of it"), twin, entry("c"), first=True))
    assert store.count_lessons(["dw"], limit=10) == {"dw": 1}
    (lesson,) = store.list_lessons("dw", limit=10)
    assert (lesson.id, lesson.lead, lesson.body) == ("article-a", "Teaser of a", "All of it")
    read(store, "c")
    assert store.count_lessons(["dw"], limit=10) == {"dw": 2}
    assert lessons(store) == ["article-c", "article-a"]


def test_texts_that_were_never_read_are_a_beginning_only(store: SqlStore) -> None:
    known_feeds(store, "dw")
    rows = [entry(f"e{number:02}", due_at=None) for number in range(40)]
    store.commit_poll(polled(store, *rows, first=True))
    assert store.count_lessons(["dw"], limit=30) == {"dw": 12}
    assert len(lessons(store, limit=30)) == 12


def test_the_newest_articles_teach_and_of_long_ones_the_beginning(store: SqlStore) -> None:
    rows = [replace(entry(f"e{age}"), seen_at=NOW + (9 - age) * HOUR) for age in range(9)]
    with_entries(store, *rows)
    for row in rows:
        plan = read_plan(store, row.id)
        assert store.commit_read(replace(plan, article=article(row, body="Rastan " * 1_000)))
    assert lessons(store, limit=3) == ["article-e0", "article-e1", "article-e2"]
    assert store.count_lessons(["dw"], limit=3) == {"dw": 3}
    assert [len(one.body) for one in store.list_lessons("dw", limit=1)] == [2_000]


def test_each_feed_is_counted_by_itself(store: SqlStore) -> None:
    with_entries(store, entry("a"), entry("b"), entry("c", feed_id="sana"))
    read(store, "a", "b", "c")
    assert store.count_lessons(["dw", "sana"], limit=10) == {"dw": 2, "sana": 1}
    assert store.count_lessons([], limit=10) == {}


def test_what_a_feed_held_at_another_address_teaches_nothing(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    read(store, "a")
    store.commit_home(LearnedHome("dw", "DE", 3, NOW))
    store.sync_feeds([feed("dw", url="https://elsewhere.example.org/rss")], now=NOW + DAY)
    assert (store.load_homes(), lessons(store)) == ((), [])
    new = replace(entry("b"), seen_at=NOW + DAY)
    store.commit_poll(polled(store, new, at=NOW + DAY))
    read(store, "b")
    assert lessons(store) == ["article-b"]


def test_a_text_that_expired_teaches_no_more_and_what_was_learned_stays(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    read(store, "a")
    store.commit_home(LearnedHome("dw", "DE", 3, NOW))
    assert store.expire(text_before=NOW + DAY, ledger_before=NOW - DAY, limit=10)
    assert lessons(store) == []
    assert store.load_homes() == (LearnedHome("dw", "DE", 3, NOW),)


def test_what_is_learned_later_takes_the_place_of_what_was_known(store: SqlStore) -> None:
    known_feeds(store, "dw", "sana")
    store.commit_home(LearnedHome("dw", "", 3, NOW))
    store.commit_home(LearnedHome("sana", "SY", 6, NOW))
    again = LearnedHome("dw", "US.TX", 12, NOW + DAY, "dw.example.org")
    store.commit_home(again)
    store.commit_home(again)
    assert store.load_homes() == (again, LearnedHome("sana", "SY", 6, NOW))


def test_what_was_learned_is_known_after_a_restart(store: SqlStore, open_again: Callable[[], SqlStore]) -> None:
    known_feeds(store, "dw")
    store.commit_home(LearnedHome("dw", "US.TX", 3, NOW))
    assert open_again().load_homes() == (LearnedHome("dw", "US.TX", 3, NOW),)
