from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.planning.links import canonical_url, link_key

CLEANED = [
    (
        "https://www.dw.com/en/x/a-70979500?maca=en-rss-en-all-1573-rdf",
        "https://www.dw.com/en/x/a-70979500",
        "DW's tracker",
    ),
    ("https://a.org/x?utm_source=rss&id=5", "https://a.org/x?id=5", "one tracker among others"),
    ("https://a.org/x?id=5&ref=rss", "https://a.org/x?id=5", "any parameter that only says feed"),
    ("https://a.org/x?b=1&a=2", "https://a.org/x?b=1&a=2", "the order of parameters is left to the publisher"),
    ("HTTP://A.org:80/x#comments", "http://a.org/x", "case of the host, default port, fragment"),
    ("https://a.org/#!/article/5", "https://a.org/#!/article/5", "a fragment that scripts route by"),
    ("https://a.org", "https://a.org/", "no path"),
    ("https://user:secret@a.org/x", "https://a.org/x", "a user and a password"),
    ("mailto:x@a.org", "mailto:x@a.org", "no web link is left alone"),
    ("https://[::1/x", "https://[::1/x", "no URL at all is left alone"),
]


@pytest.mark.parametrize(("given_url", "expected", "why"), CLEANED)
def test_a_link_loses_what_only_tracks_its_reader(given_url: str, expected: str, why: str) -> None:
    assert expected == canonical_url(given_url), why


SAME = [
    ("https://www.dw.com/en/x/a-65464327?maca=en", "https://amp.dw.com/de/y/a-65464327", "DW in two editions"),
    ("https://www.dw.com/en/x/a-65464327", "https://p.dw.com/p/4QgGF", "DW's short link: the number in base 62"),
    (
        "https://www.dw.com/en/x/live-65464327",
        "https://www.dw.com/en/x/a-65464327",
        "a DW liveblog that became an article",
    ),
    ("http://a.org/x", "https://a.org/x", "the scheme"),
    ("https://www.a.org/x/", "https://a.org/x", "www and a trailing slash"),
    ("https://amp.a.org/x", "https://a.org/x/amp", "two ways to ask for a fast page"),
    ("https://a.org/x?a=1&b=2", "https://a.org/x?b=2&a=1", "the order of parameters"),
    ("https://a.org/حمص", "https://a.org/%D8%AD%D9%85%D8%B5", "percent-encoding"),
]


@pytest.mark.parametrize(("one", "other", "why"), SAME)
def test_links_to_one_article_share_a_key(one: str, other: str, why: str) -> None:
    assert link_key(one) == link_key(other) != "", why


OTHER = [
    ("https://a.org/?p=5", "https://a.org/?p=6", "the article is named by a parameter"),
    ("https://a.org/x", "https://b.org/x", "another publisher"),
    ("https://a.org:8080/x", "https://a.org/x", "another port"),
    ("https://www.dw.com/en/x/a-65464327", "https://www.dw.com/en/x/a-65464328", "another number"),
]


@pytest.mark.parametrize(("one", "other", "why"), OTHER)
def test_links_to_other_articles_do_not(one: str, other: str, why: str) -> None:
    assert link_key(one) != link_key(other), why


NO_ARTICLE = ["https://a.org", "https://a.org/", "", "not a link", "javascript:alert(1)"]
NO_ARTICLE += [
    "http://h.example:99999/x",
    "http://h.example:abc/x",
    "http://[h:%]",
    "http://x.org\u2100/x",
    "http://[::1/",
]


@pytest.mark.parametrize("url", NO_ARTICLE)
def test_a_front_page_or_no_link_names_no_article(url: str) -> None:
    assert link_key(url) == ""


ANY = st.text(st.characters(exclude_categories=()))  # halves of characters among them.


@given(
    st.one_of(
        ANY,
        ANY.map("http://a.b/{}".format),
        ANY.map("http://{}".format),
        st.text(alphabet="[]:/%@h.1").map("http://{}".format),
    )
)
def test_no_text_breaks_a_link(text: str) -> None:
    assert canonical_url(canonical_url(text)) == canonical_url(text)
    link_key(text)


@given(
    st.from_regex(r"https?://[a-z0-9-]{1,5}(\.[a-z0-9-]{1,5}){0,2}", fullmatch=True),
    st.sampled_from(["", ":80", ":443", ":8080", ":65535", ":08080"]),
    st.text("aZ0/:@!$&'()*+,;=~._-", max_size=12),
)
def test_a_link_that_is_clean_reads_as_one_that_is_cleaned(site: str, port: str, path: str) -> None:
    assert canonical_url(f"{site}{port}/{path}") == canonical_url(f"{site}{port}/{path}?utm_source=rss")
