"""Fold texts, so that one name written many ways is written one way, and know where each folded character came from.

Folding takes away what writers of one word disagree on: compatibility forms, case, accents and tonos, vowel points,
tatweel, invisible format characters, the several codings of Arabic and Persian letters, traditional
characters in foreign names, apostrophes and hyphens.
It keeps what makes another letter: Cyrillic й and ї, kana with their voicing, every vowel sign of the Indic scripts.

Every character folds by itself, whatever stands around it, but for letters written as base and mark: so a part of
a text folds to a part of the folded text, and pieces cut at blanks may be folded one by one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import regex

_LETTERS = {
    # Another letter with an accent, not a letter with a stress mark.
    "й": "й",
    "ї": "ї",
    # Latin letters that no normal form takes apart.
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "ə": "e",
    "þ": "th",
    "ʿ": "",
    "ʾ": "",
    # Arabic, Persian, Urdu and Kurdish codings of one letter.
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ة": "ه",
    "ہ": "ه",
    "ە": "ه",
    "ۃ": "ه",
    "ھ": "ه",
    "ـ": "",
    # Signs that a compatibility form would make letters or several characters of.
    "…": ".",
    "™": " ",
    "℠": " ",
    "¨": " ",
    "¯": " ",
    "¸": " ",
}
_APOSTROPHES = "’‘‛`´ʼʹʻʺ′＇׳"
_HYPHENS = "‐‑‒–—―−﹘﹣－־"
# Chinese characters that transcribe foreign names, in the traditional and the simplified writing.
_TRADITIONAL = (
    "亞阿愛奧澳罷拜寶貝畢賓廠陳達島德丟東頓爾佛岡戈蓋貢國蓋哈漢輝霍機吉幾加賈間堅節金進開凱柯庫寬拉來萊蘭"
    "勞勒樂雷離裡黎裏麗連聯臨靈劉龍隴盧魯羅倫馬瑪麥曼門蒙彌敏納內諾歐帕龐彭皮佩瓊喬錢強橋輕慶區羣薩賽沙聖"
    "詩師時實書絲蘇歲塔臺湯騰條鐵廷圖屯灣萬維衛溫沃烏無武務錫鄉謝興許學雅揚葉伊義陰銀應約雲澤詹張澀鎮鄭"
    "織紙鐘莊準茲輔頗費斐飛弗倉澱濱滄縣濟嶺"
)
_SIMPLIFIED = (
    "亚阿爱奥澳罢拜宝贝毕宾厂陈达岛德丢东顿尔佛冈戈盖贡国盖哈汉辉霍机吉几加贾间坚节金进开凯柯库宽拉来莱兰"
    "劳勒乐雷离里黎里丽连联临灵刘龙陇卢鲁罗伦马玛麦曼门蒙弥敏纳内诺欧帕庞彭皮佩琼乔钱强桥轻庆区群萨赛沙圣"
    "诗师时实书丝苏岁塔台汤腾条铁廷图屯湾万维卫温沃乌无武务锡乡谢兴许学雅扬叶伊义阴银应约云泽詹张涩镇郑"
    "织纸钟庄准兹辅颇费斐飞弗仓淀滨沧县济岭"
)
_HAN = {old: new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if old != new}
_EXPLICIT = _HAN | _LETTERS | dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_HYPHENS, "-")

# Marks that writers leave out at will. Marks of other scripts (Indic vowel signs, Thai tones) carry the word.
_MARK = regex.compile(
    "["
    "\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # accents, titlo
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\ufb1e"  # niqqud
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff"
    "\u0711\u0730-\u074a"  # Syriac points
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors
    "]"
)

# Letters in two or three code points, which fold like the one they compose: й, ї, Hangul, voiced kana.
_CLUSTER = regex.compile(
    "[иИіІ][\u0306\u0308]"
    "|[\u1100-\u115f\uffa1-\uffbe][\u1160-\u11a7\uffc2-\uffdc][\u11a8-\u11ff]?"
    "|[\u3040-\u30ff\uff66-\uff9d][\u3099\u309a\uff9e\uff9f]"
    "|.",
    regex.DOTALL,
)
# Half-width kana with their voicing, and half-width Hangul: one letter in two signs, which NFC leaves apart.
_APART = regex.compile("[\u3099\u309a\uff9e\uff9f\uffa1-\uffdc]")


def _fold_letter(letter: str) -> str:
    """Fold one character that is already in compatibility form and lower case."""
    if letter in _EXPLICIT:
        return _EXPLICIT[letter]
    if unicodedata.category(letter) == "Cf":
        return ""
    bare = unicodedata.normalize("NFC", _MARK.sub("", unicodedata.normalize("NFD", letter)))
    if bare == letter:
        return letter
    return "".join(_EXPLICIT.get(part, part) for part in bare)


def _fold_cluster(cluster: str) -> str:
    """Fold one character, or a letter in several code points."""
    if cluster in _EXPLICIT:
        return _EXPLICIT[cluster]
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    return "".join(_fold_letter(letter) for letter in wide)


class _Table(dict[int, str]):
    """Hold the folded form of every character met so far, for `str.translate`."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        folded = _fold_cluster(chr(code))
        self[code] = folded
        if len(folded) != 1:
            self.uneven.add(chr(code))
        return folded


