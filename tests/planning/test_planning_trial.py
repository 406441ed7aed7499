from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import (
    FOREVER,
    Article,
    Channel,
    ConceptKind,
    Hit,
    Match,
    Part,
    Reason,
    Rule,
    Salience,
    Secret,
    Severity,
    Verdict,
    Watch,
)
from monitor.planning.read import Readers
from monitor.planning.trial import (
    Tally,
    digests_of,
    plan_trial,
    plan_trial_summary,
    try_since,
    untried,
    watch_digest,
)
from monitor.planning.work import StoredArticle, TrialPlan

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
H = timedelta(hours=1)
DAY = timedelta(hours=24)
DESK = Channel("desk", Secret("json://desk"))
HOMS = Watch("homs", "Homs", ConceptKind.PLACE, ("Homs, SY",))
HAMA = Watch("hama", "Hama", ConceptKind.PLACE, ("Hama, SY",), backfill=DAY)
ARTICLE = Article("a1", "wire", "https://a.org/1", "Rebels near Hama", body="They advanced.", seen_at=NOW - H)
STORED = StoredArticle(ARTICLE, NOW - H)


def match(id_: str, salience: Salience | None = None) -> Match:
    hit = Hit(Part.TITLE, 12, 16, "Hama", "Hama", "exact")
    return Match(id_, Verdict.MATCH, Severity.NORMAL, (hit,), sentence="Rebels near Hama", salience=salience)


def planned(stored: StoredArticle, *matches: Match, watches: tuple[Watch, ...] = (HOMS, HAMA)) -> TrialPlan | None:
    return plan_trial(stored, matches, watches, Readers(watches, (DESK,)), now=NOW)


@pytest.mark.parametrize(
    ("changed", "new"),
    [
        (replace(HOMS, name="The city", severity=Severity.HIGH, notify=("desk",)), False),
        (replace(HOMS, aliases=("Emesa",)), True),
        (replace(HOMS, rule=Rule(any=("shelling",))), True),
        (replace(HOMS, match=Salience.ABOUT), True),
        (replace(HOMS, backfill=H), True),
        (replace(HOMS, id="homs2"), True),
    ],
)
def test_a_watch_that_looks_for_something_else_is_new(changed: Watch, *, new: bool) -> None:
    assert untried([changed], digests_of([HOMS])) == ((changed,) if new else ())


def test_a_watch_that_was_at_work_before_digests_were_kept_is_not_new() -> None:
    assert untried([HOMS, HAMA], {"homs": ""}) == (HAMA,)


def test_a_key_at_its_default_is_no_part_of_what_a_watch_is() -> None:
    # A key that a later version adds must not make every watch look new.
    assert watch_digest(HOMS) == watch_digest(replace(HOMS, match=Salience.MENTION, backfill=timedelta(0)))


def test_articles_are_asked_for_as_far_back_as_the_longest_backfill_and_at_least_a_day() -> None:
    assert try_since([HOMS], now=NOW) == NOW - DAY
    assert try_since([HOMS, replace(HAMA, backfill=3 * DAY)], now=NOW) == NOW - 3 * DAY
    assert try_since([HOMS, replace(HAMA, backfill=FOREVER)], now=NOW) is None


def test_without_backfill_nothing_is_recorded_or_told() -> None:
    assert planned(STORED, match("homs")) is None


def test_with_backfill_a_stored_article_is_told_of_as_new() -> None:
    plan = planned(STORED, match("homs"), match("hama"))
    assert plan is not None
    assert plan.alert is not None
    told = plan.alert.alert
    assert (told.reason, told.watches, told.seen_at) == (Reason.NEW, ("hama",), NOW - H)
    assert [one.watch_id for one in plan.matches] == ["hama"]
    assert [row.channel_id for row in plan.alert.deliveries] == ["desk"]


