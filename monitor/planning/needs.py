"""Whether the page behind an entry can tell a watch anything that the feed has not told.

To fetch and extract a page costs a hundred times what all else about an article does. What is left out here is what
no watch could apply to whatever stands on the page, as far as that is certain before it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from monitor.model import Article, ConceptKind, Feed, Part, Watch
from monitor.model.bounds import is_for
from monitor.planning.poll import article_of
from monitor.planning.work import NoText, ReadWork

OUT_OF_BOUNDS = NoText("no watch is for this feed and language")
NOT_HIT = NoText("what the watches look at was in the feed already")

_SHOWN = frozenset({Part.TITLE, Part.LEAD})


class Need(Enum):
    """What a page is fetched for: always, only if the feed's own text hits a watch, or for nothing."""

    ALWAYS = auto()
    IF_HIT = auto()
    NEVER = auto()


def need_of(feed: Feed, work: ReadWork, watches: Sequence[Watch]) -> Need:
    """Say what the page behind an entry is needed for. One that was read before is read again as planned."""
    if work.article is not None or work.stored.attempts or work.stored.rereads:
        return Need.ALWAYS
    article = article_of(feed, work.stored)
    bounded = [watch for watch in watches if _may_apply(watch, article)]
    if not bounded:
        return Need.NEVER
    shown_only = all(_looks_at_shown_only(watch, article) for watch in bounded)
    return Need.IF_HIT if shown_only else Need.ALWAYS


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
