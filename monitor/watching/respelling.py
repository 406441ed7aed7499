"""Write a name of a place as its language writes it elsewhere: behind a preposition, or with letters of one sound.

What is here holds for any name of a language or script; names themselves stand in the gazetteer.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, product

import regex

_MOST = 8  # respellings of one name.
_SHORT = 4  # letters of a name that an article before it would outgrow.

# Articles that run together with prepositions, by language: El Cairo, del Cairo; Le Caire, au Caire.
_CONTRACTED: Mapping[str, Mapping[str, str]] = {
    "es": {"El ": "al  del "},
    "gl": {"A ": "á  da  na ", "O ": "ao  do  no "},
    "fr": {"Le ": "au  du ", "Les ": "aux  des "},
    "ca": {"El ": "al  del  pel ", "Els ": "als  dels "},
    "it": {
        "Il ": "al  del  dal  nel  sul ",
        "L'": "all' dell' dall' nell' sull'",
        "La ": "alla  della  dalla  nella  sulla ",
    },
    "pt": {"A ": "à  da  na ", "O ": "ao  do  no "},
}
_ELIDED = frozenset({"A ", "O ", "L'"})  # articles that are left out, or shorter than what stands for them.

# Letters of one sound, by script: long and short vowels of India, homophones of Ethiopia.
_VOWELS = ("िी", "ুূ", "িী", "ુૂ", "િી", "ੁੂ", "ਿੀ", "ുൂ", "ിീ", "ుూ", "ిీ", "ುೂ", "ಿೀ", "ुू", "ேெ", "ோொ", "ുൂ")
_SERIES = (("ሀ", "ሐ", "ኀ"), ("ሰ", "ሠ"), ("አ", "ዐ"), ("ጸ", "ፀ"))
_ORDERS = 7  # vowels of an Ethiopic consonant.
_INDIC = regex.compile(
    r"[\p{Devanagari}\p{Bengali}\p{Gujarati}\p{Gurmukhi}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Tamil}]"
)
_ETHIOPIC = regex.compile(r"\p{Ethiopic}")

# A nasal before a consonant of its own class may stand as a dot: गंगा is गङ्गा, ইয়াংগুন is ইয়াঙ্গুন.
_DOTTED_SCRIPTS = (0x0900, 0x0980, 0x0A80, 0x0C00, 0x0C80)  # first code points of blocks that are laid out alike.
_DOT, _VIRAMA, _NUKTA = 0x02, 0x4D, 0x3C
_FIRST_STOP, _CLASSES, _IN_CLASS = 0x15, 5, 5


def respellings(name: str, langs: Sequence[str] = ()) -> Iterator[str]:
    """Yield other ways of writing a name of a place, at most a dozen. `langs` are the languages it belongs to."""
    if name.isascii() or not (_INDIC.search(name) or _ETHIOPIC.search(name)):
        yield from _behind_prepositions(name, langs)
    elif _ETHIOPIC.search(name):
        yield from _combined(name, _ethiopic())
    else:
        yield from _combined(name, _indic())
        yield from _with_other_nasals(name)


def _behind_prepositions(name: str, langs: Sequence[str]) -> Iterator[str]:
    for lang in langs:
        for article, others in _CONTRACTED.get(lang, {}).items():
            rest = name.replace("’", "'").removeprefix(article)
            if not name.replace("’", "'").startswith(article) or not rest[:1].isupper():
                continue
            yield from (f"{other}{rest}" for other in regex.split(r"(?<=[' ])(?: |(?=\S))", others) if other.strip())
            if article in _ELIDED and (len(rest) <= _SHORT or article != "L'"):
                yield rest


@cache
def _ethiopic() -> Mapping[str, str]:
    """Return the homophones of each Ethiopic letter, itself among them."""
    found: dict[str, str] = {}
    for series in _SERIES:
        for order in range(_ORDERS):
            letters = "".join(chr(ord(first) + order) for first in series)
            found.update(dict.fromkeys(letters, letters))
    return found


@cache
def _indic() -> Mapping[str, str]:
    return {letter: pair for pair in _VOWELS for letter in pair}


def _combined(name: str, alike: Mapping[str, str]) -> Iterator[str]:
    """Yield the name with each letter of several writings in each of them, the name itself first and left out."""
    choices = [letter + alike.get(letter, "").replace(letter, "") for letter in name]
    yield from islice(("".join(chosen) for chosen in product(*choices)), 1, _MOST)


def _with_other_nasals(name: str) -> Iterator[str]:
    """Yield the name with nasals as dots and with dots as nasals, and without the dots of foreign sounds."""
    composed = unicodedata.normalize("NFC", name)
    for first in _DOTTED_SCRIPTS:
        dot, virama = chr(first + _DOT), chr(first + _VIRAMA)
        dotted = spelled = composed
        for number in range(_CLASSES):
            stop = first + _FIRST_STOP + number * _IN_CLASS
            nasal = chr(stop + _IN_CLASS - 1)
            stops = f"[{chr(stop)}-{chr(stop + _IN_CLASS - 2)}]"
            dotted = regex.sub(f"{nasal}{virama}(?={stops})", dot, dotted)
            spelled = regex.sub(f"{dot}(?={stops})", f"{nasal}{virama}", spelled)
        yield from (one for one in (dotted, spelled) if one != composed)
    bare = "".join(sign for sign in unicodedata.normalize("NFD", name) if ord(sign) & 0x7F != _NUKTA)
    if bare != unicodedata.normalize("NFD", name):
        yield bare
