"""feedparser made quicker says what feedparser says."""

from __future__ import annotations

import subprocess
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.farmfeeds import Feeds
from support.oddmarkup import document
from support.plainfeedparser import read, read_plainly

from monitor.sources.feedparsing import load_feedparser

RSS = b"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:odd="urn:odd"><channel><title>A &amp; B</title><link>/x</link>
<image><title>I</title><url>i.png</url><width>12</width></image><category>one</category>%s</channel></rss>"""
ITEM = b"""<item xml:lang="de" xml:base="http://h.example/b/"><title>Zwei &lt;b&gt;W\xc3\xb6rter&lt;/b&gt;
in Zeilen</title><link>a?x=1&amp;y=2</link><guid>urn:1</guid><pubDate>Mon, 02 Dec 2024 10:00:00 GMT</pubDate>
<category domain="d">k</category><category><![CDATA[k]]></category><description>first</description>
<description>second</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded><odd:thing>o</odd:thing>
<odd:thing a="1"/><media:content url="m.jpg"/><enclosure url="e.mp3" length="3" type="audio/mpeg"/>
<source url="http://s.example/">S</source><author>a@b.example (N)</author></item>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title type="html">T &amp;lt;i&amp;gt;</title>
<link rel="self" href="/self"/><entry><id>urn:2</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
a <b>b</b> &lt; c </div></title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>eins</p><svg xmlns="http://www.w3.org/2000/svg"><title>s</title></svg> zwei</div></content>
<link href="l"/><published>2024-12-02T10:00:00Z</published><summary>s</summary></entry>
<entry><id>urn:3</id><updated>2024-12-02</updated><content type="application/octet-stream">ZWlucw==</content>
<summary type="text">&#233;&#x65;&eacute;</summary><author><name>N</name><email>e@x.example</email></author></entry>
</feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="u"><title>R</title></channel><item rdf:about="v">
<title>t</title><link>http://h.example/1</link><dc:date>2024-12-02</dc:date><dc:subject>x</dc:subject></item></rdf:RDF>"""
BODIES = {
    "RSS with all that it may hold": RSS % ITEM,
    "RSS whose text is longer than what comes at once": RSS % ITEM.replace(b"first", b"&lt;p&gt;word\n" * 40_000),
    "Atom with XHTML, SVG and base64": ATOM,
    "RDF": RDF,
    "RSS that breaks off": (RSS % ITEM)[:-60],
    "a namespace that nobody declared": (RSS % ITEM).replace(b' xmlns:odd="urn:odd"', b""),
    "an entity that nobody declared": (RSS % ITEM).replace(b"first", b"&nope; &eacute;"),
    "a DOCTYPE with an entity": b'<!DOCTYPE rss [<!ENTITY e "said">]>' + RSS % ITEM.replace(b"first", b"&e;"),
    "Latin 1": '<?xml version="1.0" encoding="iso-8859-1"?><rss><channel><title>é</title></channel></rss>'.encode(
        "latin-1"
    ),
    "no feed": b"<html><body><p>x</body></html>",
    "nothing": b"",
}


@pytest.fixture(scope="module")
def plainly() -> dict[str, object]:
    return dict(zip(BODIES, read_plainly(list(BODIES.values())), strict=True))


@pytest.mark.parametrize("kind", BODIES)
def test_a_feed_reads_as_feedparser_alone_reads_it(kind: str, plainly: dict[str, object]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert read(load_feedparser(), BODIES[kind]) == plainly[kind]


def test_feeds_of_a_farm_read_as_feedparser_alone_reads_them() -> None:
    feeds = Feeds(6, "http://h.example", newest_at=datetime(2024, 12, 6, tzinfo=UTC))
    bodies = [feeds.document(index, 0) for index in range(4)]
    assert [read(load_feedparser(), body) for body in bodies] == read_plainly(bodies)


def test_feeds_that_nobody_would_write_read_as_feedparser_alone_reads_them() -> None:
    bodies = [document(seed) for seed in range(600)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = [read(load_feedparser(), body) for body in bodies]
    differing = [seed for seed, theirs in enumerate(read_plainly(bodies)) if ours[seed] != theirs]
    assert differing == []


def test_what_its_dictionary_answers_otherwise_it_still_does() -> None:
    kind = type(load_feedparser().FeedParserDict(a="1"))
    entry = kind(published="p", tags=[kind(term="t")], links=[kind(rel="enclosure", href="e")], id="g", summary="s")
    assert (entry.category, entry.guid, entry.description, entry.get("url", "-")) == ("t", "g", "s", "-")
    assert entry.enclosures == [{"href": "e"}]
    assert "updated" not in entry
    with pytest.warns(DeprecationWarning, match="from `updated` to `published`"):
        assert entry["updated"] == "p"


def test_it_is_loaded_by_nobody_but_a_child() -> None:
    code = "import sys, monitor.sources.feeds; sys.exit('feedparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
