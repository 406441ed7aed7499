from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerting.fit import around, shorten, shorten_lines, width

WIDTHS = [
    ("a letter counts one", "a", 1),
    ("an Arabic letter counts one", "ح", 1),
    ("a character beyond the first plane counts two, as in UTF-16", "\U0001f30d", 2),
    ("markup counts as it is escaped", "&<>", 13),
    ("a line break counts as CRLF", "\n", 2),
]

CUTS = [
    ("what fits stays", "One. Two.", 20, "One. Two."),
    ("whole sentences are kept", "Rebels are near. They took Rastan yesterday.", 25, "Rebels are near. …"),
    ("without a sentence end, whole words", "Rebels took Rastan yesterday", 20, "Rebels took Rastan…"),
    ("an Arabic question ends a sentence", "من يتقدم نحو حمص؟ لا أحد يعرف بعد", 22, "من يتقدم نحو حمص؟ …"),
    ("a Chinese sentence has no spaces", "叛军接近霍姆斯。居民逃往海岸。", 12, "叛军接近霍姆斯。 …"),
    ("a URL is never cut", "See https://example.org/a/very/long/path now", 30, "See…"),
    ("a text that is one URL is dropped", "https://example.org/a/very/long/path", 20, ""),
    ("a letter keeps its marks", "e\u0301" * 10, 8, "e\u0301" * 3 + "…"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in WIDTHS], ids=[row[0] for row in WIDTHS])
def test_a_text_is_measured_as_the_strictest_service_does(text: str, expected: int) -> None:
    assert expected == width(text)


@pytest.mark.parametrize(("text", "room", "expected"), [row[1:] for row in CUTS], ids=[row[0] for row in CUTS])
def test_a_text_is_cut_where_a_reader_would_cut_it(text: str, room: int, expected: str) -> None:
    assert expected == shorten(text, room)
    assert width(expected) <= max(room, width(text) if expected == text else 0)


@given(st.text(max_size=200), st.integers(0, 120))
def test_no_cut_is_wider_than_its_room(text: str, room: int) -> None:
    assert width(shorten(text, room)) <= room


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=30), max_size=20), st.integers(30, 200))
def test_cut_lines_are_whole_and_the_rest_is_counted(lines: list[str], room: int) -> None:
    text = "\n".join(lines)
    short = shorten_lines(text, room)
    assert width(short) <= room
    if short != text and short.endswith("lines)"):
        *kept, count = short.split("\n")
        assert kept == lines[: len(kept)]
        assert count == f"({len(lines) - len(kept)} more lines)"


def test_a_long_passage_is_cut_around_what_was_found() -> None:
    text = "word " * 200 + "shelling in Homs today " + "word " * 200
    cut = around(text, "homs", 100)
    assert "shelling in Homs today" in cut
    assert cut.startswith("…")
    assert cut.endswith("…")
    assert width(cut) <= 100


def test_a_passage_without_the_form_is_cut_from_its_start() -> None:
    assert around("alpha beta gamma delta", "omega", 12) == "alpha beta…"
