"""Sort out at once the pieces of a text in which no phrase can be, by the automaton of the extra `fast`.

It is a sieve: what it lets through is read as everything is without it, so both ways find the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

try:
    import ahocorasick_rs
except ImportError:  # the extra is not installed: everything is read.
    _IS_HERE = False
else:
    _IS_HERE = True

from monitor.watching.fold import fold

FEWEST_PIECES = 8  # of fewer, reading them is as quick.
_END = "\n"  # between pieces; no folded word holds one, and no character folds to it.


class Sieve:
    """Know which pieces hold one of some folded words, be it inside another word."""

    def __init__(self, wanted: Collection[str]) -> None:
        self._automaton = ahocorasick_rs.AhoCorasick(list(map(_sound, wanted))) if wanted else None

    def holding(self, pieces: Sequence[str]) -> list[str]:
        """Return the pieces that hold any of the words."""
        if self._automaton is None:
            return []
        folded = _sound(fold(_END.join(pieces)).text)
        ends = list(accumulate(len(line) + 1 for line in folded.split(_END)))
        held = {bisect_right(ends, start) for _, start, _ in self._automaton.find_matches_as_indexes(folded)}
        return [pieces[index] for index in held]


def _sound(text: str) -> str:
    """Put a question mark for every lone surrogate, which the automaton cannot read; on both sides, so none is lost."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def make_sieve(wanted: Collection[str]) -> Sieve | None:
    """Build the sieve for some folded words; None without the extra."""
    return Sieve(wanted) if _IS_HERE else None
