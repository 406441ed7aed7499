"""The newsroom's files: they fit each other, look like the real thing, and hold the traps that they promise."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import feedparser
import pytest
import trafilatura
from lxml import html
from support.newsroom import articles, demo_config, expectations, newsroom, page

ROOM = newsroom()
FEEDS = {outlet.id: outlet for outlet in ROOM.outlets}
LAST = ROOM.steps
STATES = [
    pytest.param(article.id, number, id=f"{article.id}-{state[0]}")
    for article in ROOM.articles
    for number, state in enumerate(article.states)
    if article.text
]
EVENT = {"dw-homs": "en", "voice-homs": "ar", "sinir-humus": "tr", "vestnik-homs": "ru", "tagblatt-homs": "de"}

REPRINTS = ("courier-coast", "coast-wire")  # of a report that was told of: its alert lists them, too.


def parsed(feed_id: str, step: int = LAST) -> Any:  # noqa: ANN401 - feedparser has no types.
    return feedparser.parse(ROOM.feed_text(FEEDS[feed_id], step).encode())


def raw(feed_id: str) -> str:
    return (ROOM.folder / FEEDS[feed_id].file).read_text(encoding="utf-8")


def titles(feed_id: str, step: int) -> list[str]:
    if FEEDS[feed_id].type == "application/feed+json":
        return [item["title"] for item in json.loads(ROOM.feed_text(FEEDS[feed_id], step))["items"]]
    return [entry.title for entry in parsed(feed_id, step).entries]


def body_of(article_id: str, state: int = -1) -> str:
    """Return the text that the writer of a page meant as its body: paragraphs and headings, nothing around them."""
    tree = html.fromstring(page(article_id, state))
    block = tree.xpath(
        "//div[contains(@class,'rich-text')] | //article/div[@class!='share-bar' and @class!='newsletter'"
        " and @class!='content-area']"
    )[0]
    for embedded in block.xpath(".//div"):
        embedded.getparent().remove(embedded)
    return " ".join(str(block.text_content()).split())


# --- the files fit each other ---------------------------------------------------------------------------------------


def test_every_article_has_a_row_in_the_table_and_every_row_an_article() -> None:
    assert set(articles()) == set(expectations())


def test_every_page_belongs_to_an_article_and_is_there() -> None:
    named = {file for article in ROOM.articles for _, file in article.states}
    assert named == {f"pages/{path.name}" for path in (ROOM.folder / "pages").iterdir()}


@pytest.mark.parametrize("feed_id", FEEDS)
def test_a_feed_states_exactly_the_articles_of_its_schedule(feed_id: str) -> None:
    scheduled = {(a.id, step) for a in ROOM.articles if a.feed == feed_id for step, _ in a.states}
    text = raw(feed_id)
    if feed_id == "coast":
        marks = [item["_newsroom"] for item in json.loads(text)["items"]]
        stated = {(mark["article"], mark["step"]) for mark in marks}
    else:
        stated = {(name, int(step)) for name, step in re.findall(r"<!-- article (\S+) (\d+) -->", text)}
    assert stated == scheduled


def test_the_table_speaks_of_watches_and_steps_that_exist() -> None:
    watches = {watch["id"] for watch in demo_config()["watch"]}
    for name, row in expectations().items():
        steps = [step for step, _ in articles()[name].states]
        assert row.watches <= watches, name
        assert len(row.why) > 20, name
        assert {step for step, _ in row.alerts} <= set(steps), name
        assert all(one < other for one, other in pairwise(step for step, _ in row.alerts)), name


def test_what_stands_before_the_first_poll_alerts_nothing_and_everything_else_all_that_applies() -> None:
    for name, row in expectations().items():
        alerted = [watch for _, watches in row.alerts for watch in watches]
        assert sorted(alerted) == ([] if articles()[name].step == 0 or name in REPRINTS else sorted(row.watches)), name


def test_every_feed_has_something_before_the_first_poll_and_something_after_it() -> None:
    for feed_id in FEEDS:
        steps = {article.step for article in ROOM.articles if article.feed == feed_id}
        assert 0 in steps, feed_id
        assert max(steps) > 0, feed_id


def test_no_poll_finds_most_of_a_feed_new() -> None:
    # Four fifths of a feed suddenly new is a storm, and would be held.
    for feed_id in FEEDS:
        for step in range(1, LAST + 1):
            before, now = titles(feed_id, step - 1), titles(feed_id, step)
            fresh = set(now) - set(before)
            assert len(fresh) / len(now) < 0.6, (feed_id, step)


# --- the feeds are built like real ones -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed_id", "version"),
    [
        ("dw-en", "rss10"),
        ("dw-ar", "rss10"),
        ("wire", "atom10"),
        ("courier", "rss20"),
        ("sinir", "rss20"),
        ("vestnik", "rss20"),
        ("tagblatt", "rss20"),
        ("voice", "rss20"),
    ],
)
def test_a_feed_parses_cleanly_as_what_it_is_at_every_step(feed_id: str, version: str) -> None:
    for step in range(LAST + 1):
        feed = parsed(feed_id, step)
        assert not feed.bozo, (step, feed.get("bozo_exception"))
        assert feed.version == version
        due = [article for article in ROOM.articles if article.feed == feed_id and article.state_at(step)]
        assert len(feed.entries) == len(due), step


def test_the_json_feed_keeps_our_marks_to_itself() -> None:
    feed = json.loads(ROOM.feed_text(FEEDS["coast"], LAST))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert len(feed["items"]) == 4
    assert not [item for item in feed["items"] if "_newsroom" in item]


@pytest.mark.parametrize(("feed_id", "lang"), [("dw-en", "en"), ("dw-ar", "ar")])
def test_the_rdf_feeds_are_built_like_those_of_dw(feed_id: str, lang: str) -> None:
    text = ROOM.feed_text(FEEDS[feed_id], LAST)
    feed = parsed(feed_id)
    assert "<guid" not in text
    assert text.count("<rdf:li ") == len(feed.entries)
    for entry in feed.entries:
        link, _, tracker = entry.link.partition("?")
        assert re.fullmatch(rf"maca={lang}-rss-{lang}-all-\d+-rdf", tracker)
        assert re.search(rf"/(a|live|g)-{entry.dwsyn_contentid}$", link)
        assert entry.language == lang
        assert entry.tags
        assert "updated" in entry
        assert "published" not in entry
        assert 60 <= len(entry.summary) <= 220


def test_the_local_paper_carries_its_full_text_in_the_feed() -> None:
    for entry in parsed("courier").entries:
        assert len(entry.content[0].value) > 800, entry.title


# --- the pages are pages, and their chrome is chrome -----------------------------------------------------------------


@pytest.mark.parametrize(("article_id", "state"), STATES)
def test_a_page_has_a_body_of_honest_length(article_id: str, state: int) -> None:
    assert 150 <= len(body_of(article_id, state).split()) <= 500


@pytest.mark.parametrize(("article_id", "state"), STATES)
def test_nothing_around_the_body_survives_extraction(article_id: str, state: int) -> None:
    text = trafilatura.extract(page(article_id, state).encode()) or ""
    tree = html.fromstring(page(article_id, state))
    title = tree.xpath("string(//h1)")
    around = tree.xpath(
        "//nav//a | //aside//a | //h3//a | //figcaption | //figcaption/* | //ol[contains(@class,'focus-menu-shown')]//a"
        " | //div[contains(@class,'embed')]/h2 | //a[@class='quick-item'] | //div[contains(@class,'focus-item')]"
        " | //footer//li"
    )
    lines = {line.strip() for line in text.splitlines()}
    strays = {" ".join(element.text_content().split()) for element in around} & lines
    assert strays - {title} == set()
    kept = [word for word in body_of(article_id, state).split() if word in text]
    assert len(kept) >= 0.95 * len(body_of(article_id, state).split())


def test_the_gallery_has_no_text_and_says_so() -> None:
    assert [article.id for article in ROOM.articles if not article.text] == ["dw-gallery"]
    assert not trafilatura.extract(page("dw-gallery").encode())
    teaser = next(
        entry.summary for entry in parsed("dw-en").entries if entry.link.partition("?")[0].endswith("g-70985410")
    )
    assert "Homs" in teaser


# --- the story and its traps ------------------------------------------------------------------------------------------


def test_five_publishers_tell_one_event_in_five_languages() -> None:
    told = {articles()[name] for name in EVENT}
    assert len({FEEDS[article.feed].publisher for article in told}) == 5
    assert {article.id: FEEDS[article.feed].lang for article in told} == EVENT
    assert all({"homs", "rastan"} <= expectations()[article.id].watches for article in told)


def test_the_report_names_the_towns_in_its_body_alone() -> None:
    entry = next(entry for entry in parsed("dw-en").entries if entry.dwsyn_contentid == "70985121")
    stated = f"{entry.title} {entry.summary}"
    assert "Homs" in stated
    assert not [name for name in ("Rastan", "Rustan", "Talbiseh", "Hama", "Aleppo", "HTS") if name in stated]
    body = body_of("dw-homs")
    assert all(name in body for name in ("Rastan", "Rustan", "Talbiseh", "Hama", "Aleppo", "HTS", "al-Golani"))


def test_the_box_below_the_olives_names_homs_five_times_and_the_article_never() -> None:
    tree = html.fromstring(page("dw-olives"))
    assert len(tree.xpath("//section[@id='more-on-topic']//h3[contains(., 'Homs')]")) == 5
    assert "Homs" not in body_of("dw-olives")
    # The video's title and the picture's credit name it too.
    assert tree.xpath("//div[contains(@class,'embed')]/h2[contains(., 'Homs')]")
    assert tree.xpath("//figcaption[contains(., 'Homs')]")


def test_a_wire_text_is_reprinted_twice_word_for_word() -> None:
    original = body_of("wire-coast").replace("(Reporting by the LWA Levant desk)", "").strip()
    for reprint in ("courier-coast", "coast-wire"):
        assert body_of(reprint).startswith(original)
        assert FEEDS[articles()[reprint].feed].publisher != "wire"


def test_the_update_keeps_its_id_and_changes_its_toll() -> None:
    def bridge(step: int) -> Any:  # noqa: ANN401 - feedparser has no types.
        return next(entry for entry in parsed("wire", step).entries if entry.id.endswith(":wire-bridge"))

    assert "four" in bridge(2).title
    assert "nine" in bridge(4).title
    assert bridge(2).published == bridge(4).published
    assert bridge(2).updated < bridge(4).updated


def test_the_correction_is_an_article_of_its_own() -> None:
    wire = {entry.id: entry for entry in parsed("wire").entries}
    first, corrected = (wire[f"tag:levantwire.example,2024:{name}"] for name in ("wire-hama", "wire-hama-corrected"))
    assert corrected.title.startswith("CORRECTED")
    assert corrected.link != first.link


def test_the_liveblog_keeps_its_number_while_its_text_changes() -> None:
    def live(step: int) -> Any:  # noqa: ANN401 - feedparser has no types.
        return next(entry for entry in parsed("dw-en", step).entries if "/live-" in entry.link)

    assert len({live(step).link for step in (1, 3, 5)}) == 1
    assert len({live(step).title for step in (1, 3, 5)}) == 3
    assert ["Homs" in body_of("dw-live", state) for state in range(3)] == [False, True, True]


def test_the_old_item_comes_back_with_nothing_new_but_its_date() -> None:
    def archive(step: int) -> Any:  # noqa: ANN401 - feedparser has no types.
        return next(entry for entry in parsed("courier", step).entries if entry.title == "Winter in the old quarter")

    old, dated = archive(0), archive(LAST)
    assert (old.published_parsed[0], dated.published_parsed[0]) == (2012, 2024)
    assert (old.id, old.link, old.title, old.summary) == (dated.id, dated.link, dated.title, dated.summary)


@pytest.mark.parametrize(
    ("article_id", "bait"),
    [
        ("dwar-hummus", "حمص"),
        ("tagblatt-hummus", "Hummus"),
        ("tagblatt-hummus", "Aleppo-Pfeffer"),
        ("tagblatt-humus", "Humus"),
        ("dw-hamas", "Hamas"),
        ("dw-hamas", "Golani Brigade"),
        ("wire-khoms", "port of Homs"),
        ("wire-khoms", "Tripoli"),
        ("vestnik-port", "порта Хомс"),
        ("wire-tripoli-ly", "Tripoli"),
        ("wire-football", "Karamah Homs"),
        ("courier-conductor", "Oriol Homs"),
        ("courier-pepper", "Aleppo pepper"),
        ("voice-anthem", "حماة الديار"),
    ],
)
def test_a_trap_holds_its_bait_and_must_alert_nobody(article_id: str, bait: str) -> None:
    assert bait in body_of(article_id)
    assert expectations()[article_id].watches == frozenset()


def test_the_city_in_turkish_and_the_soil_in_german_are_one_word() -> None:
    assert "Humus'ta" in body_of("sinir-humus")
    assert "homs" in expectations()["sinir-humus"].watches
    assert "Humus" in body_of("tagblatt-humus")


def test_no_file_names_an_address_that_could_be_somebodys() -> None:
    # Whatever a page links to is its own publisher, or a name that nobody can register. Source: RFC 2606.
    known = re.compile(r"https?://(?!www\.w3\.org|purl\.org|schema\.org|jsonfeed\.org|rss\.dw\.com/syndication/dwsyn)")
    for path in sorted(Path(ROOM.folder).rglob("*")):
        if path.suffix in {".html", ".xml", ".rdf", ".atom", ".json"}:
            text = path.read_text(encoding="utf-8")
            hosts = {text[found.end() :].split("/")[0].split('"')[0] for found in known.finditer(text)}
            assert not [host for host in hosts if not host.endswith(".example")], path
