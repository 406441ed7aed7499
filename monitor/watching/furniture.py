"""Tell which lines of a body are not the article: captions, credits, bylines, pointers to other stories.

Extraction takes most of them away; what it lets through is seen by its form alone, in any language: a short line that
ends no sentence, opened by a word such as Photo, or holding a credit.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from monitor.model import Article, Part
from monitor.watching.rules import Spot, text_of

_SHORT = 120  # characters; what is longer is a paragraph, whatever it begins with.
_HEADING = 60  # characters of a line without a full stop, which may be a heading of the article's own.
_SIDE = regex.compile(
    r"(?:photo|image|picture|file photo|caption|credit|video|watch|listen|related|read (?:more|also|next)|see also|"
    r"more on|also read|recommended|most read|trending|topics?|tags?|follow us|share|by|source|map|graphic|"
    r"foto|bild|quelle|mehr|lesen sie|siehe auch|lesetipp|grafik|karte|"
    r"légende|crédit|lire aussi|à lire|voir aussi|sur le même sujet|vidéo|"
    r"leer más|lea también|ver también|fotografía|imagen|leia (?:mais|também)|veja (?:mais|também)|leggi anche|"
    r"фото|видео|читайте также|по теме|см\. также|источник|читайте також|"
    r"صورة|الصورة|اقرأ أيضا|اقرأ المزيد|اقرأ أيضًا|شاهد|المصدر|مواضيع ذات صلة|بیشتر بخوانید|عکس|"
    r"fotoğraf|görsel|ayrıca okuyun|ilgili|kaynak|haberin devamı|zobacz też|czytaj także|lees ook|läs också)"
    r"\b[^.!?؟。]{0,3}[:：|»›>]",
    regex.IGNORECASE,
)
_CREDIT = regex.compile(
    r"©|\(c\) ?\d{4}|\b(?:AFP|Reuters|EPA|dpa|Getty Images|ANP|picture alliance|IMAGO|AP Photo)\s*(?:$|/|\))"
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
    text = text_of(article, spot.part)
    first = text.rfind("\n", 0, spot.start) + 1
    last = text.find("\n", spot.end)
    line = text[first : last if last >= 0 else len(text)]
    if line.strip() == text.strip():
        return False
    return is_furniture(line) or _in_a_box(text, first)


@lru_cache(maxsize=1_000)
def is_furniture(line: str) -> bool:
    """Say whether a line is a caption, a credit, a byline or a pointer to another story."""
    plain = line.strip()
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


def _in_a_box(text: str, first: int) -> bool:
    """Say whether the short lines right above lead up to a heading such as Related stories."""
    for line in reversed(text[:first].splitlines()):
        plain = line.strip()
        if _HEADS.fullmatch(plain):
            return True
        if plain and (len(plain) > _SHORT or _ENDED.search(plain)):
            return False
    return False
