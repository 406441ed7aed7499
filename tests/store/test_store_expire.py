from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

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

from monitor.model import DeliveryState
from monitor.planning.work import FirstMatch, NewAlert
from monitor.store import SqlStore
from monitor.store.views import StoredCounts, open_views

LONG_AGO = NOW - 1_000 * DAY
MUCH_LATER = NOW + 401 * DAY


def expire_all(store: SqlStore, *, limit: int = 1_000) -> int:
    """Expire as a daemon does once everything of NOW is older than it is kept."""
    total = 0
    while dropped := store.expire(text_before=MUCH_LATER - 90 * DAY, ledger_before=MUCH_LATER - 400 * DAY, limit=limit):
        assert dropped <= limit
        total += dropped
    return total


def counts(state: str) -> StoredCounts:
    with open_views(state) as views:
        return views.count_stored()


def poll_later(store: SqlStore, listed: Sequence[str] = ()) -> None:
    """Poll a feed when everything is old: it lists what it lists then, and something new."""
    store.commit_poll(polled(store, replace(entry("new"), seen_at=MUCH_LATER), at=MUCH_LATER, listed=listed))


def test_texts_go_and_titles_stay(store: SqlStore) -> None:
    with_entries(store, entry("a", text="All of it"))
    plan = read_plan(store, "a", match())
    assert store.commit_read(plan)
    assert store.expire(text_before=NOW, ledger_before=LONG_AGO, limit=100) == 0
    assert store.expire(text_before=NOW + MINUTE, ledger_before=LONG_AGO, limit=100) == 2
    assert store.expire(text_before=NOW + MINUTE, ledger_before=LONG_AGO, limit=100) == 0
    store.commit_poll(replace(polled(store), changed=(replace(entry("a"), due_at=NOW),)))
    work = store.load_read("a")
    assert work is not None
    assert replace(plan.article, lead="", body="", tail="") == work.article
    assert work.told == {"homs"}
    (known,) = store.load_known(["g:a"])
    assert (known.title, known.teaser) == ("Title of a", "Teaser of a")


def test_a_text_that_is_still_to_be_read_stays(store: SqlStore) -> None:
    with_entries(store, entry("a", text="All of it"))
    assert store.expire(text_before=NOW + MINUTE, ledger_before=LONG_AGO, limit=100) == 0


def test_what_its_feed_let_go_is_forgotten_whole(store: SqlStore, state: str) -> None:
    with_entries(store, entry("a"))
    assert store.commit_read(read_plan(store, "a", match()))
    poll_later(store)
    # The article's text, then the entry, its match and the article.
    assert expire_all(store) == 4
    assert store.load_known(["g:a", "l:a"]) == ()
    assert replace(counts(state), feeds=0) == StoredCounts(feeds=0, entries=1, articles=0, matches=0, alerts=0)


def test_what_its_feed_still_lists_is_never_forgotten(store: SqlStore, state: str) -> None:
    with_entries(store, entry("listed"), entry("gone"))
    for id_ in ("listed", "gone"):
        assert store.commit_read(read_plan(store, id_, match()))
    poll_later(store, ["listed"])
    expire_all(store)
    assert [known.entry_id for known in store.load_known(["g:listed", "g:gone"])] == ["listed"]
    assert (counts(state).articles, counts(state).matches) == (1, 1)


def test_a_feed_that_never_changes_keeps_its_last_document(store: SqlStore) -> None:
    with_entries(store, entry("a", due_at=None))
    store.commit_poll(polled(store, at=MUCH_LATER))
    expire_all(store)
    assert len(store.load_known(["g:a"])) == 1


def test_a_feed_that_fails_keeps_its_last_document(store: SqlStore) -> None:
    with_entries(store, entry("a", due_at=None))
    expire_all(store)
    assert len(store.load_known(["g:a"])) == 1


