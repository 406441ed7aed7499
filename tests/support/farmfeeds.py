"""Feeds as big as real ones, made up from a seed: what a farm serves. Thirty entries, 45 KB in the mean.

Entry `number` of feed `index` reads the same whenever it is asked for; version v of a feed lists the numbers v to
v + 29, the newest first. Every second feed is Atom, the others RSS as blogging software writes it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from html import escape

ENTRIES = 30
WATCHED = ("Quxtonville", "Zyllabad")  # stand in one entry of `RARE`.
RARE = 200
VOCABULARY, SENTENCES = 20_000, 4_000
STEP = timedelta(minutes=7)  # between two entries of a feed's first version.
SECOND = timedelta(seconds=1)  # between later ones.
SIZES = (1, 2, 3, 5, 6, 10)  # sentences of a text; a feed's own for all its entries.
PARTS = ("ba", "ko", "ri", "men", "tal", "sho", "van", "de", "lu", "pra", "ness", "or", "ti", "gam", "hel", "y")


@dataclass(frozen=True, slots=True)
class Piece:
    """What one entry says. `text` is HTML, `teaser` plain."""

    guid: str
    link: str
    title: str
    teaser: str
    text: str
    published_at: datetime
    tags: tuple[str, ...]


@lru_cache(maxsize=1)
def sentences(seed: int) -> tuple[str, ...]:
    """Return sentences of made-up words, some of which come often and most hardly ever, as in any language."""
    dice = random.Random(seed)  # noqa: S311 - made-up text.
    words = ["".join(dice.choices(PARTS, k=dice.randint(1, 4))) for _ in range(VOCABULARY)]
    weights = [1 / (rank + 10) for rank in range(VOCABULARY)]
    drawn = iter(dice.choices(words, weights, k=SENTENCES * 22))
    made = []
    for _ in range(SENTENCES):
        line = " ".join(next(drawn) for _ in range(dice.randint(9, 21)))
        made.append(f"{line.capitalize()}.")
    return tuple(made)


class Feeds:
    """All feeds of one seed. `base` is where their links lead: "http://127.0.0.1:8080"."""

    def __init__(self, seed: int, base: str, *, newest_at: datetime) -> None:
        self._seed = seed
        self._base = base
        self._start = newest_at - ENTRIES * STEP
        self._lines = sentences(seed)
        self.said: dict[tuple[int, int], str] = {}  # titles that somebody wants, by feed and number.

    def document(self, index: int, version: int) -> bytes:
        """Return version `version` of a feed."""
        pieces = [self.piece(index, number) for number in range(version + ENTRIES - 1, version - 1, -1)]
        return "".join(_atom(index, pieces) if index % 2 else _rss(index, pieces)).encode()

    def piece(self, index: int, number: int) -> Piece:
        """Return one entry."""
        dice = random.Random(f"{self._seed}/{index}/{number}")  # noqa: S311 - made-up text.
        lines = dice.choices(self._lines, k=SIZES[index // 2 % len(SIZES)] + 3)
        title = self.said.get((index, number)) or f"{lines[0][:60].rstrip('. ')} {number}"
        if dice.randrange(RARE) == 0:
            lines[3] = f"{dice.choice(WATCHED)} {lines[3].lower()}"
        link = f"{self._base}/p/{index}/{number}"
        return Piece(
            guid=f"urn:farm:{index}:{number}",
            link=link,
            title=title,
            teaser=f"{lines[1]} {lines[2]}",
            text=_markup(lines[3:], link),
            published_at=self._start + min(number, ENTRIES) * STEP + max(number - ENTRIES, 0) * SECOND,
            tags=tuple(line.split()[0] for line in lines[3:6]),
        )

    def page(self, index: int, number: int) -> bytes:
        """Return the page behind an entry."""
        piece = self.piece(index, number)
        return (
            f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(piece.title)}</title></head>"
            f"<body><nav><a href='/'>Home</a></nav><main><article><h1>{escape(piece.title)}</h1>"
            f"<p>{escape(piece.teaser)}</p>{piece.text}</article></main><footer>All rights reserved</footer></body>"
            "</html>"
        ).encode()


def _markup(lines: list[str], link: str) -> str:
    """Write paragraphs of two sentences, with a picture and a link among them."""
    paragraphs = [f"<p>{escape(' '.join(lines[at : at + 2]))}</p>" for at in range(0, len(lines), 2)]
    paragraphs.insert(1, f'<figure><img src="{link}.jpg" alt="A picture" width="640"/></figure>')
    paragraphs.append(f'<p>The post <a href="{link}" rel="nofollow">appeared first</a> on the farm.</p>')
    return "\n".join(paragraphs)


def _rss(index: int, pieces: list[Piece]) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
        f"<title>Farm {index}</title><link>http://farm.test/{index}</link><description>Made up</description>"
        "<language>en</language><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>"
        "<generator>farm</generator>\n"
    )
    for piece in pieces:
        tags = "".join(f"<category><![CDATA[{tag}]]></category>" for tag in piece.tags)
        yield (
            f"<item>\n<title>{escape(piece.title)}</title>\n<link>{piece.link}</link>\n"
            f"<dc:creator><![CDATA[Somebody]]></dc:creator>\n<pubDate>{format_datetime(piece.published_at)}</pubDate>\n"
            f'{tags}\n<guid isPermaLink="false">{piece.guid}</guid>\n'
            f"<description><![CDATA[{piece.teaser}]]></description>\n"
            f"<content:encoded><![CDATA[{piece.text}]]></content:encoded>\n</item>\n"
        )
    yield "</channel></rss>"


def _atom(index: int, pieces: list[Piece]) -> Iterator[str]:
    newest = pieces[0].published_at.isoformat()
    yield (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<title>Farm {index}</title><id>urn:farm:{index}</id><updated>{newest}</updated>"
        f'<link rel="alternate" type="text/html" href="http://farm.test/{index}"/>\n'
    )
    for piece in pieces:
        when = piece.published_at.isoformat()
        tags = "".join(f'<category term="{tag}"/>' for tag in piece.tags)
        yield (
            f'<entry>\n<title type="html">{escape(escape(piece.title))}</title>\n'
            f'<link rel="alternate" type="text/html" href="{piece.link}"/>\n<id>{piece.guid}</id>\n'
            f"<published>{when}</published><updated>{when}</updated>\n<author><name>Somebody</name></author>\n{tags}\n"
            f'<summary type="html">{escape(escape(piece.teaser))}</summary>\n'
            f'<content type="html">{escape(piece.text)}</content>\n</entry>\n'
        )
    yield "</feed>"
