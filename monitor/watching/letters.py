"""How sounds and letters of names are written in other scripts, and by the press of one country or another."""

from __future__ import annotations

import regex

# Sounds of Arabic names, and how the English, French and German press puts them; the most usual first.
ARABIC_SOUNDS = regex.compile(r"dj|dsch|j|g(?=[aeiou])|ou|oo|u|o|ee|sh|ch|kh|q|ay|ai|ei|ey|aw|au|y$|aa|([bdflmnrst])\1")
SOUND_GROUPS = (
    ("j", "g", "dj"), ("u", "o", "ou"), ("sh", "ch"), ("kh", "ch"), ("q", "k"), ("ai", "ay", "ei"),
    ("aw", "au"), ("y", "i"), ("a", "aa"),
)  # fmt: skip
ALSO = {"dsch": ("j", "g", "dj"), "oo": ("u", "o", "ou"), "ey": ("ai", "ay", "ei"), "ch": ("sh", "kh")}
PUT = {sound: group for group in reversed(SOUND_GROUPS) for sound in group} | ALSO

SUN = regex.compile(r"sh|th|dh|[tdnrsz]")
PRESS_SOUND = regex.compile("dj|j|g(?=[aeiou])|sh|ch|kh|q|w|ou")
ROUND = regex.compile("ou|o|u")
# By country: how it writes some sounds and the article, and what it may write for a round vowel.
PRESS = {
    "turkish": ({"dj": "c", "j": "c", "g": "c", "sh": "ş", "ch": "ş", "kh": "h", "q": "k", "w": "v"}, "el", "u"),
    "french": ({"g": "j", "dj": "j", "sh": "ch", "q": "k", "w": "ou"}, "al", "ou"),
    "german": ({"dj": "dsch", "j": "dsch", "g": "dsch", "sh": "sch", "kh": "ch", "ou": "u"}, "al", "u"),
}

LATIN_OF_ARABIC = {
    "ا": "a", "ب": "b", "ت": "t", "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r", "ز": "z",
    "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f", "ق": "q", "ك": "k",
    "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "u", "ي": "i", "ء": "", "ؤ": "u", "ئ": "i", "پ": "p", "چ": "ch",
    "گ": "g", "ژ": "zh",
}  # fmt: skip
ARABIC_OF_LATIN = {
    "sch": ("ش",), "dj": ("ج",), "sh": ("ش",), "ch": ("ش",), "kh": ("خ",), "gh": ("غ",), "th": ("ث",), "dh": ("ذ",),
    "ou": ("و",), "oo": ("و",), "ee": ("ي",), "aa": ("ا",), "a": ("ا", ""), "i": ("ي", ""), "u": ("و", ""),
    "o": ("و", ""), "e": ("", "ي"), "b": ("ب",), "t": ("ت",), "j": ("ج",), "g": ("ج", "غ"), "h": ("ه", "ح"),
    "d": ("د",), "r": ("ر",), "z": ("ز",), "s": ("س", "ص"), "f": ("ف",), "q": ("ق",), "k": ("ك", "ق"), "l": ("ل",),
    "m": ("م",), "n": ("ن",), "w": ("و",), "y": ("ي",), "v": ("ف",), "p": ("ب",),
}  # fmt: skip
LATIN_SOUND = regex.compile("|".join(sorted(ARABIC_OF_LATIN, key=len, reverse=True)))

# Cyrillic letters as the English, German, French and Polish press writes them; й and the rest follow the same columns.
COLUMNS = {
    "а": "a", "б": "b", "в": "v w v w", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "ye je ie je", "ж": "zh sch j z",
    "з": "z s z z", "и": "i", "і": "i", "ї": "yi ji i ji", "й": "y j i j", "к": "k", "л": "l", "м": "m", "н": "n",
    "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u u ou u", "ф": "f", "х": "kh ch kh ch", "ц": "ts z ts c",
    "ч": "ch tsch tch cz", "ш": "sh sch ch sz", "щ": "shch schtsch chtch szcz", "ъ": "", "ы": "y", "ь": "", "э": "e",
    "ю": "yu ju iou ju", "я": "ya ja ia ja", "ў": "u", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz",
}  # fmt: skip
PRESSES = 4
SKY = regex.compile(r"(?:sk|ck)(?:yy|yj|yi|iy|ij|ii|y|i|iï|ï)$")
SKIES = ("sky", "ski", "skyy", "skiy", "skyi", "skyj", "skij", "skii")
CYRILLIC_SKY = regex.compile(r"[сц]ь?к(?:ий|ій|ый|і)$")
CYRILLIC_SKIES = ("ский", "ський", "скі", "ски")
SLAVIC = regex.compile(r"(?:[eo]v|[eo]w|enko|[iy]uk|chuk|in|ina|[eo]va|ych|ich|shyn)$")
CYRILLIC_OF_LATIN = {
    "shch": "щ", "sch": "ш", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "ya": "я", "yo": "е",
    "ye": "е", "iy": "ий", "ia": "ия", "a": "а", "b": "б", "v": "в", "w": "в", "g": "г", "d": "д", "e": "е", "z": "з",
    "i": "и", "y": "и", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т",
    "u": "у", "f": "ф", "h": "г", "c": "к", "j": "й", "x": "кс", "q": "к",
}  # fmt: skip
CYRILLIC_SOUND = regex.compile("|".join(sorted(CYRILLIC_OF_LATIN, key=len, reverse=True)))

ARABIC_IN_CYRILLIC = CYRILLIC_OF_LATIN | {
    "dj": "дж", "j": "дж", "sh": "ш", "ch": "ш", "kh": "х", "gh": "г", "th": "т", "dh": "д", "h": "х", "w": "в",
    "y": "й", "q": "к", "k": "к", "c": "к", "ou": "у", "oo": "у", "ee": "и", "aa": "аа", "ai": "ай", "ay": "ай",
    "ei": "ей",
}  # fmt: skip
ARABIC_CYRILLIC_SOUND = regex.compile("|".join(sorted({*ARABIC_IN_CYRILLIC, "-", " "}, key=len, reverse=True)))

DOUBLED = regex.compile(r"([^aeiou])\1")

UMLAUTS = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "å": "aa",
    "ø": "oe",
    "Ä": "Ae",
    "Ö": "Oe",
    "Ü": "Ue",
    "Å": "Aa",
    "Ø": "Oe",
}
KATAKANA = regex.compile(r"[\p{Katakana}ー・\s]+")
