"""Say how much of an article a watch's hits are."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import Hit, Part, Salience


def salience(hits: Sequence[Hit]) -> Salience:
    """Judge by where the hits stand: in the title the article is about it, only in the tail it is but a trace."""
    parts = {hit.part for hit in hits}
    if Part.TITLE in parts:
        return Salience.ABOUT
    return Salience.MENTION if parts - {Part.TAIL} else Salience.TRACE
