"""Cut texts into folded words that know where they stand.

A word is a run of letters, marks and digits, so apostrophes and hyphens cut: Humus'ta, d'Homs, Homs-based and
al-Rastan need no rule of their own. Scripts that write no blanks between words are cut into characters (Han,
hiragana) or letters with their marks (Thai, Lao, Khmer, Burmese), so that a name is found inside a running text. A
run of katakana is one word: a name in katakana counts only where no other katakana touches it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import regex

from monitor.watching.fold import fold

_LONGEST_REMEMBERED = 40  # characters, so names; the same ones are asked for at every hit.
_MOST_REMEMBERED = 4_096  # names, about 1 MB.
_UNSPACED = r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_WORD = regex.compile(
    r"(?V1)"
    r"[[\p{Han}\p{Hiragana}]&&[\p{L}\p{N}]]"
    rf"|[{_UNSPACED}&&[\p{{L}}\p{{M}}\p{{N}}]]\p{{M}}*"
    r"|[\p{Katakana}\u30fc]+"
    rf"|[[\p{{L}}\p{{M}}\p{{N}}]--[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\u30fc]--{_UNSPACED}]+"
)


_ASCII_WORD = re.compile("[a-z0-9]+")  # the same of what has only such letters when it is folded; in half the time.


class Token(NamedTuple):
    """One folded word and its offsets in the original text. A tuple, for a great many are made."""

    text: str
    start: int
    end: int


def tokenise(text: str) -> tuple[Token, ...]:
    """Cut a text into its words, in order. A blank always cuts, so pieces between blanks may be cut one by one."""
    if text.isascii():
        return tuple([Token(found.group(), *found.span()) for found in _ASCII_WORD.finditer(text.lower())])
    folded = fold(text)
    found = (_ASCII_WORD if folded.text.isascii() else _WORD).finditer(folded.text)
    if folded.starts is None:
        return tuple([Token(one.group(), *one.span()) for one in found])
    return tuple([Token(one.group(), *folded.span(*one.span())) for one in found])


def words(text: str) -> tuple[str, ...]:
    """Return the folded words of a text, without their offsets."""
    return _words_of_name(text) if len(text) <= _LONGEST_REMEMBERED else tuple(_WORD.findall(fold(text).text))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _words_of_name(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(fold(name).text))
