"""Walk the words of a text that was cut at blanks, and say where in the text they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from string import ascii_lowercase
from typing import NamedTuple

import regex

from monitor.watching.scripts import IS_CAPITAL
from monitor.watching.tokens import Token, tokenise

_MOST_REMEMBERED = 4_096  # pieces beside names, 1 MB.
WIDEST_REMEMBERED = 40  # characters; longer pieces (Chinese, URLs) hardly ever come again.

# What may not stand between two words of a phrase: the ends of sentences and clauses. Commas and quotes may.
_BREAK = regex.compile(r"[!?;:|•…。！？；：؟؛।॥]|(?<=\w{5})\.")


_SMALL = frozenset(ascii_lowercase)


class Standing(NamedTuple):
    """A word of a text: the number of its piece, and the word with its offsets in the piece."""

    at: int
    token: Token


_recall = lru_cache(maxsize=_MOST_REMEMBERED)(tokenise)


class Line:
    """Walk the words of a text that was cut into pieces, and tell their offsets in it."""

    def __init__(self, text: str, pieces: Sequence[str], tokens: dict[int, tuple[Token, ...]]) -> None:
        self._text = text
        self._pieces = pieces
        self._tokens = tokens
        self._offsets: list[int] = []

    def tokens(self, at: int) -> tuple[Token, ...]:
        """Return the words of a piece."""
        known = self._tokens.get(at)
        if known is None:
            piece = self._pieces[at]
            known = _recall(piece) if len(piece) <= WIDEST_REMEMBERED else tokenise(piece)
            self._tokens[at] = known
        return known

    def stretch(self, at: int, word: int, *, before: int, length: int) -> tuple[list[int], list[Token]] | None:
        """Return `length` words, `before` of them in front of one word of one piece; None if the text ends before.

        They come as the numbers of their pieces and the words themselves: most stretches are nothing, and dropped.
        """
        first = word - before
        found = list(self.tokens(at)[max(0, first) : first + length])
        pieces = [at] * len(found)
        piece = at
        while first < 0:
            piece -= 1
            if piece < 0:
                return None
            some = self.tokens(piece)[first:]
            found[:0] = some
            pieces[:0] = [piece] * len(some)
            first += len(some)
        while len(found) < length:
            at += 1
            if at == len(self._pieces):
                return None
            some = self.tokens(at)[: length - len(found)]
            found += some
            pieces += [at] * len(some)
        return pieces, found

    def goes_on_small(self, at: int, token: Token) -> bool:
        """Say whether a word ends its piece and the next piece begins with a small letter; asked before all else."""
        following = at + 1
        is_last = token is self.tokens(at)[-1]
        return is_last and following < len(self._pieces) and self._pieces[following][0] in _SMALL

    def following(self, spot: Standing) -> Standing | None:
        """Return the next word."""
        return next(self._forwards(spot), None)

    def _forwards(self, spot: Standing) -> Iterator[Standing]:
        yield from (Standing(spot.at, token) for token in self.tokens(spot.at) if token.start > spot.token.start)
        for at in range(spot.at + 1, len(self._pieces)):
            yield from (Standing(at, token) for token in self.tokens(at))

    def holds_together(self, spots: Sequence[Standing]) -> bool:
        """Say whether no sentence ends between the words."""
        return not any(_BREAK.search(self._between(one, other)) for one, other in pairwise(spots))

    def _between(self, one: Standing, other: Standing) -> str:
        """Return what stands from the start of one word to the start of the next, blanks as one space."""
        if one.at == other.at:
            return self._pieces[one.at][one.token.start : other.token.start]
        between = (self._pieces[one.at][one.token.start :], *self._pieces[one.at + 1 : other.at])
        return " ".join((*between, self._pieces[other.at][: other.token.start]))

    def has_capital(self, at: int, token: Token) -> bool:
        """Say whether a word of a piece begins with a capital letter."""
        return begins_with_capital(self._pieces[at], token)

    def locate(self, first: Standing, last: Standing) -> tuple[int, int]:
        """Turn a phrase's first and last word into offsets in the text."""
        if not self._offsets:
            self._offsets = self._measure()
        start = self._offsets[first.at] + first.token.start
        return start, self._offsets[last.at] + last.token.end

    def _measure(self) -> list[int]:
        """Return where each piece starts; quickly if one blank stands between all of them, as it mostly does."""
        lengths = list(map(len, self._pieces))
        if sum(lengths) + len(lengths) - 1 == len(self._text):
            return [offset + at for at, offset in enumerate(accumulate(lengths, initial=0))]
        offsets = []
        reached = 0
        for piece in self._pieces:
            start = self._text.index(piece, reached)
            offsets.append(start)
            reached = start + len(piece)
        return offsets


def begins_with_capital(text: str, token: Token) -> bool:
    """Say whether a word of a text begins with a capital letter."""
    return IS_CAPITAL[text[token.start]]
