"""Find on a page the paragraphs of the text that it states in JSON-LD: no extractor is asked where both agree.

What is stated alone would not do: publishers leave out standfirsts, run paragraphs together and cut texts short. So
the text is always the page's own, and what is stated says which of its paragraphs are the story.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.sources.markup import HtmlElement
from monitor.sources.plaintext import block_text, letters, share_within

LONG = 800  # letters; a shorter statement is often the beginning only.
AGREED = 0.95  # of the stated letters stand in paragraphs of the page.
TWICE = 1.2  # times the stated letters: what is shown again, for phones or for print, is not told apart here.
HALF = 0.5
TELLING = 40  # letters; shorter words of a menu may well stand in a story, too.
SOFT_HYPHEN = "\u00ad"
LINKED = 0.5  # of a paragraph's letters are links: it leads to other stories.
BLOCKS = ("p", "h2", "h3", "h4", "li", "blockquote")


@dataclass(frozen=True, slots=True)
class _Block:
    """An innermost element that holds text, the letters of it, and whether these are stated."""

    element: HtmlElement
    key: str
    is_stated: bool


def agreed_lines(tree: HtmlElement, stated: str) -> list[str]:
    """Return the story's paragraphs where page and statement agree, else none. `tree` is the page as it is."""
    body = letters(stated)
    if len(body) < LONG:
        return []
    blocks = list(_blocks(tree, body))
    held = sum(len(block.key) for block in blocks if block.is_stated)
    if not AGREED * len(body) <= held <= TWICE * len(body):
        return []
    texts = (block_text(block.element).replace(SOFT_HYPHEN, "") for block in _story(blocks))
    return [line for text in texts for line in text.splitlines()]


def _blocks(tree: HtmlElement, body: str) -> Iterator[_Block]:
    for element in tree.iter(*BLOCKS):
        if next(element.iterdescendants(*BLOCKS), None) is None and (key := letters(element.text_content())):
            yield _Block(element, key, len(key) >= TELLING and share_within(key, body) >= HALF)


def _story(blocks: list[_Block]) -> Iterator[_Block]:
    """Yield what is stated, and what stands between and beside it: headings, and what a statement leaves out."""
    known = [block.is_stated for block in blocks]
    parents = {block.element.getparent() for block in blocks if block.is_stated}
    for block in blocks[known.index(True) : len(known) - known[::-1].index(True)]:
        if (block.is_stated or block.element.getparent() in parents) and not _leads_away(block):
            yield block


def _leads_away(block: _Block) -> bool:
    linked = sum(len(letters(link.text_content())) for link in block.element.iter("a"))
    return linked >= LINKED * len(block.key)
