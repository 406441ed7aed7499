"""Find the feeds that a web page names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.sources.charset import decode_text
from monitor.sources.fields import web_link
from monitor.sources.markup import HtmlElement, parse_html
from monitor.sources.plaintext import plain

TYPES = {
    "application/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/rdf+xml": "rdf",
    "application/feed+json": "json",
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
}
# How addresses of feeds commonly look, for pages that only link to them in the text.
FEED_PATH = re.compile(
    r"(?:^|/)(?:rss|atom|feeds?|rdf)(?:$|[/.])|\.(?:rss|rdf|atom)$|(?:rss|feed|atom)\.(?:xml|json)$", re.IGNORECASE
)
MOST = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One feed that a page names; `type` is rss, atom, rdf, json, xml, or "link" for a mere link in the text."""

    url: str
    title: str
    type: str


def discover_feeds(html: bytes, url: str = "") -> tuple[Found, ...]:
    """Return the feeds that a page declares, in its order; if it declares none, its links that look like feeds."""
    tree = parse_html(decode_text(html))
    if tree is None:
        return ()
    base = web_link(next((element.get("href") or "" for element in tree.iter("base")), ""), url) or url
    found = [feed for link in tree.iter("link") if (feed := _declared(link, base))]
    if not found:
        found = [feed for link in tree.iter("a") if (feed := _linked(link, base))]
    unique = {feed.url: feed for feed in reversed(found)}
    return tuple(reversed(unique.values()))[:MOST]


def _declared(link: HtmlElement, base: str) -> Found | None:
    kind = TYPES.get((link.get("type") or "").partition(";")[0].strip().lower())
    words = (link.get("rel") or "").lower().split()
    if "feed" in words:
        kind = kind or "xml"
    elif "alternate" not in words or kind is None:
        return None
    # WordPress names its API as an alternate of type JSON.
    if kind == "json" and "/wp-json/" in (link.get("href") or ""):
        return None
    url = web_link(link.get("href") or "", base)
    return Found(url, plain(link.get("title") or ""), kind or "xml") if url else None


def _linked(link: HtmlElement, base: str) -> Found | None:
    url = web_link(link.get("href") or "", base)
    if not url or not FEED_PATH.search(urlsplit(url).path):
        return None
    return Found(url, plain(link.text_content())[:200], "link")
