"""The one door to lxml: HTML parsed as forgivingly as it comes, never more than asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

__all__ = ["FORBIDDEN", "HtmlElement", "parse_html", "walk"]

# What XML and HTML forbid; a parser would stop at a NUL.
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Real pages nest deeper than libxml2's first limit of 256; the second is 2,048.
PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True)
# lxml.html asks a function in Python for the class of every element it hands out, a tenth of all time spent on a page.
# Only forms have classes of their own.
PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
# Reading takes time with the square of the depth: 2,048 levels cost seven seconds. Source: Blink's
# maximumHTMLParserDOMTreeDepth, beyond which browsers lay elements side by side too.
DEEPEST = 512
TOO_DEEP = etree.XPath("/*" * DEEPEST)


def parse_html(text: str) -> HtmlElement | None:
    """Parse a page, or a fragment as the body of one; None if nothing is in it."""
    try:
        tree = document_fromstring(FORBIDDEN.sub("", text).encode("utf-8", "replace"), parser=PARSER)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    # To look takes as long as to parse; a tag opens one element, and what HTML implies with it one more.
    if 2 * text.count("<") >= DEEPEST:
        for element in TOO_DEEP(tree):
            _lay_side_by_side(element)
    return tree


def _lay_side_by_side(top: HtmlElement) -> None:
    """Make everything in an element its child, in the order of the text."""
    laid: list[HtmlElement] = []
    for event, element in list(etree.iterwalk(top, events=("start", "end"))):
        if event == "start" and element is not top:
            laid.append(element)
        elif element is not top and element.tail:
            tail, element.tail = element.tail, None
            laid[-1].tail = (laid[-1].tail or "") + tail
    top.extend(laid)


def walk(tree: HtmlElement) -> Iterator[tuple[bool, HtmlElement]]:
    """Yield every element twice, as (True, element) when it starts and as (False, element) when it ends."""
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if isinstance(element.tag, str):
            yield event == "start", element