_TABLE = _Table()


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the way back: folded character i came from source[starts[i]:ends[i]]; None: from source[i].

    All offsets count code points.
    """

    source: str
    text: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the source of the folded characters from `start` to `end`, at least one."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """Fold a text of any kind, lone surrogates included.

    Source: Unicode Standard Annex 15 (normal forms) and section 5.18 (case folding); the letters above.
    """
    if text.isascii():
        return Folded(text, text.lower().translate(_ASCII))
    folded = _fold_once(text)
    if unicodedata.is_normalized("NFC", folded.text):
        return folded
    # What stood between the signs of a letter (Hangul, voiced kana) is gone: they are one letter now.
    again = _fold_slowly(folded.text)
    spans = [folded.span(*again.span(at, at + 1)) for at in range(len(again.text))]
    return Folded(text, again.text, tuple(start for start, _ in spans), tuple(end for _, end in spans))


def _fold_once(text: str) -> Folded:
    composed = unicodedata.is_normalized("NFC", text) and not _APART.search(text)
    if not composed:
        return _fold_slowly(text)
    folded = text.translate(_TABLE)
    uneven = _TABLE.uneven.intersection(text)
    return _with_offsets(text, folded, uneven) if uneven else Folded(text, folded)


_ASCII = {ord("`"): "'"}


def _with_offsets(text: str, folded: str, uneven: set[str]) -> Folded:
    """Note where each folded character came from: all that stands between uneven ones is one for one."""
    starts: list[int] = []
    ends: list[int] = []
    reached = 0
    for at in sorted(_places_of(uneven, text)):
        letter = text[at]
        piece = _TABLE[ord(letter)]
        starts.extend(range(reached, at))
        ends.extend(range(reached + 1, at + 1))
        reached = at + 1
        starts.extend([at] * len(piece))
        ends.extend([reached] * len(piece))
        if not piece and ends and _MARK.match(letter):
            ends[-1] = reached
    starts.extend(range(reached, len(text)))
    ends.extend(range(reached + 1, len(text) + 1))
    return Folded(text, folded, tuple(starts), tuple(ends))


def _places_of(letters: set[str], text: str) -> Iterator[int]:
    """Yield where each of some letters stands."""
    for letter in letters:
        at = text.find(letter)
        while at >= 0:
            yield at
            at = text.find(letter, at + 1)


def _fold_slowly(text: str) -> Folded:
    """Fold cluster by cluster, noting where each came from. A mark that folds away belongs to the letter before."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for found in _CLUSTER.finditer(text):
        start, end = found.span()
        cluster = found.group()
        piece = _TABLE[ord(cluster)] if end - start == 1 else _fold_cluster(cluster)
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
        if not piece and ends and _MARK.fullmatch(cluster):
            ends[-1] = end
    return Folded(text, "".join(pieces), tuple(starts), tuple(ends))
