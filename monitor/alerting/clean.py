"""Take out of a text what could act on a terminal, a log line or a mail header, and leave the rest literal."""

from __future__ import annotations

import re

# CRLF first, so that it counts once. The last two are the separators that str.splitlines and browsers break at.
_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# A run of blanks is looked at from its beginning only: from each of its blanks on, 64 KB of them took half a minute.
_BREAKS = re.compile(
    "(?<![ \t])[ \t]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])[ \t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*"
)
_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0e-\x1b\x1f"  # C0, less tab and the line breaks.
    "\x7f-\x84\x86-\x9f"  # DEL and C1, less NEL.
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u206a-\u206f"  # bidi controls, the deprecated ones included.
    "\u180e\u200b-\u200d\u2060-\u2064\ufeff"  # zero width.
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations and tags: text that is there and not seen.
    "]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str, *, keep_newlines: bool = False) -> str:
    r"""Remove C0, C1, DEL, bidi controls and zero-width characters; replace lone surrogates by U+FFFD.

    A run of line breaks, with the blanks around it, becomes one space; with `keep_newlines` each becomes one "\n".
    A tab becomes a space. Nothing else changes: the text stays literal, and cleaning twice is cleaning once.
    Source: Unicode UAX #9 (bidi controls), Unicode Standard 23.2 and 23.9 (joiners, tags).
    """
    if text.isascii() and text.isprintable():  # nearly all of what a log's line holds: nothing of it would change.
        return text
    seen = _UNSEEN.sub("", text)
    lines = _BREAK.sub("\n", seen) if keep_newlines else _BREAKS.sub(" ", seen)
    return _SURROGATE.sub("\ufffd", lines.replace("\t", " "))
