"""Make a text fit: measured as the strictest service counts, cut where a reader would cut it."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"

# What a character may cost beyond one unit: services count after we have escaped markup, and apprise sends CRLF.
_DEARER = {"&": 5, "<": 4, ">": 4, "\n": 2}
_DEAR = re.compile("[&<>\n\U00010000-\U0010ffff]")
# Dots and quotes are looked at from the beginning of their run only: a title of nothing else took minutes.
_SENTENCE_END = re.compile(r"(?<![.!?…。！？؟۔।])[.!?…。！？؟۔।]++[\"'”’»)\]]*+(?=\s|$)|[。！？]")
_BLANK = re.compile(r"\s")


def width(text: str) -> int:
    """Count a text as the strictest service does: UTF-16 units, with `&`, `<`, `>` escaped and CRLF line ends.

    Source: Telegram Bot API, sendMessage (entities are counted in UTF-16 units); Slack's escaping rules.
    """
    return len(text) + sum(_DEARER.get(char, 2) - 1 for char in _DEAR.findall(text))


def shorten(text: str, room: int) -> str:
    """Return `text` if it fits into `room`, else its start: whole sentences, else whole words, with an ellipsis.

    Never cuts in a URL or between a letter and its marks; returns "" if nothing sensible fits.
    """
    if width(text) <= room:
        return text
    end = _longest(text, room - width(ELLIPSIS))
    kept = text[:end]
    ends = [match.end() for match in _SENTENCE_END.finditer(kept) if match.end() < end]
    # A sentence that would leave less than half of the room is cut at a word instead.
    if ends and ends[-1] * 2 >= end:
        return f"{kept[: ends[-1]].rstrip()} {ELLIPSIS}" if width(kept[: ends[-1]]) + 2 <= room else kept[: ends[-1]]
    kept = _whole_words(text, end)
    return f"{kept}{ELLIPSIS}" if kept else ""


def shorten_lines(text: str, room: int) -> str:
    """Return as many whole lines of `text` as fit into `room`, saying how many are left out.

    A first line that does not fit is itself shortened.
    """
    if width(text) <= room:
        return text
    lines = text.split("\n")
    kept: list[str] = []
    used = width(f"({len(lines)} more lines)")
    for line in lines:
        used += width(line) + 2
        if used > room:
            break
        kept.append(line)
    if not kept:
        return shorten(lines[0], room)
    left = len(lines) - len(kept)
    return "\n".join((*kept, f"({left} more {'line' if left == 1 else 'lines'})"))


def around(text: str, form: str, room: int) -> str:
    """Return the part of `text` about `room` wide that holds `form`, cut at words, with ellipses where it was cut."""
    if width(text) <= room:
        return text
    at = text.casefold().find(form.casefold()) if form else -1
    if at <= room // 2 or at >= len(text):  # casefold may move offsets; the start is then as good as any.
        return shorten(text, room)
    start = text.find(" ", max(0, at - room // 3))
    start = at if start < 0 or start > at else start + 1
    return ELLIPSIS + shorten(text[_url_begin(text, start) :], room - 1)


def _longest(text: str, room: int) -> int:
    """Return how many characters of `text` fit into `room`."""
    used = 0
    for index, char in enumerate(text):
        used += _DEARER.get(char, 2 if char > "\uffff" else 1)
        if used > room:
            return index
    return len(text)


def _whole_words(text: str, end: int) -> str:
    """Return the start of `text` up to `end`, less a word that would be broken, where the script has words."""
    begin = _url_begin(text, end)
    if begin < end:
        return text[:begin].rstrip()
    kept = text[:end]
    if not text[end : end + 1].isspace():
        space = max(kept.rfind(" "), kept.rfind("\n"))
        # Chinese, Japanese and Thai write no spaces: any letter is a place to cut, but no mark.
        kept = kept[:space] if space * 2 >= end else _before_marks(text, end)
    return kept.rstrip()


def _url_begin(text: str, at: int) -> int:
    """Return where the URL begins that `at` lies within, else `at` itself."""
    before = text[:at]
    if not before or before[-1].isspace():
        return at
    begin = at - len(before.rsplit(None, 1)[-1])
    blank = _BLANK.search(text, at)
    return begin if "://" in text[begin : blank.start() if blank else len(text)] else at


def _before_marks(text: str, end: int) -> str:
    while end > 0 and unicodedata.combining(text[end]):
        end -= 1
    return text[:end]
