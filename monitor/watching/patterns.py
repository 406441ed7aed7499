"""Find phrases in texts at a cost that follows the words read and the hits made, never the number of phrases.

A phrase is one or more folded words; with a trailing `*` its last word is the beginning of a word. All phrases stand
in one dictionary keyed by their words. Each phrase has an anchor, its longest whole word, and a text is asked only
about the word sequences that some phrase has around an anchor.

A text is cut at blanks, and what a piece between blanks can begin is remembered for the next time it is met. Most
pieces of a text have been met before and hold no anchor: these cost one look-up in a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import regex

from monitor.watching.tokens import Token, tokenise, words

WIDEST_REMEMBERED = 40  # characters; longer pieces (Chinese, URLs) hardly ever come again.
MOST_REMEMBERED = 100_000  # pieces, about 10 MB; the common words of a language come back at once.

# What may not stand between two words of a phrase: the ends of sentences and clauses. Commas and quotes may.
_BREAK = regex.compile(r"[!?;:|•…。！？；：؟؛।॥]|(?<=\w{5})\.")


class Gate(IntEnum):
    """How a hit must be written to count, from the loosest."""

    ANY = 0
    SOME_CAPITAL = 1  # a long word of it begins with a capital letter, or any word if none is long.
    MAIN_CAPITAL = 2  # its longest word begins with a capital letter.
    ACRONYM = 3  # all of it is in capitals.


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is looked for: folded words, and, if `prefix` is not "", the beginning of one more word."""

    words: tuple[str, ...]
    prefix: str = ""


class Occurrence(NamedTuple):
    """A phrase found: its number in the lexicon and its offsets in the original text."""

    phrase: int
    start: int
    end: int


def parse_phrase(text: str) -> Phrase | None:
    """Read a phrase as configured; a trailing `*` makes its last word a prefix. None if there is no word in it."""
    found = words(text)
    if not found:
        return None
    if text.rstrip().endswith("*"):
        return Phrase(found[:-1], found[-1])
    return Phrase(found)


class _Seed(NamedTuple):
    """A place in a piece where phrases may be: around word `word`, `before` words earlier, `length` words long."""

    word: int
    before: int
    length: int


class _Warm(NamedTuple):
    """A piece that holds a phrase of one word (its number and its word), or an anchor of longer ones."""

    tokens: tuple[Token, ...]
    singles: tuple[tuple[int, Token], ...]
    seeds: tuple[_Seed, ...]


