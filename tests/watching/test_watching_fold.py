from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.watching.fold import fold
from monitor.watching.tokens import tokenise, words

# Letters of many scripts, marks, format characters, and lone surrogates, beside whatever hypothesis likes.
ODD = (
    "İıßẞŁøđæœəʿʾ’‑…ﬁ½ﷺحِمْصـأإآٱىیکةہەۀؤйи\u0306ї\u0308ёςά\u200c\u200f\u00ad\ud800ﾎﾞガカ\u3099霍ฮอมส์क़한\u1112\u1161\u11ab"
)
TEXTS = st.text(st.one_of(st.sampled_from(ODD + " -'.\n"), st.characters(exclude_categories=())), max_size=40)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Ḥimṣ", "hims"),
        ("e\u0301te\u0301", "ete"),
        ("ŁÓDŹ Ærø Đakovo Œuvre Qəzza", "lodz aero dakovo oeuvre qezza"),
        ("Straße STRASSE", "strasse strasse"),
        ("İstanbul IĞDIR ılık", "istanbul igdir ilik"),
        ("Darʿā Ḥamāʾ", "dara hama"),
        ("Χομς ΧΟΜΣ Χαλέπι Ἔμεσα", "χομσ χομσ χαλεπι εμεσα"),
        ("Ёлка Й ї", "елка й ї"),
        ("и\u0306 і\u0308", "й ї"),
        ("Украї́на", "україна"),
        ("حِمْص حمـــص", "حمص حمص"),
        ("أ إ آ ٱ", "ا ا ا ا"),
        ("ى ی ک ة ہ ە ۀ", "ي ي ك ه ه ه ه"),
        ("کی\u200cیف", "كييف"),
        ("חוֹמס", "חומס"),
        ("Humus’ta Kharʹkiv d`Homs", "humus'ta khar'kiv d'homs"),
        ("Homs–Hama ar‑Rastan", "homs-hama ar-rastan"),
        ("ﾎﾑｽ ﾎﾞ カ\u3099", "ホムス ボ ガ"),
        ("ﾊ\u3099 ﾊ\u309a", "バ パ"),
        ("\uffa1\uffc2", "가"),
        ("\u1112\u1161\u11ab", "한"),
        ("Ｈｏｍｓ ﬁ", "homs fi"),
        ("कीव", "कीव"),
    ],
)
def test_spellings_of_one_name_fold_to_one(written: str, folded: str) -> None:
    assert fold(written).text == folded


@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@given(TEXTS)
def test_every_folded_character_knows_what_it_came_from(text: str) -> None:
    folded = fold(text)
    for at, character in enumerate(folded.text):
        start, end = folded.span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert character in fold(text[start:end]).text


@given(TEXTS)
def test_a_word_is_what_its_offsets_slice_out_of_the_original(text: str) -> None:
    for token in tokenise(text):
        assert token.text in "".join(fold(text[token.start : token.end]).text)


@given(TEXTS)
def test_pieces_between_blanks_may_be_cut_one_by_one(text: str) -> None:
    assert words(text) == tuple(word for piece in text.split() for word in words(piece))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Humus'ta", ("humus", "ta")),
        ("d’Homs", ("d", "homs")),
        ("a Homs-based al-Rastan", ("a", "homs", "based", "al", "rastan")),
        ("होम्स में", ("होम्स", "में")),
        ("叙利亚", ("叙", "利", "亚")),
        ("中部ホムスで", ("中", "部", "ホムス", "で")),
        ("ホームズ", ("ホームズ",)),
        ("ฮอมส์ใน", ("ฮ", "อ", "ม", "ส์", "ใ", "น")),
        ("홈스에서", ("홈스에서",)),
        ("M23, 5%", ("m23", "5")),
        ("…!?", ()),
    ],
)
def test_words_are_cut_as_each_script_writes_them(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


def test_a_mark_that_folds_away_still_belongs_to_its_word() -> None:
    text = "في حِمْصٍ."
    (_, token) = tokenise(text)
    assert text[token.start : token.end] == "حِمْصٍ"


@pytest.mark.parametrize(
    ("text", "expected"), [("\u1100\u0300\u1161", "가"), ("\u1112\u200d\u1161\u11ab", "한"), ("ﾊ\u0306\u309a", "パ")]
)
def test_signs_of_a_letter_that_something_parts_fold_to_the_letter(text: str, expected: str) -> None:
    folded = fold(text)
    assert folded.text == expected
    assert folded.span(0, 1) == (0, len(text))
