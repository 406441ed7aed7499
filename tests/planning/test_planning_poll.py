from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import After, FetchError, ParseError, Retry
from monitor.model import FOREVER, Article, Entry, Feed, FeedHealth, Match, Polling, Severity, Verdict
from monitor.planning.again import FIRST_AGAIN
from monitor.planning.identity import identify
from monitor.planning.poll import Circumstances, Seen, Unchanged, is_announced, plan_poll
from monitor.planning.work import (
    EntryState,
    FeedState,
    Fetched,
    Gone,
    Hints,
    KnownEntry,
    NotModified,
    ParsedFeed,
    PollPlan,
)

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
H = timedelta(hours=1)
WIRE = Feed("wire", "https://a.org/feed", "Wire", every=timedelta(minutes=5))
NEW = FeedState("wire", WIRE.url)
OLD = replace(NEW, first_success_at=NOW - 10 * H, last_success_at=NOW - H, etag="old", health=FeedHealth.OK)


def homs(article: Article) -> tuple[Match, ...]:
    found = "Homs" in article.title + article.lead + article.body
    return (Match("homs", Verdict.MATCH, Severity.NORMAL),) if found else ()


AROUND = Circumstances(Polling(), NOW, lambda: 0.0, homs)


def entry(number: int, title: str = "", **facts: object) -> Entry:
    link = f"https://a.org/{number}"
    made = Entry(f"guid-{number}", link, link, title or f"Story number {number} of this day", f"Teaser of {number}.")
    return replace(made, **facts)  # type: ignore[arg-type]


def seen(*entries: Entry, known: tuple[KnownEntry, ...] = (), truncated: bool = False, feed: str = "wire") -> Seen:
    parsed = ParsedFeed("rss20", "Wire", entries, truncated=truncated)
    fetched = Fetched(WIRE.url, b"", etag="new", last_modified="then")
    return Seen(fetched, parsed, "digest", identify(feed, entries), known)


def remember(plan: PollPlan) -> tuple[KnownEntry, ...]:
    """Look up every key of what a plan stored, as the store does for the next poll."""
    return tuple(
        KnownEntry(
            key=key,
            entry_id=row.id,
            article_id=row.article_id,
            feed_id=row.feed_id,
            guid=row.entry.guid,
            url=row.entry.url,
            title=row.entry.title,
            teaser=row.entry.teaser,
            published_at=row.entry.published_at,
            announce=row.announce,
        )
        for row in plan.entries
        for key in row.keys
    )


def test_a_first_poll_announces_nothing_and_counts_what_matches() -> None:
    plan = plan_poll(WIRE, NEW, seen(entry(1, "Rebels near Homs"), entry(2)), AROUND)
    assert plan.first
    assert [row.state for row in plan.entries] == [EntryState.KNOWN, EntryState.KNOWN]
    assert [found.article_id for found in plan.matches] == [plan.entries[0].article_id]


def test_a_later_poll_reads_what_is_new_at_once() -> None:
    first = plan_poll(WIRE, NEW, seen(entry(1)), AROUND)
    plan = plan_poll(WIRE, OLD, seen(entry(1), entry(2), known=remember(first)), AROUND)
    assert [(row.entry.guid, row.state, row.due_at) for row in plan.entries] == [("guid-2", EntryState.UNREAD, NOW)]
    assert plan.matches == ()


def test_an_entry_that_stays_changes_nothing() -> None:
    first = plan_poll(WIRE, NEW, seen(entry(1), entry(2)), AROUND)
    plan = plan_poll(WIRE, OLD, seen(entry(1), entry(2), known=remember(first)), AROUND)
    assert (plan.entries, plan.changed, plan.keys) == ((), (), ())


def test_an_edited_title_is_read_again_under_the_same_identity() -> None:
    first = plan_poll(WIRE, OLD, seen(entry(1, "Talks go on in the capital")), AROUND)
    edited = entry(1, "Talks go on in the capital as Homs falls")
    plan = plan_poll(WIRE, OLD, seen(edited, known=remember(first)), AROUND)
    assert plan.entries == ()
    assert [(row.id, row.state, row.entry.title) for row in plan.changed] == [
        (first.entries[0].id, EntryState.UNREAD, edited.title)
    ]


def test_changed_guids_over_the_same_links_only_add_keys() -> None:
    first = plan_poll(WIRE, OLD, seen(entry(1), entry(2)), AROUND)
    renamed = [replace(entry(number), guid=f"new-{number}") for number in (1, 2)]
    plan = plan_poll(WIRE, OLD, seen(*renamed, known=remember(first)), AROUND)
    assert (plan.entries, plan.changed) == ((), ())
    assert [row[1] for row in plan.keys] == [row.id for row in first.entries]


