from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import ParseError
from monitor.planning.identity import stated_keys
from monitor.planning.work import Fetched, ParsedFeed
from monitor.sources.childfeeds import ChildFeedParser
from monitor.sources.children import Children
from monitor.sources.feeds import parse_feed

HERE = "https://news.example.org/feeds/all.xml"
RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:georss="http://www.georss.org/georss"
 xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel><title>Town News</title><link>https://news.example.org/</link>{channel}{items}</channel></rss>"""


def rss(*items: str, channel: str = "") -> bytes:
    return RSS.format(items="".join(f"<item>{item}</item>" for item in items), channel=channel).encode()


def read(body: bytes | str, content_type: str = "application/xml") -> ParsedFeed:
    return parse_feed(body.encode() if isinstance(body, str) else body, HERE, content_type)


# --- formats ------------------------------------------------------------------------------------------------------

RDF_LIKE_DW = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
 xmlns:dwsyn="http://rss.dw.com/syndication/dwsyn/">
<channel rdf:about="https://rss.dw.com/x.rdf"><title>Example Welle</title><link>https://www.dw.com/</link>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFequency>4</sy:updateFequency></channel>
<item rdf:about="https://www.dw.com/en/x/a-70000001?maca=en-rss"><title>Bridge at Rastan hit</title>
<link>https://www.dw.com/en/x/a-70000001?maca=en-rss-en-all-1573-rdf</link><description>On the M5.</description>
<dc:language>en</dc:language><dc:subject>News</dc:subject><dc:date>2024-12-06T10:15:00Z</dc:date>
<dwsyn:contentID>70000001</dwsyn:contentID></item></rdf:RDF>"""


def test_an_rdf_feed_built_as_dws_is_read_with_its_ids() -> None:
    feed = read(RDF_LIKE_DW)
    entry = feed.entries[0]
    assert (feed.format, feed.title, feed.ttl, feed.problems) == ("rss10", "Example Welle", None, ())
    assert entry.guid == "https://www.dw.com/en/x/a-70000001?maca=en-rss"
    assert entry.link == "https://www.dw.com/en/x/a-70000001?maca=en-rss-en-all-1573-rdf"
    assert entry.url == "https://www.dw.com/en/x/a-70000001"
    assert (entry.content_id, entry.language, entry.categories) == ("70000001", "en", ("News",))
    assert entry.published_at == datetime(2024, 12, 6, 10, 15, tzinfo=UTC)
    assert entry.published_raw == "2024-12-06T10:15:00Z"


def test_an_atom_feed_is_read_with_its_content_and_base() -> None:
    feed = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ar" xml:base="https://base.example.org/a/">
        <title>Wire</title><entry><id>tag:example.org,2024:1</id><title type="html">&lt;b&gt;قصف&lt;/b&gt; حمص</title>
        <link rel="self" href="self.xml"/><link rel="alternate" href="story/1"/>
        <updated>2024-12-06T12:00:00+03:00</updated>
        <summary>short</summary><content type="xhtml">
        <div xmlns="http://www.w3.org/1999/xhtml"><p>One.</p><p>Two.</p></div>
        </content></entry></feed>"""
    )
    entry = feed.entries[0]
    assert (feed.format, feed.language, entry.language) == ("atom10", "ar", "ar")
    assert (entry.title, entry.teaser, entry.text) == ("قصف حمص", "short", "One.\nTwo.")
    assert entry.link == "https://base.example.org/a/story/1"
    assert entry.published_at == datetime(2024, 12, 6, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "format_"),
    [
        ('<rss version="0.91"><channel><title>T</title><item><title>A</title></item></channel></rss>', "rss091u"),
        ('<rss version="0.92"><channel><title>T</title><item><title>A</title></item></channel></rss>', "rss092"),
        (
            """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
            xmlns="http://my.netscape.com/rdf/simple/0.9/">
            <channel><title>T</title></channel><item><title>A</title></item></rdf:RDF>""",
            "rss090",
        ),
        ('<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>A</title></entry></feed>', "atom03"),
        ('<CHANNEL HREF="http://example.org/"><ITEM HREF="a"><TITLE>A</TITLE></ITEM></CHANNEL>', "cdf"),
    ],
)
def test_older_formats_are_read(body: str, format_: str) -> None:
    feed = read(body)
    assert (feed.format, [entry.title for entry in feed.entries]) == (format_, ["A"])