@pytest.mark.parametrize("gap", [HOUR, DAY, 10 * DAY])
def test_an_entry_that_came_back_is_listed(store: SqlStore, gap: timedelta) -> None:
    with_entries(store, entry("a", due_at=None), entry("b", due_at=None))
    store.commit_poll(polled(store, at=NOW + 2 * DAY, listed=["b"]))
    store.commit_poll(polled(store, at=NOW + 2 * DAY + gap, listed=["a", "b"]))
    store.commit_poll(polled(store, at=MUCH_LATER))
    expire_all(store)
    assert {known.entry_id for known in store.load_known(["g:a", "g:b"])} == {"a", "b"}


def test_what_is_still_to_be_read_is_never_forgotten(store: SqlStore) -> None:
    with_entries(store, entry("a"))
    poll_later(store)
    expire_all(store)
    assert store.load_read("a") is not None


def test_an_article_lives_as_long_as_one_feed_lists_it(store: SqlStore, state: str) -> None:
    with_entries(store, entry("a", article_id="x"), entry("b", feed_id="bbc", article_id="x", due_at=None))
    assert store.commit_read(read_plan(store, "a", match()))
    poll_later(store)
    expire_all(store)
    assert store.load_known(["g:a"]) == ()
    assert (counts(state).articles, counts(state).matches) == (1, 1)


def test_matches_of_articles_that_were_never_read_are_forgotten_with_their_entry(store: SqlStore, state: str) -> None:
    known_feeds(store, "dw")
    plan = polled(store, entry("a", due_at=None), first=True)
    store.commit_poll(replace(plan, matches=(FirstMatch("article-a", match()),)))
    poll_later(store)
    assert expire_all(store) == 2
    assert counts(state).matches == 0


@pytest.mark.parametrize("unended", [DeliveryState.PENDING, DeliveryState.INFLIGHT, DeliveryState.HELD])
def test_an_alert_stays_while_one_of_its_deliveries_has_not_ended(
    store: SqlStore, state: str, unended: DeliveryState
) -> None:
    open_, ended = alert("open"), alert("ended")
    rows = [
        replace(delivery(f"{told.id}{after}", told, recipient=after), state=after)
        for told, after in ((open_, unended), (open_, DeliveryState.DELIVERED), (ended, DeliveryState.DEAD))
    ]
    with_alerts(store, NewAlert(open_, tuple(rows[:2])), NewAlert(ended, tuple(rows[2:])))
    assert expire_all(store) == 1
    with open_views(state) as views:
        (left,) = views.list_alerts()
    assert left.alert.id == "open"
    assert len(left.deliveries) == 2


def test_a_carrier_may_go_before_what_it_carried(store: SqlStore, state: str) -> None:
    digest = alert("digest", created_at=NOW - DAY)
    carrier = replace(delivery("carrier", digest), state=DeliveryState.DELIVERED)
    young = alert("young", created_at=MUCH_LATER)
    member = replace(delivery("member", young), carried_by="carrier", state=DeliveryState.DELIVERED)
    with_alerts(store, NewAlert(digest, (carrier,)), NewAlert(young, (member,)))
    assert expire_all(store) == 1
    with open_views(state) as views:
        (left,) = views.list_alerts()
    assert left.deliveries == (replace(member, carried_by=None),)


def test_a_match_outlives_its_alert(store: SqlStore) -> None:
    with_entries(store, entry("a"), entry("b", article_id="article-a"))
    told = alert(article_id="article-a")
    assert store.commit_read(read_plan(store, "a", match(), tell=NewAlert(told, ())))
    assert store.expire(text_before=LONG_AGO, ledger_before=NOW + MINUTE, limit=100) == 1
    work = store.load_read("b")
    assert work is not None
    assert work.told == {"homs"}
    assert not work.alerted


def test_expiring_goes_in_batches(store: SqlStore, state: str) -> None:
    rows = [entry(f"e{number}", due_at=None, text="words") for number in range(25)]
    with_entries(store, *rows)
    poll_later(store)
    assert store.expire(text_before=MUCH_LATER, ledger_before=MUCH_LATER - DAY, limit=10) == 10
    assert counts(state).entries == 26
    assert expire_all(store, limit=7) == 40
    assert counts(state).entries == 1