def test_a_document_re_dated_as_a_whole_is_not_read_again() -> None:
    entries = [entry(number, published_at=NOW - H) for number in range(10)]
    first = plan_poll(WIRE, OLD, seen(*entries), AROUND)
    again = [replace(one, published_at=NOW) for one in entries]
    plan = plan_poll(WIRE, OLD, seen(*again, known=remember(first)), AROUND)
    assert plan.entries == ()
    assert {row.due_at for row in plan.changed} == {None}


def test_one_re_dated_entry_is_read_again() -> None:
    entries = [entry(number, published_at=NOW - H) for number in range(10)]
    first = plan_poll(WIRE, OLD, seen(*entries), AROUND)
    plan = plan_poll(
        WIRE, OLD, seen(replace(entries[0], published_at=NOW), *entries[1:], known=remember(first)), AROUND
    )
    assert [(row.entry.guid, row.due_at) for row in plan.changed] == [("guid-0", NOW)]


def test_the_same_article_in_a_second_feed_is_read_for_it_under_the_same_identity() -> None:
    first = plan_poll(WIRE, OLD, seen(entry(1)), AROUND)
    agency, state = replace(WIRE, id="agency"), replace(OLD, feed_id="agency")
    plan = plan_poll(agency, state, seen(entry(1), known=remember(first), feed="agency"), AROUND)
    assert [(row.article_id, row.state) for row in plan.entries] == [(first.entries[0].article_id, EntryState.UNREAD)]


def test_what_stood_in_a_new_feeds_first_poll_is_still_news_in_an_old_one() -> None:
    first = plan_poll(WIRE, NEW, seen(entry(1)), AROUND)
    assert [row.state for row in first.entries] == [EntryState.KNOWN]
    agency, state = replace(WIRE, id="agency"), replace(OLD, feed_id="agency")
    plan = plan_poll(agency, state, seen(entry(1), known=remember(first), feed="agency"), AROUND)
    assert [row.state for row in plan.entries] == [EntryState.UNREAD]


def test_a_first_poll_that_breaks_off_is_tried_again_before_anything_is_news() -> None:
    cut = plan_poll(WIRE, NEW, seen(entry(1), truncated=True), AROUND)
    assert (cut.first, cut.state.first_success_at, cut.state.health) == (False, None, FeedHealth.FAILING)
    assert [row.state for row in cut.entries] == [EntryState.KNOWN]
    whole = plan_poll(WIRE, cut.state, seen(entry(1), entry(2), known=remember(cut)), AROUND)
    assert whole.first
    assert [row.state for row in whole.entries] == [EntryState.KNOWN]


def test_a_feed_that_always_breaks_off_is_taken_as_it_is_in_the_end() -> None:
    tried = replace(NEW, failures=3)
    assert plan_poll(WIRE, tried, seen(entry(1), truncated=True), AROUND).first


def test_a_feed_that_moved_and_fails_there_is_asked_at_its_configured_address_again() -> None:
    moved = replace(OLD, url="https://b.org/feed", configured_url=WIRE.url, failures=2)
    state = plan_poll(WIRE, moved, FetchError("https://b.org/feed", "answered 404", status=404), AROUND).state
    assert (state.url, state.etag) == (WIRE.url, None)


def test_an_edit_does_not_make_an_entry_young() -> None:
    aged = replace(WIRE, max_age=24 * H)
    first = plan_poll(aged, OLD, seen(entry(1, published_at=NOW - 99 * H)), AROUND)
    edited = entry(1, teaser="Corrected.", published_at=NOW - 99 * H)
    plan = plan_poll(aged, OLD, seen(edited, known=remember(first)), AROUND)
    assert [row.due_at for row in plan.changed] == [None]


def test_the_same_words_under_a_new_link_and_a_later_date_are_news_again() -> None:
    first = plan_poll(WIRE, OLD, seen(entry(1, "Homs: what we know so far", published_at=NOW - 9 * H)), AROUND)
    again = entry(2, "Homs: what we know so far", teaser="Teaser of 1.", published_at=NOW)
    plan = plan_poll(WIRE, OLD, seen(again, known=remember(first)), AROUND)
    assert [row.state for row in plan.entries] == [EntryState.UNREAD]
    assert plan.entries[0].article_id != first.entries[0].article_id


