from __future__ import annotations

import re
from math import exp, log

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Account, Article, ConceptKind, Part, Rule, Verdict, Watch
from monitor.watching.accounts import Notes
from monitor.watching.evidence import quoted
from monitor.watching.watchlist import compile_watchlist

INDEX = Index()
HOMS = Watch("homs", "Homs", ConceptKind.PLACE, ("Homs, SY",))
MAN = Watch("man", "man", ConceptKind.PERSON, ("Peter Golani",))


def accounts(watch: Watch, title: str = "", body: str = "", tail: str = "", lang: str = "en") -> tuple[Account, ...]:
    """What became of each hit."""
    article = Article("1", "", "", title, body=body, tail=tail, language=lang)
    (answer,) = compile_watchlist([watch], INDEX).watchlist.explain(article)
    return answer.accounts


def told(*some: Account) -> list[tuple[str, bool, str]]:
    return [(one.hit.text, one.is_taken, one.why) for one in some]


def keyword(*names: str, rule: Rule | None = None, not_: tuple[str, ...] = ()) -> Watch:
    return Watch("w", "w", ConceptKind.KEYWORD, names, rule=rule or Rule(), not_=not_)


AROUND = "in a caption, a credit, a list of links or the like, which is not the article"


@pytest.mark.parametrize(
    ("why", "watch", "body", "expected"),
    [
        ("taken as it is", keyword("steel"), "Steel", [("Steel", True, "")]),
        ("with what the rule asks", keyword("a", rule=Rule(any=("b",))), "a b", [("a", True, "with “b”")]),
        (
            "one swallowed and one not",
            keyword("steel", not_=("Damascus steel",)),
            "Damascus steel and steel",
            [("steel", False, "inside “Damascus steel”, which the watch's “not” names"), ("steel", True, "")],
        ),
        (
            "written small",
            Watch("w", "w", ConceptKind.ORG, ("HTS",)),
            "So hts and HTS",
            [("hts", False, "not written with the capitals of the name"), ("HTS", True, "")],
        ),
        (
            "ruled out",
            keyword("a", rule=Rule(none=("c",))),
            "a c",
            [("a", False, "the article holds “c”, ruled out by “none”")],
        ),
        (
            "not near enough",
            keyword("a", rule=Rule(any=("b",), near=0)),
            "a. B and a",
            [("a", False, "not where the watch's rule asks for it"), ("a", True, "with “b”")],
        ),
        ("what is asked is missing", keyword("a", rule=Rule(any=("b",))), "a", [("a", False, "“b” not found")]),
        (
            "inside a longer one",
            keyword("york", "new york"),
            "New York",
            [("New York", True, ""), ("York", False, "part of a longer hit")],
        ),
        (
            "a caption",
            keyword("Homs"),
            "Homs is calm.\nPhoto: Homs in May",
            [("Homs", True, ""), ("Homs", False, AROUND)],
        ),
        (
            "a phrase of its own",
            Watch("w", "w", ConceptKind.PLACE, ("Aleppo, SY",)),
            "Stir in Aleppo pepper.",
            [("Aleppo", False, "inside “Aleppo pepper”, which means something else")],
        ),
        (
            "a family name alone",
            MAN,
            "Golani spoke",
            [("Golani", False, "a family name alone: the full name does not stand in the article")],
        ),
    ],
)
def test_every_hit_is_accounted_for(why: str, watch: Watch, body: str, expected: list[tuple[str, bool, str]]) -> None:
    assert told(*accounts(watch, body=body)) == expected, why


def test_places_are_accounted_for_with_their_points_and_both_sums() -> None:
    refused, taken = accounts(HOMS, "", "The singer met Mr Homs in Ohio. Rain fell near Homs.")
    assert (refused.is_taken, taken.is_taken) == (False, True)
    assert (refused.score or 0) < (taken.score or 0)
    for one in (refused, taken):
        assert [point for point in one.points if point.startswith("+2.10 ")]
        sums = [point for point in one.points if point.startswith("=")]
        assert [point.partition(" likely to be ")[2] for point in sums] == [
            "a place at all",
            "this place, if it is one",
            "",
        ]
        assert sums[2].startswith(f"= {one.score:.2f} together, ")
    assert any(point.endswith("“Mr” before it, as before a person's name") for point in refused.points)


