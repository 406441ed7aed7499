"""Find the sentence around a hit and quote it, verbatim."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

import regex

LONGEST = 400  # characters of evidence; what is longer is cut around the hit.
_REACH = 2000  # characters; so far a sentence's ends are looked for.
_MOST_REMEMBERED = 4  # texts whose sentences are known: the parts of one article, of which is asked again and again.

# A line break, a full stop of a script that needs no blank after it, or other marks with what closes and a blank.
_END = regex.compile(r"\n|[。！？｡][」』”’）\]]*|[.!?…؟۔।॥։]+[\"'”’»)\]]*(?=\s|$)")
_LAST_WORD = regex.compile(r"[\p{L}\p{M}\p{N}.]+$")
_NEXT = regex.compile(r"\s*[\"'“‘«(\[¿¡]*([\p{L}\p{N}]*)")


def _each(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


_ABBREVIATIONS = frozenset(
    # Titles, saints, months; German, Turkish, Romance, Polish and Russian ones.
    _each(
        "mr mrs ms dr prof rev hon st ste mt ft gen lt col maj capt cpt cmdr sgt cpl pvt adm gov sen rep pres jr sr vs",
        "nos vol pp approx ca dept bros jan feb mar apr jun jul aug sep sept oct nov dec",
        "nr bzw z.b d.h u.a usw ggf str abs hr fr doç yrd prof.dr sn bkz vb m mm mme mlle av bd mgr sra sres núm pág",
        "ud uds sig dott avv św ul płk gen.bryg tzw tys mln mld г гг ул им тыс млн млрд руб см т.е т.д проф ген св",
    )
)
_MONTHS = _each(
    "jan feb mär mar apr mai jun jul aug sep okt oct nov dez dec ene abr ago dic led únor břez dub květ červ srp září",
    "říj list pros sty lut kwi maj cze lip sie wrz paź gru",
)


def sentence_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the sentence around text[start:end] begins and ends, without blanks at its ends.

    A line break ends a sentence. The stop of an abbreviation, an initial or a day's number before a month does not.
    """
    sentences = _sentences(text)
    first = max(start - _REACH, sentences.begin(start))
    last = min(end + _REACH, sentences.finish(end))
    while first < start and text[first].isspace():
        first += 1
    while last > end and text[last - 1].isspace():
        last -= 1
    return first, last


class _Sentences:
    """Where the sentences of a text end, worked out for a line when it is asked for: most lines hold no hit."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: dict[int, list[int]] = {}  # by the start of their line, in order.

    def begin(self, at: int) -> int:
        """Return the last end up to an offset, 0 if there is none."""
        line, ends = self._line(at)
        before = bisect_right(ends, at)
        return ends[before - 1] if before else line

    def finish(self, at: int) -> int:
        """Return the first end behind an offset, the text's own if there is none."""
        ends = self._line(at)[1]
        after = bisect_right(ends, at)
        return ends[after] if after < len(ends) else len(self._text)

    def _line(self, at: int) -> tuple[int, list[int]]:
        """Return the start of the line that holds an offset, and the ends in it: a line break is one."""
        first = self._text.rfind("\n", 0, at) + 1
        if first not in self._ends:
            broken = self._text.find("\n", at)
            last = broken + 1 if broken >= 0 else len(self._text)
            # Not concurrent: other threads get their turn between two marks, and to hand over at each costs more.
            marks = _END.finditer(self._text, first, last, concurrent=False)
            self._ends[first] = [mark.end() for mark in marks if _closes(self._text, mark)]
        return first, self._ends[first]


_sentences = lru_cache(maxsize=_MOST_REMEMBERED)(_Sentences)


def _closes(text: str, mark: regex.Match[str]) -> bool:
    """Say whether a mark ends the sentence, by the words before and after it."""
    written = mark.group()
    if written[0] in "\n。！？｡":
        return True
    after = _NEXT.match(text, mark.end(), concurrent=False)
    following = after.group(1) if after else ""
    if following[:1].islower():
        return False
    if written[0] != "." or len(written.rstrip("\"'”’»)]")) > 1:
        return True
    before = _LAST_WORD.search(text, max(0, mark.start() - 20), mark.start(), concurrent=False)
    return before is None or not _is_short_form(before.group(), following)


def _is_short_form(word: str, following: str) -> bool:
    """Say whether a stop after `word` belongs to the word: U.S., J. Smith, Gen. Aoun, 6. Dezember."""
    plain = word.strip(".").casefold()
    if plain in _ABBREVIATIONS:
        return True
    if all(len(part) == 1 and part.isalpha() for part in plain.split(".")):
        return word[0].isupper() or "." in word
    return plain.isdecimal() and len(plain) <= len("31") and following.casefold().startswith(_MONTHS)


def quote(text: str, start: int, end: int) -> str:
    """Quote the sentence around text[start:end]; if it is too long, as much around the hit as fits.

    Cuts fall between words and are marked by an ellipsis; nothing else is changed but line breaks, which cannot occur.
    """
    first, last = sentence_span(text, start, end)
    return shorten(text, first, last, around=(start, end))


def shorten(text: str, first: int, last: int, *, around: tuple[int, int]) -> str:
    """Return text[first:last], cut at both ends to about LONGEST characters around a hit in it."""
    if last - first <= LONGEST:
        return text[first:last]
    start, end = around
    spare = max(0, LONGEST - (end - start))
    begin = max(first, min(start - spare // 2, last - LONGEST))
    finish = min(last, max(begin + LONGEST, end))
    begin = _next_blank(text, begin, start) if begin > first else first
    finish = _last_blank(text, finish, end) if finish < last else last
    return ("…" if begin > first else "") + text[begin:finish] + ("…" if finish < last else "")


def _next_blank(text: str, begin: int, limit: int) -> int:
    """Return the start of the first word after `begin`, or `begin` where a script has no blanks."""
    for at in range(begin, limit):
        if text[at].isspace():
            return at + 1
    return begin


def _last_blank(text: str, finish: int, limit: int) -> int:
    """Return the end of the last whole word before `finish`, or `finish` where a script has no blanks."""
    for at in range(finish, limit, -1):
        if text[at : at + 1].isspace():
            return at
    return finish
