"""Tell whether two romanisations may be of one name: Talbisseh, Tal Bisah, Tel Bisseh have the same skeleton.

A romanisation agrees with another in its consonants, once the ways of writing one sound are written one way. Vowels,
doubled letters, blanks and the article differ. What is alike only so needs proof from elsewhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

FEWEST = 4  # consonants; of three, every other word is alike.
ARTICLES = frozenset("al el ul ar er ur as es us ash esh ush at et ut ad ed ud an en un az ez uz".split())  # noqa: SIM905 - readable.
_LATIN = re.compile(r"[a-z]+")

# One sound, as English, French, German, Spanish, Turkish, Russian and scholarly writing put it; longest first.
_SOUNDS = re.compile(r"tsch|dsch|dzh|sch|kh|gh|dh|th|sh|ch|dj|zh|ph|ou|ck|q|c|x|j|z|w|v|y")
_WRITTEN = {
    "tsch": "j", "dsch": "j", "dzh": "j", "dj": "j", "zh": "j", "sch": "s", "sh": "s", "ch": "h", "kh": "h", "x": "h",
    "gh": "g", "dh": "d", "th": "t", "ph": "f", "ou": "", "ck": "k", "q": "k", "c": "k", "z": "s", "w": "", "y": "",
    "v": "f",
}  # fmt: skip
_VOWEL = re.compile(r"[aeiou]")
_SYLLABLE = re.compile(r"[aeiouyw]+")
_DOUBLE = re.compile(r"(.)\1+")


def skeleton(words: Sequence[str]) -> str:
    """Return the consonants of a name out of its folded words, and how many syllables it has.

    A mark stands in front for a vowel at its beginning; "" if it is not in Latin letters. Articles do not count.
    """
    kept = [word for word in words if word not in ARTICLES] if len(words) > 1 else words
    whole = "".join(kept)
    return _skeleton(whole) if _LATIN.fullmatch(whole) else ""


@lru_cache(maxsize=4_096)  # the same words stand side by side in text after text; 1 MB.
def _skeleton(whole: str) -> str:
    sounds = _SOUNDS.sub(lambda found: _WRITTEN.get(found.group(), found.group()), _ended(whole))
    bones = _DOUBLE.sub(r"\1", _VOWEL.sub("", _DOUBLE.sub(r"\1", sounds)))
    syllables = len(_SYLLABLE.findall(_ended(whole)))
    return f"{'+' if _VOWEL.match(whole) else ''}{bones}{syllables}"


def _ended(word: str) -> str:
    """Take off the h that a final vowel may carry: Talbiseh, Talbise."""
    return word[:-1] if word.endswith(("ah", "eh", "ih", "oh")) else word


def tells(bones: str) -> bool:
    """Say whether a skeleton has enough consonants to stand for a name."""
    return len(consonants(bones).removeprefix("+")) >= FEWEST


def consonants(bones: str) -> str:
    """Return a skeleton without its number of syllables: what the skeleton of a longer name may begin with."""
    return bones.rstrip("0123456789")
