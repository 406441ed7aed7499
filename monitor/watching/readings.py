"""One way of reading a stretch of an article as a name of a watch: what finding hands to judging."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from monitor.watching.patterns import Gate
from monitor.watching.rules import Spot


class How(StrEnum):
    """How a spelling was found, from the plainest; what stands after PREFIX is weaker the further down it stands."""

    EXACT = "exact"
    PREFIX = "prefix"  # a name configured with a trailing `*`.
    INFLECTED = "inflected"  # the spelling with endings or proclitics; of so long a name that it is no chance.
    AFFIX = "affix"  # the same of a short name.
    CONFUSABLE = "confusable"  # letters of another script that look alike stand in it.
    SURNAME = "surname"  # the family name alone, after the full name in the same article.
    SKELETON = "skeleton"  # another romanisation, alike in its consonants only: needs context.


class Reading(NamedTuple):
    """A stretch of an article read as a name of a watch.

    `watch` is the watch's number, `form` the spelling as listed, `gate` how it must be written, `rule` a value of
    `How`, `detail` what was taken off or put on ("ب + حمص", "Humus + ta"; "" for exact). `langs` are the languages the
    spelling belongs to, empty if unknown. `written` says whether the capitals of the name are there.
    """

    spot: Spot
    watch: int
    form: str
    gate: Gate
    rule: str
    detail: str = ""
    langs: tuple[str, ...] = ()
    written: bool = True
