"""Find names that are written almost like another one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from monitor.watching.tokens import words

_WORTH_COMPARING = 2  # letters by which the lengths of two like names may differ.
_OTHER_LETTERS = 3  # letters that stand in only one of two like names.
_ALIKE = 0.7  # of difflib's ratio: Homz and Homs, Aleppp and Aleppo.
_AFTER_LATIN = "\u0250"
_MOST = 20  # places returned.


def _letters(name: str) -> int:
    """Return the letters of a name as bits: a quick way to see that two names have little in common."""
    bits = 0
    for letter in name:
        bits |= 1 << (ord(letter) & 31)
    return bits


class Speller:
    """Hold numbered places with their Latin names; the first comparison of letters drops nearly all of them."""

    def __init__(self, places: Iterable[tuple[int, tuple[str, ...]]]) -> None:
        self._names: list[tuple[int, int, str]] = []
        for number, names in places:
            folded = dict.fromkeys("".join(words(name)) for name in names if name[:1] < _AFTER_LATIN)
            self._names.extend((_letters(name), number, name) for name in folded if name.isascii())

    def like(self, name: str) -> tuple[tuple[int, float], ...]:
        """Return the places whose names are most like this one, each with how alike it is, 0.7 to 1."""
        wanted = "".join(words(name))
        bits, size = _letters(wanted), len(wanted)
        matcher = SequenceMatcher(b=wanted, autojunk=False)
        best: dict[int, float] = {}
        for letters, number, other in self._names:
            if (letters ^ bits).bit_count() > _OTHER_LETTERS or abs(len(other) - size) > _WORTH_COMPARING:
                continue
            matcher.set_seq1(other)
            if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE:
                best[number] = max(best.get(number, 0.0), matcher.ratio())
        alike = sorted((one for one in best.items() if one[1] >= _ALIKE), key=lambda one: -one[1])
        return tuple(alike[:_MOST])
