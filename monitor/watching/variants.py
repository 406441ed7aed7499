"""Write the names of persons and organisations as others write them: al-Golani, al-Jolani, Joulani, الجولاني.

Variants are spelled out in advance, listed for whoever keeps the watch, and bounded in number. They are made in two
ways: words that everybody knows the forms of (Muhammad, Mohammed) stand in a table, and for others the letters are
written as the press of one language or another writes them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from importlib.resources import files
from itertools import islice, product
from math import prod

import regex

from monitor.watching.fold import fold
from monitor.watching.letters import (
    ARABIC_CYRILLIC_SOUND,
    ARABIC_IN_CYRILLIC,
    ARABIC_OF_LATIN,
    ARABIC_SOUNDS,
    COLUMNS,
    CYRILLIC_OF_LATIN,
    CYRILLIC_SKIES,
    CYRILLIC_SKY,
    CYRILLIC_SOUND,
    DOUBLED,
    KATAKANA,
    LATIN_OF_ARABIC,
    LATIN_SOUND,
    PRESS,
    PRESS_SOUND,
    PRESSES,
    PUT,
    ROUND,
    SKIES,
    SKY,
    SLAVIC,
    SUN,
    UMLAUTS,
)

MOST = 100  # spellings of one name; more would name other people, too.
_MOST_IN_LATIN = 80
_MOST_IN_LATIN_OF_ARABIC = 54  # for others are made of these names, too.
_MOST_IN_A_PRESS = 4
_MOST_IN_ARABIC = 16
_MOST_IN_CYRILLIC = 16
_MOST_GIVEN = 6  # forms of a given name in one script.
_MOST_OF_A_WORD = 10
_LONGEST_COMPOUND = 3  # words of a compound name: Abd ar-Rahman, Nasr ed-Din.
_SPLIT = regex.compile(r"[\s・·]+")
_ARABIC = regex.compile(r"\p{Arabic}")
_CYRILLIC = regex.compile(r"\p{Cyrillic}")
_LATIN = regex.compile(r"\p{Latin}")


@cache
def _table() -> dict[str, frozenset[str] | tuple[tuple[str, ...], ...]]:
    """Read variants.toml; words folded, but for those of given names."""
    read = tomllib.loads(files(__package__).joinpath("variants.toml").read_text("utf-8"))
    given = tuple(tuple(name.replace("_", " ") for name in group.split()) for group in read.pop("given"))
    return {key: frozenset(fold(text).text.split()) for key, text in read.items()} | {"given": given}


def _words_of(key: str) -> frozenset[str]:
    found = _table()[key]
    return found if isinstance(found, frozenset) else frozenset()


@cache
def _given() -> dict[str, tuple[str, ...]]:
    """Return all forms of each given name, by any form folded."""
    groups = _table()["given"]
    return {_compound_key([name]): group for group in groups if isinstance(group, tuple) for name in group}


def letter_variants(name: str) -> tuple[str, ...]:
    """Return how a name of any kind is written without the letters of its language: Mueller, ポルトープランス."""
    found = []
    if any(letter in name for letter in UMLAUTS):
        found.append("".join(UMLAUTS.get(letter, letter) for letter in name))
    if "・" in name and KATAKANA.fullmatch(name):
        found.append(name.replace("・", ""))
    return tuple(found)


def person_variants(name: str, *, turned: bool = True) -> tuple[str, ...]:
    """Return other spellings of a person's full name, without the name itself, the likeliest first, at most `MOST`.

    So from al-Golani come al-Jolani and الجولاني, from Зеленський come Zelensky and Selenskyj, and, if `turned`, from
    a name of two words the same with its words the other way round.
    """
    return _spell_out(name, turned=turned)[0]


def has_more_variants(name: str) -> bool:
    """Say whether a person's name could be spelled in more ways than `person_variants` returns."""
    return _spell_out(name, turned=True)[1]


def _spell_out(name: str, *, turned: bool) -> tuple[tuple[str, ...], bool]:
    parts = _parts(name)
    if not parts:
        return (), False
    found = [*letter_variants(name), *(_turned(parts) if turned else ())]
    is_arabic, is_cut = _sounds_arabic(parts), False
    for maker, most in _MAKERS:
        ways = [maker(part, is_arabic=is_arabic) for part in parts]
        if all(ways):  # a script in which a part cannot be written is left out.
            kept = min(most, _MOST_IN_LATIN_OF_ARABIC) if is_arabic else most
            found.extend(" ".join(some) for some in islice(_nearest_first(ways), kept))
            is_cut = is_cut or prod(map(len, ways)) > kept
    distinct = {fold(one).text: one for one in reversed(found)}
    distinct.pop(fold(name).text, None)
    return tuple(reversed(distinct.values()))[:MOST], is_cut or len(distinct) > MOST


