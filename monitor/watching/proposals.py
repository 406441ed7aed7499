"""Propose what a watch could say so that a false alert does not come again: for a person to judge, and to copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Evidence, Watch
from monitor.watching.tokens import Token, tokenise

_LONG = 4  # letters; shorter neighbours are mostly articles and prepositions.
_MOST_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A key of a watch with its whole new value, and why it could help."""

    key: str
    values: tuple[str, ...]
    why: str


def propose(watch: Watch, proof: Evidence, *, context: Sequence[str] = ()) -> Proposal:
    """Return a `not` phrase if the hit stands in a name or compound, else words that must speak for what is meant.

    `context` are names that go with what the watch means: of its country, its region.
    """
    phrase = _compound(proof.sentence, proof.form)
    if phrase:
        why = f"“{phrase}” is something else than {watch.name}"
        return Proposal("not", tuple(dict.fromkeys((*watch.not_, phrase))), why)
    words = tuple(dict.fromkeys((*watch.context, *context[:_MOST_CONTEXT])))
    if words:
        return Proposal("context", words, f"the sentence alone does not say which “{proof.form}” is meant")
    return Proposal("none", (*watch.rule.none, "…"), "name a word that such articles hold and the others do not")


def _compound(sentence: str, form: str) -> str:
    """Return the hit with the neighbour it forms a name or compound with, as written: Peter Homs, Damascus steel."""
    start = sentence.find(form)
    if start < 0 or not form:
        return ""
    end = start + len(form)
    tokens = tokenise(sentence)
    before = next((token for token in reversed(tokens) if token.end <= start), None)
    after = next((token for token in tokens if token.start >= end), None)
    # The first word of a sentence begins with a capital whatever it is.
    if before in tokens[:1]:
        before = None
    if before is not None and _joins(sentence, before.end, start) and _is_name(sentence, before):
        return sentence[before.start : end]
    if after is not None and _joins(sentence, end, after.start) and _is_telling(sentence, after):
        return sentence[start : after.end]
    return ""


def _joins(sentence: str, end: int, start: int) -> bool:
    """Say whether two words stand side by side."""
    return sentence[end:start] in {" ", "-", "\u00a0"}


def _is_name(sentence: str, token: Token) -> bool:
    return sentence[token.start].isupper()


def _is_telling(sentence: str, token: Token) -> bool:
    """Say whether a following word can be part of a compound; in scripts without capitals any long one can."""
    return _is_name(sentence, token) or token.end - token.start > _LONG
