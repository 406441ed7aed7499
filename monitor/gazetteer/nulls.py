"""Find the phrases of the null lexicon that a place's names stand in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from monitor.watching.tokens import words

_SHORTEST_STEM = 4  # letters that a longer word of a phrase may begin with: Kiew, in Kiewer Kotelett.
_ANY = "any"


class NullLexicon:
    """Hold phrases inside which no place is meant, and those that speak of one place, country or region."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self.phrases = phrases
        self._any: list[tuple[str, str]] = []
        self._words: list[tuple[str, int]] = []

    def of(self, owners: Iterable[str], keys: Iterable[str]) -> tuple[str, ...]:
        """Return the phrases listed for `owners`, and those of the rest in which one of the folded names stands."""
        if not self._words:  # at the first question, for most runs ask none.
            self._any = [(phrase, f" {' '.join(words(phrase))}") for phrase in self.phrases.get(_ANY, ())]
            self._words = sorted((word, number) for number, (_, key) in enumerate(self._any) for word in key.split())
        own = [phrase for owner in owners for phrase in self.phrases.get(owner, ())]
        numbers = sorted({number for key in keys for number in self._holding(key)})
        return tuple(dict.fromkeys([*own, *(self._any[number][0] for number in numbers)]))

    def _holding(self, key: str) -> Iterable[int]:
        first, _, rest = key.partition(" ")
        at = bisect_left(self._words, (first, 0))
        while first and at < len(self._words) and self._words[at][0].startswith(first):
            word, number = self._words[at]
            if (word == first or (len(first) >= _SHORTEST_STEM and not rest)) and f" {key}" in self._any[number][1]:
                yield number
            at += 1
