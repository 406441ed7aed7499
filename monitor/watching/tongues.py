"""Call languages by their English names, and know which of their words measure and count."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


def language_name(code: str) -> str:
    """Return what a language is called: “Turkish” of tr, “German” of de-CH; the code itself where it has no name."""
    names = _names()
    return names.get(code) or names.get(code.lower().partition("-")[0]) or code


def language_names(codes: Iterable[str]) -> str:
    """Return what languages are called, each once: “English, Turkish”."""
    return ", ".join(dict.fromkeys(map(language_name, codes)))


def is_amount(word: str, languages: Sequence[str]) -> bool:
    """Say whether a folded word is a number, or a unit of one of some languages: the “Prozent” of “5 Prozent Humus”."""
    return word.isdecimal() or any(word in _units().get(language.partition("-")[0], ()) for language in languages)


@cache
def _names() -> Mapping[str, str]:
    return tomllib.loads((_HERE / "tongues.toml").read_text("utf-8"))


@cache
def _units() -> Mapping[str, frozenset[str]]:
    raw = tomllib.loads((_HERE / "units.toml").read_text("utf-8"))
    return {language: frozenset(words.split()) for language, words in raw.items()}