class Lexicon:
    """Hold numbered phrases and find them all in a text.

    `gates` of a phrase is the loosest way in which anybody wants it written; what no one wants is dropped early.
    """

    def __init__(self) -> None:
        self.gates: list[Gate] = []
        self.phrases: list[Phrase] = []
        self._numbers: dict[Phrase, int] = {}
        self._exact: dict[tuple[str, ...], int] = {}
        self._stems: dict[tuple[str, ...], list[tuple[str, int]]] = {}
        self._prefixes: dict[str, int] = {}
        self._prefix_lengths: tuple[int, ...] = ()
        self._windows: dict[str, tuple[tuple[int, int, Gate], ...]] = {}
        self._strict = _Memory(self, loose=False)
        self._loose = _Memory(self, loose=True)

    def add(self, phrase: Phrase, gate: Gate) -> int:
        """Add a phrase, once however often it is added, and return its number."""
        number = self._numbers.get(phrase)
        if number is not None:
            self.gates[number] = min(self.gates[number], gate)
            self._open_window(phrase, gate)
            return number
        number = self._numbers[phrase] = len(self.phrases)
        self.phrases.append(phrase)
        self.gates.append(gate)
        if not phrase.words:
            self._prefixes[phrase.prefix] = number
            self._prefix_lengths = tuple(sorted({*self._prefix_lengths, len(phrase.prefix)}))
        elif phrase.prefix:
            self._stems.setdefault(phrase.words, []).append((phrase.prefix, number))
        else:
            self._exact[phrase.words] = number
        self._open_window(phrase, gate)
        return number

    def _open_window(self, phrase: Phrase, gate: Gate) -> None:
        """Note where around its anchor a phrase of several words stands, and the loosest writing of all that do."""
        if len(phrase.words) + bool(phrase.prefix) == 1:
            return
        anchor = max(phrase.words, key=len)
        window = (phrase.words.index(anchor), len(phrase.words))
        known = self._windows.get(anchor, ())
        gates = [one[2] for one in known if one[:2] == window]
        others = tuple(one for one in known if one[:2] != window)
        self._windows[anchor] = (*others, (*window, min([gate, *gates])))

    def find(self, text: str, *, loose: bool = False) -> tuple[Occurrence, ...]:
        """Find every phrase in a text, overlapping ones too, each once, in order.

        What is written so that no one wants it is left out where that can be seen at once, unless `loose`.
        """
        pieces = text.split()
        memory = self._loose if loose else self._strict
        warm = [(at, piece) for at, piece in enumerate(map(memory.__getitem__, pieces)) if piece is not None]
        if not warm:
            return ()
        line = _Line(text, pieces, {at: piece.tokens for at, piece in warm})
        found = {
            line.locate(number, _Spot(at, token), _Spot(at, token))
            for at, piece in warm
            for number, token in piece.singles
        }
        for at, piece in warm:
            for seed in piece.seeds:
                found.update(self._around(line, at, seed))
        return tuple(sorted(found, key=lambda one: (one.start, -one.end, one.phrase)))

    def _around(self, line: _Line, at: int, seed: _Seed) -> Iterator[Occurrence]:
        """Yield each phrase of several words around one anchor."""
        spots = line.stretch(at, seed)
        if spots is None:
            return
        key = tuple([spot.token.text for spot in spots])
        number = self._exact.get(key) if seed.length > 1 else None
        if number is not None and line.holds_together(spots):
            yield line.locate(number, spots[0], spots[-1])
        for prefix, prefixed in self._stems.get(key, ()):
            after = line.following(spots[-1])
            if after is not None and after.token.text.startswith(prefix) and line.holds_together([*spots, after]):
                yield line.locate(prefixed, spots[0], after)

    def _beginnings(self, word: str) -> list[int]:
        """Return the phrases that are one prefix, and this word begins with it."""
        found = (self._prefixes.get(word[:length]) for length in self._prefix_lengths if length <= len(word))
        return [number for number in found if number is not None]

    def read(self, piece: str, *, loose: bool) -> _Warm | None:
        """Say which phrases a piece between two blanks holds or may hold a part of; None if none."""
        tokens = tokenise(piece)
        singles: list[tuple[int, Token]] = []
        seeds: list[_Seed] = []
        for index, token in enumerate(tokens):
            numbers = self._beginnings(token.text)
            alone = self._exact.get((token.text,))
            if alone is not None:
                numbers.append(alone)
            written = piece[token.start : token.end]
            singles.extend((number, token) for number in numbers if loose or passes(self.gates[number], written))
            for before, length, gate in self._windows.get(token.text, ()):
                if loose or gate < Gate.MAIN_CAPITAL or _begins_with_capital(piece, token):
                    seeds.append(_Seed(index, before, length))
        return _Warm(tokens, tuple(singles), tuple(seeds)) if singles or seeds else None


class _Memory(dict[str, "_Warm | None"]):
    """Remember what the lexicon said of a piece; forget all at once when there is too much."""

    def __init__(self, lexicon: Lexicon, *, loose: bool) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._is_loose = loose

    def __missing__(self, piece: str) -> _Warm | None:
        warm = self._lexicon.read(piece, loose=self._is_loose)
        if len(piece) <= WIDEST_REMEMBERED:
            if len(self) >= MOST_REMEMBERED:
                self.clear()
            self[piece] = warm
        return warm


