"""Tell which lines of a body are not the article: captions, credits, bylines, pointers to other stories.

Extraction takes most of them away; what it lets through is seen by its form alone, in any language: a short line that
ends no sentence, opened by a word such as Photo, or holding a credit.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import takewhile

import regex

from monitor.model import Article, Part
from monitor.watching.rules import Spot, text_of

_SHORT = 120  # characters; what is longer is a paragraph, whatever it begins with.
_CRUMB = 20  # characters of a section's name.
_MOST_CRUMBS = 6
_MOST_REMEMBERED = 4  # texts whose lines are known: the parts of one article, of which is asked again and again.
_SIDE = regex.compile(
    r"(?:photo|image|picture|file photo|caption|credit|video|watch|listen|related|read (?:more|also|next)|see also|"
    r"more on|also read|recommended|most read|trending|topics?|tags?|follow us|share|by|source|map|graphic|"
    r"foto|bild|quelle|mehr|lesen sie(?: auch| mehr)?|siehe auch|lesetipp|grafik|karte|"
    r"légende|crédit|lire aussi|à lire|voir aussi|sur le même sujet|vidéo|"
    r"leer más|lea también|ver también|fotografía|imagen|leia (?:mais|também)|veja (?:mais|também)|leggi anche|"
    r"фото|видео|читайте также|по теме|см\. также|источник|читайте також|"
    r"صورة|الصورة|اقرأ أيضا|اقرأ المزيد|اقرأ أيضًا|شاهد|المصدر|مواضيع ذات صلة|بیشتر بخوانید|عکس|"
    r"dieses thema im programm|sendung|fotos?|archivbild|symbolbild|写真|图片来源|사진|"
    r"fotoğraf|görsel|ayrıca okuyun|ilgili|kaynak|haberin devamı|zobacz też|czytaj także|lees ook|läs också)"
    r"\b[^.!?؟。]{0,3}[:：|»›>]",
    regex.IGNORECASE,
)
# Lines that say what they are however long they are and however they end.
_OPENS = regex.compile(
    r"\(?(?:additional |with )?(?:reporting|writing|edited|editing|compiled|translated) by\b"
    r"|\(?(?:photos?|photo illustration|illustration|video) by\b"
    r"|[>›▶►→]\s"  # a pointer.
    r"|[—–-]\s[^\n]{1,80}\(@\w+\)"  # who wrote an embedded post.
    r"|hat ihnen dieser artikel|unterstützen sie uns|jetzt abonnieren|subscribe (?:to|now)|sign up (?:for|to)|"
    r"abonnez-vous|suscríbete|подпишитесь|подписывайтесь|تابعونا|اشترك في",
    regex.IGNORECASE,
)
_CLOSES = regex.compile(
    r"\b\d{1,2}:\d{2}\s*min\.?$"  # how long a video is.
    r"|(?:뉴스1|연합뉴스|뉴시스)$|[摄攝]$|撮影[)）]?$|(?:사진|제공)\s*=?\s*\S{0,12}$",
    regex.IGNORECASE,
)
_CREDIT = regex.compile(
    r"©|\(c\) ?\d{4}"
    # Not before a dash: that is the dateline of a report.
    r"|\b(?:AFP|Reuters|EPA|dpa|Getty Images|ANP|picture alliance|IMAGO|AP Photo)\s*(?:$|/|\)(?!\s*[-–—]))"
    r"|/(?:AFP|Reuters|dpa|AP|Getty|EPA|ANP)\b",
)
_ENDED = regex.compile(r"[.!?…。！？؟۔।॥:»”\"')\]]\s*$")
_AGENCIES = regex.compile(r"^\(?[a-zA-Z]{2,4}(?:/[a-zA-Z ,]{2,20})+\)?$")
_LISTED = regex.compile(r"^\s*(?:[-–•*»›▶→]|\d+[.)])\s")


def is_around(spot: Spot, article: Article) -> bool:
    """Say whether a spot is not the article itself: in the tail, or in a line of its body that is furniture."""
    if spot.part is Part.TAIL:
        return True
    if spot.part is not Part.BODY:
        return False
    return _lines(text_of(article, spot.part)).is_around(spot.start, spot.end)


class _Lines:
    """What was found out of the lines of one text: of an article with fifty hits it is asked a hundred times."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[tuple[int, int], bool] = {}

    def is_around(self, start: int, end: int) -> bool:
        """Say whether the line that holds text[start:end] is furniture."""
        first = self._text.rfind("\n", 0, start) + 1
        last = self._text.find("\n", end)
        key = (first, last if last >= 0 else len(self._text))
        if key not in self._known:
            self._known[key] = _is_around(self._text, *key)
        return self._known[key]


_lines = lru_cache(maxsize=_MOST_REMEMBERED)(_Lines)


def _is_around(text: str, first: int, last: int) -> bool:
    line = text[first:last]
    if line.strip() == text.strip():
        return False
    return is_furniture(line) or _in_a_box(text, first, line) or _is_breadcrumb(text, first, line)


@lru_cache(maxsize=1_000)
def is_furniture(line: str) -> bool:
    """Say whether a line is a caption, a credit, a byline or a pointer to another story."""
    plain = line.strip()
    if len(plain) < 3 * _SHORT and (_OPENS.match(plain) or _CLOSES.search(plain)):
        return True
    if len(plain) > _SHORT:
        return bool(_CREDIT.search(plain[-30:])) and len(plain) < 3 * _SHORT and not _ENDED.search(plain)
    is_credit = _CREDIT.search(plain) and not _ENDED.search(plain.rstrip(")"))
    return bool(_SIDE.match(plain) or is_credit or _AGENCIES.match(plain))


_HEADS = regex.compile(
    r"(?:related|related (?:stories|articles|news|topics|content)|more (?:stories|news)|read more|see also|"
    r"most (?:read|popular)|you may also like|"
    r"mehr zum thema|weitere themen|lesen sie auch|meistgelesen|sur le même sujet|"
    r"à lire aussi|noticias relacionadas|leia também|leggi anche|"
    r"читайте также|по теме|مواضيع ذات صلة|اقرأ أيضا|ilgili haberler|zobacz także)\s*[:…]?",
    regex.IGNORECASE,
)


def _in_a_box(text: str, first: int, own: str) -> bool:
    """Say whether a short line stands below a heading such as Related stories, with short lines only between."""
    if _is_paragraph(own.strip()):
        return False
    for line in reversed(text[:first].splitlines()):
        plain = line.strip()
        if _HEADS.fullmatch(plain):
            return True
        if _is_paragraph(plain):
            return False
    return False


def _is_paragraph(plain: str) -> bool:
    return bool(plain) and (len(plain) > _SHORT or _ENDED.search(plain) is not None)


def _is_breadcrumb(text: str, first: int, own: str) -> bool:
    """Say whether a line is of a list that opens the text with one or two words a line: News, Bihar, Samastipur."""
    if not _LISTED.match(own):
        return False
    above = [line for line in text[:first].splitlines() if line.strip()]
    lines = [*above, own]
    if len(lines) > _MOST_CRUMBS or not all(map(_LISTED.match, lines)):
        return False
    rest = text[first + len(own) :].splitlines()
    following = [line for line in rest if line.strip()][: _MOST_CRUMBS - len(above)]
    run = [*lines, *takewhile(_LISTED.match, following)]
    return sum(len(line.strip()) <= _CRUMB for line in run) > 1
