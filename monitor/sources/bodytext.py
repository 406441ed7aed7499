"""Take the story's own text out of a page: trafilatura first, then what it missed, then what is not text."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy

from trafilatura import bare_extraction

from monitor.sources.markup import HtmlElement
from monitor.sources.pagehead import Head
from monitor.sources.plaintext import block_text, html_to_text, letters, plain, share_within
from monitor.sources.prune import prune, take_captions
from monitor.sources.stated import agreed_lines

ENOUGH = 250  # letters: less than this from a page that has more was a failure.
SHORT = 160
OFTEN = 3
EARLY = 5  # headline and byline stand before the fifth paragraph, or are none.
ALIKE = 0.75
RICHER = 2.5  # JSON-LD holding so much more than was found means that the extraction failed.
LEAST_OF_SHOWN, MOST_OF_SHOWN = 0.3, 1.5
NEARLY_ALL = 0.7
HALF = 0.5
SENTENCE_END = re.compile(r"[.!?…。！？؟।\"'”»›)][\s\"'”»›)]*$(?<!\.\.\.)(?<!…)")
STARTS = 40  # letters that two texts begin with alike to be the same one.
FEWEST_LETTERS = 40
MOST_LETTERS = 900
MOST_RAW = 3_000
MOST_INNER = 12
MOST_LABEL = 90
MOST_HEADING = 36
MOST_EMBEDDED = 5_000_000
LITERAL = re.compile(r'"(?:[^"\\]|\\.){200,}"', re.DOTALL)
CODE = re.compile(r"function\s*\(|=>|\{\s*(?:margin|padding|display)|&&|\bvar \w+=")
DATA = re.compile(r"\s*(?:\w{1,4}:)?[\[{]")  # JSON, or a frame of it.
WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
STANDFIRST = re.compile(
    r"(?:^|[\s_-])(?:lead|lede|standfirst|stand-first|intro(?:duction)?|dek|deck|sub-?title|sub-?headline|perex|summary|abstract"
    r"|excerpt|vorspann|teaser|chapeau|sapo|description|synopsis|entradilla|sommario|ingress)(?:[_-]{0,2}text)?(?=$|[\s_-])",
    re.IGNORECASE,
)
BYLINE = re.compile(
    r"(?:von|by|par|por|di|door|av|af|text:|autor:?|author:?|penulis:?)\s+\w[^.!?:]{2,50}", re.IGNORECASE
)
CREDIT = re.compile(
    r"^(?:photo|foto|fotos|image|images|bild|bilder|picture|pictures|credit|source|quelle|fuente|fonte|fotograf|zdj[eę]cie|"
    r"фото|صورة|الصورة|تصوير|عکس)s?\s*(?:\([^)]*\))?\s*[:©|/]"
    r"|(?:getty images|/\s?afp|/\s?dpa|/\s?reuters|picture alliance|ap photo|shutterstock|imago images|/\s?epa)\W*$"
    r"|^©|\ball rights reserved\b",
    re.IGNORECASE,
)
# Agencies and initials at the very end: "(AFP, dpa)", "km/sms (AP, Reuters)".
AGENCIES = frozenset(
    "afp ap apa dpa epd kna sid reuters efe ansa tass interfax ntb tt ritzau rtr anp belga aa xinhua".split()  # noqa: SIM905 - read as one list.
)
LONGEST_INITIALS = 4


def read_story(tree: HtmlElement, head: Head) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the story's paragraphs, and the captions of its pictures. `tree` is the page; it is pruned."""
    agreed = agreed_lines(tree, head.body)
    if agreed:
        lines = _cleaned(_with_standfirst(agreed, tree, head), tree, head)
        return tuple(lines), take_captions(tree)
    whole = deepcopy(tree)
    captions = prune(tree)
    return tuple(_story_lines(tree, whole, head)), captions


