from __future__ import annotations

import json

import pytest

from monitor.planning.work import Extracted
from monitor.sources.articles import extract_page
from monitor.sources.markup import parse_html
from monitor.sources.stated import agreed_lines

THINGS = (
    "bridge",
    "market",
    "mill",
    "school",
    "clinic",
    "bakery",
    "depot",
    "station",
    "dam",
    "harbour",
    "ferry",
    "well",
)
STORY = tuple(
    f"Paragraph {number} tells how the {thing} north of the city fared that night, and who had to leave because of it."
    for number, thing in enumerate(THINGS)
)
STATED = " ".join(STORY)
MENU = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("bridge", "market", "city", "night", "Homs"))


def page(*blocks: str, stated: str = STATED) -> bytes:
    facts = json.dumps({"@type": "NewsArticle", "headline": "A night", "articleBody": stated})
    return (
        f"<!doctype html><html lang='en'><head><title>A night</title>"
        f"<script type='application/ld+json'>{facts}</script></head><body><ul>{MENU}</ul>"
        f"<main><h1>A night</h1><div class='text'>{''.join(blocks)}</div></main>"
        f"<aside><p>A teaser of some length that leads to another story of the same night, in another town.</p></aside>"
        f"</body></html>"
    ).encode()


def paragraphs(*texts: str) -> tuple[str, ...]:
    return tuple(f"<p>{text}</p>" for text in texts)


def agreed(body: bytes, stated: str = STATED) -> list[str]:
    tree = parse_html(body.decode())
    assert tree is not None
    return agreed_lines(tree, stated)


def text_of(body: bytes) -> str:
    found = extract_page(body, "https://news.example.org/a-night")
    assert isinstance(found, Extracted)
    return found.text


def test_a_page_that_shows_what_it_states_is_read_paragraph_by_paragraph() -> None:
    assert agreed(page(*paragraphs(*STORY))) == list(STORY)


@pytest.mark.parametrize(
    ("block", "is_story"),
    [
        ("<h2>What the mayor said</h2>", True),
        ("<p>A paragraph that the statement leaves out, though it stands in the middle of the story.</p>", True),
        ("<p><a href='/other'>Read also: what happened in the other town on that same night of rain</a></p>", False),
        ("</div><p>Advertisement</p><div class='text'>", False),
    ],
    ids=["a heading", "a paragraph left out", "a link to another story", "what has another parent"],
)
def test_what_stands_between_belongs_to_the_story_if_it_stands_beside_it(block: str, *, is_story: bool) -> None:
    lines = agreed(page(*paragraphs(*STORY[:4]), block, *paragraphs(*STORY[4:])))
    assert [line for line in lines if line in STORY] == list(STORY)
    assert (len(lines) > len(STORY)) is is_story


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        (STORY[0], STORY),
        (STATED, STORY[:5]),
        (STATED, (*STORY, *STORY)),
        ("", STORY),
    ],
    ids=["a statement cut short", "a page that shows half", "a text that is shown twice", "no statement"],
)
def test_where_page_and_statement_disagree_nothing_is_taken(stated: str, shown: tuple[str, ...]) -> None:
    assert agreed(page(*paragraphs(*shown), stated=stated), stated) == []


def test_a_line_break_in_a_paragraph_parts_two_lines() -> None:
    body = page(f"<p>{STORY[0]}<br>{STORY[1]}</p>", *paragraphs(*STORY[2:]))
    assert agreed(body) == list(STORY)


def test_the_words_of_a_menu_are_no_story_though_they_stand_in_it() -> None:
    text = text_of(page(*paragraphs(*STORY)))
    assert text.splitlines() == list(STORY)


def test_a_statement_that_lies_about_the_page_is_not_believed() -> None:
    lie = " ".join(
        f"Sentence {number} of a text that no reader of this page is ever shown, be it ever so long."
        for number in range(20)
    )
    text = text_of(page(*paragraphs(*STORY), stated=lie))
    assert "no reader" not in text
    assert STORY[3] in text
