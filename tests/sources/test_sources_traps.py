"""What feedparser does by itself, and what we make of it: where the naive call fails, ours does not."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest

from monitor.errors import ParseError
from monitor.model import Entry
from monitor.planning.identity import identify
from monitor.sources.feeds import parse_feed
from monitor.sources.fields import MOST_ENTRIES, MOST_FIELD

HERE = "https://news.example.org/all.xml"
DECLARED = '<?xml version="1.0" encoding="utf-8"?>'
ODD = 25


def item(number: int, title: str, more: str = "") -> str:
    link = f"https://news.example.org/{number}"
    return f"<item><title>{title}</title><link>{link}</link><guid>g{number}</guid>{more}</item>"


def fifty(odd: str, *, declaration: str = DECLARED, more: str = "", title: str = "Homs") -> bytes:
    """Write a feed of fifty entries, one of which has an odd title."""
    rows = "".join(item(n, odd if n == ODD else f"{title} {n}", more if n == ODD else "") for n in range(50))
    return f"{declaration}<rss version='2.0'><channel><title>T</title>{rows}</channel></rss>".encode()


def naive(body: bytes) -> Any:  # noqa: ANN401 - feedparser's own dictionary.
    """Call feedparser as its documentation does."""
    return feedparser.parse(io.BytesIO(body))


def read(body: bytes) -> tuple[Entry, ...]:
    return parse_feed(body, HERE, "application/xml").entries


# --- what is opened, and what is raised ----------------------------------------------------------------------------


def test_a_body_that_is_a_path_opens_a_file_for_the_naive_call_only(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(fifty("Nobody's business"))
    assert len(feedparser.parse(str(secret).encode()).entries) == 50
    with pytest.raises(ParseError, match="not a feed"):
        read(str(secret).encode())


def test_a_body_that_names_a_fifo_hangs_the_naive_call_only(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(ParseError, match="not a feed"):
        read(str(fifo).encode())
    with pytest.raises(OSError, match=os.strerror(errno.ENXIO)):  # nobody reads it.
        os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    naive_call = threading.Thread(target=feedparser.parse, args=(str(fifo).encode(),), daemon=True)
    naive_call.start()
    with fifo.open("wb") as writer:  # which opens only because somebody reads: the naive call, which waits for us.
        assert naive_call.is_alive()
        writer.write(fifty("Homs"))
    naive_call.join(20)
    assert not naive_call.is_alive()


@pytest.mark.parametrize("reference", ["&#xD800;", "&#x110000;", "&#99999999999999;"])
def test_a_bad_character_reference_loses_the_naive_call_all_fifty_entries(reference: str) -> None:
    body = fifty(f"Homs {reference} shelled")
    with pytest.raises((ValueError, OverflowError)):
        naive(body)
    titles = [entry.title for entry in read(body)]
    assert (len(titles), titles[ODD]) == (50, "Homs \ufffd shelled")


def test_an_exotic_charset_loses_the_naive_call_the_feed() -> None:
    body = fifty("Homs", declaration='<?xml version="1.0" encoding="punycode"?>')
    with pytest.raises(UnicodeError):
        naive(body)
    assert len(read(body)) == 50


@pytest.mark.parametrize("charset", ["idna", "base64", "undefined", "unicode_escape", "no-such", "", "x" * 9_000])
def test_no_declared_charset_costs_an_entry(charset: str) -> None:
    assert len(read(fifty("Homs", declaration=f'<?xml version="1.0" encoding="{charset}"?>'))) == 50


# --- text -----------------------------------------------------------------------------------------------------------


def test_markup_that_the_naive_call_lets_through_is_no_part_of_our_text() -> None:
    body = fifty("&lt;b onclick=evil()&gt;Homs&lt;/b&gt;", more="<description>&lt;svg/onload=evil()&gt;</description>")
    assert "onload" in naive(body).entries[ODD].summary or "<svg" in naive(body).entries[ODD].summary
    assert "<b" in naive(body).entries[ODD].title
    entry = read(body)[ODD]
    assert (entry.title, entry.teaser) == ("Homs", "")


def test_undeclared_cyrillic_is_mojibake_for_the_naive_call_only() -> None:
    title = "Обстрел города Хомс"
    body = fifty(title, declaration="", title=title).decode().encode("cp1251")
    assert title not in naive(body).entries[ODD].title
    assert read(body)[ODD].title == title


@pytest.mark.parametrize(
    ("charset", "title"), [("utf-8", "قصف على مدينة حمص"), ("utf-8", "Хомс под обстрелом"), ("gb18030", "叙利亚霍姆斯")]
)
def test_one_bad_byte_turns_no_other_entry_to_mojibake(charset: str, title: str) -> None:
    body = fifty("XX", declaration=f'<?xml version="1.0" encoding="{charset}"?>', title=title)
    titles = [entry.title for entry in read(body.decode().encode(charset).replace(b"XX", b"a\xff"))]
    assert [one for n, one in enumerate(titles) if n != ODD] == [f"{title} {n}" for n in range(50) if n != ODD]
    assert "a" in titles[ODD]


def test_a_lone_surrogate_in_utf_16_costs_itself() -> None:
    body = fifty("aQb", declaration='<?xml version="1.0" encoding="utf-16"?>').decode().encode("utf-16")
    entries = read(body.replace("Q".encode("utf-16-le"), b"\x00\xd8"))
    assert (len(entries), entries[ODD].title) == (50, "a\ufffdb")


def test_a_section_that_nobody_closed_takes_no_other_entry_along() -> None:
    body = fifty("<![CDATA[Homs under fire")
    assert len(naive(body).entries) < 50
    titles = [entry.title for entry in read(body)]
    assert (len(titles), titles[ODD]) == (50, "Homs under fire")


@pytest.mark.parametrize(
    "odd",
    ["a\x00b", "a\x0bb\x1f", "AT&T & co", "5 < 6 km", "&nosuch;", "<b>open", "<foo:bar>x</foo:bar>", "&#xFFFE;"],
)
def test_what_no_xml_may_hold_costs_no_entry(odd: str) -> None:
    assert [entry.link for entry in read(fifty(odd))] == [f"https://news.example.org/{n}" for n in range(50)]


# --- dates ----------------------------------------------------------------------------------------------------------


def test_dw_s_only_date_is_found_where_the_naive_call_has_no_published() -> None:
    body = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="x"><title>T</title>'
        b"<dc:date>2024-12-06T10:15:00Z</dc:date></item></rdf:RDF>"
    )
    assert "published" not in naive(body).entries[0]
    assert read(body)[0].published_at == datetime(2024, 12, 6, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "made_up", "ours"),
    [("2024-13-01", 2025, None), ("1733479200", None, datetime(2024, 12, 6, 10, tzinfo=UTC))],
)
def test_dates_that_the_naive_call_makes_up_are_right_or_as_given(
    written: str, made_up: int | None, ours: datetime | None
) -> None:
    body = fifty("Homs", more=f"<pubDate>{written}</pubDate>")
    parsed = naive(body).entries[ODD].published_parsed
    assert parsed is None or parsed.tm_year != 2024
    assert made_up is None or parsed.tm_year == made_up
    entry = read(body)[ODD]
    assert (entry.published_at, entry.published_raw) == (ours, written)


# --- floods of input ------------------------------------------------------------------------------------------------


@pytest.mark.release
def test_more_entries_than_5000_are_left_out_which_the_naive_call_reads_for_a_minute() -> None:
    rows = "".join(item(n, "Homs") for n in range(MOST_ENTRIES + 500))
    body = f"{DECLARED}<rss version='2.0'><channel>{rows}</channel></rss>".encode()
    assert len(naive(body).entries) == MOST_ENTRIES + 500
    huge = body.replace(b"</channel>", item(1, "Homs").encode() * (100_000 - MOST_ENTRIES - 500) + b"</channel>")
    feed = parse_feed(huge, HERE)
    assert len(feed.entries) == MOST_ENTRIES
    assert feed.problems == ("only the first 5,000 of 100,000 entries are read",)


@pytest.mark.slow
def test_entries_that_are_never_closed_are_bounded_too() -> None:
    feed = parse_feed(b'<feed xmlns="http://www.w3.org/2005/Atom">' + b"<entry><title>x</title>" * 30_000, HERE)
    assert len(feed.entries) == MOST_ENTRIES


@pytest.mark.slow
def test_a_title_of_50_megabytes_is_cut_which_the_naive_call_keeps() -> None:
    body = fifty("x" * 50_000_000)
    assert len(naive(body).entries[ODD].title) == 50_000_000
    assert [len(entry.title) <= MOST_FIELD for entry in read(body)] == [True] * 50


def test_a_tag_of_many_attributes_costs_its_attributes() -> None:
    attributes = " ".join(f'a{n}="1"' for n in range(20_000))
    feed = parse_feed(fifty("Homs", more=f"<e {attributes}/>"), HERE)
    assert (len(feed.entries), feed.problems) == (50, ())


# --- ends that are none, and JSON -----------------------------------------------------------------------------------


def test_a_feed_that_breaks_off_is_called_so_which_the_naive_call_leaves_to_a_word_of_expat() -> None:
    body = fifty("Homs")[:-400]
    assert naive(body).bozo
    assert "truncated" not in naive(body)
    feed = parse_feed(body, HERE)
    assert feed.truncated
    assert [entry.link for entry in feed.entries] == [f"https://news.example.org/{n}" for n in range(len(feed.entries))]
    assert len(feed.entries) >= 44


def json_feed(*items: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": list(items)})


ITEMS = [{"id": str(n), "url": f"https://news.example.org/{n}", "title": f"Homs {n}"} for n in range(50)]


def test_a_json_feed_is_nothing_to_the_naive_call() -> None:
    body = json_feed(*ITEMS).encode()
    assert (naive(body).version, naive(body).entries) == ("", [])
    assert len(read(body)) == 50


def test_a_json_feed_that_breaks_off_gives_what_is_whole() -> None:
    feed = parse_feed(json_feed(*ITEMS)[:-300].encode(), HERE)
    assert feed.truncated
    assert [entry.title for entry in feed.entries] == [f"Homs {n}" for n in range(len(feed.entries))]
    assert len(feed.entries) >= 44
    assert "breaks off" in feed.problems[0]


def test_half_a_character_in_a_json_link_costs_no_entry() -> None:
    items = [{"id": str(number), "url": f"https://example.org/{number}", "title": "Rain"} for number in range(3)]
    items[1] |= {"id": "\ud800", "url": "https://example.org/\ud800/a?b=\udfff", "title": "Rain \ud800"}
    feed = parse_feed(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode(), HERE)
    assert [entry.link for entry in feed.entries] == [
        "https://example.org/0",
        "https://example.org/\ufffd/a?b=\ufffd",
        "https://example.org/2",
    ]
    assert len(identify("wire", feed.entries)) == 3


def test_an_item_that_cannot_be_read_costs_no_other() -> None:
    absurd = {"id": "absurd", "content_html": f"Homs &#{'9' * 5_000};"}
    feed = parse_feed(json_feed(*ITEMS[:3], absurd, *ITEMS[3:]).encode(), HERE)
    assert [entry.title for entry in feed.entries] == [f"Homs {n}" for n in range(50)]
    assert feed.problems == ("1 entries could not be read",)


def test_a_json_bomb_costs_what_comes_behind_it() -> None:
    bomb = json_feed(*ITEMS[:30], {"id": "bomb", "x": "BOMB"}).replace('"BOMB"', "[" * 100_000 + "]" * 100_000)
    feed = parse_feed(bomb.encode(), HERE)
    assert len(feed.entries) == 30
    assert feed.truncated
    with pytest.raises(ParseError, match="begins like JSON"):
        read(b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 1_000_000)


def test_one_odd_item_costs_a_json_feed_that_item_s_odd_part() -> None:
    odd = {"id": [], "url": {}, "title": 5, "tags": {"a": 1}, "content_html": [], "date_published": 17}
    text = json_feed(*ITEMS[:10], odd, {"id": "NUMBER", "title": "Hama"}, *ITEMS[10:])
    entries = read(text.replace('"NUMBER"', "9" * 5_000).encode())
    assert len(entries) == 52
    assert entries[11].guid == "9" * 5_000


def test_a_web_page_in_a_feed_s_place_names_its_feeds_wherever_it_says_what_it_is() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/rss">'
    for page in (f"<html><head>{link}</head></html>", f"<!-- {'x' * 9_000} --><HTML><head>{link}</head></HTML>"):
        assert naive(page.encode()).entries == []
        with pytest.raises(ParseError, match=r"web page, not a feed; it names https://news\.example\.org/rss"):
            read(page.encode())


# --- what takes long -----------------------------------------------------------------------------------------------


def test_a_long_author_costs_the_naive_call_its_square_and_us_next_to_nothing() -> None:
    body = fifty("Homs", more=f"<author>{'a' * 20_000}</author>")
    assert len(read(body)) == 50  # with all that is loaded late.
    assert work_of(lambda: naive_beside_ours(body)) > 5 * work_of(lambda: read(body))


def naive_beside_ours(body: bytes) -> None:
    """Call feedparser as its documentation does, in a process of its own: in this one ours has put its part right."""
    code = "import feedparser, io, sys; assert len(feedparser.parse(io.BytesIO(sys.stdin.buffer.read())).entries) == 50"
    subprocess.run([sys.executable, "-c", code], input=body, check=True)


def work_of(call: Callable[[], object]) -> float:
    """Return the seconds of CPU that a call takes, with those of the processes it waits for."""
    before = os.times()
    call()
    return sum(os.times()[:4]) - sum(before[:4])