def _parts(name: str) -> list[str]:
    """Cut a name into its words; the words of a compound that is one name, Abdel Rahman, are one part."""
    plain = [part for part in _SPLIT.split(name.strip()) if part]
    parts: list[str] = []
    at = 0
    while at < len(plain):
        lengths = range(min(_LONGEST_COMPOUND, len(plain) - at), 1, -1)
        length = next((some for some in lengths if _compound_key(plain[at : at + some]) in _given()), 1)
        parts.append(" ".join(plain[at : at + length]))
        at += length
    return parts


def _compound_key(words: Sequence[str]) -> str:
    return fold(" ".join(words)).text.replace("-", " ")


def _turned(parts: Sequence[str]) -> list[str]:
    """Return the other order of names: Viktor Orbán, Orbán Viktor; Xi Jinping, Jinping Xi; Nguyen Phu Trong."""
    if not all(_is_capitalised(part) for part in parts):
        return []
    if len(parts) == 2:  # noqa: PLR2004 - a name and a family name.
        return [f"{parts[1]} {parts[0]}"]
    if len(parts) == 3 and fold(parts[0]).text in _words_of("family_first"):  # noqa: PLR2004 - Lee Hsien Loong.
        return [" ".join((*parts[1:], parts[0]))]
    if len(parts) == 3 and fold(parts[-1]).text in _words_of("family_first"):  # noqa: PLR2004 - Hsien Loong Lee.
        return [" ".join((parts[-1], *parts[:-1]))]
    return []


def _is_capitalised(part: str) -> bool:
    return part[:1].isupper()


def _sounds_arabic(parts: Sequence[str]) -> bool:
    words = [word for part in parts for word in _compound_key([part]).split()]
    if _words_of("arabic").intersection(words):
        return True
    known = (form for key in (*words, *(_compound_key([part]) for part in parts)) for form in _given().get(key, ()))
    return any(_ARABIC.search(form) for form in known)


def _nearest_first(ways: Sequence[Sequence[str]]) -> Iterable[tuple[str, ...]]:
    """Combine the ways of writing parts, those with the likeliest parts first."""
    numbered = [tuple(enumerate(some[: 2 * _MOST_OF_A_WORD])) for some in ways]
    combined = islice(product(*numbered), 20_000)
    ordered = sorted(combined, key=lambda chosen: sum(number for number, _ in chosen))
    return (tuple(text for _, text in chosen) for chosen in ordered)


def _in_latin(part: str, *, is_arabic: bool) -> tuple[str, ...]:
    """Write one part of a name in Latin letters, the likeliest way first."""
    forms = _given().get(_compound_key([part]), ())
    known = [form for form in forms if _LATIN.search(form) and fold(form).text not in _words_of("abroad")]
    if known:
        return tuple(dict.fromkeys([*([part] if _LATIN.search(part) else []), *known]))[:_MOST_GIVEN]
    if _ARABIC.search(part):
        return _latin_of_arabic(part)
    if _CYRILLIC.search(part):
        return _latin_of_cyrillic(part)
    if _LATIN.search(part):
        return _latin_of_latin(part) if is_arabic else _with_skies(part)
    return ()


def _with_skies(part: str) -> tuple[str, ...]:
    found = SKY.search(part)
    return (part, *(part[: found.start()] + sky for sky in SKIES)) if found else (part,)


def _latin_of_latin(part: str) -> tuple[str, ...]:
    """Respell the sounds of an Arabic name that is in Latin letters already."""
    head, dash, word = part.rpartition("-")
    low = word.lower()
    if dash and fold(head).text in _words_of("particles") and head.lower() not in {"abu", "abou"}:
        heads: tuple[str, ...] = tuple(dict.fromkeys((head, "al", "el")))
    else:
        heads, low = ("",), part.lower()
    pieces: list[tuple[str, ...]] = []
    reached = 0
    for found in ARABIC_SOUNDS.finditer(low):
        pieces.append((low[reached : found.start()],))
        pieces.append(_ways_of(found.group()))
        reached = found.end()
    pieces.append((low[reached:],))
    spelled = ["".join(some) for some in islice(_nearest_first(pieces), _MOST_OF_A_WORD)]
    capital = [one.title() if _is_capitalised(word or part) else one for one in spelled]
    headed = [f"{first}-{one}" if first else one for one in capital for first in heads]
    spoken = [f"{first}-{one}" for first in _assimilated(low, "a") for one in capital[:2]] if heads[0] else []
    return tuple(dict.fromkeys([part, *headed[:2], *spoken, *headed[2:]]))


