"""Say in which languages an article may be written, as far as the endings of its names depend on it.

What a feed or page declares is believed as far as the letters allow; what it leaves open is guessed from telling
letters and the commonest words. No more is asked than which tables of affixes to use: a few wrong ones do little harm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

import regex

from monitor.model import Article
from monitor.watching.fold import fold
from monitor.watching.morphology import main_languages, tables
from monitor.watching.scripts import scripts_of

_ENOUGH = 4_000  # characters; the language of a text shows in its first sentences.
_LETTER_POINTS = 2  # what a telling letter proves, in common words.
_SURE = 3  # points by which another language than the declared one must lead to be tried too.
_MACRO = {
    "nb": "no",
    "nn": "no",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "sh": "sr",
    "prs": "fa",
    "cmn": "zh",
    "ckb": "ckb",
}
_WORDS = regex.compile(r"[\p{L}\p{M}]+")
# Of a folded text in ASCII, what is no letter becomes a blank: the same words, in half the time.
_NO_LETTER = {code: " " for code in range(128) if not chr(code).islower()}


def guess_language(article: Article) -> tuple[str, ...]:
    """Return ISO 639 codes: the declared language if the script allows it, then those that the words speak for.

    Empty where nothing is known, as in names alone: then the main languages of each script may be tried.
    """
    text = f"{article.title}\n{article.lead}\n{article.body[:_ENOUGH]}"[:_ENOUGH]
    declared = base_code(article.language or "")
    return _guess(text, declared)


def base_code(language: str) -> str:
    """Return the bare code of a language tag: "pt" of "pt-BR", "no" of "nb"."""
    code = language.replace("_", "-").partition("-")[0].strip().lower()
    return _MACRO.get(code, code)


@lru_cache(maxsize=16)
def _guess(text: str, declared: str) -> tuple[str, ...]:
    here = scripts_of(text)
    fitting = declared if declared and (declared not in tables() or not here or _scripts(declared) & here) else ""
    scores = _scores(text, here)
    if not scores:
        return (fitting,) if fitting else ()
    best, points = scores.most_common(1)[0]
    if not fitting:
        return tuple(code for code, score in scores.most_common(2) if score * 2 > points)
    if best != fitting and points >= 2 * scores[fitting] + _SURE:
        return (fitting, best)
    return (fitting,)


def _scores(text: str, here: frozenset[str]) -> Counter[str]:
    telling = _telling()
    folded = fold(text).text
    words = folded.translate(_NO_LETTER).split() if folded.isascii() else _WORDS.findall(folded)
    found = Counter(chain.from_iterable(map(telling.words.__getitem__, telling.words.keys() & words)))
    if not text.isascii():  # no letter that tells is ASCII.
        for letter in telling.letters.keys() & set(text.lower()):
            for code in telling.letters[letter]:
                found[code] += _LETTER_POINTS
    return Counter({code: found[code] for code in _written_in(here) if code in found})


class _Telling(NamedTuple):
    """Common words and telling letters, each with the languages that it speaks for."""

    words: Mapping[str, tuple[str, ...]]
    letters: Mapping[str, tuple[str, ...]]


@cache
def _telling() -> _Telling:
    words: dict[str, tuple[str, ...]] = {}
    letters: dict[str, tuple[str, ...]] = {}
    for code, table in tables().items():
        words |= {word: (*words.get(word, ()), code) for word in table.words}
        letters |= {letter: (*letters.get(letter, ()), code) for letter in table.letters}
    return _Telling(words, letters)


@lru_cache(maxsize=256)
def _written_in(here: frozenset[str]) -> tuple[str, ...]:
    """Return the languages written in one of some scripts, in the order of the tables, which decides between equals."""
    return tuple(code for code in tables() if _scripts(code) & here)


@cache
def _scripts(code: str) -> frozenset[str]:
    """Return the scripts that a language is written in, as its common words show."""
    return scripts_of(" ".join(tables()[code].words))


@lru_cache(maxsize=256)
def with_main_languages(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Add for every script that none of the languages is written in its main languages: names are quoted in any."""
    covered = frozenset[str]().union(*(_scripts(code) for code in languages if code in tables()))
    if any(code not in tables() for code in languages):
        covered |= {"Latin"}
    return (*languages, *(code for code in main_languages() if not _scripts(code) & covered))
