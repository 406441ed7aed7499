"""Say which languages a name belongs to, by its letters. Nothing here is imported by the daemon."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# The languages written in a script, by the word that begins the Unicode names of its letters.
_BY_SCRIPT: dict[str, tuple[str, ...]] = {
    "ARMENIAN": ("hy",),
    "BENGALI": ("as", "bn"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "ETHIOPIC": ("am", "ti"),
    "GEORGIAN": ("ka",),
    "GREEK": ("el",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "HANGUL": ("ko",),
    "HEBREW": ("he", "yi"),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "KANNADA": ("kn",),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MALAYALAM": ("ml",),
    "MYANMAR": ("my",),
    "ORIYA": ("or",),
    "SINHALA": ("si",),
    "SYRIAC": ("syr",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "THAANA": ("dv",),
    "THAI": ("th",),
    "TIBETAN": ("bo", "dz"),
}
_RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_CYRILLIC = {
    "ru": _RUSSIAN + "ё",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
    "kk": _RUSSIAN + "ёәғқңөұүһі",
    "ky": _RUSSIAN + "ёңөү",
    "tg": "абвгғдеёжзиӣйкқлмнопрстуӯфхҳчҷшъэюя",
    "mn": _RUSSIAN + "ёөү",
    "tt": _RUSSIAN + "ёәөүҗңһ",
    "ba": _RUSSIAN + "ёәғҙҡңөҫүһ",
    "ce": _RUSSIAN + "ёӏ",
    "os": _RUSSIAN + "ёӕ",
    "cv": _RUSSIAN + "ёӑӗҫӳ",
    "uz": _RUSSIAN + "ёўқғҳ",
}
_LATIN_OF_CYRILLIC = frozenset({"sr", "uz", "kk", "ky", "tg", "tt", "mn", "ce", "ba", "os", "cv", "mk"})

# Letters of one Arabic-script language or a few; each narrows what the letters before it allowed.
_ARABIC_ALL = ("ar", "ckb", "fa", "ku", "ps", "sd", "ug", "ur")
_ARABIC = {
    "پ": ("ckb", "fa", "ku", "ps", "sd", "ug", "ur"),
    "چ": ("ckb", "fa", "ku", "ps", "sd", "ug", "ur"),
    "ژ": ("ckb", "fa", "ku", "ps", "ug", "ur"),
    "گ": ("ckb", "fa", "ku", "sd", "ug", "ur"),
    "ک": ("ckb", "fa", "ku", "ps", "sd", "ur"),
    "ی": ("ckb", "fa", "ku", "ps", "ur"),
    "ٹ": ("ur",),
    "ڈ": ("ur",),
    "ڑ": ("ur",),
    "ں": ("ur",),
    "ے": ("ur",),
    "ہ": ("ur",),
    "ھ": ("ug", "ur"),
    "ۀ": ("fa",),
    "ې": ("ps", "ug"),
    "ټ": ("ps",),
    "ډ": ("ps",),
    "ړ": ("ps",),
    "ښ": ("ps",),
    "ڼ": ("ps",),
    "ڤ": ("ckb", "ku"),
    "ڕ": ("ckb", "ku"),
    "ڵ": ("ckb", "ku"),
    "ێ": ("ckb", "ku"),
    "ۆ": ("ckb", "ku", "ug"),
    "ە": ("ckb", "ku", "ug"),
    "ۇ": ("ug",),
    "ۈ": ("ug",),
    "ۋ": ("ug",),
    "ڭ": ("ug",),
    "ڪ": ("sd",),
    "ة": ("ar",),
    "ى": ("ar", "ug"),
    "ي": ("ar", "ps", "sd", "ug"),
    "ك": ("ar", "ps", "ug"),
    "إ": ("ar",),
}
# Latin letters that few languages write; a name with others beside ASCII could be of anywhere.
_LATIN = {
    "ğ": ("az", "crh", "tr", "tt"),
    "ı": ("az", "crh", "tr", "tt"),
    "ş": ("az", "crh", "ku", "tk", "tr"),
    "ș": ("ro",),
    "ț": ("ro",),
    "ţ": ("ro",),
    "ă": ("ro", "vi"),
    "ą": ("lt", "pl"),
    "ę": ("lt", "pl"),
    "ł": ("pl", "szl"),
    "ń": ("pl", "szl"),
    "ś": ("pl", "szl"),
    "ź": ("pl", "szl"),
    "ż": ("mt", "pl"),
    "ő": ("hu",),
    "ű": ("hu",),
    "ř": ("cs",),
    "ů": ("cs",),
    "ě": ("cs",),
    "ľ": ("sk",),
    "ĺ": ("sk",),
    "ŕ": ("sk",),
    "ď": ("cs", "sk"),
    "ť": ("cs", "sk"),
    "ė": ("lt",),
    "į": ("lt",),
    "ų": ("lt",),
    "ģ": ("lv",),
    "ķ": ("lv",),
    "ļ": ("lv",),
    "ņ": ("lv",),
    "ã": ("pt", "vi"),
    "õ": ("et", "pt", "vi"),
    "ñ": ("es", "eu", "gl", "tl"),
    "ß": ("de",),
    "ð": ("fo", "is"),
    "þ": ("is",),
    "æ": ("da", "fo", "is", "no"),
    "ø": ("da", "fo", "no"),
    "å": ("da", "fi", "no", "sv"),
    "ħ": ("mt",),
    "ġ": ("mt",),
    "ċ": ("mt",),
    "ĉ": ("eo",),
    "ĝ": ("eo",),
    "ĥ": ("eo",),
    "ĵ": ("eo",),
    "ŝ": ("eo",),
    "ŭ": ("eo",),
    "đ": ("hr", "sr", "vi"),
    "ć": ("bs", "hr", "pl", "sr"),
    "ơ": ("vi",),
    "ư": ("vi",),
    "ə": ("az",),
}


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ", 1)[0]


def script_of(name: str) -> str:
    """Return the script of the first letter of a name, as Unicode's names of letters begin: LATIN, CJK; "" of none."""
    return next((_script_of(letter) for letter in name if letter.isalpha()), "")


