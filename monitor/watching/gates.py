"""Say how a hit must be written to count: which of its words begin with a capital letter."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from monitor.watching.lines import begins_with_capital
from monitor.watching.tokens import Token, tokenise


class Gate(IntEnum):
    """How a hit must be written to count, from the loosest."""

    ANY = 0
    SOME_CAPITAL = 1  # a long word of it begins with a capital letter, or any word if none is long.
    MAIN_CAPITAL = 2  # its longest word begins with a capital letter.
    ACRONYM = 3  # all of it is in capitals.


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
            return any(begins_with_capital(written, token) for token in long or tokens)
        case Gate.MAIN_CAPITAL:
            return begins_with_capital(written, main_word(tokenise(written)))
        case Gate.ACRONYM:
            return written.isupper()


def main_word(tokens: Sequence[Token]) -> Token:
    """Return the longest word of a name, the first of equals."""
    return max(tokens, key=lambda token: len(token.text))
