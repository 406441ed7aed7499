"""Turn feedparser's entries into ours: plain text, absolute links, dates that can be true."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from monitor.model import Entry
from monitor.planning.links import canonical_url
from monitor.sources.dates import parse_date, plausible
from monitor.sources.fields import MOST_CATEGORIES, MOST_ENTRIES, field, language_code, web_link
from monitor.sources.plaintext import html_to_text, plain

MARKUP_TYPES = ("text/html", "application/xhtml+xml", "text/x-html")
DATES = ("published", "updated", "created")
# Only names of HTML: `<5 km` and `<stdin>` are text.
TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|cite|code|del|div|em|font|h[1-6]|hr|i|iframe|img|ins|li|mark|object|ol|p|pre|q|s|script"
    r"|small|span|strong|style|sub|sup|svg|table|td|tr|u|ul|video)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
CONTENT_ID = re.compile(r"^(\w+_)?contentid$")


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for all entries of a feed: what links are relative to, the time, and whether it is Atom."""

    base: str
    now: datetime
    atom: bool


def read_entries(result: Any, *, url: str, truncated: bool) -> tuple[tuple[Entry, ...], tuple[str, ...]]:  # noqa: ANN401
    """Return feedparser's entries as ours, in their order, and what was wrong with them as sentences.

    Of a truncated feed the last entry is left out if it has lost what identifies it. `result` is feedparser's answer.
    """
    now = datetime.now(UTC)
    context = Context(_base(result.feed, url), now, atom=str(result.version).startswith("atom"))
    found, problems = read_each(result.entries[:MOST_ENTRIES], lambda raw: _entry(raw, context))
    if truncated and found and not _is_named(found[-1]) and any(map(_is_named, found)):
        found.pop()
        problems.append("the last entry is cut off and was left out")
    unnamed = sum(1 for entry in found if not (entry.link or entry.guid or entry.title))
    if unnamed:
        problems.append(f"{unnamed} entries have neither link, id nor title")
    return tuple(found), tuple(problems)


def read_each(raws: Iterable[Any], read: Callable[[Any], Entry]) -> tuple[list[Entry], list[str]]:
    """Read entries one by one; return those that can be read, and how many cannot as a sentence, if any."""
    found: list[Entry] = []
    bad = 0
    for raw in raws:
        try:
            found.append(read(raw))
        except Exception:  # noqa: BLE001 - feedparser's values are anything; one bad entry is one bad entry.
            bad += 1
    return found, [f"{bad} entries could not be read"] if bad else []


def _is_named(entry: Entry) -> bool:
    return bool(entry.guid or entry.link)


def _entry(raw: Any, context: Context) -> Entry:  # noqa: ANN401 - feedparser's own dictionary.
    link = _link(raw, context.base)
    published_at, published_raw = _date(raw, context.now)
    teaser, text = _teaser_and_text(raw, atom=context.atom)
    return Entry(
        guid=field(_string(raw.get("id")).strip()) or None,
        link=link,
        url=canonical_url(link),
        title=field(_plain(raw.get("title"), raw.get("title_detail"), atom=context.atom)),
        teaser=field(teaser),
        text=field(text),
        language=_language(raw),
        published_at=published_at,
        published_raw=published_raw,
        content_id=_content_id(raw),
        categories=tuple(_categories(raw))[:MOST_CATEGORIES],
    )


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _plain(value: object, detail: Any, *, atom: bool, paragraphs: bool = False) -> str:  # noqa: ANN401
    """Make plain text of a value by the type that feedparser gave it: a `<` in plain text is a `<`.

    RSS states no type, and feedparser takes for plain what holds a script: there, a tag of HTML is a tag.
    """
    text = _string(value)
    kind = detail.get("type") if detail else None
    if kind in MARKUP_TYPES or (not atom and TAG.search(text)):
        return html_to_text(text, paragraphs=paragraphs)
    return "\n".join(filter(None, map(plain, text.splitlines()))) if paragraphs else plain(text)


def _teaser_and_text(raw: Any, *, atom: bool) -> tuple[str, str]:  # noqa: ANN401
    """Return the teaser, and the longest content if it says more than the teaser.

    feedparser files a media:description under content when there is a description already: a caption, not the text.
    """
    contents = [part for part in raw.get("content") or [] if isinstance(part, dict)]
    texts = [_plain(part.get("value"), part, atom=atom, paragraphs=True) for part in contents]
    # Without a description feedparser repeats the content as the summary.
    repeated = any(raw.get("summary") == part.get("value") for part in contents)
    teaser = "" if repeated else _plain(raw.get("summary"), raw.get("summary_detail"), atom=atom)
    text = max(texts, key=len, default="")
    if len(text) < len(teaser):
        return teaser, ""
    return ("" if teaser == plain(text) else teaser), text


def _base(feed: Any, url: str) -> str:  # noqa: ANN401
    """Return what relative links are relative to, when the feed's address is unknown: what it says about itself."""
    links = [
        link.get("href") for link in feed.get("links") or [] if isinstance(link, dict) and link.get("rel") == "self"
    ]
    return url or next((found for stated in (*links, feed.get("link")) if (found := web_link(_string(stated), ""))), "")


def _link(raw: Any, base: str) -> str:  # noqa: ANN401
    """Return the entry's own page: what FeedBurner hid, the link, else an alternate one."""
    links = [link for link in raw.get("links") or [] if isinstance(link, dict)]
    alternates = [link.get("href") for link in links if link.get("rel", "alternate") == "alternate"]
    stated = (raw.get("feedburner_origlink"), raw.get("link"), *alternates)
    return next((found for value in stated if (found := web_link(_string(value), base))), "")


def _date(raw: Any, now: datetime) -> tuple[datetime | None, str]:  # noqa: ANN401
    """Return the entry's first date and how it was written.

    feedparser's own reading counts only if its year was written there: it makes 2025 of 2024-13-01.
    """
    for key in DATES:
        if not dict.__contains__(raw, key):
            continue
        written = plain(_string(dict.__getitem__(raw, key)))
        found = parse_date(written, now=now) or _feedparsers(raw, key, written, now)
        return found, written[:100]
    return None, ""


def _feedparsers(raw: Any, key: str, written: str, now: datetime) -> datetime | None:  # noqa: ANN401
    parsed = dict.get(raw, f"{key}_parsed")
    if not parsed or str(parsed.tm_year) not in YEAR.findall(written):
        return None
    try:
        date = datetime.fromtimestamp(calendar.timegm(parsed), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return date if plausible(date, now=now) else None


def _language(raw: Any) -> str | None:  # noqa: ANN401
    details = (raw.get("title_detail"), raw.get("summary_detail"))
    stated = [raw.get("language"), *(detail.get("language") for detail in details if detail)]
    return next((code for value in stated if (code := language_code(_string(value)))), None)


def _content_id(raw: Any) -> str | None:  # noqa: ANN401
    """Return dwsyn:contentID, under whatever prefix the feed gives that namespace."""
    for key in raw:
        if key.endswith("contentid") and CONTENT_ID.match(key) and (value := _string(raw[key]).strip()):
            return value[:100]
    return None


def _categories(raw: Any) -> Iterable[str]:  # noqa: ANN401
    for tag in raw.get("tags") or []:
        term = plain(_string(tag.get("label")) or _string(tag.get("term")))
        if term:
            yield term[:200]
