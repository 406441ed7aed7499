from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.watching.sentences import LONGEST, quote, sentence_span


@pytest.mark.parametrize(
    ("text", "hit", "sentence"),
    [
        ("It rained. Homs was calm. It rained.", "Homs", "Homs was calm."),
        ("Gen. Ali left Homs at 6 p.m. on Monday. He slept.", "Homs", "Gen. Ali left Homs at 6 p.m. on Monday."),
        ("The U.S. Army left. Homs fell.", "Army", "The U.S. Army left."),
        ("Dr. J. Smith of St. Petersburg spoke. Homs!", "Petersburg", "Dr. J. Smith of St. Petersburg spoke."),
        ("“Stop!” he said in Homs. She left.", "Homs", "“Stop!” he said in Homs."),
        ("He said: “Homs fell.” Then he left.", "Homs", "He said: “Homs fell.”"),
        ("Am 6. Dezember fiel Homs. Danach nicht.", "Homs", "Am 6. Dezember fiel Homs."),
        ("They killed 12. Homs fell.", "Homs", "Homs fell."),
        ("Title without a stop\nHoms fell\nMore", "Homs", "Homs fell"),
        ("لماذا حمص؟ هذا سؤال. نعم", "حمص", "لماذا حمص؟"),
        ("爆発があった。ホムスで5人が死亡した。続く", "ホムス", "ホムスで5人が死亡した。"),
        ("See example.com/homs now. Bye.", "homs", "See example.com/homs now."),
        ("  Homs  ", "Homs", "Homs"),
        ("В 2024 г. Хомс пал. Всё.", "Хомс", "В 2024 г. Хомс пал."),
        ("It ended... Homs fell.", "Homs", "Homs fell."),
    ],
)
def test_the_sentence_around_a_hit_is_quoted(text: str, hit: str, sentence: str) -> None:
    start = text.index(hit)
    assert quote(text, start, start + len(hit)) == sentence


def test_a_long_sentence_is_cut_between_words_with_an_ellipsis_only_at_the_cut() -> None:
    text = "start " + "word " * 200 + "Homs " + "more " * 200 + "end."
    quoted = quote(text, text.index("Homs"), text.index("Homs") + 4)
    assert quoted.startswith("…word ")
    assert quoted.endswith(" more…")
    assert "Homs" in quoted
    assert LONGEST - 20 <= len(quoted) <= LONGEST + 2
    assert quoted.strip("…") in text


def test_a_sentence_cut_at_its_end_begins_as_it_does() -> None:
    text = "Homs " + "more " * 200
    quoted = quote(text, 0, 4)
    assert quoted.startswith("Homs more")
    assert quoted.endswith("more…")


@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=80), st.data())
def test_a_sentence_always_holds_its_hit(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first, last = sentence_span(text, start, end)
    assert 0 <= first <= start < end <= last <= len(text)
