"""Read JSON Feed 1.0 and 1.1, which feedparser does not know. Source: https://www.jsonfeed.org/version/1.1/."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import partial
from typing import Any

from monitor.errors import ParseError
from monitor.model import Entry
from monitor.planning.links import canonical_url
from monitor.planning.work import ParsedFeed
from monitor.sources.charset import decode_text
from monitor.sources.dates import parse_date
from monitor.sources.entries import read_each
from monitor.sources.fields import MOST_CATEGORIES, MOST_ENTRIES, field, language_code, web_link
from monitor.sources.plaintext import html_to_text, plain

VERSIONS = {"https://jsonfeed.org/version/1": "json1", "https://jsonfeed.org/version/1.1": "json11"}


ITEMS = re.compile(r'"items"\s*:\s*\[')
VERSION = re.compile(r'"version"\s*:\s*"(https?://jsonfeed\.org/version/1[^"]{0,5})"')
BETWEEN = re.compile(r"[\s,]*")
MOST_DIGITS = 30  # of a number; an id that is longer is a text.


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


DECODER = json.JSONDecoder(parse_int=_integer, strict=False)  # a raw line end in a title is no reason to lose a feed.


def looks_like_json(body: bytes) -> bool:
    """Say whether a body begins as a JSON object does."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def parse_json_feed(body: bytes, url: str) -> ParsedFeed:
    """Read a JSON Feed. Raises: ParseError if it is other JSON, or none."""
    text, broken = decode_text(body), ""
    try:
        feed = DECODER.decode(text)
    except (ValueError, RecursionError) as exc:
        feed, broken = _saved(text), str(exc)[:80]
        if feed is None:
            raise ParseError(url, f"this begins like JSON, but is none: {broken}") from exc
    version = feed.get("version") if isinstance(feed, dict) else None
    if (
        not isinstance(version, str)
        or "jsonfeed.org/version/1" not in version
        or not isinstance(feed.get("items"), list)
    ):
        raise ParseError(url, "this is JSON, but not a JSON Feed")
    base = web_link(_text(feed, "feed_url"), url) or url or _text(feed, "home_page_url")
    items = [item for item in feed["items"] if isinstance(item, dict)]
    problems = [] if len(items) == len(feed["items"]) else [f"{len(feed['items']) - len(items)} items are no objects"]
    if broken:
        problems.append(f"the feed breaks off, or breaks, behind its first {len(items)} entries: {broken}")
    if len(items) > MOST_ENTRIES:
        problems.append(f"only the first {MOST_ENTRIES:,} of {len(items):,} entries are read")
    now, language = datetime.now(UTC), language_code(_text(feed, "language"))
    entries, bad = read_each(items[:MOST_ENTRIES], partial(_entry, base=base, language=language, now=now))
    return ParsedFeed(
        format=VERSIONS.get(version.rstrip("/"), "json1"),
        title=field(plain(_text(feed, "title"))),
        entries=tuple(entries),
        language=language,
        truncated=bool(broken),
        problems=(*problems, *bad),
    )


def _saved(text: str) -> dict[str, Any] | None:
    """Return what is whole of a JSON Feed that is broken: its first items; None if there are none."""
    version, start = VERSION.search(text), ITEMS.search(text)
    if version is None or start is None:
        return None
    items: list[object] = []
    at = start.end()
    while len(items) <= MOST_ENTRIES:
        try:
            item, at = DECODER.raw_decode(text, BETWEEN.match(text, at).end())  # type: ignore[union-attr] # always matches.
        except (ValueError, RecursionError):
            break
        items.append(item)
    return {"version": version[1], "items": items} if items else None


def _entry(item: dict[str, Any], *, base: str, language: str | None, now: datetime) -> Entry:
    link = web_link(_text(item, "url") or _text(item, "external_url"), base)
    raw = _text(item, "date_published") or _text(item, "date_modified")
    text = html_to_text(_text(item, "content_html"), paragraphs=True) or _paragraphs(_text(item, "content_text"))
    tags = item.get("tags")
    words = [plain(tag) for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return Entry(
        guid=field(_identity(item.get("id"))) or None,
        link=link,
        url=canonical_url(link),
        title=field(plain(_text(item, "title"))),
        teaser=field(plain(_text(item, "summary"))),
        text=field(text),
        language=language_code(_text(item, "language")) or language,
        published_at=parse_date(raw, now=now),
        published_raw=plain(raw)[:100],
        categories=tuple(words[:MOST_CATEGORIES]),
    )


def _identity(value: object) -> str:
    """Return an id as text: the standard asks to take numbers too, as they stand."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value.strip() if isinstance(value, str) else ""


def _paragraphs(text: str) -> str:
    return "\n".join(line for line in map(plain, text.splitlines()) if line)


def _text(thing: dict[str, Any], key: str) -> str:
    value = thing.get(key)
    return value if isinstance(value, str) else ""
