from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Feed
from monitor.planning.homes import AGAIN, LEARN_AT, MOST, at_home, due_homes, homes_by_host, host_of_most, unsettled
from monitor.planning.work import LearnedHome

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
FEED = Feed("lamar", "https://lamar.example.com/rss", "Lamar")
TEXAS = LearnedHome("lamar", "US.TX", 14, NOW, "lamar.example.com")


@pytest.mark.parametrize(
    ("count", "before", "is_due", "why"),
    [
        (2, 0, False, "two articles may both be of one far-away story"),
        (3, 0, True, "the first three tell something"),
        (5, 3, False, "nothing much has been added"),
        (6, 3, True, "as many again have come"),
        (30, 3, True, "numbers that were leapt over count once"),
        (30, 30, False, "it is settled"),
        (3, 30, False, "texts that expired make nothing new"),
    ],
)
def test_a_home_is_learned_again_at_a_few_numbers_of_articles(count: int, before: int, is_due: bool, why: str) -> None:
    known = {"lamar": replace(TEXAS, articles=before)} if before else {}
    assert due_homes({"lamar": count}, known, now=NOW) == (("lamar",) if is_due else ()), why


def test_a_feed_is_learned_a_few_times_and_then_once_a_month() -> None:
    known: dict[str, LearnedHome] = {}
    learned = []
    for count in range(1, 200):
        if due_homes({"lamar": min(count, MOST)}, known, now=NOW):
            learned.append(count)
            known["lamar"] = replace(TEXAS, articles=min(count, MOST))
    assert tuple(learned) == LEARN_AT
    assert due_homes({"lamar": MOST}, known, now=NOW + AGAIN) == ("lamar",)
    assert due_homes({"lamar": 2}, known, now=NOW + AGAIN) == ()


def test_only_feeds_that_can_still_tell_something_are_looked_at() -> None:
    settled = replace(TEXAS, feed_id="settled", articles=MOST)
    feeds = [FEED, replace(FEED, id="settled"), replace(FEED, id="new"), replace(FEED, id="known", home="DE")]
    known = {"lamar": TEXAS, "settled": settled}
    assert unsettled(feeds, known, now=NOW) == ("lamar", "new")
    assert unsettled(feeds, known, now=NOW + AGAIN) == ("lamar", "settled", "new")


def test_a_clock_that_was_set_back_makes_nothing_due() -> None:
    later = replace(TEXAS, articles=MOST, learned_at=NOW + timedelta(days=400))
    assert unsettled([FEED], {"lamar": later}, now=NOW) == ()


def test_a_configured_home_stands_whatever_was_learned() -> None:
    configured = replace(FEED, home="DE")
    assert at_home(configured, TEXAS) == configured


def test_a_learned_home_says_how_many_articles_told_it() -> None:
    assert at_home(FEED, TEXAS) == replace(FEED, home="US.TX", home_articles=14)
    assert at_home(FEED, replace(TEXAS, home="")) == FEED
    assert at_home(FEED, None) == FEED


def test_feeds_of_one_host_that_disagree_say_nothing_of_its_articles() -> None:
    other = LearnedHome("tyler", "US.TX", 20, NOW, "lamar.example.com")
    assert homes_by_host([TEXAS, other]) == {"lamar.example.com": other}
    assert homes_by_host([TEXAS, replace(other, home="US.OK")]) == {}
    assert homes_by_host([replace(TEXAS, host="")]) == {}


def test_a_feed_that_gathers_from_many_hosts_has_none() -> None:
    assert host_of_most(["a.example"] * 9 + ["b.example"]) == "a.example"
    assert host_of_most(["a.example", "b.example", "c.example"]) == ""
    assert host_of_most([]) == ""
