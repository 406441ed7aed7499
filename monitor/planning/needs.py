"""Whether the page behind an entry can tell a watch anything that the feed has not told.

To fetch and extract a page costs a hundred times what all else about an article does. What is left out here is what
no watch could apply to whatever stands on the page, as far as that is certain before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from monitor.model import Article, ConceptKind, Feed, Part, Salience, Watch
from monitor.model.bounds import is_for
from monitor.planning.poll import article_of
from monitor.planning.work import Extracted, NoText, ReadWork

OUT_OF_BOUNDS = NoText("no watch is for this feed and language")
NOT_HIT = NoText("what the watches look at was in the feed already")

PROVEN = 5  # pages in a row that held nothing beyond the feed's text, before the next ones are left alone.
LOOK_AGAIN = 10  # of what would be left alone every tenth page is read: a feed may begin to cut its texts short.
LEAST = 800  # letters; a shorter text may be a long teaser.
NEARLY_ALL = 0.95
LINE = 40  # letters; shorter lines of a page may be labels.
_NO_LETTERS = re.compile(r"[\W_]+")
_SHOWN = frozenset({Part.TITLE, Part.LEAD})


class Need(Enum):
    """What a page is fetched for: always, only if the feed's own text hits a watch, or for nothing."""

    ALWAYS = auto()
    IF_HIT = auto()
    NEVER = auto()


class Wholes:
    """Know which feeds carry the whole text of their articles, as their pages have shown since the start."""

    def __init__(self) -> None:
        self._alike: dict[str, int] = {}

    def learn(self, work: ReadWork, page: Extracted) -> None:
        """Hold a page against what the feed told of it."""
        feed_id, text = work.stored.feed_id, work.stored.entry.text
        if len(text) < LEAST or not _holds(text, page.text):
            self._alike.pop(feed_id, None)
        else:
            self._alike[feed_id] = self._alike.get(feed_id, 0) + 1

    def is_whole(self, work: ReadWork) -> bool:
        """Say whether an entry's text is likely all there is; now and then no, so that a page is read and learned."""
        alike = self._alike.get(work.stored.feed_id, 0)
        if alike < PROVEN or len(work.stored.entry.text) < LEAST:
            return False
        self._alike[work.stored.feed_id] = alike + 1
        return (alike - PROVEN) % LOOK_AGAIN != LOOK_AGAIN - 1


def need_of(feed: Feed, work: ReadWork, watches: Sequence[Watch], wholes: Wholes) -> Need:
    """Say what the page behind an entry is needed for. One that was read before is read again as planned."""
    if work.article is not None or work.stored.attempts or work.stored.rereads:
        return Need.ALWAYS
    article = article_of(feed, work.stored)
    bounded = [watch for watch in watches if _may_apply(watch, article)]
    if not bounded:
        return Need.NEVER
    if all(_looks_at_shown_only(watch, article) for watch in bounded):
        return Need.IF_HIT
    # A caption stands on the page only, and is a trace.
    takes_traces = any(watch.match is Salience.TRACE for watch in bounded)
    return Need.IF_HIT if not takes_traces and wholes.is_whole(work) else Need.ALWAYS


def _may_apply(watch: Watch, article: Article) -> bool:
    return is_for(watch, feed_id=article.feed_id, class_=article.class_, language=article.language)


def _looks_at_shown_only(watch: Watch, article: Article) -> bool:
    """Say whether all that a watch looks at is there. What a place or a person is, the rest of a text may tell.

    Without a lead the body's first paragraph is the lead, and without a title the page's is taken.
    """
    parts = set(watch.rule.parts)
    if watch.kind is not ConceptKind.KEYWORD or not parts or not parts <= _SHOWN:
        return False
    return bool(article.title.strip()) and (Part.LEAD not in parts or bool(article.lead.strip()))


def _holds(text: str, page: str) -> bool:
    """Say whether nearly all lines of a page stand in a text."""
    known = _NO_LETTERS.sub("", text.casefold())
    lines = [key for line in page.splitlines() if len(key := _NO_LETTERS.sub("", line.casefold())) >= LINE]
    total = sum(map(len, lines))
    return bool(total) and sum(len(line) for line in lines if line in known) >= NEARLY_ALL * total
