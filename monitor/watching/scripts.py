"""Know which script letters belong to, which look alike across scripts, and which countries write which."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import regex

from monitor.watching.fold import fold

_SCRIPTS = (
    "Latin", "Cyrillic", "Greek", "Armenian", "Georgian", "Hebrew", "Arabic", "Ethiopic", "Devanagari", "Bengali",
    "Gurmukhi", "Gujarati", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Thai", "Lao", "Khmer", "Myanmar",
    "Hangul", "Han", "Hiragana", "Katakana",
)  # fmt: skip
_PATTERNS = {script: regex.compile(rf"\p{{{script}}}") for script in _SCRIPTS}
_BASIC = regex.compile("[a-z]")
_ASCII_LETTER = regex.compile("[A-Za-z]")
_LATIN = frozenset({"Latin"})
_OTHER = regex.compile(r"[\p{Cyrillic}\p{Greek}]")
_LONGEST_REMEMBERED = 100  # characters; a text is asked about once.
_SHARE = 0.1  # of a text's letters that a script must have to be one of the text's.

# Letters that are drawn alike. Cyrillic and Greek on the left, capitals and small letters each for themselves.
_TO_LATIN = str.maketrans(
    "АВЕЅКМНОРСТУХІЈҮԜԚаеѕорсухіјԁԛԝһүΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιρα",
    "ABESKMHOPCTYXIJYWQaesopcyxijdqwhyABEZHIKMNOPTYXovipa",
)
_TO_CYRILLIC = str.maketrans(
    "ABCEHIJKMOPSTXYaceiopsxyjΑΒΕΗΙΚΜΟΡΤΧΥορα",
    "АВСЕНІЈКМОРЅТХУасеіорѕхујАВЕНІКМОРТХУора",
)
_TO_GREEK = str.maketrans("ABEHIKMNOPTXYZovАВЕНІКМОРТХУо", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖονΑΒΕΗΙΚΜΟΡΤΧΥο")
_ALIKE = (("Latin", _TO_LATIN), ("Cyrillic", _TO_CYRILLIC), ("Greek", _TO_GREEK))

# Countries whose places reach Latin letters by romanisation: what stands on their maps is spelled in many ways.
_ROMANISED = """
    AE AF AM BD BG BH BT BY CN CY DJ DZ EG EH ER ET GE GR HK IL IN IQ IR JO JP KG KH KM KP KR KW KZ LA LB LK LY
    MA MK MM MN MO MR NP OM PK PS QA RS RU SA SD SY TD TH TJ TN TW UA YE
"""
ROMANISED = frozenset(_ROMANISED.split())


class Letters(dict[str, bool]):
    """Remember of every character met whether it is one of some kind."""

    def __init__(self, kind: str) -> None:
        """`kind` is a regular expression of one character."""
        super().__init__()
        self._kind = regex.compile(kind)

    def __missing__(self, letter: str) -> bool:
        found = self[letter] = self._kind.match(letter) is not None
        return found


IS_CASED = Letters(r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Armenian}]")  # where a capital letter shows a name.
IS_CAPITAL = Letters(r"[\p{Lu}\p{Lt}]")


class _Scripts(dict[str, str]):
    """Remember the script of every character met so far; "" of what is no letter of any that we know."""

    def __missing__(self, letter: str) -> str:
        script = next((name for name, pattern in _PATTERNS.items() if pattern.match(letter)), "")
        self[letter] = script
        return script


_SCRIPT_OF = _Scripts()


def scripts_of(text: str) -> frozenset[str]:
    """Return the scripts that a tenth of the letters of a text or more are in."""
    return _scripts_of_word(text) if len(text) <= _LONGEST_REMEMBERED else _count_scripts(text)


@lru_cache(maxsize=1024)
def _scripts_of_word(word: str) -> frozenset[str]:
    return _count_scripts(word)


def _count_scripts(text: str) -> frozenset[str]:
    if text.isascii():
        return _LATIN if _ASCII_LETTER.search(text) else frozenset()
    here = frozenset(map(_SCRIPT_OF.__getitem__, set(text))) - {""}
    if len(here) <= 1:
        return here
    counts = Counter[str]()
    for letter, count in Counter(text).items():
        counts[_SCRIPT_OF[letter]] += count
    del counts[""]
    total = counts.total()
    return frozenset(script for script, count in counts.items() if count and count >= _SHARE * total)


def unmixed(word: str, written: str) -> tuple[str, ...]:
    """Return what a word that mixes scripts is meant to be, folded, each time in one script; none if it mixes none.

    `word` is the folded form of what is `written`. Latin letters are always among the mixed.
    Source: Unicode Technical Standard 39 (confusables), for the letters that the press mistypes.
    """
    if not (_BASIC.search(word) and _OTHER.search(word)):
        return ()
    found = []
    for script, table in _ALIKE:
        made = written.translate(table)
        if _is_wholly(script, made):
            found.append(fold(made).text)
    return tuple(found)


def _is_wholly(script: str, text: str) -> bool:
    others = (_PATTERNS[other] for other, _ in _ALIKE if other != script)
    return not any(pattern.search(text) for pattern in others)