def test_a_feed_rewritten_as_a_whole_brings_nothing_new() -> None:
    first = plan_poll(WIRE, OLD, seen(*(entry(n, published_at=NOW - 9 * H) for n in range(5))), AROUND)
    link = "https://a.org/moved/{}".format
    moved = (entry(n, guid=f"moved-{n}", url=link(n), link=link(n), published_at=NOW) for n in range(5))
    plan = plan_poll(WIRE, OLD, seen(*moved, known=remember(first)), AROUND)
    assert plan.entries == ()


def test_two_entries_never_take_turns_in_one_row() -> None:
    first = plan_poll(WIRE, OLD, seen(entry(1, "Updates from the city of Homs")), AROUND)
    kept = entry(1, "Updates from the city of Homs: evening", url="https://a.org/9", link="https://a.org/9")
    other = entry(1, "Updates from the city of Homs: morning", guid="guid-7")
    plan = plan_poll(WIRE, OLD, seen(kept, other, known=remember(first)), AROUND)
    assert len(plan.changed) == 1
    assert len(plan.entries) == 1
    assert plan.entries[0].article_id != first.entries[0].article_id


def test_the_same_article_with_another_teaser_is_read_for_it() -> None:
    first = plan_poll(WIRE, OLD, seen(entry(1)), AROUND)
    agency = replace(WIRE, id="agency")
    other = entry(1, teaser="Homs is named only here.")
    state = replace(OLD, feed_id="agency")
    plan = plan_poll(agency, state, seen(other, known=remember(first), feed="agency"), AROUND)
    assert [(row.article_id, row.state) for row in plan.entries] == [(first.entries[0].article_id, EntryState.UNREAD)]


def test_what_may_have_been_told_before_the_state_was_replaced_is_not_announced_by_a_backfill() -> None:
    again = replace(OLD, first_success_at=None, etag=None, body_digest=FIRST_AGAIN)
    for backfill in (24 * H, FOREVER):
        plan = plan_poll(replace(WIRE, backfill=backfill), again, seen(entry(1, published_at=NOW - H)), AROUND)
        assert plan.first
        assert [row.state for row in plan.entries] == [EntryState.KNOWN]
        assert plan.state.body_digest == "digest"


def test_a_change_found_after_the_state_was_replaced_is_marked_as_one_that_may_have_been_told() -> None:
    first = plan_poll(WIRE, OLD, seen(entry(1)), AROUND)
    again = replace(OLD, first_success_at=None, etag=None, body_digest=FIRST_AGAIN)
    edited = seen(entry(1, "Homs falls"), known=remember(first))
    marks = [
        [key for key, *_ in plan_poll(WIRE, state, edited, AROUND).keys if key[0] == "!"] for state in (again, OLD)
    ]
    assert marks == [[f"!{first.entries[0].id}"], []]


BACKFILLS = [
    (timedelta(0), H, False, "nothing by default"),
    (24 * H, H, True, "an hour old, within a day"),
    (24 * H, 30 * H, False, "thirty hours old, beyond a day"),
    (24 * H, None, False, "no date: nothing proves that it is recent"),
    (FOREVER, None, True, "all"),
]


@pytest.mark.parametrize(("backfill", "age", "expected", "why"), BACKFILLS)
def test_a_first_poll_announces_within_backfill(
    backfill: timedelta,
    age: timedelta | None,
    expected: bool,
    why: str,
) -> None:
    dated = entry(1, published_at=NOW - age if age else None)
    assert is_announced(replace(WIRE, backfill=backfill), dated, first=True, now=NOW) is expected, why


def test_only_max_age_lets_a_date_keep_an_entry_from_alerting() -> None:
    old = entry(1, published_at=NOW - 5000 * H)
    assert is_announced(WIRE, old, first=False, now=NOW)
    assert not is_announced(replace(WIRE, max_age=24 * H), old, first=False, now=NOW)


def test_validators_are_kept_with_the_entries_they_vouch_for() -> None:
    plan = plan_poll(WIRE, OLD, seen(entry(1)), AROUND)
    assert (plan.state.etag, plan.state.last_modified, plan.state.body_digest) == ("new", "then", "digest")


def test_a_document_that_broke_off_gives_its_entries_and_no_validators() -> None:
    plan = plan_poll(WIRE, OLD, seen(entry(1), truncated=True), AROUND)
    assert len(plan.entries) == 1
    assert (plan.state.etag, plan.state.last_modified, plan.state.body_digest) == (None, None, None)


def test_a_304_keeps_the_validators_and_forgets_failures() -> None:
    plan = plan_poll(WIRE, replace(OLD, failures=3, error="x"), NotModified(), AROUND)
    assert (plan.state.etag, plan.state.failures, plan.state.error) == ("old", 0, "")


