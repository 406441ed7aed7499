"""Find phrases in texts at a cost that follows the words read and the hits made, never the number of phrases.

A phrase is one or more folded words; with a trailing `*` its last word is the beginning of a word. All phrases stand
in one dictionary keyed by their words. Each phrase has an anchor, its longest whole word, and a text is asked only
about the word sequences that some phrase has around an anchor.

A text is cut at blanks, and what a piece between blanks can begin is remembered for the next time it is met. Most
pieces of a text have been met before and hold no anchor: these cost one look-up in a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import TypeAlias

from monitor.watching.gates import Gate, main_word, passes
from monitor.watching.lines import WIDEST_REMEMBERED, Line, Standing, begins_with_capital
from monitor.watching.morphology import STEM, Base, Morphology
from monitor.watching.phrases import EXACT, Occurrence, Phrase, Seed, Warm, Way, parse_phrase
from monitor.watching.presearch import FEWEST_PIECES, Sieve, make_sieve
from monitor.watching.scripts import unmixed
from monitor.watching.skeletons import consonants, skeleton
from monitor.watching.tokens import Token, tokenise

MOST_REMEMBERED = 7_000_000  # bytes of pieces, 40,000 or more; the common words of a language come back at once.
# Bytes, measured: of a piece that says nothing, of one that says something, and of a word that may be inflected.
_COLD, _WARM, _BASES = 110, 400, 200
_MOST_COMBINED = 64  # ways of reading one stretch as a name of several words, each inflected.
_SHORTEST_IN_NAMES = 2  # letters: תל אביב, דיר الزور.
_MOST_STARTS = 20_000  # words of names; of more, hardly a word starts otherwise.
_FEWEST_TO_BEGIN = 2  # consonants of the first word: Tal, Deir, Khan.
_JOINED = (2, 3)  # words that another romanisation may write as one.


_GATES = tuple(Gate)
__all__ = ["Gate", "Lexicon", "Occurrence", "Phrase", "main_word", "parse_phrase", "passes"]


_Windows: TypeAlias = tuple[tuple[int, int, Gate], ...]


class Lexicon:
    """Hold numbered phrases and find them all in a text.

    `gates` of a phrase is the loosest way in which anybody wants it written; what no one wants is dropped early.
    One that does not `sift` reads every piece itself, as all do without the extra `fast`.
    """

    def __init__(self, *, sifts: bool = True) -> None:
        self._sifts = sifts
        self.gates = bytearray()
        self._is_name = bytearray()
        # By words with a blank between them: a string is smaller than a tuple of them, and of one word is that word.
        self._exact: dict[str, int] = {}
        self._stems: dict[str, list[tuple[str, int]]] = {}
        self._prefixes: dict[str, int] = {}
        self._prefix_lengths: tuple[int, ...] = ()
        self._windows: dict[str, _Windows] = {}
        self._same_windows: dict[_Windows, _Windows] = {}
        self._same_seeds: dict[tuple[Seed, ...], tuple[Seed, ...]] = {}  # few are told of many words.
        self._remembered = 0  # bytes.
        self._prefixed: set[int] = set()
        self._sieve: Sieve | None = None
        self.name_words: set[str] = set()
        self._name_starts: frozenset[str] | None = None
        self._skeletons: dict[str, tuple[int, ...]] = {}
        self._skeleton_starts: set[str] = set()
        self._memories: dict[tuple[bool, tuple[str, ...] | None], _Memory] = {}

    def add(self, phrase: Phrase, gate: Gate, *, is_name: bool = False) -> int:
        """Add a phrase, once however often it is added, and return its number. Names are found inflected, too."""
        key = " ".join(phrase.words)
        number = self._number_of(key, phrase.prefix)
        if number is None:
            number = self._number(key, phrase.prefix, gate)
        self.gates[number] = min(self.gates[number], gate)
        self._open_window(phrase, gate)
        self._sieve = None
        if is_name and not phrase.prefix:
            self._is_name[number] = True
            self.name_words.update(phrase.words)
            self._name_starts = None
        return number

    def _number_of(self, key: str, prefix: str) -> int | None:
        if not prefix:
            return self._exact.get(key)
        if not key:
            return self._prefixes.get(prefix)
        return next((number for one, number in self._stems.get(key, ()) if one == prefix), None)

    def _number(self, key: str, prefix: str, gate: Gate) -> int:
        number = len(self.gates)
        self.gates.append(gate)
        self._is_name.append(False)
        if not key:
            self._prefixes[prefix] = number
            self._prefix_lengths = tuple(sorted({*self._prefix_lengths, len(prefix)}))
        elif prefix:
            self._stems.setdefault(key, []).append((prefix, number))
        else:
            self._exact[key] = number
        if prefix:
            self._prefixed.add(number)
        return number

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """Return all phrases in the order of their numbers; put together at every question."""
        made = {number: Phrase(tuple(key.split(" "))) for key, number in self._exact.items()}
        made |= {number: Phrase((), prefix) for prefix, number in self._prefixes.items()}
        for key, some in self._stems.items():
            made |= {number: Phrase(tuple(key.split(" ")), prefix) for prefix, number in some}
        return tuple(made[number] for number in range(len(made)))

    def sieve(self) -> Sieve | None:
        """Return what sorts pieces out quickly; None where words are read as something else: inflected, misspelt."""
        if self.name_words or not self._sifts:
            return None
        if self._sieve is None:
            single = (key for key in self._exact if " " not in key)
            self._sieve = make_sieve({*single, *self._windows, *self._prefixes})
        return self._sieve

    def is_prefix(self, number: int) -> bool:
        """Say whether a phrase ends with the beginning of a word."""
        return number in self._prefixed

    def add_skeleton(self, bones: str, number: int) -> None:
        """Have a phrase found by its skeleton, too."""
        known = self._skeletons.get(bones, ())
        if number not in known:
            self._skeletons[bones] = (*known, number)
            whole = consonants(bones)
            self._skeleton_starts.update(whole[:length] for length in range(_FEWEST_TO_BEGIN, len(whole)))

    def _open_window(self, phrase: Phrase, gate: Gate) -> None:
        """Note where around its anchor a phrase of several words stands, and the loosest writing of all that do."""
        if len(phrase.words) + bool(phrase.prefix) == 1:
            return
        anchor = max(phrase.words, key=len)
        window = (phrase.words.index(anchor), len(phrase.words))
        known = self._windows.get(anchor, ())
        gates = [one[2] for one in known if one[:2] == window]
        others = tuple(one for one in known if one[:2] != window)
        windows = (*others, (*window, min([gate, *gates])))
        self._windows[anchor] = self._same_windows.setdefault(windows, windows)

    def find(self, text: str, *, loose: bool = False, morphology: Morphology | None = None) -> tuple[Occurrence, ...]:
        """Find every phrase in a text, overlapping ones too, each once, in order.

        What is written so that no one wants it is left out where that can be seen at once, unless `loose`. With a
        `morphology` names are found with its affixes, too, in mixed scripts and in other romanisations.
        """
        pieces = text.split()
        memory = self._memory(morphology, loose=loose)
        telling = memory.telling(pieces)
        if not telling:
            return ()
        warm = [(at, telling[piece]) for at, piece in enumerate(pieces) if piece in telling]
        line = Line(text, pieces, {at: piece.tokens for at, piece in warm})
        found = {
            Occurrence(number, *line.locate(Standing(at, token), Standing(at, token)), *way)
            for at, piece in warm
            for number, token, way in piece.singles
        }
        for at, piece in warm:
            for seed in piece.seeds:
                found.update(self._around(line, at, seed, memory))
        return tuple(sorted(found, key=_reading_order))

    def _memory(self, morphology: Morphology | None, *, loose: bool) -> _Memory:
        """Return what is remembered of pieces read in these languages."""
        key = (loose, morphology.languages if morphology else None)
        if key not in self._memories:
            self._memories[key] = _Memory(self, morphology, loose=loose)
        return self._memories[key]

    def remember(self, some: int) -> None:
        """Count the bytes that are remembered of pieces in all languages; forget all before they are too many."""
        self._remembered += some
        if self._remembered > MOST_REMEMBERED:
            self._remembered = some
            self._same_seeds.clear()
            # Copied: first polls match in several threads at once, and another may add a language meanwhile.
            for memory in tuple(self._memories.values()):
                memory.forget()

    def _around(self, line: Line, at: int, seed: Seed, memory: _Memory) -> Iterator[Occurrence]:
        """Yield each phrase of several words around one anchor."""
        if seed.is_skeleton and line.goes_on_small(at, line.tokens(at)[seed.word]):
            return
        stretch = line.stretch(at, seed.word, before=seed.before, length=seed.length)
        if stretch is None:
            return
        key = tuple([token.text for token in stretch[1]])
        # Whether a sentence ends between the words is asked last: most stretches are nothing anyway.
        if seed.is_skeleton:
            numbers = self._skeletons.get(skeleton(key), ()) if all(map(line.has_capital, *stretch)) else ()
            spots = list(map(Standing, *stretch)) if numbers else []
            if spots and line.holds_together(spots):
                for number in numbers:
                    yield Occurrence(number, *line.locate(spots[0], spots[-1]), "skeleton", " ".join(key))
            return
        ways = list(self._several(key, memory)) if seed.length > 1 else []
        stems = self._stems.get(" ".join(key), ()) if self._stems else ()
        spots = list(map(Standing, *stretch)) if ways or stems else []
        if not spots or not line.holds_together(spots):
            return
        for number, way in ways:
            yield Occurrence(number, *line.locate(spots[0], spots[-1]), *way)
        for prefix, number in stems:
            after = line.following(spots[-1])
            if after is not None and after.token.text.startswith(prefix) and line.holds_together([*spots, after]):
                yield Occurrence(number, *line.locate(spots[0], after))

    def _may_stand(self, tokens: Sequence[Token], first: int, length: int, memory: _Memory) -> bool:
        """Say whether words may be a phrase, as far as their piece tells: in scripts without blanks it mostly does."""
        if first < 0 or first + length > len(tokens):
            return True
        words = [token.text for token in tokens[first : first + length]]
        key = " ".join(words)
        if key in self._exact or key in self._stems:
            return True
        return memory.morphology is not None and any(map(memory.bases, words))

    def _several(self, key: Sequence[str], memory: _Memory) -> Iterator[tuple[int, Way]]:
        """Yield the name that several words are; else those that they may be with any word inflected."""
        exact = self._exact.get(" ".join(key))
        if exact is not None:
            yield exact, EXACT
        elif memory.morphology is not None:
            yield from self._inflected(key, memory)

    def _inflected(self, key: Sequence[str], memory: _Memory) -> Iterator[tuple[int, Way]]:
        """Yield the names of several words that a stretch may be with any of its words inflected."""
        bases = [memory.bases(word) for word in key]
        if not any(bases):
            return
        choices = [(Base(word, ""), *some) for word, some in zip(key, bases, strict=True)]
        for chosen in islice(product(*choices), 1, _MOST_COMBINED):
            number = self._exact.get(" ".join([base.text for base in chosen]))
            if number is not None and self._is_name[number]:
                yield number, Way("affix", ", ".join(base.detail for base in chosen if base.detail))

    def _beginnings(self, word: str) -> list[int]:
        """Return the phrases that are one prefix, and this word begins with it."""
        if not self._prefix_lengths:
            return []
        found = (self._prefixes.get(word[:length]) for length in self._prefix_lengths if length <= len(word))
        return [number for number in found if number is not None]

    def read(self, piece: str, memory: _Memory) -> Warm | None:
        """Say which phrases a piece between two blanks holds or may hold a part of; None if none."""
        tokens = tokenise(piece)
        singles: list[tuple[int, Token, Way]] = []
        seeds: dict[Seed, None] = {}
        for index, token in enumerate(tokens):
            written = piece[token.start : token.end]
            is_capital = begins_with_capital(piece, token)
            ways = [(number, EXACT) for number in self._beginnings(token.text)]
            for word, way in self._readings(token.text, written, memory):
                number = self._exact.get(word)
                if number is not None and (way is EXACT or self._is_name[number]):
                    ways.append((number, way))
                for before, length, gate in self._windows.get(word, ()):
                    is_written = memory.is_loose or gate < Gate.MAIN_CAPITAL or is_capital
                    if is_written and self._may_stand(tokens, index - before, length, memory):
                        seeds[Seed(index, before, length)] = None
            if is_capital and self._skeletons and memory.morphology is not None:
                bones = skeleton((token.text,))
                if not self._is_a_name(token.text):
                    ways.extend((number, Way("skeleton", token.text)) for number in self._skeletons.get(bones, ()))
                if consonants(bones) in self._skeleton_starts:
                    seeds.update((Seed(index, 0, length, is_skeleton=True), None) for length in _JOINED)
            singles.extend(
                (n, token, way) for n, way in ways if memory.is_loose or passes(_GATES[self.gates[n]], written)
            )
        if not (singles or seeds):
            return None
        around = tuple(seeds)
        return Warm(tokens, tuple(singles), self._same_seeds.setdefault(around, around))

    def _readings(self, word: str, written: str, memory: _Memory) -> Iterator[tuple[str, Way]]:
        """Yield the words of phrases that a word may be: itself; if it is no name, inflected or in mixed scripts."""
        yield word, EXACT
        if memory.morphology is None or not self.name_words or self._is_a_name(word):
            return
        for base in memory.morphology.bases(word, self.name_words, starts=self._starts()):
            yield base.text, Way("affix", base.detail)
        if not word.isascii():
            for meant in unmixed(word, written):
                yield meant, Way("confusable", f"{written} for {meant}")

    def _starts(self) -> frozenset[str] | None:
        """Return how names start, for most words to be put aside at once; None of so many that most words start so."""
        if self._name_starts is None and len(self.name_words) <= _MOST_STARTS:
            self._name_starts = frozenset(word[:STEM] for word in self.name_words)
        return self._name_starts

    def _is_a_name(self, word: str) -> bool:
        number = self._exact.get(word)
        return number is not None and bool(self._is_name[number])


def _reading_order(one: Occurrence) -> tuple[object, ...]:
    """Order hits as they stand, the longest first, and of one stretch what is written as listed before the rest."""
    return one.start, -one.end, one.rule != EXACT.rule, one.phrase, one.rule, one.detail


class _Memory:
    """Remember what the lexicon said of a piece; forget all at once when there is too much.

    Of most pieces it said nothing: these are a set, which a whole text is held against at once.
    """

    def __init__(self, lexicon: Lexicon, morphology: Morphology | None, *, loose: bool) -> None:
        self._lexicon = lexicon
        self._warm: dict[str, Warm] = {}
        self._cold: set[str] = set()
        self._bases: dict[str, tuple[Base, ...]] = {}
        self.morphology = morphology
        self.is_loose = loose

    def telling(self, pieces: Sequence[str]) -> dict[str, Warm]:
        """Return those of some pieces that hold phrases, or may hold parts of one."""
        if self._cold.issuperset(pieces):  # as most texts are, once their language has been met.
            return {}
        met = set(pieces).difference(self._cold)
        if len(met) >= FEWEST_PIECES:
            met = self._sift(met)
        return {piece: warm for piece in met if (warm := self._warm.get(piece) or self._read(piece)) is not None}

    def _sift(self, met: set[str]) -> set[str]:
        """Leave out the new pieces that surely say nothing, if there is a quick way to know."""
        new = list(met.difference(self._warm))
        sieve = self._lexicon.sieve() if len(new) >= FEWEST_PIECES else None
        if sieve is None:
            return met
        said_nothing = set(new).difference(sieve.holding(new))
        short = [piece for piece in said_nothing if len(piece) <= WIDEST_REMEMBERED]
        self._lexicon.remember(len(short) * _COLD)
        self._cold.update(short)
        return met - said_nothing

    def _read(self, piece: str) -> Warm | None:
        warm = self._lexicon.read(piece, self)
        if len(piece) > WIDEST_REMEMBERED:
            return warm
        self._lexicon.remember(_COLD if warm is None else _WARM)
        if warm is None:
            self._cold.add(piece)
        else:
            self._warm[piece] = warm
        return warm

    def bases(self, word: str) -> tuple[Base, ...]:
        """Return the words of names of several words that a word may be."""
        if word not in self._bases:
            known = self._lexicon.name_words
            found = self.morphology.bases(word, known, shortest=_SHORTEST_IN_NAMES) if self.morphology else ()
            self._lexicon.remember(_BASES)
            self._bases[word] = found
        return self._bases[word]

    def forget(self) -> None:
        """Begin anew."""
        self._cold.clear()
        self._warm.clear()
        self._bases.clear()