def test_a_json_feed_is_read() -> None:
    item = {
        "id": 7,
        "url": "/story/7",
        "title": "Five < six",
        "summary": "short",
        "content_html": "<p>One &amp; all.</p><p>Two.</p>",
        "date_published": "2024-12-06T10:00:00-01:00",
        "tags": ["war", 3],
    }
    body = {"version": "https://jsonfeed.org/version/1.1", "title": "J", "language": "en-GB", "items": [item, "odd"]}
    feed = read(json.dumps(body), "application/feed+json")
    entry = feed.entries[0]
    assert (feed.format, feed.title, feed.language, len(feed.entries)) == ("json11", "J", "en", 1)
    assert feed.problems == ("1 items are no objects",)
    assert (entry.guid, entry.link, entry.title) == ("7", "https://news.example.org/story/7", "Five < six")
    assert (entry.teaser, entry.text, entry.categories) == ("short", "One & all.\nTwo.", ("war",))
    assert entry.published_at == datetime(2024, 12, 6, 11, tzinfo=UTC)


# --- fields -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("A  plain\n title", "A plain title"),
        ("AT&amp;T and Homs", "AT&T and Homs"),
        ("Shells &lt; 5 km away", "Shells < 5 km away"),
        ("5 &lt; 6 and 7 &gt; 6", "5 < 6 and 7 > 6"),
        ("&lt;b&gt;Bold&lt;/b&gt; words", "Bold words"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("<![CDATA[<script>alert(1)</script>Safe <i>words</i>]]>", "Safe words"),
        ("&#x202E;reversed&#x200B;", "\u202ereversed\u200b"),
    ],
)
def test_titles_become_plain_text_with_entities_decoded_once(written: str, title: str) -> None:
    assert read(rss(f"<title>{written}</title>")).entries[0].title == title


def test_full_text_keeps_its_paragraphs_and_drops_scripts() -> None:
    content = "<p>One <a href='x'>link</a>.</p><script>evil()</script><style>p{}</style><ul><li>Two</li></ul>Three"
    entry = read(
        rss(f"<description>Teaser</description><content:encoded><![CDATA[{content}]]></content:encoded>")
    ).entries[0]
    assert (entry.teaser, entry.text) == ("Teaser", "One link.\nTwo\nThree")


def test_content_without_a_teaser_is_not_given_twice() -> None:
    entry = read(rss("<title>T</title><content:encoded>&lt;p&gt;All of it.&lt;/p&gt;</content:encoded>")).entries[0]
    assert (entry.teaser, entry.text) == ("", "All of it.")


def test_a_picture_s_description_is_a_teaser_only_where_there_is_none() -> None:
    feed = read(
        rss(
            "<media:description>The bridge</media:description>",
            "<description>A longer teaser stands here</description><media:description>Picture</media:description>",
        )
    )
    assert [(entry.teaser, entry.text) for entry in feed.entries] == [
        ("The bridge", ""),
        ("A longer teaser stands here", ""),
    ]


