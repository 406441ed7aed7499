"""Bound and shape the fields of an entry, whatever format they come from."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

MOST_ENTRIES = 5_000
MOST_FIELD = 65_536  # characters of one field.
MOST_CATEGORIES = 50
LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]+)*", re.IGNORECASE)
LINE_ENDS = re.compile(r"[\t\r\n]+")
# An address that joining to any base leaves as it is; taking it apart twice costs more than the rest of its entry.
ABSOLUTE = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[\w.~%/-]+(?:\?[\w.~%/=&-]+)?)?", re.ASCII)
UNQUOTED = str.maketrans({" ": "%20"})
SURROGATES = re.compile("[\ud800-\udfff]")  # half a character, which no address can hold; JSON may write one.


def field(text: str) -> str:
    """Cut a field to what is kept of it."""
    return text[:MOST_FIELD]


def language_code(text: str | None) -> str | None:
    """Return the primary part of a language tag, in lower case: `en` of `en-GB`; None if it is no tag."""
    found = LANGUAGE.fullmatch(text.strip()) if text else None
    return found[1].lower() if found else None


def web_link(link: str, base: str) -> str:
    """Return `link` absolute, or "" if it leads to no page on the web. Source: WHATWG URL, for blanks and line ends."""
    link = SURROGATES.sub("\ufffd", LINE_ENDS.sub("", link.strip())).translate(UNQUOTED)
    if not link:
        return ""
    if ABSOLUTE.fullmatch(link):
        return link[:MOST_FIELD]
    try:
        full = urljoin(base, link)
        parts = urlsplit(full)
        host = parts.hostname
    except ValueError:
        return ""
    return full[:MOST_FIELD] if parts.scheme.lower() in {"http", "https"} and host else ""
