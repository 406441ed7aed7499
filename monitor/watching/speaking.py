"""Hear which words of a text speak for a country: its names, its people's and its places', in any language.

Names are compared by their stems, for languages bend them: Сирия, Сирии, сирийское; Syria, Syrian; سوريا, السورية.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import regex

from monitor.watching.places import Area, Gazetteer
from monitor.watching.tokens import words

_CASED = regex.compile(r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Armenian}]")
_VOWELS = "aeiouyаеёиіїоуыэюяьйαεηιουωاهي"
_SEMITIC = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
_SHORT_SCRIPT = regex.compile(r"[\p{Hangul}\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}]")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_PROCLITICS = regex.compile(r"(?:[وف]?(?:[بكل]?ال|لل|[بكل])?|[וש]{0,2}[כבלמ]?ה?)(?=\w{3})")
_STEM = 4  # letters of an alphabet; syllables and consonants say more.
_LONG_NAME = 6  # letters, of which a stem keeps one more: "Thiria" is Syria somewhere, and "thirty" nowhere.
_SHORT_STEM = 3
_LONGEST_ENDING = 6  # letters: сирийск-ого.
_SHORT_ENDING = 2
_MOST_KNOWN = 100_000


class _Area(NamedTuple):
    """What speaks for a country or region: stems of its names, names of its places, and names without blanks."""

    stems: frozenset[str]
    places: frozenset[str]
    unspaced: tuple[str, ...]


class Voices:
    """Know the words that speak for places, by country and region; learned when first asked for."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._areas: dict[Area, _Area] = {}
        self._heard: dict[tuple[Area, str], bool] = {}

    def speaking(self, area: Area, tokens: Iterable[str], folded: str, *, without: frozenset[str]) -> list[str]:
        """Return the words of a text that speak for an area, each once. `folded` is the whole text, folded."""
        known = self._areas.get(area)
        if known is None:
            known = self._areas[area] = self._learn(area)
        heard = [token for token in tokens if token not in without and self._hears(area, known, token)]
        heard += [name for name in known.unspaced if name in folded and name not in without]
        return list(dict.fromkeys(heard))

    def _learn(self, area: Area) -> _Area:
        place = self._gazetteer.place_of(area)
        if place is None:
            return _Area(frozenset(), frozenset(), ())
        names = [words(name) for name in place.names]
        others = [words(name) for name in self._gazetteer.context_names(place)]
        stems = frozenset(stem for name in names if len(name) == 1 and (stem := stem_of(name[0])))
        places = frozenset(name[0] for name in others if len(name) == 1 and not _CASED.match(name[0]))
        return _Area(stems, places, tuple(dict.fromkeys(_runs_together([*names, *others]))))

    def _hears(self, area: Area, known: _Area, token: str) -> bool:
        heard = self._heard.get((area, token))
        if heard is None:
            if len(self._heard) > _MOST_KNOWN:
                self._heard.clear()
            forms = tuple(_bare(token))
            heard = any(form in known.places or _begins_with(known.stems, form) for form in forms)
            self._heard[area, token] = heard
        return heard


def _runs_together(names: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """Yield the names in scripts without blanks, of two characters and more."""
    for name in names:
        joined = "".join(name)
        if _UNSPACED.match(joined) and len(joined) > 1:
            yield joined


def stem_of(name: str) -> str:
    """Return what stays of a folded name whatever ending it takes; "" if too little stays to tell anything."""
    least = _SHORT_STEM if _SHORT_SCRIPT.match(name) else _STEM + (len(name) >= _LONG_NAME)
    if _SEMITIC.match(name) and name.startswith("ال"):
        name = name.removeprefix("ال")
    stem = name
    while len(stem) > least and stem[-1] in _VOWELS and len(name) - len(stem) < (1 if _SEMITIC.match(name) else 2):
        stem = stem[:-1]
    return stem if len(stem) >= least else ""


def _bare(token: str) -> Iterable[str]:
    yield token
    if _SEMITIC.match(token):
        found = _PROCLITICS.match(token)
        if found and found.end():
            yield token[found.end() :]


def _begins_with(stems: frozenset[str], token: str) -> bool:
    """Say whether a word is a stem with an ending; a short stem takes a short ending only: thirty is not of Syria."""
    shortest = max(_SHORT_STEM, len(token) - _LONGEST_ENDING)
    for length in range(shortest, len(token) + 1):
        if token[:length] in stems and (length > _STEM or len(token) - length <= _SHORT_ENDING):
            return True
    return False
