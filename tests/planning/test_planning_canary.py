"""The canary is found by its own watch only, and that watch finds nothing else; what a report is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Channel, ConceptKind, Reason, Route, Secret, Settings, Severity, Verdict, Watch
from monitor.planning.alive import Life, plan_alive
from monitor.planning.canary import CANARY, CANARY_WATCH, canary_article, keep_apart, plan_canary
from monitor.planning.coverage import Heard
from monitor.planning.report import kind_of, watches_of
from monitor.watching.watchlist import compile_watchlist

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
BIRDS = Watch("birds", "Birds", ConceptKind.KEYWORD, ("canary", "news"))
DESK, PHONE = Channel("desk", Secret("json://a")), Channel("phone", Secret("json://b"), recipients=("x", "y"))
WATCHLIST = compile_watchlist((BIRDS, CANARY_WATCH), Index()).watchlist


def test_the_canary_goes_through_real_matching_to_every_recipient_of_every_channel() -> None:
    article = canary_article(now=NOW)
    found = keep_apart(article, WATCHLIST.match(article))
    assert [match.watch_id for match in found] == [CANARY]
    told = plan_canary(article, found, (DESK, PHONE), alert_id="canary-1", now=NOW)
    assert told is not None
    assert (told.alert.id, told.alert.reason, told.alert.article_id) == ("canary-1", Reason.HEALTH, None)
    assert told.alert.text.startswith("Canary: this is a test")
    lanes = [(row.alert_id, row.channel_id, row.recipient) for row in told.deliveries]
    assert lanes == [("canary-1", "desk", ""), ("canary-1", "phone", "x"), ("canary-1", "phone", "y")]
    assert len({row.id for row in told.deliveries}) == 3


def test_a_feed_that_copies_the_canary_raises_what_people_watch_for_and_no_test() -> None:
    copied = replace(canary_article(now=NOW), feed_id="wire")
    assert {match.watch_id for match in WATCHLIST.match(copied)} == {"birds", CANARY}
    assert [match.watch_id for match in keep_apart(copied, WATCHLIST.match(copied))] == ["birds"]


def test_a_canary_that_is_only_possible_or_not_found_is_no_canary() -> None:
    article = canary_article(now=NOW)
    (match,) = keep_apart(article, WATCHLIST.match(article))
    possible = replace(match, verdict=Verdict.POSSIBLE)
    assert plan_canary(article, (), (DESK,), alert_id="canary-1", now=NOW) is None
    assert plan_canary(article, (possible,), (DESK,), alert_id="canary-1", now=NOW) is None


def test_the_line_of_life_counts_in_words() -> None:
    many = plan_alive(Life(1204, 12, 0), Heard(37, 40), (DESK,), alert_id="a", now=NOW)
    assert many.alert.text == (
        "News monitor is alive: 37 of 40 feeds heard from in the last 24 h, "
        "1,204 articles read, 12 alerts, 0 dead letters"
    )
    one = plan_alive(Life(1, 1, 1), Heard(1, 1), (DESK,), alert_id="a", now=NOW)
    assert one.alert.text.endswith("1 of 1 feed heard from in the last 24 h, 1 article read, 1 alert, 1 dead letter")
    assert (one.alert.reason, one.alert.severity) == (Reason.HEALTH, Severity.NORMAL)


def watch(id_: str, *notify: str, country: str = "SY") -> Watch:
    return Watch(id_, id_, ConceptKind.PLACE, (id_,), notify=notify, countries=(country,))


@pytest.mark.parametrize(
    ("claim", "watches", "routes", "about"),
    [
        ("with neither notify nor routes it is about all", (watch("a"), watch("b")), (), "ab"),
        ("it is about what is told there", (watch("a", "desk"), watch("b", "other")), (), "a"),
        (
            "what a route may bring counts",
            (watch("a", "other"), watch("b", "other")),
            (Route("1", ("desk",), ("b",)),),
            "b",
        ),
        (
            "not what a route can never bring",
            (watch("a", "other"), watch("b", "desk")),
            (Route("1", ("desk",), countries=("LB",)),),
            "b",
        ),
        (
            "a watch that a route always takes elsewhere is not told there",
            (watch("a"), watch("b", "desk")),
            (Route("1", ("other",)),),
            "b",
        ),
        (
            "one that a route takes now and then elsewhere is",
            (watch("a"),),
            (Route("1", ("other",), feeds=("dw",)),),
            "a",
        ),
        ("a channel that is told nothing gets reports on all", (watch("a", "other"), watch("b", "other")), (), "ab"),
    ],
)
def test_what_a_report_is_about(claim: str, watches: tuple[Watch, ...], routes: tuple[Route, ...], about: str) -> None:
    settings = Settings("m.db", channels=(DESK,), watches=watches, routes=routes)
    assert "".join(watches_of(DESK, settings)) == about, claim


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("0 7 * * *", "daily"),
        ("0 7 * * 1", "weekly"),
        ("0 7 * * mon-fri", "daily"),
        ("0 7 1 * *", "monthly"),
        ("0 */6 * * *", "regular"),
        ("* * * * *", "regular"),
    ],
)
def test_a_report_is_called_by_how_often_it_comes(line: str, kind: str) -> None:
    assert kind_of(line) == kind
