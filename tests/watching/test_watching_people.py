from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Account, Article, ConceptKind, Watch
from monitor.watching.tongues import is_amount, language_name, language_names
from monitor.watching.watchlist import compile_watchlist

INDEX = Index()
HOMS = Watch("homs", "Homs", ConceptKind.PLACE, ("Homs, SY",))
LEAST = 0.35


def scores(body: str, *, title: str = "", lang: str = "en") -> list[float]:
    article = Article("1", "", "", title, body=body, language=lang)
    return [one.score or 0.0 for one in accounts(article)]


def accounts(article: Article) -> tuple[Account, ...]:
    (answer,) = compile_watchlist([HOMS], INDEX).watchlist.explain(article)
    return answer.accounts


@pytest.mark.parametrize(
    ("why", "title", "body"),
    [
        ("a title elsewhere", "Oriol Homs takes the baton", "Oriol Homs conducts. They met Mr Homs twice."),
        ("another given name", "", "We met Oriol Homs. His son Peter Homs plays."),
        ("a given name that also opens the headline", "Oriol Homs wins", "The winner is Oriol Homs. So Mr Homs said."),
    ],
)
def test_a_name_that_is_a_persons_once_is_a_persons_all_through(why: str, title: str, body: str) -> None:
    assert max(scores(body, title=title)) < LEAST, why


@pytest.mark.parametrize(
    "body", ["They met Mr Homs in the city of Homs.", "They met Mr Homs twice. Rain fell in Homs, Syria."]
)
def test_a_city_stays_one_where_its_own_place_says_so_whoever_is_called_so(body: str) -> None:
    man, city = scores(body)
    assert man < city > 0.7


@pytest.mark.parametrize(("lang", "body"), [("de", "Dort sind fünf Prozent Homs."), ("en", "It is 5 Percent Homs.")])
def test_an_amount_is_no_given_name(lang: str, body: str) -> None:
    (one,) = accounts(Article("1", "", "", "", body=body, language=lang))
    assert not [point for point in one.points if "person" in point]


@pytest.mark.parametrize(
    ("word", "languages", "expected"),
    [
        ("prozent", ("de",), True),
        ("prozent", ("en",), False),
        ("percent", ("en", "de"), True),
        ("2024", (), True),
        ("peter", ("de", "en"), False),
        ("oriol", ("ca",), False),
    ],
)
def test_numbers_and_units_are_known_by_language(word: str, languages: tuple[str, ...], *, expected: bool) -> None:
    assert is_amount(word, languages) is expected


def test_languages_are_called_by_their_names() -> None:
    assert [language_name(code) for code in ("tr", "de-CH", "ar", "qqq")] == ["Turkish", "German", "Arabic", "qqq"]
    assert language_names(("en", "tr", "en")) == "English, Turkish"
