"""Make plain text of what feeds and pages write: tags dropped, entities decoded once, whitespace made normal."""

from __future__ import annotations

import html
import re

from monitor.sources.markup import HtmlElement, parse_html, walk

MOST_MARKUP = 400_000  # characters of one field that are looked at.
SILENT = {"script", "style", "noscript", "template", "iframe", "svg", "head", "title", "textarea", "select"}
BLOCKS = frozenset(
    [
        *("address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"),
        *("li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead"),
        *("tr", "ul"),
    ]
)
MARKUP = re.compile(r"<[/!?a-zA-Z]|&[#\w]")
BREAK = "\0"  # between blocks, while line ends are blanks like others; no element holds it.
NO_LETTERS = re.compile(r"[\W_]+")
PIECE = 16  # letters that one text is looked for by in another.


def plain(text: str) -> str:
    """Make whitespace normal in a text that carries no markup; a literal `<` stays."""
    return " ".join(text.split())


def letters(text: str) -> str:
    """Return what is left of a text to compare it by: its letters and digits, folded to one case."""
    return NO_LETTERS.sub("", text.casefold())


def share_within(key: str, body: str) -> float:
    """Return how much of `key` stands in `body`, piece by piece; both as `letters` makes them."""
    pieces = [key[start : start + PIECE] for start in range(0, len(key), PIECE)]
    return sum(piece in body for piece in pieces) / len(pieces) if pieces else 0.0


def html_to_text(markup: str, *, paragraphs: bool = False) -> str:
    """Return the text of an HTML fragment on one line, or with `paragraphs` one block a line."""
    markup = markup[:MOST_MARKUP]
    if not MARKUP.search(markup):
        return _lines(markup) if paragraphs else plain(markup)
    if "<" not in markup:
        text = html.unescape(markup)
        return _lines(text) if paragraphs else plain(text)
    tree = parse_html(f"<html><body>{markup}</body></html>")
    if tree is None:
        return ""
    return block_text(tree) if paragraphs else plain(block_text(tree))


def block_text(tree: HtmlElement) -> str:
    """Return an element's text, one block a line, without what a reader never sees."""
    pieces: list[str] = []
    skipped: HtmlElement | None = None
    for starts, element in walk(tree):
        if skipped is not None:
            if not starts and element is skipped:
                skipped = None
                pieces.append(element.tail or "")
            continue
        if starts and element.tag in SILENT:
            skipped = element
            continue
        if element.tag in BLOCKS:
            pieces.append(BREAK)
        inner = element.text if starts else element.tail
        if inner:
            pieces.append(inner)
    return "\n".join(filter(None, map(plain, "".join(pieces).split(BREAK))))


def _lines(text: str) -> str:
    return "\n".join(line for line in map(plain, text.splitlines()) if line)
