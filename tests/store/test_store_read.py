from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from support.storing import (
    DAY,
    HOUR,
    LEASE,
    NOW,
    alert,
    article,
    delivery,
    entry,
    match,
    polled,
    read_plan,
    with_entries,
)

from monitor.errors import StoreError
from monitor.model import Delivery, Verdict
from monitor.planning.work import EntryState, NewAlert, ReadPlan
from monitor.store import SqlStore
from monitor.store.views import open_views


def telling(article_id: str, *watches: str, alert_id: str = "alert") -> NewAlert:
    told = alert(alert_id, article_id=article_id, watches=watches)
    return NewAlert(told, (delivery(f"delivery of {alert_id}", told),))


def sent(state: str) -> list[Delivery]:
    with open_views(state) as views:
        return [row for told in views.list_alerts() for row in told.deliveries]


def test_there_is_nothing_to_read_in_an_entry_that_is_gone_or_only_remembered(store: SqlStore) -> None:
    with_entries(store, entry("known", due_at=None))
    assert store.load_read("nobody") is None
    assert store.load_read("known") is None


def test_a_read_begins_with_what_was_read_before(store: SqlStore) -> None:
    with_entries(store, entry("a"), entry("b", article_id="article-a"))
    plan = read_plan(store, "a", match("homs"), match("hama", Verdict.POSSIBLE), tell=telling("article-a", "homs"))
    assert store.commit_read(plan)
    assert store.load_read("a") is None
    work = store.load_read("b")
    assert work is not None
    assert plan.article == work.article
    assert work.told == {"homs"}
    assert work.alerted


def test_a_read_writes_article_matches_alert_and_deliveries_together(store: SqlStore, state: str) -> None:
    with_entries(store, entry("a"))
    tell = telling("article-a", "homs")
    assert store.commit_read(read_plan(store, "a", match("homs"), tell=tell))
    with open_views(state) as views:
        (told,) = views.list_alerts()
        counts = views.count_stored()
    assert (tell.alert, tell.deliveries) == (told.alert, told.deliveries)
    assert (counts.articles, counts.matches, counts.alerts) == (1, 1, 1)


def test_a_read_that_another_one_overtook_writes_nothing(store: SqlStore, state: str) -> None:
    with_entries(store, entry("a"), entry("b", article_id="article-a"))
    slow = read_plan(store, "b", match("homs"), tell=telling("article-a", "homs", alert_id="late"))
    assert store.commit_read(read_plan(store, "a", match("homs"), tell=telling("article-a", "homs")))
    assert not store.commit_read(slow)
    assert [row.alert_id for row in sent(state)] == ["alert"]
    assert store.load_read("b") is not None


def test_a_read_without_new_matches_commits_beside_another_one(store: SqlStore) -> None:
    with_entries(store, entry("a"), entry("b", article_id="article-a"))
    slow = read_plan(store, "b")
    assert store.commit_read(read_plan(store, "a", match("hama", Verdict.POSSIBLE)))
    assert store.commit_read(slow)


def test_two_readers_of_one_article_tell_of_it_once(
    store: SqlStore, state: str, open_again: Callable[[], SqlStore]
) -> None:
    with_entries(store, *(entry(f"e{number}", article_id="x") for number in range(4)))
    plans = [
        read_plan(store, f"e{number}", match("homs"), tell=telling("x", "homs", alert_id=f"alert{number}"))
        for number in range(4)
    ]
    workers = [store, open_again(), open_again(), open_again()]

    def commit(worker: SqlStore, plan: ReadPlan) -> bool:
        return worker.commit_read(plan)

    with ThreadPoolExecutor(4) as threads:
        committed = list(threads.map(commit, workers, plans))
    assert sum(committed) == 1
    assert len(sent(state)) == 1


