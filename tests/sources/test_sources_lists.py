from __future__ import annotations

import tomllib

import pytest

from monitor.errors import ParseError
from monitor.sources.discover import Found, discover_feeds
from monitor.sources.opml import OpmlFeed, feeds_toml, read_opml, write_opml

URL = "https://news.example.org/world/"


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("html", "found"),
    [
        (
            page('<link rel="alternate" type="application/rss+xml" title="All &amp; more" href="/rss">'),
            (Found("https://news.example.org/rss", "All & more", "rss"),),
        ),
        (
            page("<LINK REL='Alternate feed' TYPE='application/atom+xml; charset=utf-8' HREF='a.xml'>"),
            (Found("https://news.example.org/world/a.xml", "", "atom"),),
        ),
        (
            page(
                '<base href="https://cdn.example.org/x/"><link rel="alternate" type="application/feed+json" href="f">'
            ),
            (Found("https://cdn.example.org/x/f", "", "json"),),
        ),
        (
            page('<link rel="alternate" type="text/xml" href="/1"><link rel="alternate" type="text/xml" href="/1">'),
            (Found("https://news.example.org/1", "", "xml"),),
        ),
        (page('<link rel="alternate" hreflang="ar" href="/ar">'), ()),
        (page('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">'), ()),
        (page('<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">'), ()),
        (
            page(body='<a href="/feeds/all.xml">Our feed</a> <a href="/feedback">Write to us</a> <a href="/x">X</a>'),
            (Found("https://news.example.org/feeds/all.xml", "Our feed", "link"),),
        ),
        (b"", ()),
        (b"\x00\xff<<<<", ()),
    ],
)
def test_the_feeds_that_a_page_names_are_found(html: bytes, found: tuple[Found, ...]) -> None:
    assert discover_feeds(html, URL) == found


def test_declared_feeds_win_over_links_in_the_text() -> None:
    html = page('<link rel="alternate" type="application/rss+xml" href="/rss">', '<a href="/feed/">Feed</a>')
    assert [feed.url for feed in discover_feeds(html, URL)] == ["https://news.example.org/rss"]


FEEDS = (
    OpmlFeed("Town & <Country>", "https://a.example/rss?x=1&y=2", "News/Middle East"),
    OpmlFeed("عنب بلدي", "https://b.example/feed", "News/Middle East"),
    OpmlFeed('The "Post"', "https://c.example/atom.xml"),
)


def test_what_is_written_as_opml_is_read_back_the_same() -> None:
    assert read_opml(write_opml(FEEDS, title="Mine & yours").encode()) == FEEDS


def test_an_opml_file_of_another_reader_is_read() -> None:
    body = b"""<opml version="1.0"><body><outline title="World"><outline text="A" xmlUrl=" https://a.example/ "/>
    <outline text="Again" xmlUrl="https://a.example/"/><outline text="Local file" xmlUrl="file:///etc/passwd"/>
    </outline><outline text="A note"/></body></opml>"""
    assert read_opml(body) == (OpmlFeed("A", "https://a.example/", "World"),)


@pytest.mark.parametrize("body", [b"", b"just words", b"<rss version='2.0'></rss>"])
def test_what_is_no_opml_is_named(body: bytes) -> None:
    with pytest.raises(ParseError, match="not an OPML file"):
        read_opml(body)


def test_feeds_become_tables_of_the_configuration_with_ids_of_their_own() -> None:
    twice = (*FEEDS, OpmlFeed("The Post", "https://d.example/"), OpmlFeed("", "https://www.e.example/rss"))
    tables = tomllib.loads(feeds_toml(twice, taken={"town-country"}))["feed"]
    assert [table["id"] for table in tables] == ["town-country-2", "b-example", "the-post", "the-post-2", "e-example"]
    assert [table["url"] for table in tables] == [feed.url for feed in twice]
    assert tables[0]["name"] == "Town & <Country>"
    assert "name" not in tables[4]


def test_no_title_breaks_out_of_its_string() -> None:
    text = feeds_toml([OpmlFeed('x"\n[[channel]]\nid = "\\', "https://a.example/")])
    assert tomllib.loads(text)["feed"][0]["name"] == 'x"[[channel]]id = "\\'
