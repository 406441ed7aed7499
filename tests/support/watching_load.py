"""Articles and watches by the thousand, the same at every run, for measuring what matching costs."""

from __future__ import annotations

import random
from collections.abc import Sequence

from monitor.model import Article, ConceptKind, Rule, Watch

_SYLLABLES = "ka lo mi ter an sho ver di gal pro sen ul ra bo nit ест ова про ние ка الم ين ات دو ül şe ği de".split()  # noqa: SIM905 - readable.


def _word(dice: random.Random) -> str:
    word = "".join(dice.choices(_SYLLABLES, k=dice.randint(1, 4)))
    return word.capitalize() if dice.random() < 0.15 else word


def articles(count: int, *, words: int = 600, seed: int = 7) -> tuple[Article, ...]:
    """Make articles of a vocabulary of 20,000 words, used as unevenly as words are, with commas, stops and lines."""
    dice = random.Random(seed)  # noqa: S311 - no secret.
    vocabulary = [_word(dice) for _ in range(20_000)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]
    made = []
    for number in range(count):
        chosen = dice.choices(vocabulary, weights, k=words)
        ended = [word + dice.choices(("", ",", ".", ".\n"), (85, 7, 7, 1))[0] for word in chosen]
        made.append(Article(str(number), "feed", "", title=" ".join(chosen[:9]), body=" ".join(ended)))
    return tuple(made)


def size(some: Sequence[Article]) -> int:
    """Return the bytes of text in articles, as UTF-8."""
    return sum(len(f"{one.title}{one.body}".encode()) for one in some)


def watches(count: int) -> tuple[Watch, ...]:
    """Make keyword watches that no article hits but the first, each with names, a phrase, a prefix and a rule."""
    rule = Rule(any=("gal*", "ova"), none=("recipe",))
    first = Watch("w0", "w0", ConceptKind.KEYWORD, ("ka lo", "terbo"), rule=rule)
    others = (
        Watch(f"w{number}", "w", ConceptKind.KEYWORD, (f"qux{number}", f"ka qux{number}", f"zyx{number}*"), rule=rule)
        for number in range(1, count)
    )
    return (first, *others)
