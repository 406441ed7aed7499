"""Watches that are for some feeds, classes and languages only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Verdict, Watch
from monitor.watching.watchlist import compile_watchlist

WATCH = Watch("homs", "Homs", ConceptKind.KEYWORD, ("Homs",))
ARTICLE = Article("a", "dw", "", "A bridge in Homs", language="en-GB", class_="public")
ROWS = [
    ("no bounds", WATCH, True),
    ("its language", replace(WATCH, langs=("ar", "en")), True),
    ("another language", replace(WATCH, langs=("ar",)), False),
    ("its feed", replace(WATCH, feeds=("dw",)), True),
    ("another feed", replace(WATCH, feeds=("bbc",)), False),
    ("its class", replace(WATCH, classes=("public",)), True),
    ("another class", replace(WATCH, classes=("state",)), False),
    ("its feed in another language", replace(WATCH, feeds=("dw",), langs=("ar",)), False),
]


@pytest.mark.parametrize(("watch", "holds"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_watch_matches_within_its_bounds(watch: Watch, *, holds: bool) -> None:
    watchlist = compile_watchlist((watch,), Index()).watchlist
    assert [one.watch_id for one in watchlist.match(ARTICLE)] == (["homs"] if holds else [])


def test_an_article_of_unknown_language_matches() -> None:
    watchlist = compile_watchlist((replace(WATCH, langs=("ar",)),), Index()).watchlist
    assert len(watchlist.match(replace(ARTICLE, language=None))) == 1


def test_who_asks_is_told_that_the_watch_is_for_others() -> None:
    watchlist = compile_watchlist((replace(WATCH, feeds=("bbc",)),), Index()).watchlist
    (told,) = watchlist.explain(ARTICLE)
    assert told.verdict is Verdict.NO
    assert told.reasons == ("the watch is for other feeds, classes or languages",)