def _story_lines(tree: HtmlElement, whole: HtmlElement, head: Head) -> list[str]:
    """Return the story's paragraphs. `tree` is pruned already, `whole` is the page as it was."""
    lines = _extracted(tree, fast=True)
    if not _is_confirmed(lines, tree):
        lines = _extracted(tree)
    if _length(lines) < ENOUGH:
        lines = _longest(
            lines, _extracted(whole), _extracted(whole, recall=True), head.body.splitlines(), _paragraphs(tree)
        )
    if _length(lines) < ENOUGH:
        lines = _longest(lines, _embedded(whole))
    if _length(stated := head.body.splitlines()) > RICHER * _length(lines):
        lines = stated
    lines = _with_standfirst(_trimmed(lines, head.body), whole, head)
    return _cleaned(lines, whole, head)


def _is_confirmed(lines: Sequence[str], tree: HtmlElement) -> bool:
    """Say whether a text is about as long as the page's paragraphs: then no other extractor is asked for a better one.

    That is a fourth of what trafilatura does, and what it finds is taken only where the first text was poor.
    """
    shown = sum(len(text) for element in tree.iter("p") if len(text := plain(element.text_content())) > FEWEST_LETTERS)
    found = sum(map(len, lines))
    return _length(lines) >= ENOUGH and LEAST_OF_SHOWN * shown <= found <= MOST_OF_SHOWN * shown


def _extracted(tree: HtmlElement, *, recall: bool = False, fast: bool = False) -> list[str]:
    document = bare_extraction(tree, fast=fast, favor_recall=recall, include_comments=False, with_metadata=False)
    if document is None or isinstance(document, dict) or document.body is None:
        return []
    return [line for line in map(plain, (document.text or "").splitlines()) if line]


def _longest(*candidates: Sequence[str]) -> list[str]:
    return list(max(candidates, key=_length))


def _length(lines: Iterable[str]) -> int:
    """Count letters; one of Chinese, Japanese or Korean says as much as three of an alphabet."""
    return sum(len(line) + 2 * len(WIDE.findall(line)) for line in lines)


def _paragraphs(tree: HtmlElement) -> list[str]:
    return [text for element in tree.iter("p") if len(text := plain(block_text(element))) > FEWEST_LETTERS]


# --- text that stands in a page's scripts only ----------------------------------------------------------------------


def _embedded(whole: HtmlElement) -> list[str]:
    """Find the story in the data of a page that is built by script: the longest text of many sentences or blocks."""
    best: list[str] = []
    budget = MOST_EMBEDDED
    for script in whole.iter("script"):
        text = script.text or ""
        if len(text) < ENOUGH or (budget := budget - len(text)) < 0:
            continue
        for literal in _literals(text, depth=2):
            lines = html_to_text(literal, paragraphs=True).splitlines()
            prose = [line for line in lines if len(line) >= FEWEST_LETTERS and " " in line]
            if _length(prose) > max(ENOUGH, _length(best)) and len(prose) > 1:
                best = lines
    return best


def _literals(text: str, *, depth: int) -> list[str]:
    """List long JSON strings in `text`, those within strings included: frameworks put JSON in JSON."""
    found: list[str] = []
    for match in LITERAL.finditer(text):
        try:
            value = json.loads(match[0], strict=False)
        except ValueError:
            continue
        if DATA.match(value):
            found += _literals(value, depth=depth - 1) if depth else []
        elif not CODE.search(value):
            found.append(value)
    return found


# --- what the page's own statement of its text says -----------------------------------------------------------------


def _trimmed(lines: list[str], stated: str) -> list[str]:
    """Cut what stands before and after the text that JSON-LD states, if that is nearly all of it and is whole."""
    body = letters(stated)
    if _length([stated]) < ENOUGH or not SENTENCE_END.search(stated):
        return lines
    inside = [share_within(letters(line), body) >= HALF for line in lines]
    held = _length(line for line, yes in zip(lines, inside, strict=True) if yes)
    if held < NEARLY_ALL * _length(lines):
        return lines
    first, last = inside.index(True), len(inside) - inside[::-1].index(True)
    return lines[first:last]


