"""What is looked for in texts, and what is found there and remembered of their pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from monitor.watching.tokens import Token, words


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is looked for: folded words, and, if `prefix` is not "", the beginning of one more word."""

    words: tuple[str, ...]
    prefix: str = ""


class Occurrence(NamedTuple):
    """A phrase found: its number in the lexicon and its offsets in the original text, and how it was found.

    `rule` is "exact", "affix", "confusable" or "skeleton"; `detail` says what stands there instead of the phrase.
    """

    phrase: int
    start: int
    end: int
    rule: str = "exact"
    detail: str = ""


class Way(NamedTuple):
    """How a phrase was found."""

    rule: str = "exact"
    detail: str = ""


EXACT = Way()


def parse_phrase(text: str) -> Phrase | None:
    """Read a phrase as configured; a trailing `*` makes its last word a prefix. None if there is no word in it."""
    found = words(text)
    if not found:
        return None
    if text.rstrip().endswith("*"):
        return Phrase(found[:-1], found[-1])
    return Phrase(found)


class Seed(NamedTuple):
    """A place in a piece where phrases may be: around word `word`, `before` words earlier, `length` words long."""

    word: int
    before: int
    length: int
    is_skeleton: bool = False


class Warm(NamedTuple):
    """A piece that holds a phrase of one word (its number and its word), or an anchor of longer ones."""

    tokens: tuple[Token, ...]
    singles: tuple[tuple[int, Token, Way], ...]
    seeds: tuple[Seed, ...]