class _Spot(NamedTuple):
    """A word of a text: the number of its piece, and the word with its offsets in the piece."""

    at: int
    token: Token


_recall = lru_cache(maxsize=20_000)(tokenise)


class _Line:
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

    def stretch(self, at: int, seed: _Seed) -> list[_Spot] | None:
        """Return the words that a seed asks for; None if the text ends before."""
        tokens = self.tokens(at)
        first = seed.word - seed.before
        if first >= 0 and first + seed.length <= len(tokens):
            return [_Spot(at, token) for token in tokens[first : first + seed.length]]
        anchor = _Spot(at, tokens[seed.word])
        left = self._take(self._backwards(anchor), seed.before)
        right = self._take(self._forwards(anchor), seed.length - seed.before - 1)
        return None if left is None or right is None else [*reversed(left), anchor, *right]

    def following(self, spot: _Spot) -> _Spot | None:
        """Return the next word."""
        return next(self._forwards(spot), None)

    @staticmethod
    def _take(spots: Iterable[_Spot], count: int) -> list[_Spot] | None:
        taken = [spot for spot, _ in zip(spots, range(count), strict=False)] if count else []
        return taken if len(taken) == count else None

    def _forwards(self, spot: _Spot) -> Iterator[_Spot]:
        yield from (_Spot(spot.at, token) for token in self.tokens(spot.at) if token.start > spot.token.start)
        for at in range(spot.at + 1, len(self._pieces)):
            yield from (_Spot(at, token) for token in self.tokens(at))

    def _backwards(self, spot: _Spot) -> Iterator[_Spot]:
        yield from (_Spot(spot.at, t) for t in reversed(self.tokens(spot.at)) if t.start < spot.token.start)
        for at in range(spot.at - 1, -1, -1):
            yield from (_Spot(at, token) for token in reversed(self.tokens(at)))

    def holds_together(self, spots: Sequence[_Spot]) -> bool:
        """Say whether no sentence ends between the words."""
        return not any(_BREAK.search(self._between(one, other)) for one, other in pairwise(spots))

    def _between(self, one: _Spot, other: _Spot) -> str:
        """Return what stands from the start of one word to the start of the next, blanks as one space."""
        if one.at == other.at:
            return self._pieces[one.at][one.token.start : other.token.start]
        between = (self._pieces[one.at][one.token.start :], *self._pieces[one.at + 1 : other.at])
        return " ".join((*between, self._pieces[other.at][: other.token.start]))

    def locate(self, number: int, first: _Spot, last: _Spot) -> Occurrence:
        """Turn the spots of a phrase's first and last word into offsets in the text."""
        if not self._offsets:
            self._offsets = self._measure()
        start = self._offsets[first.at] + first.token.start
        return Occurrence(number, start, self._offsets[last.at] + last.token.end)

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


_CAPITAL = regex.compile(r"[\p{Lu}\p{Lt}]")
_LONG = 4  # letters; articles and particles are shorter: al, ash, bin, von.


def passes(gate: Gate, written: str) -> bool:
    """Say whether a hit is written as the gate asks. `written` is its text in the original.

    So al-Shabaab and World Food programme pass for organisations, and "At tall" does not for the town of At Tall.
    """
    match gate:
        case Gate.ANY:
            return True
        case Gate.SOME_CAPITAL:
            tokens = tokenise(written)
            long = [token for token in tokens if len(token.text) >= _LONG]
            return any(_begins_with_capital(written, token) for token in long or tokens)
        case Gate.MAIN_CAPITAL:
            return _begins_with_capital(written, main_word(tokenise(written)))
        case Gate.ACRONYM:
            return written.isupper()


def main_word(tokens: Sequence[Token]) -> Token:
    """Return the longest word of a name, the first of equals."""
    return max(tokens, key=lambda token: len(token.text))


def _begins_with_capital(text: str, token: Token) -> bool:
    return _CAPITAL.match(text, token.start) is not None