# --- the paragraph above the text -----------------------------------------------------------------------------------


def _with_standfirst(lines: list[str], whole: HtmlElement, head: Head) -> list[str]:
    """Put the standfirst before the text where it is shown on the page and is not there yet."""
    text = letters(" ".join(lines))
    shown = _standfirst(whole, head, first=letters(lines[0])[:STARTS] if lines else "")
    return [shown, *lines] if shown and share_within(letters(shown), text) < HALF else lines


def _standfirst(whole: HtmlElement, head: Head, *, first: str) -> str:
    """Return what the page describes itself with, if shown, else what is named a standfirst, after the headline.

    `first` is how the text begins: what comes after it is no standfirst.
    """
    described = letters(head.description)[:STARTS]
    named, headline = "", False
    for element in whole.iter("h1", "h2", "h3", "p", "div", "span", "strong"):
        headline = headline or element.tag == "h1"
        if len(element) > MOST_INNER:
            continue
        key = letters(_beginning(element, 4 * STARTS))[:STARTS]
        is_described = len(described) == STARTS and key == described
        is_first = headline and first and key == first and not is_described
        is_named = headline and not named and STANDFIRST.search(element.get("class", ""))
        if not (is_described or is_named or is_first) or len(element.text_content()) > MOST_RAW:
            continue
        if is_first:
            break
        text = block_text(element)
        if "\n" in text or not FEWEST_LETTERS <= _length([text]) <= MOST_LETTERS:
            continue
        if is_described:
            return text
        named = text if _linked_length(element) < len(text) / 3 else ""
    return named


def _beginning(element: HtmlElement, length: int) -> str:
    """Return the first letters of an element's text, without gathering all of it."""
    found, left = [], length
    for piece in element.itertext():
        found.append(piece[:left])
        left -= len(piece)
        if left <= 0:
            break
    return "".join(found)


def _linked_length(element: HtmlElement) -> int:
    return sum(len(link.text_content()) for link in element.iter("a"))


# --- lines that are no text -----------------------------------------------------------------------------------------


def _cleaned(lines: list[str], whole: HtmlElement, head: Head) -> list[str]:
    """Drop the headline, bylines, credits, and what is said again and again."""
    titles = [set(_words(title)) for title in (head.title, *(h1.text_content() for h1 in whole.iter("h1")))]
    said = Counter(lines)
    seen: set[str] = set()
    kept: list[str] = []
    for line in lines:
        repeated = (said[line] >= OFTEN and len(line) < SHORT) or (line in seen and len(line) > MOST_LABEL)
        seen.add(line)
        early = len(kept) < EARLY
        if (
            repeated
            or _is_credit(line)
            or (early and (_is_title(line, titles) or BYLINE.fullmatch(line) or _is_date(line)))
        ):
            continue
        kept.append(line)
    while kept and _is_closing(kept[-1]):
        kept.pop()
    return kept


def _is_closing(line: str) -> bool:
    """Say whether a last line is agencies' initials, or a heading of which nothing follows."""
    if line.endswith(":") or _is_signature(line):
        return True
    return _length([line]) <= MOST_HEADING and line[-1].isalpha() and not line.startswith("-")


def _is_signature(line: str) -> bool:
    words = _words(line) if len(line) <= MOST_LABEL else []
    others = [word for word in words if word not in AGENCIES]
    return len(others) < len(words) and all(len(word) <= LONGEST_INITIALS for word in others)


def _is_date(line: str) -> bool:
    """Say whether a line is a date and time with little else."""
    return len(line) <= SHORT / 2 and sum(letter.isdigit() for letter in line) >= len(line) / 3


def _is_title(line: str, titles: list[set[str]]) -> bool:
    words = set(_words(line))
    return any(words and title and len(words & title) >= ALIKE * max(len(words), len(title)) for title in titles)


def _is_credit(line: str) -> bool:
    return len(line) <= MOST_LABEL and CREDIT.search(line) is not None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
