"""Read and write lists of feeds: OPML as other readers export it, and the [[feed]] tables of our configuration."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

import listparser

from monitor.errors import ParseError
from monitor.sources.fields import web_link
from monitor.sources.plaintext import plain

MOST_SLUG = 40
NOT_SLUG = re.compile(r"[^a-z0-9]+")
GENERIC = {"www", "rss", "feeds", "feed", "com", "org", "net", "co"}


@dataclass(frozen=True, slots=True)
class OpmlFeed:
    """One feed of a list; `folder` is the path of outlines above it, joined by "/", or ""."""

    title: str
    url: str
    folder: str = ""


def read_opml(body: bytes) -> tuple[OpmlFeed, ...]:
    """Return the feeds of an OPML file in its order, each URL once. Raises: ParseError if it names none at all."""
    found = listparser.parse(body)
    feeds = [
        OpmlFeed(plain(feed.get("title") or ""), url, _folder(feed.get("categories") or []))
        for feed in found.get("feeds", [])
        if (url := web_link(feed.get("url") or "", ""))
    ]
    if not feeds and b"<opml" not in body[:10_000].lower():
        raise ParseError("", "this is not an OPML file")
    return tuple({feed.url: feed for feed in reversed(feeds)}.values())[::-1]


def write_opml(feeds: Iterable[OpmlFeed], *, title: str = "Feeds") -> str:
    """Return feeds as OPML 2.0, one outline a folder. Source: http://opml.org/spec2.opml."""
    folders: dict[str, list[OpmlFeed]] = {}
    for feed in feeds:
        folders.setdefault(feed.folder, []).append(feed)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines.append(f"  <head><title>{_escape(title)}</title></head>")
    lines.append("  <body>")
    for folder, members in folders.items():
        indent = "      " if folder else "    "
        outlines = [f"{indent}{_outline(feed)}" for feed in members]
        lines += [f"    <outline text={_attribute(folder)}>", *outlines, "    </outline>"] if folder else outlines
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def feeds_toml(feeds: Iterable[OpmlFeed], *, taken: Iterable[str] = ()) -> str:
    """Return feeds as [[feed]] tables, with ids made of their titles, none of them in `taken`."""
    used = set(taken)
    tables = []
    for feed in feeds:
        name = slug(feed, used)
        used.add(name)
        lines = ["[[feed]]", f"id = {_string(name)}", f"url = {_string(feed.url)}"]
        if feed.title:
            lines.append(f"name = {_string(feed.title)}")
        tables.append("\n".join(lines) + "\n")
    return "\n".join(tables)


def slug(feed: OpmlFeed, taken: Iterable[str]) -> str:
    """Return an id for a feed: its title in letters, digits and dashes, else its host; numbered where it is taken."""
    host = [label for label in (urlsplit(feed.url).hostname or "").split(".") if label not in GENERIC]
    base = _slug(feed.title) or _slug(" ".join(host)) or "feed"
    used = set(taken)
    number = 2
    name = base
    while name in used:
        name = f"{base}-{number}"
        number += 1
    return name


def _slug(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return NOT_SLUG.sub("-", letters).strip("-")[:MOST_SLUG].strip("-")


def _folder(categories: list[list[str]]) -> str:
    """Return the longest path of outlines: listparser names a feed's tags and its place alike."""
    return "/".join(plain(part) for part in max(categories, key=len, default=[]))


def _outline(feed: OpmlFeed) -> str:
    title = _attribute(feed.title or feed.url)
    return f'<outline type="rss" text={title} title={title} xmlUrl={_attribute(feed.url)}/>'


def _attribute(text: str) -> str:
    return quoteattr(_printable(text))


def _escape(text: str) -> str:
    return _printable(text).replace("&", "&amp;").replace("<", "&lt;")


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())


def _string(text: str) -> str:
    # A JSON string without control characters is a basic string of TOML.
    return json.dumps(_printable(text), ensure_ascii=False)
