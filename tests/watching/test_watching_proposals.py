from __future__ import annotations

import pytest

from monitor.model import ConceptKind, Evidence, Rule, Watch
from monitor.watching.proposals import propose

HOMS = Watch("homs", "Homs", ConceptKind.PLACE, ("Homs, SY",), not_=("port of Homs",), rule=Rule(none=("football",)))


@pytest.mark.parametrize(
    ("sentence", "form", "phrase"),
    [
        ("The singer, Peter Homs, is from Utah.", "Homs", "Peter Homs"),
        ("They forge Damascus steel in Solingen.", "Damascus", "Damascus steel"),
        ("He bought Homs-Leather boots.", "Homs", "Homs-Leather"),
        ("أكلنا حمص بطحينة أمس", "حمص", "حمص بطحينة"),
    ],
)
def test_a_hit_in_a_name_or_compound_proposes_the_whole_of_it(sentence: str, form: str, phrase: str) -> None:
    proposal = propose(HOMS, Evidence("homs", sentence, form), context=("Syria",))
    assert (proposal.key, proposal.values) == ("not", ("port of Homs", phrase))


@pytest.mark.parametrize("sentence", ["They drove to Homs.", "In Homs, Peter waited.", "It rained.", ""])
def test_a_hit_that_stands_alone_proposes_context(sentence: str) -> None:
    proposal = propose(HOMS, Evidence("homs", sentence, "Homs"), context=("Syria", "سوريا", "Syrian", "Hama"))
    assert (proposal.key, proposal.values) == ("context", ("Syria", "سوريا", "Syrian"))


def test_where_nothing_goes_with_a_name_a_word_is_asked_for() -> None:
    proposal = propose(HOMS, Evidence("homs", "To Homs.", "Homs"))
    assert (proposal.key, proposal.values) == ("none", ("football", "…"))
