"""Take out of a page what is not its story: other stories, link boxes, captions, placeholders, sign-up boxes.

Judged by structure (where links stand, which article holds the headline) and by the words that site builders
everywhere use in class names, never by who published the page.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from monitor.sources.markup import HtmlElement
from monitor.sources.plaintext import block_text, plain

LINKED = 0.6  # a block of which this share of letters is link text is a list of other stories.
SHORT_TEASER = 700
KEPT_SHARE = 0.3  # a box holding more than this share of the page's paragraphs is the story, whatever its name.
LONG_STORY = 1_500
TAGGED = 0.8  # three links and more that are nearly all of a list: tags, sections, people.
FEW = 3
HEADLINE_WORDS = 4
HEADLINE_LETTERS = 26
MOST_CAPTIONS = 40
MOST_CAPTION = 400
CARD_TEXT = 250
# Whole words of class names and ids: what stands under a picture or a headline.
LABELS = re.compile(
    r"(?:^|[\s_-])(?:copyright|credits?|byline|media-?info"
    r"|(?:image|img|photo|picture|figure|media|video)[_-]{1,2}(?:captions?|credits?|copyright|info|description))(?=$|[\s_-])"
)
# The same for what is beside the story.
BOXES = re.compile(
    r"(?:^|[\s_-])(?:related|recommend(?:ed|ations?|s)?|read-?(?:more|also|next|on)|see-also|also-read|more-(?:on|from|stories|news)"
    r"|most-?(?:read|popular|viewed)|popular|trending|newsletters?|sign-?up|subscri(?:be|ption)s?|paywall|outbrain|taboola|promo(?:tion)?s?"
    r"|breadcrumbs?|skip-?links?|social(?:-?share)?|share|sharing|placeholder|consent|cookies?|comments?|author-?bio|biography|about-the-author"
    r"|right(?:bar|col|wrap|rail)|side-?bar|advert(?:isement|orial)?s?|ads?|sponsored|similars?|copyright|credits?|byline"
    r"|media-?info|(?:image|img|photo|picture|figure|media|video)-{0,2}_{0,2}(?:captions?|credits?|copyright|info|description))(?=$|[\s_-])"
)
# "article-body paywall": the story itself, whatever else its name says, if it is long.
STORY = re.compile(r"(?:article|story|entry|post|news)[_-]{0,2}(?:body|content|text)")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
BOX_TAGS = ("div", "section", "aside", "ul", "ol", "nav", "form", "table", "figure")
LABEL_TAGS = ("p", "span", "small", "div", "cite", "em", "h6")


class _Names(NamedTuple):
    """What an element's names say that it is."""

    label: bool
    story: bool
    box: bool


def prune(tree: HtmlElement) -> tuple[str, ...]:
    """Remove what is not the story from `tree` in place; return the captions found on the way."""
    total = sum(_paragraph_length(element) for element in tree.iter("p")) or 1
    captions = take_captions(tree)
    _drop_other_articles(tree)
    _drop_boxes(tree, total)
    _drop_cards(tree, total)
    _drop_link_blocks(tree)
    return captions


def take_captions(tree: HtmlElement) -> tuple[str, ...]:
    """Remove the captions of pictures from `tree` in place, and return them."""
    found: list[str] = []
    for element in list(tree.iter("figcaption")):
        if len(found) < MOST_CAPTIONS and (text := plain(block_text(element))):
            found.append(text[:MOST_CAPTION])
        _drop(element)
    return tuple(dict.fromkeys(found))


def _drop_other_articles(tree: HtmlElement) -> None:
    """Keep the article with the headline: what is appended after it, or teased within it, is another story."""
    articles = list(tree.iter("article"))
    main = next((article for article in articles if article.find(".//h1") is not None), None)
    if main is None:
        return
    long = sum(_paragraph_length(element) for element in main.iter("p")) >= SHORT_TEASER
    within = set(main.iterdescendants("article"))
    around = set(main.iterancestors("article"))
    for article in articles:
        if article is main or article in around:
            continue
        if article in within:
            if _is_teaser(article):
                _drop(article)
        elif long:
            _drop(article)


