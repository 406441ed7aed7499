"""Find in an article everything that may be a name of a watch, however it is inflected, spelled or mistyped.

Nothing is judged here: each reading says how it came about, and what speaks for or against it is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from monitor.model import Article, Part
from monitor.watching.languages import guess_language, with_main_languages
from monitor.watching.morphology import Morphology
from monitor.watching.owners import Owner, Owners
from monitor.watching.patterns import Gate, Lexicon, Occurrence, passes
from monitor.watching.readings import How, Reading
from monitor.watching.rules import Spot, text_of

_NO_CHANCE = 6  # letters of a name; with its ending, of a name in the article's language. Gaz and Gazy are less.
MOST_SPOTS = 1_000  # of one phrase; a text that repeats itself more often is not meant to be read.


class Findings(NamedTuple):
    """What was found: the spots of every phrase as it is written, by number, and the readings as names of watches.

    `lone` are the family names of whom the full name does not stand in the same article; they count for nothing.
    """

    spots: Mapping[int, Sequence[Spot]]
    readings: tuple[Reading, ...]
    lone: tuple[Reading, ...] = ()


class Finder:
    """Find the names of all watches. Safe to share: finding changes nothing but memories."""

    def __init__(self, lexicon: Lexicon, owners: Owners) -> None:
        self._lexicon = lexicon
        self._owners = owners
        self._morphologies: dict[tuple[str, ...], Morphology] = {}

    def find(self, article: Article, *, loose: bool = False) -> Findings:
        """Find every phrase of every watch in every part of an article; `loose`, however it is written."""
        # Keywords are found as they are written: nobody asks for their language.
        languages = guess_language(article) if self._lexicon.name_words else ()
        morphology = self._morphology(with_main_languages(languages)) if self._lexicon.name_words else None
        spots: dict[int, list[Spot]] = {}
        readings: list[Reading] = []
        read: dict[tuple[int, str], int] = {}
        for part in Part:
            text = text_of(article, part)
            is_low = text.islower()
            for one in self._lexicon.find(text, loose=loose or is_low, morphology=morphology):
                key = (one.phrase, one.rule)
                read[key] = read.get(key, 0) + 1
                if read[key] > MOST_SPOTS:
                    continue
                spot = Spot(part, one.start, one.end)
                if one.rule == How.EXACT:
                    spots.setdefault(one.phrase, []).append(spot)
                readings.extend(self._readings(one, spot, text, is_low=is_low, languages=languages))
        return Findings(spots, *_without_lone_surnames(_plainest_first(readings)))

    def _readings(
        self, one: Occurrence, spot: Spot, text: str, *, is_low: bool, languages: Sequence[str]
    ) -> Iterator[Reading]:
        """Yield a reading for each watch whose name it is. In a part written all small only acronyms need capitals."""
        written = text[one.start : one.end]
        for owner in self._owners.of(one.phrase):
            if one.rule != How.EXACT and not owner.is_name:
                continue
            rule = How(one.rule)
            if rule is How.EXACT and self._lexicon.is_prefix(one.phrase):
                rule = How.PREFIX
            if rule is How.AFFIX and _is_no_chance(owner, written, languages):
                rule = How.INFLECTED
            detail = one.detail
            if owner.is_surname:
                rule, detail = How.SURNAME, one.detail or owner.form
            is_written = passes(owner.gate, written) or (is_low and owner.gate is not Gate.ACRONYM)
            yield Reading(spot, owner.watch, owner.form, owner.gate, rule, detail, owner.langs, is_written)

    def _morphology(self, languages: tuple[str, ...]) -> Morphology:
        """Return the affixes of some languages, the same object for the same languages."""
        if languages not in self._morphologies:
            self._morphologies[languages] = Morphology(languages)
        return self._morphologies[languages]


def _is_no_chance(owner: Owner, written: str, languages: Sequence[str]) -> bool:
    """Say whether an inflected name is so long that no other word is likely to look like it."""
    if len(owner.form) >= _NO_CHANCE:
        return True
    return len(written) >= _NO_CHANCE and not set(owner.langs).isdisjoint(languages)


def _plainest_first(readings: Sequence[Reading]) -> list[Reading]:
    """Put the readings of one stretch in order, the plainest first; drop what is but alike where a name is read.

    Damaske is Damaskas with an ending in Lithuanian, and only like a dozen other spellings of Damascus.
    """
    order, parts = list(How), list(Part)
    named = {(one.spot, one.watch) for one in readings if one.rule != How.SKELETON}
    kept = (one for one in readings if one.rule != How.SKELETON or (one.spot, one.watch) not in named)
    return sorted(
        kept, key=lambda one: (parts.index(one.spot.part), one.spot.start, -one.spot.end, order.index(How(one.rule)))
    )


def _without_lone_surnames(readings: Sequence[Reading]) -> tuple[tuple[Reading, ...], tuple[Reading, ...]]:
    """Part from the rest the family names of whom the full name does not stand in the article, written as it must."""
    if not any(one.rule is How.SURNAME for one in readings):
        return tuple(readings), ()
    named = {one.watch for one in readings if one.rule not in {How.SURNAME, How.SKELETON} and one.written}
    lone = tuple(one for one in readings if one.rule is How.SURNAME and one.watch not in named)
    return tuple(one for one in readings if one.rule is not How.SURNAME or one.watch in named), lone