@pytest.mark.parametrize(("age", "told"), [(DAY - H, True), (DAY, False), (3 * DAY, False)])
def test_backfill_reaches_so_far_and_no_further(age: timedelta, *, told: bool) -> None:
    assert (planned(replace(STORED, seen_at=NOW - age), match("hama")) is not None) is told


def test_what_a_watch_has_matched_before_is_not_told_again() -> None:
    assert planned(replace(STORED, told=frozenset({"hama"}), alerted=True), match("hama")) is None


def test_an_article_that_others_were_told_of_gives_an_update_of_its_own() -> None:
    alerted = replace(STORED, told=frozenset({"x"}), alerted=True)
    ids = set()
    for id_ in ("homs", "hama"):
        plan = planned(alerted, match(id_), watches=(replace(HOMS, backfill=DAY), HAMA))
        assert plan is not None
        assert plan.alert is not None
        assert plan.alert.alert.reason is Reason.UPDATE
        ids.add(plan.alert.alert.id)
    assert len(ids) == 2


def test_what_is_less_than_its_watch_announces_is_recorded_only() -> None:
    plan = planned(STORED, match("hama", Salience.TRACE))
    assert plan is not None
    assert plan.alert is None
    assert [one.verdict for one in plan.matches] == [Verdict.POSSIBLE]


def tally(*pairs: tuple[StoredArticle, tuple[Match, ...]]) -> Tally:
    made = Tally()
    for stored, matches in pairs:
        made.add(stored, matches, now=NOW)
    return made


def test_each_watch_gets_one_line_about_the_last_day() -> None:
    old = replace(STORED, seen_at=NOW - 2 * DAY)
    possible = replace(match("homs"), verdict=Verdict.POSSIBLE)
    found = tally((STORED, (match("hama"),)), (STORED, (match("hama"), possible)), (old, (match("homs"),)))
    assert found.articles == 2
    assert found.lines((HOMS, HAMA)) == (
        "Watch Homs: none of the last 24 h's articles match.",
        "Watch Hama: 2 of the last 24 h's articles match.",
    )
    assert tally((STORED, (match("hama"),))).lines((HAMA,)) == ("Watch Hama: 1 of the last 24 h's articles matches.",)


def test_the_operator_learns_of_how_many_articles_there_was_no_text_to_try() -> None:
    unread = replace(STORED, article=replace(ARTICLE, body=""))
    cut_short = replace(STORED, article=replace(ARTICLE, incomplete="the page is gone"))
    older = replace(unread, seen_at=NOW - 2 * DAY)
    found = tally((STORED, (match("hama"),)), (unread, ()), (cut_short, ()), (older, ()))
    assert found.lines((HAMA,)) == (
        "Watch Hama: 1 of the last 24 h's articles matches.",
        "Articles without stored text: 2 of 3. Tried on what the feed says.",
    )
    message = plan_trial_summary(found, (HAMA,), (DESK,), now=NOW)
    assert message is not None
    assert "Articles without stored text: 2 of 3." in message.alert.text


def test_of_many_watches_those_that_match_are_named() -> None:
    many = tuple(replace(HOMS, id=f"w{number}", name=f"W{number}") for number in range(30))
    lines = tally((STORED, (match("w29"),))).lines(many)
    assert len(lines) == 21
    assert lines[0] == "Watch W29: 1 of the last 24 h's articles matches."
    assert lines[-1] == "and 10 more watches."


def test_the_operator_gets_one_message_if_anything_matches() -> None:
    assert plan_trial_summary(tally((STORED, ())), (HOMS,), (DESK,), now=NOW) is None
    summary = plan_trial_summary(tally((STORED, (match("hama"),))), (HAMA,), (DESK,), now=NOW)
    assert summary is not None
    assert (summary.alert.reason, summary.alert.article_id) == (Reason.SUMMARY, None)
    assert [headline.url for headline in summary.alert.headlines] == ["https://a.org/1"]
    assert "Watch Hama: 1 of the last 24 h's articles matches." in summary.alert.text
    assert [row.channel_id for row in summary.deliveries] == ["desk"]
