"""Any text: folding it, cutting it into words, and cleaning it."""

from __future__ import annotations

from fuzz.mutation import CHARACTERS, texts
from fuzz.spending import Target, always
from hypothesis import strategies as st

from monitor.alerting.clean import clean
from monitor.watching.fold import fold
from monitor.watching.tokens import tokenise, words

ODD = (
    "İıßẞŁøđæœəʿʾ’‑…ﬁ½ﷺحِمْصـأإآٱىیکةہەۀؤйи\u0306ї\u0308ёςά\u200c\u200f\u00ad\ud800ﾎﾞガカ\u3099霍ฮอมส์क़한\u1112\u1161\u11ab"
    "\u0345\u1fbe\u1e9e\ufb05\ufdfa\u0149\u01f0\u0390\u3391\u2126\U0001d400\U000e0041\u2028\x85\x00 \n-'"
)
INPUTS = st.one_of(
    texts, st.text(st.one_of(st.sampled_from(ODD), CHARACTERS), max_size=80), st.text(st.sampled_from(ODD), max_size=40)
)


def check(text: str) -> str:
    """Fold a text: every folded character knows where it came from, and nothing changes when it is done again."""
    folded = fold(text)
    assert fold(folded.text).text == folded.text, "folding twice is not folding once"
    reached = 0
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert reached <= start < end <= len(text), "an offset goes back, or beyond the text"
        reached = start
    for token in tokenise(text):
        assert 0 <= token.start < token.end <= len(text), "a word without characters"
        assert token.text in fold(text[token.start : token.end]).text, "a word is not what its offsets slice"
    assert words(text) == tuple(word for piece in text.split() for word in words(piece)), "cutting at blanks changes it"
    for kept in (True, False):
        once = clean(text, keep_newlines=kept)
        assert clean(once, keep_newlines=kept) == once, "cleaning twice is not cleaning once"
        once.encode()  # without lone surrogates.
    return "folded" if folded.starts else "folded one for one"


TARGET = Target("fold", INPUTS, always(check), cpu=2.0)
