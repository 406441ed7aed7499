from __future__ import annotations

import tracemalloc

import pytest

from monitor.watching.patterns import MOST_REMEMBERED, Gate, Lexicon, parse_phrase
from monitor.watching.remembering import make_room

WORDS = 120_000  # as no language has; at 110 bytes each they would fill twice the room.
AT_A_TIME = 5_000


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        pytest.param(9, list(range(9)), id="what fits stays whole"),
        pytest.param(10, [5, 6, 7, 8, 9], id="of what is full the older half goes"),
        pytest.param(25, [20, 21, 22, 23, 24], id="what grew at once comes down to half the room"),
    ],
)
def test_the_oldest_is_forgotten_first(known: int, kept: list[int]) -> None:
    memory = dict.fromkeys(range(known))
    make_room(memory, 10)
    assert kept == list(memory)


@pytest.mark.slow
def test_words_without_end_do_not_fill_the_memory() -> None:
    lexicon = Lexicon(sifts=False)
    phrase = parse_phrase("Homs")
    assert phrase is not None
    lexicon.add(phrase, Gate.ANY)
    tracemalloc.start()
    try:
        for start in range(0, WORDS, AT_A_TIME):
            found = lexicon.find(" ".join([*(f"word{number}" for number in range(start, start + AT_A_TIME)), "Homs"]))
            assert len(found) == 1
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1.2 * MOST_REMEMBERED
