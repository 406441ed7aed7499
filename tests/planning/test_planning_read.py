from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import (
    Article,
    Channel,
    ConceptKind,
    Entry,
    Feed,
    Hit,
    Match,
    Part,
    Reason,
    Salience,
    Secret,
    Severity,
    Verdict,
    Watch,
)
from monitor.planning.read import NOT_WANTED, Missing, Readers, compose, plan_read, wants_page
from monitor.planning.work import EntryState, Extracted, NoText, ReadPlan, ReadWork, StoredEntry

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
H = timedelta(hours=1)
WIRE = Feed("wire", "https://a.org/feed", "Wire")
ENTRY = Entry("1", "https://a.org/1?utm_source=x", "https://a.org/1", "Rebels near Homs", "They took two towns.")
STORED = StoredEntry("e1", "a1", "wire", ENTRY, NOW, EntryState.UNREAD, due_at=NOW)
WORK = ReadWork(STORED)
PAGE = Extracted("Rebels near Homs", "Rebels took Rastan on Friday.", language="en")
FAILED = Missing("answered 503", again=True)


def watch(id_: str, *notify: str) -> Watch:
    return Watch(id_, id_.title(), ConceptKind.PLACE, (id_,), notify=notify)


def match(id_: str, severity: Severity = Severity.NORMAL, verdict: Verdict = Verdict.MATCH) -> Match:
    hits = tuple(Hit(Part.BODY, at, at + 4, "Homs", "Homs", "exact") for at in (0, 10, 20))
    return Match(id_, verdict, severity, hits, sentence="Rebels took Homs.")


DESK = Channel("desk", Secret("json://desk"))
MAIL = Channel("mail", Secret("mailto://x"), recipients=("a@example.org", "b@example.org"))
READERS = Readers((watch("homs"), watch("hama", "desk"), watch("rastan", "mail")), (DESK, MAIL))


def planned(*matches: Match, work: ReadWork = WORK, page: Extracted | NoText | Missing = PAGE) -> ReadPlan:
    return plan_read(work, compose(WIRE, work, page), page, matches, READERS, now=NOW)


def test_several_watches_make_one_alert_that_names_them_all() -> None:
    alert = planned(match("homs"), match("hama", Severity.HIGH)).alert
    assert alert is not None
    assert (alert.alert.watches, alert.alert.reason) == (("homs", "hama"), Reason.NEW)
    assert alert.alert.severity is Severity.HIGH
    assert [(proof.watch_id, proof.sentence, proof.others) for proof in alert.alert.evidence] == [
        ("homs", "Rebels took Homs.", 2),
        ("hama", "Rebels took Homs.", 2),
    ]


def test_each_recipient_gets_a_delivery_that_names_the_watches_of_its_channel() -> None:
    alert = planned(match("homs"), match("hama"), match("rastan")).alert
    assert alert is not None
    assert [(row.channel_id, row.recipient, row.watches) for row in alert.deliveries] == [
        ("desk", "", ("homs", "hama")),
        ("mail", "a@example.org", ("homs", "rastan")),
        ("mail", "b@example.org", ("homs", "rastan")),
    ]


def test_a_channel_that_no_watch_notifies_gets_nothing() -> None:
    alert = planned(match("hama")).alert
    assert alert is not None
    assert [row.channel_id for row in alert.deliveries] == ["desk"]


def test_an_alert_and_its_deliveries_have_the_same_ids_whenever_they_are_planned() -> None:
    one, other = (
        planned(match("homs")).alert,
        plan_read(WORK, compose(WIRE, WORK, PAGE), PAGE, (match("homs"),), READERS, now=NOW + H).alert,
    )
    assert one is not None
    assert other is not None
    assert one.alert.id == other.alert.id
    assert [row.id for row in one.deliveries] == [row.id for row in other.deliveries]


def test_a_watch_that_was_told_is_not_told_again() -> None:
    plan = planned(match("homs"), work=replace(WORK, told=frozenset({"homs"}), alerted=True))
    assert (plan.alert, plan.matches) == (None, ())


def test_a_watch_that_hits_only_when_the_body_arrives_gives_one_update() -> None:
    alert = planned(match("homs"), match("rastan"), work=replace(WORK, told=frozenset({"homs"}), alerted=True)).alert
    assert alert is not None
    assert (alert.alert.reason, alert.alert.watches) == (Reason.UPDATE, ("rastan",))


def test_a_possible_match_is_kept_and_not_announced() -> None:
    plan = planned(match("homs", verdict=Verdict.POSSIBLE))
    assert plan.alert is None
    assert [found.watch_id for found in plan.matches] == ["homs"]


def test_the_page_gives_the_body_and_the_feed_the_title_and_lead() -> None:
    article = compose(WIRE, WORK, replace(PAGE, title="Another title"))
    assert (article.title, article.lead, article.body) == (ENTRY.title, ENTRY.teaser, PAGE.text)
    assert article.language == "en"


def test_the_longer_of_two_texts_is_the_body() -> None:
    full = replace(STORED, entry=replace(ENTRY, text="The whole text, which the page keeps behind a paywall."))
    assert compose(WIRE, ReadWork(full), PAGE).body == full.entry.text