@pytest.mark.parametrize(
    ("item", "link"),
    [
        ("<link>https://example.org/a?b=1&amp;c=2</link>", "https://example.org/a?b=1&c=2"),
        ("<link> /story/1 </link>", "https://news.example.org/story/1"),
        ("<link>javascript:alert(1)</link>", ""),
        ("<link>file:///etc/passwd</link>", ""),
        ("<link>https://[broken</link>", ""),
        ("<guid>https://example.org/only-guid</guid>", "https://example.org/only-guid"),
        ('<guid isPermaLink="false">abc</guid>', ""),
        (
            "<link>https://burner.example/~r/1</link><feedburner:origLink>https://example.org/1</feedburner:origLink>",
            "https://example.org/1",
        ),
    ],
)
def test_links_are_absolute_and_lead_to_the_web_or_are_empty(item: str, link: str) -> None:
    assert read(rss(f"<title>T</title>{item}")).entries[0].link == link


def test_a_guid_is_given_only_where_the_feed_gives_one() -> None:
    feed = read(rss("<link>https://example.org/1</link>", '<guid isPermaLink="false">x1</guid>'))
    assert [entry.guid for entry in feed.entries] == [None, "x1"]


@pytest.mark.parametrize(
    ("written", "published_at"),
    [
        ("Fri, 06 Dec 2024 10:00:00 +0300", datetime(2024, 12, 6, 7, tzinfo=UTC)),
        ("2024-12-06 10:00", datetime(2024, 12, 6, 10, tzinfo=UTC)),
        ("1733479200", datetime(2024, 12, 6, 10, tzinfo=UTC)),
        ("2024-13-01", None),
        ("2099-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
    ],
)
def test_dates_are_right_or_none_and_kept_as_written(written: str, published_at: datetime | None) -> None:
    entry = read(rss(f"<title>T</title><pubDate>{written}</pubDate>")).entries[0]
    assert (entry.published_at, entry.published_raw) == (published_at, written)


@pytest.mark.parametrize(
    ("channel", "ttl"),
    [
        ("<ttl>15</ttl>", timedelta(minutes=15)),
        ("<ttl>soon</ttl>", None),
        ("<ttl>999999</ttl>", timedelta(days=7)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", timedelta(minutes=15)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", None),
    ],
)
def test_a_feed_s_own_pace_is_read_and_never_made_up(channel: str, ttl: timedelta | None) -> None:
    assert read(rss("<title>T</title>", channel=channel)).ttl == ttl


# --- mended -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["&#xD800;", "&#x110000;", "&#99999999999999;", "&#0;", "&#x0;"])
def test_a_bad_character_reference_costs_only_itself(reference: str) -> None:
    feed = read(rss("<title>First</title>", f"<title>Homs {reference} shelled</title>", "<title>Last</title>"))
    titles = [entry.title for entry in feed.entries]
    assert (titles[0], titles[2], len(titles)) == ("First", "Last", 3)
    assert titles[1].startswith("Homs ")
    assert titles[1].endswith(" shelled")


CYRILLIC = "Обстрел города Хомс: жители уходят по мосту"


@pytest.mark.parametrize(
    ("declaration", "charset", "content_type"),
    [
        ('<?xml version="1.0"?>', "cp1251", "text/xml"),
        ("", "koi8-r", "application/rss+xml"),
        ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251", "text/xml"),
        ('<?xml version="1.0"?>', "cp1251", "text/xml; charset=windows-1251"),
        ('<?xml version="1.0" encoding="utf-8"?>', "cp1251", "text/xml"),
        ('<?xml version="1.0" encoding="iso-8859-1"?>', "utf-8", "text/xml"),
        ('<?xml version="1.0" encoding="punycode"?>', "utf-8", "text/xml"),
        ('<?xml version="1.0" encoding="no-such-charset"?>', "utf-8", "text/xml"),
        ('<?xml version="1.0"?>', "utf-8", "text/xml; charset=us-ascii"),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-16", "text/xml"),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-8", "text/xml"),
    ],
)
def test_letters_arrive_whatever_is_declared(declaration: str, charset: str, content_type: str) -> None:
    body = f"{declaration}<rss version='2.0'><channel><item><title>{CYRILLIC}</title></item></channel></rss>"
    assert [entry.title for entry in read(body.encode(charset), content_type).entries] == [CYRILLIC]


