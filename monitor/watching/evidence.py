"""Choose the sentence that proves a match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from monitor.model import Article, Hit, Part
from monitor.watching.rules import text_of
from monitor.watching.sentences import sentence_span, shorten

# A sentence of the text says more than a headline, and a headline more than a caption.
_BEST_FIRST = (Part.BODY, Part.LEAD, Part.TITLE, Part.TAIL)


def best_sentence(hits: Sequence[Hit], article: Article) -> str:
    """Quote the sentence with the most hits, the first of equals; for a hit in the title alone, the title."""
    for part in _BEST_FIRST:
        spans = [(hit.start, hit.end) for hit in hits if hit.part is part]
        if spans:
            return _most_telling(text_of(article, part), spans, is_whole=part is Part.TITLE)
    return ""


def _most_telling(text: str, spans: Sequence[tuple[int, int]], *, is_whole: bool) -> str:
    if is_whole:
        first = len(text) - len(text.lstrip())
        return shorten(text, first, len(text.rstrip()), around=spans[0])
    sentences = Counter[tuple[int, int]]()
    around: dict[tuple[int, int], tuple[int, int]] = {}
    last = (0, 0)
    for start, end in spans:
        if not (last[0] <= start and end <= last[1]):
            last = sentence_span(text, start, end)
        sentences[last] += 1
        around.setdefault(last, (start, end))
    [(best, _)] = sentences.most_common(1)
    return shorten(text, *best, around=around[best])


def quoted(hit: Hit, article: Article) -> tuple[str, str, str]:
    """Return the sentence around a hit in three pieces, verbatim: what stands before the hit, the hit, what follows."""
    text = text_of(article, hit.part)
    if hit.part is Part.TITLE:
        return text[: hit.start].lstrip(), hit.text, text[hit.end :].rstrip()
    first, last = sentence_span(text, hit.start, hit.end)
    before = shorten(text, first, hit.start, around=(hit.start, hit.start))
    after = shorten(text, hit.end, last, around=(hit.end, hit.end))
    return before, hit.text, after
