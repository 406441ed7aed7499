"""Say what a name is in an article where it is not the watched place: a dish, a man, a word, another place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from monitor.watching.scoring import Sign
from monitor.watching.tokens import words
from monitor.watching.tongues import language_name
from monitor.watching.weights import Weight

_ORDINARY = frozenset({"beside", "homograph", "common", "common_start", "small"})
_TELLING = 1.0  # points against a place, below which nothing is said of what it is instead.
_SAID = {
    "title": "a person, “{detail} {name}”",
    "given": "a person, “{detail} {name}”",
    "person": "a person, “{detail}”",
    "said": "a person, “{name} {detail}”",
    "org": "an organisation, with “{detail}” beside it",
    "club": "a club that plays ({detail})",
    "street": "a street, with “{detail}” behind it",
    "nature": "a river, a lake or a mountain, with “{detail}” beside it",
    "county": "an area called after it, with “{detail}” behind it",
    "prefix": "part of a longer name, “{detail} {name}”",
    "compass": "another place or a part of it, “{detail} {name}”",
    "longer": "part of the longer name “{detail}”",
    "behind": "part of a longer name, “{name} {detail}”",
    "another": "“{detail}”, a name of something else",
    "bygone": "an old name that means {detail} no more",
    "worded": "part of a longer name, “{detail} {name}”",
}


def no_place(found: Sequence[Sign], weights: Mapping[str, Weight], name: str, languages: Sequence[str]) -> str:
    """Say what a name is that is hardly a place here, by the weightiest sign against; "" if none tells."""
    if not found:
        return ""
    told = {sign: weights[sign.name].points * sign.value for sign in found}
    worst = min(
        (sign for sign in found if sign.name in _SAID or sign.name in _ORDINARY), key=told.__getitem__, default=None
    )
    if worst is None or told[worst] > -_TELLING:
        return ""
    if worst.name not in _ORDINARY:
        return _SAID[worst.name].format(detail=worst.detail, name=name)
    return _ordinary(name, languages)


def _ordinary(name: str, languages: Sequence[str]) -> str:
    meaning = _meanings()[0].get(words(name), "")
    language = f" of {language_name(languages[0])}" if languages else ""
    return f"“{name}”, an ordinary word{language}" + (f": {meaning}" if meaning else "")


def meaning_of(phrase: str) -> str:
    """Say what a phrase means that holds a place's name and is something else: “Aleppo pepper”, a food."""
    key = words(phrase)
    _, phrases, holding = _meanings()
    meaning = phrases.get(key) or next((holding[word] for word in ((one,) for one in key) if word in holding), "")
    return f"“{phrase}”, {meaning or 'the name of something else'}"


_Meanings = Mapping[tuple[str, ...], str]


@cache
def _meanings() -> tuple[_Meanings, _Meanings, _Meanings]:
    raw = tomllib.loads(Path(__file__).with_name("meanings.toml").read_text("utf-8"))
    of_words, of_phrases, holding = (
        {words(one): meaning for meaning, some in raw[key].items() for one in some}
        for key in ("words", "phrases", "holding")
    )
    return of_words, of_phrases, holding