def test_a_page_that_fails_leaves_the_feeds_text_and_says_why() -> None:
    article = compose(WIRE, WORK, FAILED)
    assert (article.body, article.incomplete) == ("", "answered 503")


def test_a_page_that_fails_later_does_not_take_back_what_was_read() -> None:
    before = Article("a1", "wire", ENTRY.url, ENTRY.title, body="Rebels took Rastan.")
    article = compose(WIRE, replace(WORK, article=before), FAILED)
    assert (article.body, article.incomplete) == ("Rebels took Rastan.", "")


WANTED = [
    (WIRE, STORED, True, "an announced entry with a link"),
    (replace(WIRE, full_text=False), STORED, False, "a feed whose own text is enough"),
    (WIRE, replace(STORED, announce=False), False, "what stood in a first poll"),
    (WIRE, replace(STORED, entry=replace(ENTRY, link="")), False, "no link"),
]


@pytest.mark.parametrize(("feed", "stored", "expected", "why"), WANTED)
def test_a_page_is_fetched_for(feed: Feed, stored: StoredEntry, expected: bool, why: str) -> None:
    assert wants_page(feed, ReadWork(stored)) is expected, why


NEXT = [
    (PAGE, (), STORED, None, "read, and nothing hit: done"),
    (PAGE, (match("homs"),), STORED, H, "hits: again after an hour"),
    (
        PAGE,
        (match("homs"),),
        replace(STORED, seen_at=NOW - 2 * H, rereads=1),
        4 * H,
        "then six hours after it was seen",
    ),
    (PAGE, (match("homs"),), replace(STORED, seen_at=NOW - 30 * H, rereads=3), None, "three times, no more"),
    (PAGE, (match("homs"),), replace(STORED, seen_at=NOW - 2 * H), 4 * H, "an hour missed is not made up for"),
    (FAILED, (), STORED, timedelta(minutes=2), "no text: again soon"),
    (FAILED, (match("homs"),), replace(STORED, attempts=2), H, "no text for the third time"),
    (FAILED, (), replace(STORED, attempts=4), None, "no text for the fifth time: no more"),
    (Missing("robots.txt asks not to be read", again=False), (), STORED, None, "a refusal is respected"),
    (NOT_WANTED, (match("homs"),), STORED, None, "the feed's own text: nothing to fetch again"),
]


@pytest.mark.parametrize(("page", "matches", "stored", "expected", "why"), NEXT)
def test_an_entry_is_read_again_after(
    page: Extracted | NoText | Missing,
    matches: tuple[Match, ...],
    stored: StoredEntry,
    expected: timedelta | None,
    why: str,
) -> None:
    row = planned(*matches, work=ReadWork(stored), page=page).stored
    assert row.due_at == (NOW + expected if expected else None), why
    assert row.state is EntryState.READ


def test_what_is_less_than_its_watch_announces_is_kept_and_not_told() -> None:
    readers = Readers((replace(watch("homs"), match=Salience.ABOUT), watch("hama")), (DESK,))
    quiet, told = (replace(match(id_), salience=Salience.MENTION) for id_ in ("homs", "hama"))
    article = compose(WIRE, WORK, PAGE)
    plan = plan_read(WORK, article, PAGE, (quiet, told), readers, now=NOW)
    assert plan.alert is not None
    assert plan.alert.alert.watches == ("hama",)
    assert [(one.watch_id, one.verdict) for one in plan.matches] == [
        ("homs", Verdict.POSSIBLE),
        ("hama", Verdict.MATCH),
    ]
    assert plan.matches[0].reasons == ("not announced: it is a mention, and the watch announces about",)


@pytest.mark.parametrize(
    ("salience", "bar", "told"),
    [
        (Salience.TRACE, Salience.TRACE, True),
        (Salience.TRACE, Salience.MENTION, False),
        (Salience.MENTION, Salience.MENTION, True),
        (Salience.MENTION, Salience.ABOUT, False),
        (Salience.ABOUT, Salience.ABOUT, True),
        (None, Salience.ABOUT, True),
    ],
)
def test_a_match_is_told_from_its_watchs_own_bar_on(salience: Salience | None, bar: Salience, *, told: bool) -> None:
    readers = Readers((replace(watch("homs"), match=bar),), (DESK,))
    found = replace(match("homs"), salience=salience)
    plan = plan_read(WORK, compose(WIRE, WORK, PAGE), PAGE, (found,), readers, now=NOW)
    assert (plan.alert is not None) is told


def test_a_quiet_article_is_read_again_since_it_may_grow() -> None:
    readers = Readers((replace(watch("homs"), match=Salience.ABOUT),), (DESK,))
    found = replace(match("homs"), salience=Salience.MENTION)
    plan = plan_read(WORK, compose(WIRE, WORK, PAGE), PAGE, (found,), readers, now=NOW)
    assert plan.stored.due_at == NOW + H


def test_an_article_knows_its_publishers_home_and_class() -> None:
    feed = replace(WIRE, home="US.TX", class_="local", lang="en")
    for page in (PAGE, FAILED, NOT_WANTED):
        article = compose(feed, WORK, page)
        assert (article.home, article.class_, article.language) == ("US.TX", "local", "en")
