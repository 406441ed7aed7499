"""Hear which words of a text speak for a country: its names, its people's and its places', in any language.

Names are compared by their stems, for languages bend them: Сирия, Сирии, сирийское; Syria, Syrian; سوريا, السورية.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import regex

from monitor.watching.places import Area, Gazetteer
from monitor.watching.remembering import make_room
from monitor.watching.scripts import IS_CASED
from monitor.watching.tokens import words

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
_MOST_KNOWN = 16_000  # words, 2 MB.
_NOWHERE: frozenset[Area] = frozenset()


class Voices:
    """Know the words that speak for places, by country and region; learned when first asked for.

    All areas learned are asked about a word at once, and a text's words are sorted by what they speak for once: most
    say nothing, and an article that names many places asks for a dozen areas.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._unspaced: dict[Area, tuple[str, ...]] = {}
        self._stems: dict[str, frozenset[Area]] = {}
        self._places: dict[str, frozenset[Area]] = {}
        self._heard = _Heard(self._stems, self._places)
        self._last: tuple[Sequence[str], dict[Area, list[str]]] = ((), {})
        self._last_folded = ("", False)

    def speaking(self, area: Area, tokens: Sequence[str], folded: str, *, without: frozenset[str]) -> list[str]:
        """Return the words of a text that speak for an area, each once. `folded` is the whole text, folded.

        Asking about the same tuple of words again is cheap.
        """
        unspaced = self._unspaced.get(area)
        if unspaced is None:
            unspaced = self._unspaced[area] = self._learn(area)
        heard = [token for token in self._telling(tokens).get(area, ()) if token not in without]
        if self._holds_unspaced(folded):
            heard += [name for name in unspaced if name in folded and name not in without]
        return list(dict.fromkeys(heard))

    def _holds_unspaced(self, folded: str) -> bool:
        """Say whether a text holds any letter that such a name begins with."""
        asked, holds = self._last_folded
        if asked is not folded:
            holds = not folded.isascii() and _UNSPACED.search(folded) is not None
            self._last_folded = (folded, holds)
        return holds

    def _telling(self, tokens: Sequence[str]) -> Mapping[Area, Sequence[str]]:
        """Return the words that speak for each area, in their order."""
        asked, telling = self._last
        if asked is not tokens:
            make_room(self._heard, _MOST_KNOWN)
            telling = {}
            for token, areas in zip(tokens, map(self._heard.__getitem__, tokens), strict=True):
                for area in areas:
                    telling.setdefault(area, []).append(token)
            self._last = (tokens, telling)
        return telling

    def _learn(self, area: Area) -> tuple[str, ...]:
        """Learn the stems of an area's names and the names of its places; return the names without blanks."""
        self._heard.clear()
        self._last = ((), {})
        place = self._gazetteer.place_of(area)
        if place is None:
            return ()
        alone = frozenset({area})  # one object: most words speak for one area only.
        names = [words(name) for name in place.names]
        others = [words(name) for name in self._gazetteer.context_names(place)]
        for stem in {stem for name in names if len(name) == 1 and (stem := stem_of(name[0]))}:
            self._stems[stem] = self._stems[stem] | alone if stem in self._stems else alone
        for other in {name[0] for name in others if len(name) == 1 and not IS_CASED[name[0][0]]}:
            self._places[other] = self._places[other] | alone if other in self._places else alone
        return tuple(dict.fromkeys(_runs_together([*names, *others])))


class _Heard(dict[str, frozenset[Area]]):
    """Remember of every word met which areas it speaks for."""

    def __init__(self, stems: Mapping[str, frozenset[Area]], places: Mapping[str, frozenset[Area]]) -> None:
        super().__init__()
        self._stems = stems
        self._places = places

    def __missing__(self, token: str) -> frozenset[Area]:
        areas = _NOWHERE
        for form in _bare(token):
            areas = areas.union(self._places.get(form, _NOWHERE), *_beginnings(self._stems, form))
        self[token] = areas or _NOWHERE
        return areas


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


def _beginnings(stems: Mapping[str, frozenset[Area]], token: str) -> Iterable[frozenset[Area]]:
    """Yield whose stem a word is, with an ending; a short stem takes a short ending only: thirty is not of Syria."""
    shortest = max(_SHORT_STEM, len(token) - _LONGEST_ENDING)
    for length in range(shortest, len(token) + 1):
        if length > _STEM or len(token) - length <= _SHORT_ENDING:
            areas = stems.get(token[:length])
            if areas:
                yield areas
