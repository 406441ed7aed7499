"""A name is written as its language writes it behind prepositions, and with letters of one sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Watch
from monitor.watching.readings import How
from monitor.watching.respelling import respellings
from monitor.watching.watchlist import compile_watchlist

_MOST = 40


@pytest.mark.parametrize(
    ("name", "langs", "other"),
    [
        ("El Cairo", ("es",), "del Cairo"),
        ("Le Caire", ("fr",), "au Caire"),
        ("Il Cairo", ("it",), "dal Cairo"),
        ("L’Avana", ("it",), "dell'Avana"),
        ("A Coruña", ("gl",), "na Coruña"),
        ("काबुल", ("hi",), "काबूल"),
        ("ইয়াংগুন", ("bn",), "ইয়াঙ্গুন"),
        ("गाज़ा", ("hi",), "गाजा"),
        ("ሐረር", ("am",), "ሀረር"),
    ],
)
def test_a_name_is_respelled_by_the_rules_of_its_language(name: str, langs: tuple[str, ...], other: str) -> None:
    assert other in respellings(name, langs)


@pytest.mark.parametrize(("name", "langs"), [("El Paso", ("en",)), ("Leeds", ("fr",)), ("Laval", ("it",)), ("حمص", ())])
def test_a_name_without_such_letters_or_articles_stays_as_it_is(name: str, langs: tuple[str, ...]) -> None:
    assert list(respellings(name, langs)) == []


@given(st.text(max_size=60))
def test_whatever_the_name_respellings_are_few(name: str) -> None:
    assert len(list(respellings(name, ("es", "fr", "it", "pt", "gl", "ca")))) <= _MOST


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Sprogimas Damaske.", How.INFLECTED),  # and not one of a dozen spellings that sound alike.
        ("Sprogimas mieste Damaskas.", How.EXACT),
    ],
)
def test_of_many_ways_to_read_a_stretch_the_plainest_comes_first(text: str, rule: How) -> None:
    watch = Watch("damascus", "Damascus", ConceptKind.PLACE, ("geonames:170654",))
    watchlist = compile_watchlist([watch], Index()).watchlist
    first, *rest = watchlist.readings(Article("1", "feed", "", title="", body=text, language="lt"))
    assert first.rule == rule
    assert How.SKELETON not in [one.rule for one in rest]