def test_the_same_body_sent_again_renews_the_validators() -> None:
    plan = plan_poll(WIRE, OLD, Unchanged(Fetched(WIRE.url, b"", etag="newer")), AROUND)
    assert plan.state.etag == "newer"


def test_a_permanent_redirect_is_remembered() -> None:
    moved = Fetched("https://b.org/feed", b"", moved_to="https://b.org/feed")
    assert plan_poll(WIRE, OLD, Unchanged(moved), AROUND).state.url == "https://b.org/feed"


FAILURES = [
    (FetchError(WIRE.url, "no such host"), timedelta(minutes=10), "a failure doubles the wait"),
    (FetchError(WIRE.url, "answered 404", retry=Retry.NEVER, status=404), timedelta(minutes=10), "and is never final"),
    (FetchError(WIRE.url, "answered 429", retry=After(H), status=429), H, "Retry-After is kept"),
    (ParseError(WIRE.url, "this is a web page"), timedelta(minutes=10), "no feed is a failure like others"),
]


@pytest.mark.parametrize(("error", "wait", "why"), FAILURES)
def test_a_feed_that_fails_is_asked_again(error: FetchError | ParseError, wait: timedelta, why: str) -> None:
    state = plan_poll(WIRE, OLD, error, AROUND).state
    assert state.next_poll_at == NOW + wait, why
    assert (state.health, state.failures, state.failing_since) == (FeedHealth.FAILING, 1, NOW)
    assert state.error == str(error)
    assert state.etag == "old"


def test_a_document_of_which_nothing_could_be_read_is_no_first_poll() -> None:
    parsed = ParsedFeed("rss20", "Wire", (), problems=("3 entries could not be read",))
    plan = plan_poll(WIRE, NEW, replace(seen(), parsed=parsed), AROUND)
    assert (plan.first, plan.state.first_success_at, plan.state.health) == (False, None, FeedHealth.FAILING)
    assert plan.state.error == "3 entries could not be read"


def test_an_empty_feed_is_no_failure() -> None:
    assert plan_poll(WIRE, NEW, seen(), AROUND).first


@pytest.mark.parametrize(
    ("claim", "facts", "count", "backfill", "announced"),
    [
        ("what is dated long before the first poll is no news", {"published_at": NOW - 720 * H}, 40, 0 * H, 0),
        ("but within the backfill", {"published_at": NOW - 12 * H}, 40, 24 * H, 40),
        ("what came after it is", {"published_at": NOW - H}, 40, 0 * H, 40),
        ("so is what a cache showed late", {"published_at": NOW - 10.5 * H}, 1, 0 * H, 1),
        ("undated and much, it stood there before", {}, 40, 0 * H, 0),
        ("undated and few, the feed begins", {}, 3, 0 * H, 3),
    ],
)
def test_of_a_feed_that_was_empty_at_first(
    claim: str, facts: dict[str, object], count: int, backfill: timedelta, announced: int
) -> None:
    feed = replace(WIRE, backfill=backfill)
    empty = plan_poll(feed, NEW, seen(), replace(AROUND, now=NOW - 10 * H, was_empty=True))
    entries = [entry(number, "Rebels near Homs" if number == 1 else "", **facts) for number in range(count)]
    plan = plan_poll(feed, empty.state, seen(*entries), replace(AROUND, was_empty=True))
    assert sum(row.due_at is not None for row in plan.entries) == announced, claim
    assert len(plan.entries) == count
    # What is kept back is matched for the summary, as what a first poll finds.
    assert plan.first
    assert len(plan.matches) == (announced == 0)


def test_a_feed_that_held_entries_once_has_news_however_empty_it_was_since() -> None:
    plan = plan_poll(WIRE, OLD, seen(*(entry(number) for number in range(40))), AROUND)
    assert sum(row.due_at is not None for row in plan.entries) == 40


def test_a_feed_that_is_gone_is_still_asked_once_a_day() -> None:
    state = plan_poll(WIRE, OLD, Gone(WIRE.url), AROUND).state
    assert (state.health, state.next_poll_at) == (FeedHealth.GONE, NOW + 24 * H)


def test_what_the_feed_itself_asks_slows_an_adaptive_feed() -> None:
    slow = replace(seen(entry(1)), parsed=ParsedFeed("rss20", "W", (entry(1),), ttl=timedelta(minutes=45)))
    state = plan_poll(replace(WIRE, every=None), OLD, slow, AROUND).state
    assert state.next_poll_at == NOW + timedelta(minutes=45)
    assert Hints().max_age is None