def test_a_later_read_of_an_article_updates_its_text(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    plan = read_plan(store, "a")
    again = replace(plan.stored, due_at=NOW + HOUR, rereads=1)
    assert store.commit_read(replace(plan, stored=again, article=replace(plan.article, body="", incomplete="refused")))
    work = store.load_read("a")
    assert work is not None
    assert (again, "refused") == (work.stored, work.article and work.article.incomplete)
    assert store.commit_read(replace(plan, stored=again, article=plan.article))
    work = store.load_read("a")
    assert work is not None
    assert plan.article == work.article


def test_a_possible_match_becomes_a_certain_one_and_a_certain_one_stays(store: SqlStore, state: str) -> None:
    with_entries(store, entry("a"))
    plan = read_plan(store, "a", match("homs", Verdict.POSSIBLE))
    plan = replace(plan, stored=replace(plan.stored, due_at=NOW))
    assert store.commit_read(plan)
    with open_views(state) as views:
        assert [found.match for found in views.list_possible()] == [match("homs", Verdict.POSSIBLE)]
        assert store.commit_read(replace(plan, matches=(match("homs"),)))
        assert views.list_possible() == ()
    assert store.commit_read(replace(plan, told=frozenset({"homs"}), matches=(match("homs", Verdict.POSSIBLE),)))
    work = store.load_read("a")
    assert work is not None
    assert work.told == {"homs"}


def test_a_read_gives_its_lease_back(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    assert store.claim_entries(now=NOW, limit=1, lease=DAY) == ("a",)
    plan = read_plan(store, "a")
    assert store.commit_read(replace(plan, stored=replace(plan.stored, due_at=NOW + HOUR)))
    assert store.claim_entries(now=NOW + HOUR, limit=1, lease=LEASE) == ("a",)


def test_a_feed_that_restates_an_entry_while_it_is_read_has_it_read_again(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    assert store.claim_entries(now=NOW, limit=1, lease=DAY) == ("a",)
    plan = read_plan(store, "a")
    restated = replace(entry("a"), entry=replace(entry("a").entry, title="Another title"))
    store.commit_poll(replace(polled(store), changed=(restated,)))
    assert store.commit_read(plan)
    assert store.claim_entries(now=NOW, limit=1, lease=DAY) == ("a",)
    work = store.load_read("a")
    assert work is not None
    assert work.stored.entry.title == "Another title"
    assert store.commit_read(read_plan(store, "a"))
    assert store.claim_entries(now=NOW + DAY, limit=1, lease=LEASE) == ()


def test_a_read_that_may_not_be_written_whole_is_not_written_at_all(store: SqlStore, state: str) -> None:
    with_entries(store, entry("a"))
    tell = telling("article-a", "homs")
    orphan = replace(tell.deliveries[0], id="orphan", alert_id="nobody's", recipient="b@example.org")
    plan = read_plan(store, "a", match("homs"), tell=replace(tell, deliveries=(*tell.deliveries, orphan)))
    with pytest.raises(StoreError):
        store.commit_read(plan)
    work = store.load_read("a")
    assert work is not None
    assert (work.article, work.told, work.alerted) == (None, frozenset(), False)
    assert sent(state) == []


def test_an_alert_that_is_written_twice_is_one(store: SqlStore, state: str) -> None:
    with_entries(store, entry("a"))
    work = store.load_read("a")
    assert work is not None
    tell = telling("article-a", "homs")
    plan = ReadPlan(work.stored, article(work.stored), frozenset(), alert=tell)
    assert store.commit_read(plan)
    # The same alert, channel and recipient, by whatever id.
    renamed = replace(tell.deliveries[0], id="another id")
    assert store.commit_read(replace(plan, alert=replace(tell, deliveries=(renamed,))))
    assert [row.id for row in sent(state)] == ["delivery of alert"]


def test_a_read_of_a_remembered_state_is_written_as_it_is(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    plan = read_plan(store, "a")
    row = replace(plan.stored, state=EntryState.READ, due_at=NOW + DAY, attempts=1, rereads=2)
    assert store.commit_read(replace(plan, stored=row))
    work = store.load_read("a")
    assert work is not None
    assert row == work.stored
