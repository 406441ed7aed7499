"""Know who bears a name in an article: once shown to be a man's, it is his all through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.watching.scoring import Sign
from monitor.watching.tokens import words

_PERSON = frozenset({"title", "given"})
_OWN_PLACE = frozenset({"cue", "qualified"})  # said of the one, whatever the others are.


class Bearers:
    """The names that some hits of an article show to be a person's.

    Mr Homs makes a man of each Oriol Homs and of Homs alone, and Peter Homs of Oriol Homs; not of the city of Homs.
    """

    def __init__(self, seen: Iterable[tuple[str, Sequence[Sign]]]) -> None:
        """`seen` are the names as written, each with the signs of one hit."""
        self._told: dict[tuple[str, ...], list[Sign]] = {}
        for written, found in seen:
            for sign in found:
                if sign.name in _PERSON:
                    self._told.setdefault(words(written), []).append(sign)

    def applied(self, written: str, found: list[Sign]) -> list[Sign]:
        """Return the signs of one hit with what the others tell of the person."""
        told = self._told.get(words(written), ())
        if not told or any(sign.name in _OWN_PLACE for sign in found):
            return found
        own = {sign.detail for sign in found}
        others = [sign for sign in told if sign.detail not in own]
        if not others and any(sign.name in _PERSON for sign in found):
            return found
        # What may only open the sentence is a given name where others stand as one, or the man has a title.
        given = own & {sign.detail for sign in told} or any(sign.name == "title" for sign in told)
        known = [sign._replace(name="given") if sign.name == "opening" and given else sign for sign in found]
        return [*known, Sign("person", detail=f"{(others or told)[0].detail} {written}")]