def _is_teaser(element: HtmlElement) -> bool:
    """Say whether an element shows another story: short, with a link around its heading or most of its text."""
    length = len(block_text(element))
    return length <= SHORT_TEASER and any(
        _leads_away(link) and (_holds_heading(link) or len(plain(link.text_content())) > length / 2)
        for link in element.iter("a")
    )


def _holds_heading(link: HtmlElement) -> bool:
    inside = any(link.find(f".//{heading}") is not None for heading in ("h2", "h3", "h4"))
    return inside or any(up.tag in {"h2", "h3", "h4", "h5"} for up in link.iterancestors())


def _drop_boxes(tree: HtmlElement, total: int) -> None:
    """Remove boxes and labels by name, unless they are so much of the page that the name must mean something else."""
    named = [element for element in tree.iter(*BOX_TAGS, *LABEL_TAGS) if _is_named(element)]
    held = [sum(_paragraph_length(inner) for inner in element.iter("p")) for element in named]
    for element, length in zip(named, held, strict=True):
        if length <= KEPT_SHARE * total and element.find(".//h1") is None:
            _drop(element)


def _is_named(element: HtmlElement) -> bool:
    names = _names_of(f"{element.get('class', '')} {element.get('id', '')}")
    if names.label and element.tag in LABEL_TAGS:
        return len(element.text_content()) < MOST_CAPTION
    if element.tag not in BOX_TAGS:
        return False
    if names.story and sum(_paragraph_length(inner) for inner in element.iter("p")) > LONG_STORY:
        return False
    return names.box or element.tag == "aside" or element.get("role") in {"complementary", "navigation"}


@lru_cache(maxsize=8_192)
def _names_of(written: str) -> _Names:
    """Say what class names and ids tell. Templates repeat them, on a page and from page to page."""
    names = CAMEL.sub("-", written).lower()
    return _Names(*(found.search(names) is not None for found in (LABELS, STORY, BOXES)))


def _drop_cards(tree: HtmlElement, total: int) -> None:
    """Remove boxes of cards: three headings or more that are links to other stories, with little text below each."""
    linked: Counter[HtmlElement] = Counter()
    plain_ones: Counter[HtmlElement] = Counter()
    for heading in tree.iter("h2", "h3", "h4", "h5"):
        (linked if _is_linked(heading) else plain_ones).update(heading.iterancestors("section", "div", "ul"))
    for element, count in linked.items():
        if count < FEW or plain_ones[element] > 1 or element.find(".//h1") is not None:
            continue
        length = len(block_text(element))
        if length <= min(KEPT_SHARE * total, CARD_TEXT * count):
            _drop(element)


def _is_linked(heading: HtmlElement) -> bool:
    inside = any(_leads_away(link) for link in heading.iter("a"))
    return inside or any(up.tag == "a" and _leads_away(up) for up in heading.iterancestors())


def _drop_link_blocks(tree: HtmlElement) -> None:
    """Remove lists whose items are links to other stories, and paragraphs that are nothing but one such link."""
    for element in list(tree.iter("ul", "ol", "p", "h3", "h4")):
        links = [plain(link.text_content()) for link in element.iter("a") if _leads_away(link)]
        if not links:
            continue
        headlines = any(len(link.split()) >= HEADLINE_WORDS or len(link) >= HEADLINE_LETTERS for link in links)
        least = LINKED if headlines else TAGGED
        if not headlines and (len(links) < FEW or element.tag not in {"ul", "ol"}):
            continue
        if sum(map(len, links)) / (len(plain(block_text(element))) or 1) >= least:
            _drop(element)


def _leads_away(link: HtmlElement) -> bool:
    target = link.get("href") or ""
    return bool(target) and not target.startswith("#")


def _paragraph_length(element: HtmlElement) -> int:
    return len("".join(element.itertext()))


def _drop(element: HtmlElement) -> None:
    parent = element.getparent()
    if parent is not None:
        element.drop_tree()
