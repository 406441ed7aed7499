"""The bytes of a feed: what is read in them, or that they are no feed."""

from __future__ import annotations

import json
from datetime import UTC
from urllib.parse import urlsplit

from fuzz.mutation import CONTENT_TYPES, corpus, odd_feeds, shipped, texts, wounded
from fuzz.spending import Target, always
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import Entry
from monitor.planning.identity import identify
from monitor.planning.work import ParsedFeed
from monitor.sources.feeds import LONGEST_TTL, parse_feed
from monitor.sources.fields import MOST_CATEGORIES, MOST_ENTRIES, MOST_FIELD

URL = "https://wire.example/feed"
RSS1 = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
)
# One document of each format: its beginning, an entry's beginning and end, and its end.
FORMS = (
    ("<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>", "<item>", "</item>", "</channel></rss>"),
    ("<rss version='0.91'><channel>", "<item>", "</item>", "</channel></rss>"),
    (f"{RSS1}<channel><title>x</title></channel>", "<item rdf:about='https://a.example/1'>", "</item>", "</rdf:RDF>"),
    ("<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://a.example/'>", "<entry>", "</entry>", "</feed>"),
    ("<feed version='0.3' xmlns='http://purl.org/atom/ns#'>", "<entry>", "</entry>", "</feed>"),
    ("<channel HREF='http://a.example/'>", "<item HREF='/x'>", "</item>", "</channel>"),
)
TAGS = (
    *("title", "link", "guid", "id", "description", "summary", "content", "content:encoded", "pubDate", "updated"),
    *("dc:date", "published", "modified", "category", "language", "ttl", "dwsyn:contentID", "source", "enclosure"),
    *("author", "itunes:summary", "media:title", "georss:point", "sy:updatePeriod", "svg", "textInput", "image"),
)
ATTRIBUTES = (
    *("", " isPermaLink='false'", " href='https://a.example/b'", " href='javascript:x'", " rel='alternate' href='/c'"),
    *(" type='html'", " type='xhtml'", " mode='base64'", " xml:base='//[::1'", " term='x'", " type='text/x' src='a'"),
)
VALUES = (
    "https://a.example/\ud800?a=\udfff",
    *("https://a.example/1", "http://[::1", "//x", "javascript:x", "https://b.example:99999/", "http://a@b/", "/rel"),
    *("Fri, 06 Dec 2024 14:00:00 GMT", "2024-13-01", "1700000000", "Fri, 99 Xxx 2024", "0000-00-00", "9999-12-31T23"),
    *("2024-12-06T14:00:00+99:99", "٢٠٢٤-١٢-٠٦", "-1", "99999999999999999999999", "daily", "en-GB", "ar", "--"),
    *("<![CDATA[<p>Homs</p>]]>", "&lt;svg/onload=x&gt;", "&#xD800;", "&#x110000;", "&#99999999999999;", "&undeclared;"),
)
TOKENS = tuple(
    token.encode(errors="surrogatepass")
    for token in (
        *VALUES,
        *(f"<{tag}>" for tag in TAGS),
        *(f"</{tag}>" for tag in TAGS),
        *("<![CDATA[", "]]>", "<!--", "-->", "<?php ?>", "<!DOCTYPE r [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;'>]>"),
        *("&b;", "&#0;", "\x00", "\ufeff", "\ufffe", "\ud800", "<?xml version='1.0' encoding='punycode'?>", "<a " * 9),
        *(
            "encoding='utf-16'",
            "encoding='idna'",
            "<html><body>",
            "{",
            '{"version":"https://jsonfeed.org/version/1.1",',
        ),
        *('"items":[', '{"id":1e999,', '"date_published":[],', "</rss>", "<rss", "<" * 50, "xmlns:x='", "/etc/passwd"),
    )
)
values = st.one_of(st.sampled_from(VALUES), texts)
fields = st.tuples(st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES), values).map(
    lambda one: f"<{one[0]}{one[1]}>{one[2]}</{one[0]}>"
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from(VALUES)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["url", "name"]), inner)),
    max_leaves=4,
)
JSON_KEYS = ("id", "url", "external_url", "title", "content_html", "content_text", "summary", "date_published", "tags")


@st.composite
def invented(draw: st.DrawFn) -> bytes:
    """Draw a feed whose form is sound and whose fields hold anything."""
    begin, opens, closes, end = draw(st.sampled_from(FORMS))
    head = "".join(draw(st.lists(fields, max_size=4)))
    items = ["".join(draw(st.lists(fields, max_size=8))) for _ in range(draw(st.integers(0, 6)))]
    text = begin + head + "".join(f"{opens}{item}{closes}" for item in items) + end
    return text.encode(draw(st.sampled_from(["utf-8", "utf-16", "cp1251", "shift-jis"])), "replace")


@st.composite
def invented_json(draw: st.DrawFn) -> bytes:
    """Draw a JSON feed whose values are of any kind."""
    items = draw(st.lists(st.dictionaries(st.sampled_from(JSON_KEYS), json_values, max_size=6), max_size=5))
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": draw(json_values), "items": items}
    return json.dumps(feed, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")


SEEDS = [*shipped("newsroom/feeds/*"), *corpus("feeds"), *odd_feeds()]
INPUTS = st.tuples(
    st.one_of(wounded(SEEDS, TOKENS), invented(), invented_json(), st.binary(max_size=300)),
    st.sampled_from([URL, "", "https://[2606:4700::1111]:8443/x", "http://xn--80ak6aa92e.example/%00"]),
    CONTENT_TYPES,
)


def check(value: tuple[bytes, str, str]) -> str:
    """Read a feed: its entries are within their bounds, and tell who they are."""
    body, url, content_type = value
    try:
        found = parse_feed(body, url, content_type)
    except ParseError:
        return "refused"
    check_feed(found)
    return f"read ({found.format or 'no format'})" if found.entries else "without entries"


def check_feed(found: ParsedFeed) -> None:
    """Check the bounds of all that came out of a feed."""
    assert len(found.entries) <= MOST_ENTRIES
    assert len(found.title) <= MOST_FIELD
    assert found.ttl is None or 0 < found.ttl.total_seconds() <= LONGEST_TTL.total_seconds()
    for entry in found.entries:
        check_entry(entry)
    for candidate in identify("wire", found.entries):
        assert candidate.keys, "an entry without a key"
        assert all(key.isascii() for key in candidate.keys), "a key that a database may refuse"


def check_entry(entry: Entry) -> None:
    """Check one entry."""
    stated = (entry.guid, entry.link, entry.url, entry.title, entry.teaser, entry.text, entry.published_raw)
    assert all(len(text or "") <= MOST_FIELD for text in stated), "a field that is too long"
    assert len(entry.categories) <= MOST_CATEGORIES
    for link in (entry.link, entry.url):
        if link:
            parts = urlsplit(link)
            assert parts.scheme.lower() in {"http", "https"}, f"leads elsewhere: {link!r}"
            assert parts.hostname, f"leads nowhere: {link!r}"
            assert not any(char in link for char in "\r\n\t "), f"a blank in a link: {link!r}"
    assert entry.language is None or (entry.language.isascii() and len(entry.language) <= 3)
    assert entry.published_at is None or entry.published_at.tzinfo is UTC


TARGET = Target("parse", INPUTS, always(check), cpu=8.0)
