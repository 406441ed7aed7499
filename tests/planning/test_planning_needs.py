from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.model import Article, ConceptKind, Entry, Feed, Part, Rule, Salience, Watch
from monitor.planning.needs import LEAST, LOOK_AGAIN, PROVEN, Need, Wholes, need_of
from monitor.planning.work import EntryState, Extracted, ReadWork, StoredEntry

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
FEED = Feed("dw", "https://dw.example.org/rss", "DW", lang="en", class_="public")
KEYWORD = Watch("homs", "Homs", ConceptKind.KEYWORD, ("Homs",))
PLACE = Watch("homs", "Homs", ConceptKind.PLACE, ("geonames:169577",))
LINES = tuple(f"Line {number} of a story about the bridge north of the city and its people." for number in range(20))
WHOLE = "\n".join(LINES)
PAGE = Extracted("Title", WHOLE)


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
    assert need_of(FEED, work(), watches, Wholes()) is need


def test_an_article_of_unknown_language_may_be_in_any() -> None:
    feed = replace(FEED, lang=None)
    assert need_of(feed, work(language=None), (replace(KEYWORD, langs=("ar",)),), Wholes()) is Need.ALWAYS


def test_a_title_or_lead_that_the_page_has_yet_to_tell_is_asked_for() -> None:
    assert need_of(FEED, work(title=""), (in_(Part.TITLE),), Wholes()) is Need.ALWAYS
    assert need_of(FEED, work(teaser=""), (in_(Part.LEAD),), Wholes()) is Need.ALWAYS


def test_what_was_read_before_is_read_again() -> None:
    before = replace(work(), article=Article("a", "dw", "https://dw.example.org/a", "Title"))
    assert need_of(FEED, before, (), Wholes()) is Need.ALWAYS


def proven() -> Wholes:
    wholes = Wholes()
    for _ in range(PROVEN):
        wholes.learn(work(text=WHOLE), PAGE)
    return wholes


def test_a_feed_that_carries_its_pages_whole_is_believed_once_it_has_proven_it() -> None:
    wholes = Wholes()
    for _ in range(PROVEN):
        assert need_of(FEED, work(text=WHOLE), (PLACE,), wholes) is Need.ALWAYS
        wholes.learn(work(text=WHOLE), PAGE)
    assert need_of(FEED, work(text=WHOLE), (PLACE,), wholes) is Need.IF_HIT


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("\n".join(LINES[:10]), PAGE),
        (WHOLE, Extracted("Title", f"{WHOLE}\n{WHOLE.upper().replace('BRIDGE', 'MARKET')}")),
        (WHOLE[: LEAST - 1], PAGE),
        ("", PAGE),
    ],
    ids=["half of it", "a page that says more", "too short to tell", "no text at all"],
)
def test_one_page_that_holds_more_ends_the_belief(text: str, page: Extracted) -> None:
    wholes = proven()
    wholes.learn(work(text=text), page)
    assert need_of(FEED, work(text=WHOLE), (PLACE,), wholes) is Need.ALWAYS


def test_a_short_text_of_a_feed_with_whole_ones_is_not_believed() -> None:
    assert need_of(FEED, work(text=WHOLE[: LEAST - 1]), (PLACE,), proven()) is Need.ALWAYS


def test_every_tenth_page_is_read_all_the_same() -> None:
    wholes = proven()
    needs = [need_of(FEED, work(text=WHOLE), (PLACE,), wholes) for _ in range(2 * LOOK_AGAIN)]
    assert needs.count(Need.ALWAYS) == 2


def test_for_a_watch_that_takes_traces_captions_are_read_too() -> None:
    watch = replace(PLACE, match=Salience.TRACE)
    assert need_of(FEED, work(text=WHOLE), (watch,), proven()) is Need.ALWAYS
