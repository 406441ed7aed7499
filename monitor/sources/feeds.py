"""Read feeds of every format: feedparser for all that is XML, mended where it would fail.

`read_document` runs in a child process, which `childfeeds.py` asks.
feedparser is only ever given a BytesIO: a body that is a path would be opened. Its sanitising and resolving are off,
since all text becomes plain here and links are joined here; that halves its time.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from monitor.errors import ParseError
from monitor.planning.identity import stated_keys
from monitor.planning.work import ParsedFeed
from monitor.sources.discover import discover_feeds
from monitor.sources.entries import read_entries
from monitor.sources.feedparsing import load_feedparser
from monitor.sources.fields import MOST_ENTRIES, field, language_code
from monitor.sources.jsonfeed import looks_like_json, parse_json_feed
from monitor.sources.plaintext import html_to_text
from monitor.sources.repair import bare_long_tags, broke_off, count_entries, cut, is_cdf, mend, recode
from monitor.sources.slices import Slices, slice_feed

LONGEST_TTL = timedelta(days=7)
PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
MOST_NAMED = 3
MOST_HEAD = 65_536  # of a body that is no feed, in which it may say that it is a web page.


@dataclass(frozen=True, slots=True)
class Reading:
    """What feedparser made of a body, `error` being what it raised instead. `mended` says that bytes were changed."""

    result: Any
    error: str = ""
    mended: bool = False

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self.result.entries) if self.result else 0

    @property
    def complaint(self) -> str:
        """What feedparser found wrong with the XML, or ""."""
        return str(self.result.get("bozo_exception", "")) if self.result and self.result.bozo else ""


def read_document(
    feed_id: str, body: bytes, url: str, content_type: str, known: tuple[str, frozenset[str]]
) -> ParsedFeed:
    """Read a feed as `parse_feed` does, and find the keys of its entries, if the feed has an id. Raises: ParseError.

    By position, as a child is told.
    """
    parsed = parse_feed(body, url, content_type, known)
    return replace(parsed, stated=stated_keys(feed_id, parsed.entries)) if feed_id else parsed


def parse_feed(
    body: bytes, url: str = "", content_type: str = "", known: tuple[str, frozenset[str]] = ("", frozenset())
) -> ParsedFeed:
    """Read a feed of any format. `url` is where it was found; relative links are joined to it.

    `known` are the context and the digests of an outline: entries that it lists are left out, where that is safe.
    Raises: ParseError if this is no feed; a web page's own feeds are named in it.
    """
    if not body.strip(b" \t\r\n\x00"):
        raise ParseError(url, "the body is empty")
    if looks_like_json(body):
        return parse_json_feed(body, url)
    clean = bare_long_tags(recode(body, content_type))
    slices = slice_feed(clean, url)
    if slices and slices.context == known[0] and (parsed := _parse_new(slices, url, known[1])):
        return parsed
    shortened = cut(clean, most=MOST_ENTRIES)
    reading = _read(shortened.body, url, content_type)
    if reading.result is None or not (reading.result.version or reading.count):
        raise _no_feed(body, url, reading)
    truncated = bool(reading.complaint) and broke_off(shortened.body, reading.complaint)
    entries, problems = read_entries(reading.result, url=url, truncated=truncated)
    problems = (*_problems(reading, truncated=truncated, left_off=shortened.left_off), *problems)
    feed = reading.result.feed
    parsed = ParsedFeed(
        format=reading.result.version or ("cdf" if is_cdf(shortened.body) else "unknown"),
        title=field(html_to_text(feed.get("title") or "")),
        entries=entries,
        language=language_code(feed.get("language")),
        ttl=_ttl(feed),
        truncated=truncated,
        problems=problems,
    )
    return _with_slices(parsed, slices) if slices and not problems else parsed


def _with_slices(parsed: ParsedFeed, slices: Slices) -> ParsedFeed:
    """Add the digests of a document that was read without a complaint, if its entries are those of the slices."""
    if len(parsed.entries) != len(slices.entries):
        return parsed
    return replace(parsed, slices=slices.digests, context=slices.context)


def _parse_new(slices: Slices, url: str, known: frozenset[str]) -> ParsedFeed | None:
    """Read what of a feed is not `known`; None if nothing is, or if anything is not as in a feed that is well."""
    new = tuple(digest for digest in slices.digests if digest not in known)
    if len(new) == len(slices.digests):
        return None
    reading = _feedparser(slices.without(known), url)
    if reading.error or reading.complaint or reading.count != len(new) or not reading.result.version:
        return None
    entries, problems = read_entries(reading.result, url=url, truncated=False)
    if problems or len(entries) != len(new):
        return None
    feed = reading.result.feed
    return ParsedFeed(
        format=reading.result.version,
        title=field(html_to_text(feed.get("title") or "")),
        entries=entries,
        language=language_code(feed.get("language")),
        ttl=_ttl(feed),
        slices=new,
        kept=tuple(digest for digest in slices.digests if digest in known),
        context=slices.context,
    )


def _read(body: bytes, url: str, content_type: str) -> Reading:
    """Let feedparser read the body, and again mended if it raised or lost entries."""
    first = _feedparser(body, url)
    if not first.error and not (first.complaint and first.count < count_entries(body)):
        return first
    second = _feedparser(mend(body, content_type), url, mended=True)
    return second if first.error or second.count > first.count else first


def _feedparser(body: bytes, url: str, *, mended: bool = False) -> Reading:
    feedparser = load_feedparser()
    # Without a Content-Type it would take the charset for Latin 1.
    headers = {"content-type": "application/xml", "content-location": url}
    try:
        result = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001 - feedparser raises anything: ValueError, OverflowError, UnicodeError.
        return Reading(None, error=f"{type(exc).__name__}: {exc}"[:200], mended=mended)
    return Reading(result, mended=mended)


def _no_feed(body: bytes, url: str, reading: Reading) -> ParseError:
    start = body[:MOST_HEAD].lower()
    if b"<html" not in start and b"<!doctype html" not in start:
        return ParseError(url, f"this is not a feed ({reading.error})" if reading.error else "this is not a feed")
    found = [feed.url for feed in discover_feeds(body, url)]
    named = f"; it names {' '.join(found[:MOST_NAMED])}" if found else ""
    return ParseError(url, f"this is a web page, not a feed{named}")


def _problems(reading: Reading, *, truncated: bool, left_off: int) -> list[str]:
    problems = []
    if truncated:
        problems.append("the feed breaks off before its end")
    elif reading.complaint:
        problems.append(f"not well-formed: {html_to_text(reading.complaint)[:150]}")
    if reading.mended:
        problems.append("characters that XML forbids were replaced")
    if left_off:
        problems.append(f"only the first {MOST_ENTRIES:,} of {MOST_ENTRIES + left_off:,} entries are read")
    return problems


def _ttl(feed: Any) -> timedelta | None:  # noqa: ANN401 - feedparser's own dictionary.
    """Return how long the feed asks to be left alone: ttl in minutes, else updatePeriod over updateFrequency.

    Without both of the latter nothing is made up: DW writes `updateFequency`. Source: RSS 1.0 syndication module.
    """
    minutes = _number(feed.get("ttl"))
    if minutes:
        return min(timedelta(minutes=minutes), LONGEST_TTL)
    period = PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower())
    frequency = _number(feed.get("sy_updatefrequency"))
    return min(period / frequency, LONGEST_TTL) if period and frequency else None


def _number(value: object) -> int:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0  # noqa: PLR2004 - 7 digits of minutes are two years.
