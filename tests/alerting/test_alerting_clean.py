from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerting.clean import clean

CASES = [
    ("plain text stays as it is", "Homs: 3 killed & <b>5</b> hurt", "Homs: 3 killed & <b>5</b> hurt"),
    ("an escape sequence loses its escape", "\x1b[31mred\x1b[0m", "[31mred[0m"),
    ("C0 goes", "a\x00b\x07c\x1fd", "abcd"),
    ("C1 and DEL go", "a\x7fb\x80c\x9bd", "abcd"),
    ("bidi overrides and isolates go", "a\u202eb\u202cc\u2066d\u2069e\u200ef\u200fg\u061ch", "abcdefgh"),
    ("zero-width characters go", "H\u200bo\u200cm\u200ds\u2060\ufeff", "Homs"),
    ("hidden tag characters go", "Homs\U000e0041\U000e0042", "Homs"),
    ("a line break becomes one space", "Subject\r\nBcc: x@example.org", "Subject Bcc: x@example.org"),
    ("a run of breaks becomes one space", "a \n\n\t\u2028 b", "a b"),
    ("unusual breaks are breaks", "a\x85b\vc\fd\u2029e", "a b c d e"),
    ("a tab becomes a space", "a\tb", "a b"),
    ("two spaces stay two", "a  b", "a  b"),
    ("a lone surrogate is replaced", "a\ud83db", "a\ufffdb"),
    ("Arabic with its vowel signs stays", "حِمْص", "حِمْص"),
    ("a soft hyphen stays", "Flücht\u00adlinge", "Flücht\u00adlinge"),
    ("an emoji with its variation selector stays", "☀️", "☀️"),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_unseen_goes_and_the_rest_stays(text: str, expected: str) -> None:
    assert expected == clean(text)


def test_kept_line_breaks_all_become_newlines() -> None:
    assert clean("a\r\nb\rc\u2028\x85d", keep_newlines=True) == "a\nb\nc\n\nd"


@given(st.text(st.characters(), max_size=60), st.booleans())
def test_no_control_survives_and_cleaning_twice_is_cleaning_once(text: str, keep: bool) -> None:
    once = clean(text, keep_newlines=keep)
    controls = {char for char in once if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}}
    assert controls <= ({"\n"} if keep else set())
    assert once == clean(once, keep_newlines=keep)
