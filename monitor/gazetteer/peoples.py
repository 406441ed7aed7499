"""Make the forms in which a country's people and adjectives are written, out of the stems in demonyms.toml.

Nothing here is imported by the daemon.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_RUSSIAN = ("ий", "ая", "ое", "ие", "ого", "ому", "ой", "им", "ом", "их", "ими", "ую")
_UKRAINIAN = ("ий", "а", "е", "і", "ого", "ому", "ої", "ій", "им", "их", "ими", "у", "ою")
_POLISH = ("i", "a", "ie", "iego", "iemu", "iej", "im", "ich", "imi", "ą")
_GERMAN = ("", "e", "en", "er", "es", "em")
_NO_PLURAL = ("s", "sh", "ch", "ese", "z", "x")


def _english(word: str) -> Iterator[str]:
    yield word
    if not word.endswith(_NO_PLURAL):
        yield f"{word}s"


def _german(word: str) -> Iterator[str]:
    if word[0].islower():
        yield from (f"{word}{ending}" for ending in _GERMAN)
    elif word.endswith("er"):
        yield from (f"{word}{ending}" for ending in ("", "n", "s", "in", "innen"))
    else:
        yield from (f"{word}{ending}" for ending in ("", "n" if word.endswith("e") else "en"))


def _french(word: str) -> Iterator[str]:
    if word.endswith("e"):
        yield from (word, f"{word}s")
        return
    double = word.endswith(("ien", "éen", "on"))
    feminine = f"{word}ne" if double else f"{word[:-1]}que" if word.endswith("c") else f"{word}e"
    yield from (word, feminine, f"{feminine}s")
    if not word.endswith("s"):
        yield f"{word}s"


def _spanish(word: str) -> Iterator[str]:
    if word.endswith("o"):
        yield from (f"{word[:-1]}{ending}" for ending in ("o", "a", "os", "as"))
    elif word.endswith(("és", "án")):
        bare = word[:-2] + {"é": "e", "á": "a"}[word[-2]] + word[-1]
        yield from (word, *(f"{bare}{ending}" for ending in ("a", "es", "as")))
    else:
        yield from (word, f"{word}es" if word.endswith("í") else f"{word}s")


def _italian(word: str) -> Iterator[str]:
    if word.endswith("co"):
        yield from (word, f"{word[:-1]}a", f"{word[:-2]}chi", f"{word[:-2]}che", f"{word[:-2]}ci")
    elif word.endswith("o"):
        yield from (f"{word[:-1]}{ending}" for ending in ("o", "a", "i", "e"))
    else:
        yield from (word, f"{word[:-1]}i")


def _portuguese(word: str) -> Iterator[str]:
    if word.endswith("ês"):
        yield from (word, *(f"{word[:-2]}es{ending}" for ending in ("a", "es", "as")))
    else:
        yield from _spanish(word)


def _russian(word: str) -> Iterator[str]:
    return _stem(word, _RUSSIAN, ("ск", "цк"))


def _ukrainian(word: str) -> Iterator[str]:
    return _stem(word, _UKRAINIAN, ("ськ", "цьк"))


def _polish(word: str) -> Iterator[str]:
    return _stem(word, _POLISH, ("sk", "ck"))


def _stem(word: str, endings: tuple[str, ...], marks: tuple[str, ...]) -> Iterator[str]:
    """Inflect an adjective's stem; a noun, which ends otherwise, stands as it is written."""
    yield from (f"{word}{ending}" for ending in endings) if word.endswith(marks) else (word,)


def _arabic(word: str) -> Iterator[str]:
    if word.endswith("ي"):
        yield from (f"{word}{ending}" for ending in ("", "ة", "ون", "ين"))
    else:
        yield word


def _as_written(word: str) -> Iterator[str]:
    yield word


_RULES = {
    "en": _english,
    "de": _german,
    "fr": _french,
    "es": _spanish,
    "it": _italian,
    "pt": _portuguese,
    "ru": _russian,
    "uk": _ukrainian,
    "pl": _polish,
    "ar": _arabic,
}


def _forms(language: str, word: str) -> Iterator[str]:
    return _RULES.get(language, _as_written)(word)


def inflect(stems: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the forms of each language: {"de": ("syrisch", "syrische", ..., "Syrerinnen"), ...}.

    `stems` are words with a blank between them by language; "_" stands for a blank in a word.
    """
    return {
        language: tuple(
            dict.fromkeys(form for word in some.split() for form in _forms(language, word.replace("_", " ")))
        )
        for language, some in stems.items()
    }
