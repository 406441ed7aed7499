"""The bytes of a page: the article in it, or why there is none."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlsplit

from fuzz.mutation import CONTENT_TYPES, corpus, shipped, texts, wounded
from fuzz.spending import Target, always
from hypothesis import strategies as st

from monitor.planning.work import NoText
from monitor.sources.articles import MOST_TEXT, extract_page

URL = "https://wire.example/article/1"
TAGS = (
    *(
        "p",
        "div",
        "article",
        "main",
        "h1",
        "h2",
        "span",
        "a",
        "b",
        "table",
        "tr",
        "td",
        "ul",
        "li",
        "blockquote",
        "pre",
    ),
    *(
        "figure",
        "figcaption",
        "noscript",
        "template",
        "iframe",
        "svg",
        "math",
        "form",
        "button",
        "br",
        "time",
        "section",
    ),
    *("aside", "footer", "nav", "body", "head", "html", "x:y", "o:p", "a" * 300),
)
ATTRIBUTES = (
    *("", " class='article-body'", " id='content'", " hidden", " style='display:none'", " lang='ar'", " dir='rtl'"),
    *(" datetime='2024-13-99'", " href='javascript:x'", " itemprop='articleBody'", " class='\x00'", " x=" * 50),
    *(" role='main'", " xml:lang='--'", " data-a='&#xD800;'", " class='caption'", " property='og:title' content='x'"),
)
METAS = (
    "<meta charset='utf-7'>",
    "<meta charset='punycode'>",
    "<meta http-equiv='content-type' content='text/html; charset=utf-16'>",
    "<meta property='article:published_time' content='2024-99-99T99:99:99+99:99'>",
    "<meta name='date' content='0001-01-01T00:00:00+14:00'>",
    "<meta property='og:url' content='http://[::1'>",
    "<link rel='canonical' href='//a@b:99999/'>",
    "<base href='javascript:x'>",
    '<script type=\'application/ld+json\'>{"@type":"NewsArticle","headline":[1,null],"datePublished":1e999}</script>',
    "<script type='application/ld+json'>" + "[" * 3000 + "</script>",
    '<script type=\'application/ld+json\'>{"@graph":[{"@type":["NewsArticle"],"articleBody":{"a":1}}]}</script>',
    "<html lang='xx-\x00'>",
    "<title></title>",
    "<!DOCTYPE html>",
    "<?xml version='1.0' encoding='idna'?>",
)
TOKENS = tuple(
    token.encode(errors="surrogatepass")
    for token in (
        *METAS,
        *(f"<{tag}>" for tag in TAGS),
        *(f"</{tag}>" for tag in TAGS),
        *("&#xD800;", "&#0;", "\x00", "\ufeff", "\ud800", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>"),
        *("<style>", "<p " + "a=b " * 200 + ">", "<div>" * 400, "</div>" * 50, "<", ">", "&", "<table><tr><td>" * 30),
    )
)
elements = st.tuples(st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES), texts, st.booleans()).map(
    lambda one: f"<{one[0]}{one[1]}>{one[2]}" + (f"</{one[0]}>" if one[3] else "")
)


@st.composite
def invented(draw: st.DrawFn) -> bytes:
    """Draw a page of any elements, some of them left open."""
    head = "".join(draw(st.lists(st.sampled_from(METAS), max_size=5)))
    body = "".join(draw(st.lists(elements, max_size=25)))
    text = f"<html><head>{head}</head><body>{body}</body></html>"
    return text.encode(draw(st.sampled_from(["utf-8", "utf-16", "cp1251"])), "replace")


SEEDS = [*shipped("newsroom/pages/*"), *corpus("pages")]
INPUTS = st.tuples(
    st.one_of(wounded(SEEDS, TOKENS), invented(), st.binary(max_size=300)),
    st.sampled_from([URL, "", "https://[2606:4700::1111]:8443/x", "http://xn--80ak6aa92e.example/%00"]),
    CONTENT_TYPES,
)


def check(value: tuple[bytes, str, str]) -> str:
    """Read a page: what comes out is text within its bounds."""
    found = extract_page(*value)
    if isinstance(found, NoText):
        assert found.reason, "without a text and without a reason"
        return "without text"
    assert 0 < len(found.text) <= MOST_TEXT
    assert found.published_at is None or found.published_at.tzinfo is UTC
    assert found.language is None or (found.language.isascii() and found.language.isalpha())
    if found.url:
        parts = urlsplit(found.url)
        assert parts.scheme.lower() in {"http", "https"}, f"leads elsewhere: {found.url!r}"
        assert parts.hostname, f"leads nowhere: {found.url!r}"
    return "read"


TARGET = Target("extract", INPUTS, always(check), cpu=10.0)