def test_nuls_and_controls_cost_no_entry() -> None:
    feed = read(rss("<title>A\x00B</title>", "<title>C\x08\x1bD</title>", "<title>E</title>"))
    assert [entry.title.replace("\x00", "").replace("\x08", "").replace("\x1b", "") for entry in feed.entries] == [
        "AB",
        "CD",
        "E",
    ]


def test_a_feed_that_breaks_off_gives_its_entries_and_says_so() -> None:
    whole = rss(*(f"<title>T{n}</title><link>https://example.org/{n}</link>" for n in range(5)))
    feed = read(whole[: whole.index(b"https://example.org/3")])
    assert [entry.title for entry in feed.entries] == ["T0", "T1", "T2"]
    assert feed.truncated
    assert "breaks off" in feed.problems[0]
    assert not read(whole).truncated


def test_bytes_behind_a_whole_feed_do_not_make_it_truncated() -> None:
    feed = read(rss("<title>T</title>") + b"<!-- generated in 3 ms --><script>")
    assert (len(feed.entries), feed.truncated) == (1, False)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("just words", "not a feed"),
        ("<html><body>Log in</body></html>", "a web page, not a feed"),
        ("{}", "not a JSON Feed"),
        ('{"version": ', "begins like JSON"),
        ("[" * 100_000, "not a feed"),
        ('{"a":' * 100_000, "begins like JSON"),
    ],
)
def test_what_is_no_feed_is_named(body: str, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        read(body)


def test_a_web_page_names_the_feeds_that_it_knows() -> None:
    page = '<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>'
    with pytest.raises(ParseError, match=r"it names https://news\.example\.org/rss"):
        read(page)


def test_a_body_that_is_a_path_is_never_opened() -> None:
    with pytest.raises(ParseError, match="not a feed"):
        read("/etc/passwd")


# --- bounds -------------------------------------------------------------------------------------------------------


def test_a_field_is_cut_to_64_kilobytes() -> None:
    entry = read(rss(f"<title>{'x' * 200_000}</title><description>{'y' * 200_000}</description>")).entries[0]
    assert (len(entry.title), len(entry.teaser)) == (65_536, 65_536)


@pytest.mark.slow
def test_only_the_first_5000_entries_are_read() -> None:
    feed = read(rss(*(f"<title>T{n}</title>" for n in range(6_000))))
    assert (len(feed.entries), feed.entries[-1].title, feed.truncated) == (5_000, "T4999", False)
    assert feed.problems == ("only the first 5,000 of 6,000 entries are read",)


async def test_a_child_that_knows_whose_feed_it_is_finds_the_keys_of_its_entries() -> None:
    children = Children(1)
    parser = ChildFeedParser(children)
    body = rss("<title>One</title><guid>1</guid>")
    try:
        known = await parser.parse(Fetched(HERE, body, "application/rss+xml", feed_id="wire"))
        unknown = await parser.parse(Fetched(HERE, body, "application/rss+xml"))
    finally:
        await children.close()
    assert known.stated == stated_keys("wire", known.entries) != ()
    assert (unknown.stated, unknown.entries) == ((), known.entries)


async def test_a_hostile_feed_is_stopped_in_its_child_and_the_next_one_is_read() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = (
        f'<!DOCTYPE rss [<!ENTITY e0 "lol">{entities}]><rss version="2.0"><channel><title>&e11;</title></channel></rss>'
    )
    children = Children(1)
    parser = ChildFeedParser(children)
    try:
        with pytest.raises(ParseError):
            await parser.parse(Fetched(HERE, b"<html>no feed</html>"))
        bombed = await parser.parse(Fetched(HERE, bomb.encode()))
        assert len(bombed.title) < 65_537
        feed = await parser.parse(Fetched(HERE, rss("<title>Next</title>"), "application/rss+xml"))
    finally:
        await children.close()
    assert [entry.title for entry in feed.entries] == ["Next"]