def _assimilated(word: str, vowel: str) -> tuple[str, ...]:
    """Return the article as it is spoken before some letters: ash-Sharaa, аш-Шараа."""
    found = SUN.match(word)
    return (f"{vowel}{found.group()}",) if found else ()


def _in_press(part: str, *, press: str, is_arabic: bool) -> tuple[str, ...]:
    """Write one part of an Arabic name as the press of one country does: Ebu Muhammed el-Colani, Abou al-Joulani."""
    sounds, article, rounded = PRESS[press]
    forms = _given().get(_compound_key([part]), ())
    known = tuple(form for form in forms if fold(form).text in _words_of(press))
    if known or not (is_arabic and _LATIN.search(part)):
        return known[:1]
    head, dash, word = part.rpartition("-")
    is_headed = bool(dash) and fold(head).text in _words_of("particles")
    spelled = PRESS_SOUND.sub(lambda sound: sounds.get(sound.group(), sound.group()), (word or part).lower())
    if not is_headed and dash:
        spelled = f"{head.lower()}-{spelled}"
    capital = spelled.title()
    ways = dict.fromkeys((capital, capital[:1] + ROUND.sub(rounded, capital[1:])))
    return tuple(f"{article}-{one}" if is_headed else one for one in ways)


def _ways_of(sound: str) -> tuple[str, ...]:
    if len(sound) > 1 and sound[0] == sound[1] and sound not in PUT:
        return (sound, sound[0])
    return tuple(dict.fromkeys((sound, *PUT.get(sound, ()))))


def _latin_of_arabic(part: str) -> tuple[str, ...]:
    """Romanise an Arabic word, an a for every vowel that is not written; then respell it."""
    letters = fold(part).text
    head = "al-" if letters.startswith("ال") and len(letters) > len("ال") + 1 else ""
    out = ""
    for letter in letters[2:] if head else letters:
        sound = LATIN_OF_ARABIC.get(letter, "")
        if sound and out and out[-1] not in "aiu" and sound[0] not in "aiu":
            out += "a"
        out += sound
    return _latin_of_latin(f"{head}{out.title()}") if out else ()


def _latin_of_cyrillic(part: str) -> tuple[str, ...]:
    low = fold(part).text
    sky = CYRILLIC_SKY.search(low)
    stem, endings = (low[: sky.start()], SKIES) if sky else (low, ("",))
    found: list[str] = []
    for press in range(PRESSES):
        spelled = _spell(stem, press)
        found.extend(f"{spelled}{ending}".title() for ending in endings)
    return tuple(dict.fromkeys(found))


def _spell(word: str, press: int) -> str:
    columns = (COLUMNS.get(letter, letter).split() for letter in word)
    return "".join(ways[min(press, len(ways) - 1)] for ways in columns if ways)


def _in_arabic(part: str, *, is_arabic: bool) -> tuple[str, ...]:
    """Write one part of an Arabic name in Arabic letters."""
    known = tuple(form for form in _given().get(_compound_key([part]), ()) if _ARABIC.search(form))
    if known or _ARABIC.search(part):
        return known or (part,)
    low = fold(part).text
    if not (is_arabic and low.replace("-", "").isascii()):
        return ()
    head, dash, word = low.partition("-")
    article = dash and head in _words_of("particles")
    plain = DOUBLED.sub(r"\1", word if article else low)
    ways = [ARABIC_OF_LATIN[sound] for sound in LATIN_SOUND.findall(plain)]
    if not ways:
        return ()
    # No vowel is left out at the beginning, and none at the end.
    ways[0] = ways[0][:1] if ways[0] != ("", "ي") else ("ا",)
    ways[-1] = ways[-1][:1]
    spelled = ("".join(some) for some in islice(_nearest_first(ways), _MOST_OF_A_WORD))
    return tuple(dict.fromkeys(f"ال{one}" if article else one for one in spelled))


