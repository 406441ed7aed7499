"""Compare texts by their words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence


def tokens(text: str) -> Counter[str]:
    """Fold a text and count its words, without marks and without what is not seen, such as soft hyphens."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return Counter(re.findall(r"\w+", "".join(c for c in letters if unicodedata.category(c) not in ("Mn", "Cf"))))


def f1_of(text: str, truths: Sequence[str]) -> float:
    """Compare token multisets with the true version that fits best; an empty text counts 0."""
    found = tokens(text)
    pairs = ((found & true, found.total() + true.total()) for true in map(tokens, truths))
    return max((2 * both.total() / total for both, total in pairs if total), default=0.0)