def derive(name: str) -> tuple[str, ...]:
    """Return the languages that the letters of a name allow; () where these say little."""
    script = script_of(name)
    letters = unicodedata.normalize("NFC", name).lower()
    if script == "CYRILLIC":
        alphabet = {letter for letter in letters if _script_of(letter) == "CYRILLIC"}
        return tuple(sorted(language for language, all_ in _CYRILLIC.items() if alphabet <= set(all_)))
    if script == "ARABIC":
        return _narrow(letters, _ARABIC, _ARABIC_ALL)
    if script == "LATIN":
        return _narrow(letters, _LATIN, ())
    if script == "CJK":
        kana = any(_script_of(letter) in {"HIRAGANA", "KATAKANA"} for letter in name)
        return ("ja",) if kana else ("ja", "zh")
    return _BY_SCRIPT.get(script, ())


def _narrow(letters: str, table: dict[str, tuple[str, ...]], default: tuple[str, ...]) -> tuple[str, ...]:
    allowed: set[str] | None = None
    for letter in letters:
        if letter in table:
            allowed = set(table[letter]) if allowed is None else allowed & set(table[letter])
    return default if allowed is None else tuple(sorted(allowed))


_NOT_LATIN = frozenset(
    {language for some in _BY_SCRIPT.values() for language in some}
    | {language for language in _CYRILLIC if language not in _LATIN_OF_CYRILLIC}
    | {*_ARABIC_ALL, "ja", "zh"} - {"ku", "ug"}
)


def can_be(name: str, language: str) -> bool:
    """Say whether a name can be of this language: catalogues fill gaps with romanised names, Rābigh in Arabic."""
    return not (language in _NOT_LATIN and script_of(name) == "LATIN")
