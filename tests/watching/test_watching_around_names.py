"""What stands around a place's name and makes it another one: streets, rivers, clubs, longer and bygone names."""

from __future__ import annotations

from functools import cache

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Verdict, Watch
from monitor.watching.watchlist import Watchlist, compile_watchlist


@cache
def _watchlist() -> Watchlist:
    names = {"homs": 169577, "columbus": 4509177, "charleston": 4801859, "beirut": 276781, "aleppo": 170063}
    watches = [Watch(id_, id_, ConceptKind.PLACE, (f"geonames:{number}",)) for id_, number in names.items()]
    return compile_watchlist(watches, Index()).watchlist


def matched(body: str, *, lang: str = "en", home: str | None = None) -> set[str]:
    article = Article("a", "paper", "", title="", body=body, language=lang, home=home)
    return {one.watch_id for one in _watchlist().match(article) if one.verdict is Verdict.MATCH}


@pytest.mark.parametrize(
    ("why", "lang", "body"),
    [
        ("a score", "en", "Karamah Homs beat their guests 2-1 on Friday."),
        ("words of sport", "en", "Homs scored a late goal and won the league."),
        ("a score, in Arabic", "ar", "فاز حمص على ضيفه 2-1 في الدوري"),
        ("a score, in German", "de", "Homs besiegt Latakia 2:1, der Trainer lobte seine Stürmer."),
        ("a street", "en", "They live at 5 Homs Street."),
        ("a longer name", "en", "It happened in New Homs."),
        ("a river", "en", "Boats lay on the Homs River."),
        ("a person", "en", "The singer met Mr Homs."),
        ("the people of another place", "en", "The book is by a British author."),
    ],
)
def test_what_stands_around_a_name_makes_it_another_one(why: str, lang: str, body: str) -> None:
    assert matched(body, lang=lang) == set(), why


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("where a match was played", "The match in Homs ended 2-1."),
        ("its police", "Homs police said that two men were held."),
        ("a preposition", "Two men were held in Homs."),
        ("no score but a time", "Shells hit Homs at 10-12 places, and hospitals asked for blood."),
    ],
)
def test_a_place_stays_one_beside_sport_and_offices(why: str, body: str) -> None:
    assert matched(body) == {"homs"}, why


def test_a_name_that_a_city_once_bore_is_not_taken_for_it() -> None:
    assert matched("The mayor of Franklin spoke to Kanawha County schools.") == set()


def test_a_town_whose_name_begins_with_a_quarter_of_the_sky_is_another_one() -> None:
    assert matched("Two men were held in South Charleston.", home="US.SC") == set()
