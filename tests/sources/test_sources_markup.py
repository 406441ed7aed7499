"""Parsing HTML: what is nested without end is laid side by side, with its text in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.planning.work import Extracted
from monitor.sources.articles import extract_page
from monitor.sources.markup import DEEPEST, parse_html

WORDS = st.text("abc \n", max_size=4)
NESTED = st.recursive(
    WORDS,
    lambda inner: st.lists(st.tuples(inner, WORDS), max_size=3).map(
        lambda parts: "".join(f"<i>{held}</i>{after}" for held, after in parts)
    ),
)
PARAGRAPH = "<p>" + "Two convoys with aid reached Homs on Monday, the Red Crescent said in the city. " * 6 + "</p>"


@given(NESTED, st.integers(0, 6))
def test_what_is_nested_too_deep_keeps_its_text_in_order(markup: str, above: int) -> None:
    depth = DEEPEST - above
    deep, flat = (parse_html(f"<body>{'<i>' * count}{markup}x{'</i>y' * count}") for count in (depth, 1))
    assert deep is not None
    assert flat is not None
    assert "".join(deep.itertext()) == "".join(flat.itertext()) + "y" * (depth - 1)
    assert max(sum(1 for _ in element.iterancestors()) for element in deep.iter()) <= DEEPEST


def test_a_page_nested_without_end_is_read() -> None:
    found = extract_page(("<html><body>" + "<div>" * 2_000 + PARAGRAPH * 6).encode(), "https://wire.example/1", "")
    assert isinstance(found, Extracted)
    assert "Two convoys with aid reached Homs" in found.text
