"""Mend the bytes of a feed that feedparser would fail on or misread; what is well stays as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.sources.charset import BOMS, HTTP_CHARSET, SINGLE_BYTE, WIDE, XML_ENCODING, canonical_charset, decode_text
from monitor.sources.markup import FORBIDDEN

WIDE_STARTS = (b"\x00", b"\xfe\xff", b"\xff\xfe", b"<\x00", b"\x4c\x6f\xa7\x94")  # UTF-16, UTF-32 and EBCDIC.
DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>", re.IGNORECASE)
REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,400})|([0-9]{1,400}));?")
ROOT = re.compile(rb"<((?:[\w.-]+:)?(?:rss|rdf|feed|channel))[\s>]", re.IGNORECASE)
OPENING = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
CLOSING = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
# No tag of a feed needs so many attributes; feedparser takes 45 s for 50,000 of them.
LONG_TAG = re.compile(rb"<([A-Za-z][\w:.-]*)[^<>]{16384,}(?<!/)(/?)>")
ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
OPENED = re.compile(r"<([A-Za-z][\w:.-]*)(?:\s[^<>]*)?>\s*\Z")
CDATA, CDATA_END = "<![CDATA[", "]]>"
LAST_CODE_POINT = 0x10FFFF
BROKE_OFF = ("no element found", "unclosed token", "unclosed CDATA section", "unexpected end")


@dataclass(frozen=True, slots=True)
class Cut:
    """A feed cut to its first entries: `left_off` is how many came after them."""

    body: bytes
    left_off: int = 0


def recode(body: bytes, content_type: str) -> bytes:
    """Return a body that feedparser reads in the right charset: as it is where it would, else as UTF-8.

    feedparser takes what is declared, then UTF-8, then Windows-1252 whatever the letters say; undeclared Cyrillic
    becomes mojibake, in which no watch is ever found. Source: feedparser 6.0.14, encodings.convert_to_utf8.
    """
    if body.startswith(WIDE_STARTS):
        marked = next((codec for mark, codec in BOMS if body.startswith(mark)), None)
        return body if marked is None or _decodes(body, marked) else _as_utf8(decode_text(body))
    stated = XML_ENCODING.match(body)
    name = stated[1].decode("ascii", "replace") if stated else ""
    declared = None if WIDE.match(name) else canonical_charset(name)
    is_utf8 = _decodes(body, "utf-8")
    if declared in SINGLE_BYTE and is_utf8 and not body.isascii():
        return _as_utf8(body.decode())
    if stated and declared and _decodes(body, declared):
        return body
    if is_utf8 and not stated:
        return body
    http = HTTP_CHARSET.search(content_type)
    return _as_utf8(decode_text(body, http[0] if http else ""))


def mend(body: bytes, content_type: str) -> bytes:
    """Return the body as UTF-8 without what no XML may hold: NULs, controls, references to what is no character.

    CDATA sections that run past the end of their entry are closed there.
    """
    text = FORBIDDEN.sub("", decode_text(body, content_type))
    return _as_utf8(_close_cdata(REFERENCE.sub(_valid_reference, text)))


def bare_long_tags(body: bytes) -> bytes:
    """Return a feed whose longest tags have lost their attributes."""
    return body if body.startswith(WIDE_STARTS) else LONG_TAG.sub(rb"<\1\2>", body)


def cut(body: bytes, *, most: int) -> Cut:
    """Cut a feed behind its first `most` entries and close it, so that a parser never sees the rest."""
    if count_entries(body) <= most:
        return Cut(body)
    # Where entries are never closed, a cut before the next one's start will do.
    starts = [match.start() for match in OPENING.finditer(body)]
    ends = [match.end() for match in CLOSING.finditer(body)]
    ends = ends if len(ends) > most else [*starts[1:], len(body)]
    root = ROOT.search(body)
    name = root[1] if root else b"rss"
    channel = b"</channel>" if name.lower() == b"rss" else b""
    return Cut(body[: ends[most - 1]] + channel + b"</" + name + b">", len(ends) - most)


def is_cdf(body: bytes) -> bool:
    """Say whether the root element is CDF's."""
    root = ROOT.search(body)
    return root is not None and root[1].lower() == b"channel"


def count_entries(body: bytes) -> int:
    """Count what looks like the start of an entry."""
    return len(OPENING.findall(body))


def broke_off(body: bytes, complaint: str) -> bool:
    """Say whether a feed of which the XML parser complained ends before its root element does."""
    root = ROOT.search(body)
    if root is None:
        return False
    closed = body.lower().rfind(b"</" + root[1].lower()) > root.start()
    return not closed or any(words in complaint for words in BROKE_OFF)


def _decodes(body: bytes, charset: str) -> bool:
    try:
        body.decode(charset)
    except (UnicodeError, LookupError):
        return False
    return True


def _as_utf8(text: str) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>' + DECLARATION.sub("", text, count=1).lstrip().encode(
        "utf-8", "replace"
    )


def _close_cdata(text: str) -> str:
    """Close CDATA sections that run past the end of their entry, at the end of their element if that is in sight."""
    pieces: list[str] = []
    done, end = 0, 0
    while (start := text.find(CDATA, done)) >= 0:
        if 0 <= end <= start:
            end = text.find(CDATA_END, start)
        entry = ENTRY_END.search(text, start)
        if entry is None or 0 <= end < entry.start():
            past = end + len(CDATA_END) if end >= 0 else len(text)
            pieces.append(text[done:past])
            done = past
            continue
        opened = OPENED.search(text[max(start - 200, 0) : start])
        close = text.find(f"</{opened[1]}", start, entry.start()) if opened else -1
        close = close if close >= 0 else entry.start()
        pieces.append(f"{text[done:close]}{CDATA_END}")
        done = close
    return "".join((*pieces, text[done:]))


def _valid_reference(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    forbidden = number > LAST_CODE_POINT or FORBIDDEN.match(chr(number))
    return "\ufffd" if forbidden else match[0]
