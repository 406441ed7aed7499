from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.watching.fold import fold
from monitor.watching.patterns import Gate, Lexicon, parse_phrase
from monitor.watching.presearch import make_sieve
from monitor.watching.tokens import tokenise, words

NAMES = (
    "homs", "حمص", "Хомс", "霍姆斯", "ホムス", "São Paulo", "straße", "ka*", "al Rastan", "İzmir", "ni", "Humus'ta",
    "й", "한국",
)  # fmt: skip
PARTS = st.sampled_from([*NAMES, "\u200c", "\u0308", "ﬁ", "™", "\n", " ", "ß", "İ", "\ud800", "ﾎﾞ"]) | st.text(
    max_size=6
)
TEXTS = st.lists(PARTS, max_size=40).map(" ".join) | st.lists(PARTS, max_size=30).map("".join) | st.text(max_size=80)


def _lexicon(*, sifts: bool) -> Lexicon:
    lexicon = Lexicon(sifts=sifts)
    for name in NAMES:
        phrase = parse_phrase(name)
        assert phrase is not None
        lexicon.add(phrase, Gate.ANY)
    return lexicon


def _holds(text: str) -> None:
    """Fold, cut and search a text of any kind, both ways."""
    folded = fold(text)
    for token in tokenise(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.text in fold(text[token.start : token.end]).text or not folded.text.isascii()
    plain = _lexicon(sifts=False).find(text)
    assert _lexicon(sifts=True).find(text) == plain
    for one in plain:
        found, sought = words(text[one.start : one.end]), words(NAMES[one.phrase])
        assert found[: len(sought) - 1] == sought[:-1]
        assert found[len(sought) - 1].startswith(sought[-1])


@given(TEXTS)
@settings(max_examples=200)
def test_any_text_is_searched_alike_with_and_without_the_extra(text: str) -> None:
    _holds(text)


@pytest.mark.release
@given(TEXTS)
@settings(max_examples=10_000, deadline=None)
def test_ten_thousand_texts_of_any_kind_are_searched_alike(text: str) -> None:
    _holds(text)


def test_the_sieve_lets_through_what_holds_a_word_and_nothing_else() -> None:
    sieve = make_sieve({"homs", "حمص"})
    assert sieve is not None
    pieces = ["“HOMS,”", "chickpeas", "بحِمْص", "™", "İ", "Hom", "Ḥoms’ta"]
    assert sorted(sieve.holding(pieces)) == sorted(["“HOMS,”", "بحِمْص", "Ḥoms’ta"])