def test_sums_follow_from_their_points() -> None:
    for one in accounts(HOMS, "", "The singer met Mr Homs in Ohio. Rain fell near Homs."):
        first = list(one.points).index(next(point for point in one.points if point.startswith("=")))
        added = sum(float(point.split()[0].replace("−", "-")) for point in one.points[:first])
        is_place, is_mine = (float(point.split()[1]) for point in one.points if " likely to be " in point)
        assert 1 / (1 + exp(-added)) == pytest.approx(is_place, abs=0.01)
        (shared,) = (point for point in one.points if point.startswith("shares: "))
        mine, other, _ = (float(part.split()[0]) for part in re.findall(r"[\d.]+ [a-zA-Z]", shared))
        assert mine == is_mine
        named = [point for point in one.points if " favours " in point]
        apart = sum(float(point.split()[0]) * (1 if " favours this one: " in point else -1) for point in named)
        assert apart == pytest.approx(log(mine / other), abs=0.1)
        least = is_mine if is_place >= 0.2 else min(is_place, is_mine)
        assert one.score == pytest.approx(is_place * least, abs=0.01)


@pytest.mark.parametrize(
    ("body", "lang", "instead"),
    [
        ("Stir in Aleppo pepper, and meet Mr Homs.", "en", "a person, “Mr Homs”"),
        ("Ein Boden mit viel Humus ist gut.", "de", "“Humus”, an ordinary word of German: soil"),
        ("Ship leaves the port of Homs.", "en", "“port of Homs”, the port of Al Khums in Libya"),
        ("Rain fell in Homs, Libya.", "en", "another place of that name, Al Khums, Al Marqab, Libya"),
        ("Rain fell near Homs.", "en", ""),
    ],
)
def test_an_account_says_what_a_hit_is_instead(body: str, lang: str, instead: str) -> None:
    assert [one.instead for one in accounts(HOMS, body=body, lang=lang)] == [instead]


@pytest.mark.parametrize(
    ("body", "lang", "how"),
    [
        ("هدوء بحمص", "ar", "is “حمص” with an ending or a word put on (ب + حمص)"),
        ("calm in Ḥimṣ, Syria", "en", "is the listed spelling “Hims”"),
        ("calm in Homs, Syria", "en", "is a listed spelling"),
        ("calm in Нoms, Syria", "en", "looks like “Homs”, with letters of another script in it (Нoms for homs)"),
    ],
)
def test_an_account_says_how_a_hit_spells_the_name(body: str, lang: str, how: str) -> None:
    assert [one.how for one in accounts(HOMS, body=body, lang=lang)] == [how]


def test_accounts_are_kept_for_explanations_only_and_make_no_other_match() -> None:
    watchlist = compile_watchlist([HOMS], INDEX).watchlist
    article = Article("1", "", "", "Homs, Syria, is calm", language="en")
    (match,), (explained,) = watchlist.match(article), watchlist.explain(article)
    assert match.accounts == ()
    assert explained.accounts
    assert match == explained
    assert explained.verdict is Verdict.MATCH


def test_notes_that_nobody_asks_for_are_not_taken() -> None:
    notes = Notes()
    notes.refuse([], "x")
    assert notes.accounts(Article("1", "", "", "")) == ()


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("Homs. Is calm", "", ("", "Homs", ". Is calm")),
        ("", "It rains. In Homs, it is calm. So it is.", ("In ", "Homs", ", it is calm.")),
    ],
)
def test_a_hit_is_quoted_in_its_sentence(title: str, body: str, expected: tuple[str, str, str]) -> None:
    (one,) = accounts(keyword("Homs"), title, body)
    assert quoted(one.hit, Article("1", "", "", title, body=body)) == expected


def test_a_long_sentence_is_cut_on_both_sides_of_the_hit() -> None:
    article = Article("1", "", "", "", body="so " * 300 + "Homs " + "so " * 300)
    (one,) = accounts(keyword("Homs"), body=article.body)
    before, hit, after = quoted(one.hit, article)
    assert (before[0], hit, after[-1]) == ("…", "Homs", "…")
    assert one.hit.part is Part.BODY
    assert f"{before[1:]}{hit}{after[:-1]}" in article.body
