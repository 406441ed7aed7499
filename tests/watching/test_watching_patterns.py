from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.watching.patterns import Gate, Lexicon, Occurrence, Phrase, parse_phrase, passes
from monitor.watching.tokens import Token, tokenise

WORDS = ["a", "bb", "ccc", "New", "York", "al", "Rastan", "霍", "姆", "ab", "ホムス"]
PHRASES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).flatmap(
    lambda some: st.sampled_from([" ".join(some), "-".join(some), " ".join(some) + "*"])
)
TEXTS = st.lists(st.sampled_from([*WORDS, "york", "-", ",", " ", "\n", "  ", "’", "abbcc" * 12]), max_size=25).map(
    lambda some: " ".join(some).replace(" - ", "-")
)


def _lexicon(*phrases: str, gate: Gate = Gate.ANY) -> Lexicon:
    lexicon = Lexicon()
    for text in phrases:
        phrase = parse_phrase(text)
        assert phrase is not None
        lexicon.add(phrase, gate)
    return lexicon


def _found(text: str, *phrases: str) -> list[str]:
    return [text[one.start : one.end] for one in _lexicon(*phrases).find(text)]


def _stands_at(phrase: Phrase, tokens: tuple[Token, ...], at: int) -> bool:
    here = [token.text for token in tokens[at : at + len(phrase.words) + bool(phrase.prefix)]]
    length = len(phrase.words)
    if tuple(here[:length]) != phrase.words:
        return False
    return not phrase.prefix or (len(here) > length and here[length].startswith(phrase.prefix))


def _naively(lexicon: Lexicon, text: str) -> set[Occurrence]:
    tokens = tokenise(text)
    return {
        Occurrence(number, tokens[at].start, tokens[at + len(phrase.words) + bool(phrase.prefix) - 1].end)
        for number, phrase in enumerate(lexicon.phrases)
        for at in range(len(tokens))
        if _stands_at(phrase, tokens, at)
    }


@given(st.lists(PHRASES, max_size=8), TEXTS)
def test_the_quick_way_finds_what_comparing_everywhere_finds(phrases: list[str], text: str) -> None:
    lexicon = _lexicon(*phrases)
    assert set(lexicon.find(text)) == _naively(lexicon, text)
    assert lexicon.find(text) == lexicon.find(text, loose=True)


@given(st.lists(PHRASES, max_size=8), TEXTS, st.sampled_from(list(Gate)))
def test_what_is_dropped_early_would_not_have_passed(phrases: list[str], text: str, gate: Gate) -> None:
    lexicon = _lexicon(*phrases, gate=gate)
    dropped = set(lexicon.find(text, loose=True)) - set(lexicon.find(text))
    assert not any(passes(gate, text[one.start : one.end]) for one in dropped)


def test_a_phrase_is_found_over_blanks_hyphens_and_line_breaks() -> None:
    text = "Deir ez-Zor, Deir\n  ez Zor; Deir  Ez‑Zor"
    assert _found(text, "deir ez-zor") == ["Deir ez-Zor", "Deir\n  ez Zor", "Deir  Ez‑Zor"]


def test_a_phrase_does_not_run_over_the_end_of_a_sentence() -> None:
    assert _found("They love Aleppo. Pepper sells. New? York", "aleppo pepper", "new york") == []


def test_the_stop_of_an_abbreviation_is_no_end_of_a_phrase() -> None:
    assert _found("in St. Petersburg", "St. Petersburg") == ["St. Petersburg"]


def test_a_star_stands_for_the_rest_of_the_last_word() -> None:
    text = "Airstrikes, an air strike, air striking, airs"
    assert _found(text, "airstrike*", "air stri*") == ["Airstrikes", "air strike", "air striking"]


def test_a_name_in_han_is_found_inside_a_running_text_and_one_in_katakana_is_not() -> None:
    assert _found("在叙利亚霍姆斯发生", "霍姆斯") == ["霍姆斯"]
    assert _found("中部ホムスで、ホムスクール", "ホムス") == ["ホムス"]


def test_the_same_phrase_is_held_once_with_the_loosest_writing() -> None:
    lexicon = Lexicon()
    first = lexicon.add(Phrase(("homs",)), Gate.MAIN_CAPITAL)
    assert lexicon.add(Phrase(("homs",)), Gate.ANY) == first
    assert [one.phrase for one in lexicon.find("homs")] == [first]


def test_a_phrase_without_a_word_is_none() -> None:
    assert parse_phrase("*") is None
    assert parse_phrase("!?") is None
