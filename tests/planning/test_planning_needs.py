from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.model import Article, ConceptKind, Entry, Feed, Part, Rule, Watch
from monitor.planning.needs import Need, need_of
from monitor.planning.work import EntryState, ReadWork, StoredEntry

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
FEED = Feed("dw", "https://dw.example.org/rss", "DW", lang="en", class_="public")
KEYWORD = Watch("homs", "Homs", ConceptKind.KEYWORD, ("Homs",))
PLACE = Watch("homs", "Homs", ConceptKind.PLACE, ("geonames:169577",))


def work(*, title: str = "Title", teaser: str = "Teaser", text: str = "", language: str | None = "en") -> ReadWork:
    link = "https://dw.example.org/a"
    entry = Entry("g", link, link, title, teaser, text, language=language)
    return ReadWork(StoredEntry("e", "a", "dw", entry, NOW, EntryState.UNREAD, due_at=NOW))


def in_(*parts: Part, kind: ConceptKind = ConceptKind.KEYWORD) -> Watch:
    return replace(KEYWORD, kind=kind, rule=Rule(parts=parts))


BOUNDS = [
    ("a watch without bounds", (KEYWORD,), Need.ALWAYS),
    ("no watch at all", (), Need.NEVER),
    ("a watch for another feed", (replace(KEYWORD, feeds=("bbc",)),), Need.NEVER),
    ("a watch for this feed", (replace(KEYWORD, feeds=("bbc", "dw")),), Need.ALWAYS),
    ("a watch for another language", (replace(KEYWORD, langs=("ar", "fa")),), Need.NEVER),
    ("a watch for this language", (replace(KEYWORD, langs=("en",)),), Need.ALWAYS),
    ("a watch for another class", (replace(KEYWORD, classes=("state",)),), Need.NEVER),
    ("one that is and one that is not", (replace(KEYWORD, langs=("ar",)), KEYWORD), Need.ALWAYS),
    ("a keyword in the title only", (in_(Part.TITLE),), Need.IF_HIT),
    ("a keyword in title and lead", (in_(Part.TITLE, Part.LEAD),), Need.IF_HIT),
    ("a keyword in title and body", (in_(Part.TITLE, Part.BODY),), Need.ALWAYS),
    (
        "a place in the title, which the text may tell from its namesakes",
        (in_(Part.TITLE, kind=PLACE.kind),),
        Need.ALWAYS,
    ),
]


@pytest.mark.parametrize(("watches", "need"), [row[1:] for row in BOUNDS], ids=[row[0] for row in BOUNDS])
def test_a_page_is_needed_for_watches_that_may_apply(watches: tuple[Watch, ...], need: Need) -> None:
    assert need_of(FEED, work(), watches) is need


def test_an_article_of_unknown_language_may_be_in_any() -> None:
    feed = replace(FEED, lang=None)
    assert need_of(feed, work(language=None), (replace(KEYWORD, langs=("ar",)),)) is Need.ALWAYS


def test_a_title_or_lead_that_the_page_has_yet_to_tell_is_asked_for() -> None:
    assert need_of(FEED, work(title=""), (in_(Part.TITLE),)) is Need.ALWAYS
    assert need_of(FEED, work(teaser=""), (in_(Part.LEAD),)) is Need.ALWAYS


def test_what_was_read_before_is_read_again() -> None:
    before = replace(work(), article=Article("a", "dw", "https://dw.example.org/a", "Title"))
    assert need_of(FEED, before, ()) is Need.ALWAYS