def _in_cyrillic(part: str, *, is_arabic: bool) -> tuple[str, ...]:
    """Write one part of a Slavic name in Cyrillic letters; of others only what the table knows."""
    known = tuple(form for form in _given().get(_compound_key([part]), ()) if _CYRILLIC.search(form))
    if known:
        return known
    if _CYRILLIC.search(part):
        sky = CYRILLIC_SKY.search(part.lower())
        return (part, *(part[: sky.start()] + ending for ending in CYRILLIC_SKIES)) if sky else (part,)
    low = fold(part).text
    sky = SKY.search(low)
    if is_arabic:
        return _cyrillic_of_arabic(part)
    if not low.isascii() or not (sky or SLAVIC.search(low)):
        return ()
    stem = low[: sky.start()] if sky else low
    spelled = "".join(CYRILLIC_OF_LATIN[sound] for sound in CYRILLIC_SOUND.findall(stem)).capitalize()
    return tuple(f"{spelled}{ending}" for ending in CYRILLIC_SKIES) if sky else (spelled,)


def _cyrillic_of_arabic(part: str) -> tuple[str, ...]:
    """Write one part of an Arabic name in Cyrillic letters: аль-Джулани, аш-Шараа."""
    low = fold(part if _LATIN.search(part) else next(iter(_in_latin(part, is_arabic=True)), "")).text
    head, dash, word = low.rpartition("-")
    if not (dash and head in _words_of("particles")):
        head, word = "", low
    if not word.replace("-", "").replace(" ", "").isascii():
        return ()
    spelled = list(dict.fromkeys(_cyrillic(one) for one in (word, *_latin_of_latin(word))))[:_MOST_OF_A_WORD]
    heads = tuple(_cyrillic(one) for one in _assimilated(word, "a")) or ("аль", "эль") if head else ("",)
    capital = [one[:1].upper() + one[1:] for one in spelled]
    return tuple(f"{first}-{one}" if first else one for first in heads for one in capital)


def _cyrillic(word: str) -> str:
    return "".join(ARABIC_IN_CYRILLIC.get(sound, sound) for sound in ARABIC_CYRILLIC_SOUND.findall(word.lower()))


# Who writes a name in which letters, and how many ways are kept.
_MAKERS: tuple[tuple[Callable[..., tuple[str, ...]], int], ...] = (
    (_in_latin, _MOST_IN_LATIN),
    *((partial(_in_press, press=press), _MOST_IN_A_PRESS) for press in PRESS),
    (_in_arabic, _MOST_IN_ARABIC),
    (_in_cyrillic, _MOST_IN_CYRILLIC),
)


def family_names(name: str) -> tuple[str, ...]:
    """Return the family name in a full name, with its particle and without; none for a name of one word."""
    parts = _parts(name)
    while len(parts) > 1 and fold(parts[-1]).text.strip(".,") in _words_of("suffixes"):
        parts.pop()
    if len(parts) < 2:  # noqa: PLR2004 - a name and a family name.
        return ()
    if _comes_first(parts):
        return (parts[0],)
    last = parts[-1].rstrip(",")
    head, dash, bare = last.partition("-")
    if dash and fold(head).text in _words_of("particles"):
        return (last, bare)
    return (last,)


def _comes_first(parts: Sequence[str]) -> bool:
    """Say whether the family name stands first: Xi Jinping, Orbán Viktor."""
    first, last = fold(parts[0]).text, fold(parts[-1]).text
    if first in _words_of("family_first"):
        return len(parts[-1]) > 1 and last not in _words_of("family_first")
    return last in _given() and first not in _given() and not _sounds_arabic(parts)


def org_variants(name: str) -> tuple[str, ...]:
    """Return an organisation's name without its legal form and without a leading article, and with "and" for "&"."""
    found = list(letter_variants(name))
    parts = name.replace(",", " ").split()
    while len(parts) > 1 and fold(parts[-1]).text.strip(".()") in _words_of("legal") | {"co"}:
        parts.pop()
    if parts and len(parts) < len(name.replace(",", " ").split()):
        found.append(" ".join(parts).rstrip("&- "))
    if len(parts) > 2 and parts[0].lower() == "the":  # noqa: PLR2004 - "The Who" keeps it.
        found.append(" ".join(parts[1:]))
    if "&" in parts:
        found.append(" ".join("and" if part == "&" else part for part in parts))
    return tuple(dict.fromkeys(one for one in found if one and one != name))
