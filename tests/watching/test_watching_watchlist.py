from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Match, Part, Rule, Salience, Severity, Verdict, Watch
from monitor.watching.rules import text_of
from monitor.watching.watchlist import Problem, Watchlist, compile_watchlist

INDEX = Index()
PLACE, KEYWORD, ORG, PERSON = ConceptKind.PLACE, ConceptKind.KEYWORD, ConceptKind.ORG, ConceptKind.PERSON
HOMS = Watch("homs", "Homs", PLACE, ("Homs, SY",))


def _compile(*watches: Watch) -> Watchlist:
    compiled = compile_watchlist(watches, INDEX)
    assert compiled.problems == ()
    return compiled.watchlist


def _article(title: str = "", *, lead: str = "", body: str = "", tail: str = "") -> Article:
    return Article("1", "feed", "", title=title, lead=lead, body=body, tail=tail)


def _one(watch: Watch, article: Article) -> Match:
    (answer,) = _compile(watch).explain(article)
    return answer


def _verdict(watch: Watch, article: Article) -> Verdict | None:
    """Return the verdict on the one watch, None if it was not hit at all; `match` and `explain` must agree."""
    watchlist = _compile(watch)
    explained = watchlist.explain(article)
    assert watchlist.match(article) == tuple(one for one in explained if one.verdict is not Verdict.NO)
    return explained[0].verdict if explained else None


def _keyword(*names: str, rule: Rule | None = None, not_: tuple[str, ...] = ()) -> Watch:
    return Watch("w", "w", KEYWORD, names, rule=rule or Rule(), not_=not_)


def test_a_hit_slices_the_original_text_and_names_the_form_as_listed() -> None:
    article = _article("Ḥimṣ today", body="Zwei\u00adfel in حِمْص.")
    match = _one(HOMS, article)
    assert [(hit.part, hit.text, hit.form, hit.rule) for hit in match.hits] == [
        (Part.TITLE, "Ḥimṣ", "Hims", "exact"),
        (Part.BODY, "حِمْص", "حمص", "exact"),
    ]
    for hit in match.hits:
        assert text_of(article, hit.part)[hit.start : hit.end] == hit.text


def test_matches_come_in_the_order_of_the_watches_with_their_severity() -> None:
    later = Watch("a", "a", KEYWORD, ("convoy",), severity=Severity.HIGH)
    matches = _compile(HOMS, later).match(_article("Convoy near Homs"))
    assert [(match.watch_id, match.severity) for match in matches] == [
        ("homs", Severity.NORMAL),
        ("a", Severity.HIGH),
    ]


@pytest.mark.parametrize(
    ("article", "verdict", "salience"),
    [
        (_article("Homs is calm"), Verdict.MATCH, Salience.ABOUT),
        (_article("x", lead="Calm in Homs"), Verdict.MATCH, Salience.MENTION),
        (_article("x", body="Calm in Homs"), Verdict.MATCH, Salience.MENTION),
        (_article("x", tail="Photo: Homs in 2012"), Verdict.POSSIBLE, Salience.TRACE),
    ],
)
def test_where_a_hit_stands_says_how_much_it_is(article: Article, verdict: Verdict, salience: Salience) -> None:
    match = _one(HOMS, article)
    assert (match.verdict, match.salience) == (verdict, salience)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("calm in Homs", Verdict.MATCH),
        ("CALM IN HOMS", Verdict.MATCH),
        ("Calm in homs", Verdict.NO),
        ("calm in homs", Verdict.MATCH),  # all in lower case: nobody writes capitals here.
        ("هدوء في حمص", Verdict.MATCH),
        ("ქალაქ ჰომსი", Verdict.MATCH),
        ("Homsher Street", None),
        ("Hamas", None),
    ],
)
def test_a_place_begins_with_a_capital_where_there_are_any(text: str, verdict: Verdict | None) -> None:
    assert _verdict(HOMS, _article(body=text)) == verdict


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [
        ("HTS", "HTS said", Verdict.MATCH),
        ("HTS", "hts said", Verdict.NO),
        ("HTS", "a Hts", Verdict.NO),
        ("World Food Programme", "the World Food programme", Verdict.MATCH),
        ("World Food Programme", "a world food programme", Verdict.MATCH),  # all lower case.
        ("World Food Programme", "A world food programme", Verdict.NO),
        ("Al-Shabaab", "The al-Shabaab group", Verdict.MATCH),
        ("bell hooks", "So bell hooks wrote", Verdict.MATCH),
        ("هيئة تحرير الشام", "قالت هيئة تحرير الشّام", Verdict.MATCH),
    ],
)
def test_organisations_are_written_as_named(name: str, text: str, verdict: Verdict) -> None:
    assert _verdict(Watch("w", "w", ORG, ("Unheard Of",), aliases=(name,)), _article(body=text)) == verdict


@pytest.mark.parametrize(
    ("names", "text", "verdict"),
    [
        (("shelling",), "SHELLING", Verdict.MATCH),
        (("shelling",), "shellings", None),
        (("airstrike*",), "Airstrikes hit", Verdict.MATCH),
        (("air strike",), "An air-strike", Verdict.MATCH),
        (("Привет",), "привёт", Verdict.MATCH),
        (("قصف",), "قَصْف", Verdict.MATCH),
        (("空袭",), "遭空袭后", Verdict.MATCH),
        (("HTS",), "hts", Verdict.MATCH),
    ],
)
def test_a_keyword_matches_whole_folded_words_in_any_case(
    names: tuple[str, ...], text: str, verdict: Verdict | None
) -> None:
    assert _verdict(_keyword(*names), _article(body=text)) == verdict


def test_a_prefix_says_that_it_is_one() -> None:
    (hit,) = _one(_keyword("airstrike*"), _article(body="Airstrikes hit")).hits
    assert (hit.text, hit.form, hit.rule) == ("Airstrikes", "airstrike*", "prefix")


def test_the_longest_of_overlapping_names_is_the_hit() -> None:
    match = _one(_keyword("new york", "york", "new york city"), _article(body="In New York City and York"))
    assert [hit.text for hit in match.hits] == ["New York City", "York"]


BODY = "Troops left Homs on Monday. Shelling went on in Hama.\nA recipe for Rastan followed."


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (Rule(any=("shelling", "bomb*")), Verdict.MATCH),
        (Rule(any=("bomb*",)), Verdict.NO),
        (Rule(all=("shelling", "monday")), Verdict.MATCH),
        (Rule(all=("shelling", "tuesday")), Verdict.NO),
        (Rule(none=("recipe",)), Verdict.NO),
        (Rule(none=("flood",)), Verdict.MATCH),
        (Rule(any=("shelling",), none=("recipe",)), Verdict.NO),
        (Rule(any=("shelling",), near=0), Verdict.NO),
        (Rule(any=("monday",), near=0), Verdict.MATCH),
        (Rule(any=("shelling",), near=2), Verdict.NO),
        (Rule(any=("shelling",), near=3), Verdict.MATCH),
        (Rule(all=("troops", "shelling"), near=3), Verdict.MATCH),
        (Rule(all=("troops", "shelling"), near=2), Verdict.NO),
        (Rule(parts=(Part.TITLE,)), Verdict.NO),
        (Rule(parts=(Part.BODY,)), Verdict.MATCH),
        (Rule(parts=(Part.LEAD,)), Verdict.MATCH),  # without a lead, the first paragraph is it.
        (Rule(any=("recipe",), parts=(Part.LEAD,)), Verdict.NO),
    ],
)
def test_a_rule_decides_as_it_says(rule: Rule, verdict: Verdict) -> None:
    watch = Watch("homs", "Homs", PLACE, ("Homs, SY",), rule=rule)
    assert _verdict(watch, _article("News", body=BODY)) == verdict


def test_a_lead_that_is_there_is_the_lead() -> None:
    watch = Watch("homs", "Homs", PLACE, ("Homs, SY",), rule=Rule(parts=(Part.LEAD,)))
    assert _verdict(watch, _article(lead="A teaser", body=BODY)) == Verdict.NO
    assert _verdict(watch, _article(lead="Homs again", body="")) == Verdict.MATCH


def test_none_is_looked_for_around_the_article_too() -> None:
    watch = Watch("homs", "Homs", PLACE, ("Homs, SY",), rule=Rule(none=("recipe",)))
    assert _verdict(watch, _article("Homs", tail="A recipe")) == Verdict.NO


def test_what_a_rule_finds_only_around_the_article_makes_it_possible() -> None:
    watch = Watch("homs", "Homs", PLACE, ("Homs, SY",), rule=Rule(any=("shelling",)))
    assert _verdict(watch, _article("Homs", tail="Shelling")) == Verdict.POSSIBLE


def test_a_not_phrase_swallows_the_hits_inside_it_and_no_other() -> None:
    watch = Watch("d", "d", PLACE, ("Damascus, SY",), not_=("Damascus steel",))
    assert _verdict(watch, _article("Knives of Damascus steel")) == Verdict.NO
    match = _one(watch, _article("Damascus steel", body="Made in Damascus."))
    assert [(hit.part, hit.text) for hit in match.hits] == [(Part.BODY, "Damascus")]


def test_a_watch_without_a_hit_is_not_explained() -> None:
    assert _compile(HOMS).explain(_article("Nothing here", body="At all")) == ()


@pytest.mark.parametrize(
    ("watch", "text", "reasons"),
    [
        (HOMS, "In homs", ("“Homs” not written with the capitals of the name",)),
        (
            _keyword("steel", not_=("damascus steel",)),
            "Damascus steel",
            ("“steel” only inside a phrase that “not” names",),
        ),
        (_keyword("a", rule=Rule(none=("b", "c"))), "a b", ("holds “b”, ruled out by “none”",)),
        (_keyword("a", rule=Rule(any=("b", "c"))), "a", ("found in body", "but “b” or “c” not found")),
        (_keyword("a", rule=Rule(any=("b",), near=1)), "a x b", ("found in body", "but “b” not found within 1 words")),
        (_keyword("a", rule=Rule(parts=(Part.TITLE,))), "a", ("found in body", "but not found in title")),
        (_keyword("a", rule=Rule(any=("b",))), "a b", ("found in body", "with “b”")),
    ],
)
def test_the_reasons_say_what_decided(watch: Watch, text: str, reasons: tuple[str, ...]) -> None:
    assert _one(watch, _article(body=text)).reasons == reasons


def test_the_evidence_is_the_sentence_of_the_body_with_the_most_hits() -> None:
    rastan = Watch("r", "r", PLACE, ("Rastan, SY", "Talbiseh, SY"))
    body = "Rastan fell. Troops left Rastan and Talbisse, it said. Talbiseh is calm."
    match = _one(rastan, _article("Rastan", lead="Rastan again.", body=body))
    assert match.sentence == "Troops left Rastan and Talbisse, it said."


@pytest.mark.parametrize(
    ("article", "sentence"),
    [
        (_article("Calm. In Homs. Now", lead="x", body="y"), "Calm. In Homs. Now"),
        (_article("Homs", lead="So it is. Homs is calm.", body="y"), "Homs is calm."),
        (_article("y", tail="Photo. Homs in 2012."), "Homs in 2012."),
    ],
)
def test_without_a_hit_in_the_body_the_lead_proves_it_and_then_the_title(article: Article, sentence: str) -> None:
    assert _one(HOMS, article).sentence == sentence


def test_a_watch_tells_its_spellings_and_its_place() -> None:
    watchlist = _compile(HOMS, _keyword("shelling", "bomb*"))
    assert {"Homs", "Hims", "حمص", "Хомс", "ホムス"} <= set(watchlist.forms("homs"))
    assert [place.id for place in watchlist.places("homs")] == [169577]
    assert watchlist.forms("w") == ("shelling", "bomb*")
    assert watchlist.ids == ("homs", "w")


@pytest.mark.parametrize(
    ("watch", "problem"),
    [
        (_keyword("!!!"), Problem("w", "keyword", "“!!!” holds no word", "write letters or digits")),
        (_keyword("a*b"), Problem("w", "keyword", "“a*b” has a star inside", "a star may only end a phrase")),
        (_keyword("x", not_=("…",)), Problem("w", "not", "“…” holds no word", "write letters or digits")),
        (_keyword("x", rule=Rule(any=("*",))), Problem("w", "any", "“*” holds no word", "write letters or digits")),
        (
            _keyword("b*"),
            Problem("w", "keyword", "“b*” matches every word that begins so", "write more of the word", warning=True),
        ),
        (
            Watch("w", "w", PLACE, ("Hmos, SY",)),
            Problem("w", "place", "“Hmos” is no place known in SY", "did you mean “Homs, SY”?"),
        ),
    ],
)
def test_what_cannot_be_looked_for_is_a_problem(watch: Watch, problem: Problem) -> None:
    assert compile_watchlist([watch], INDEX).problems == (problem,)


def test_an_ambiguous_place_is_an_error_that_lists_the_places() -> None:
    (problem,) = compile_watchlist([Watch("w", "w", PLACE, ("Tripoli",))], INDEX).problems
    assert not problem.warning
    assert problem.key == "place"
    assert "geonames:266826 (Tripoli, LB, 229,398 people)" in problem.hint


def test_a_bad_name_leaves_the_good_ones_in_place() -> None:
    compiled = compile_watchlist([Watch("w", "w", PLACE, ("Atlantia, SY", "Homs, SY")), _keyword("calm", "!")], INDEX)
    assert [match.watch_id for match in compiled.watchlist.match(_article("Homs is calm"))] == ["w", "w"]


def test_a_watchlist_survives_pickling() -> None:
    watchlist = _compile(HOMS, _keyword("calm*", "very calm"))
    article = _article("Homs is very calm")
    expected = watchlist.match(article)
    INDEX.close()  # an open file goes nowhere; the next question opens it again.
    assert pickle.loads(pickle.dumps(watchlist)).match(article) == expected  # noqa: S301 - our own bytes.


PIECES = [
    "Homs",
    "homs",
    "HTS",
    "hts",
    "حمص",
    "霍姆斯",
    "Rastan",
    "al-Rastan",
    "steel",
    "Damascus",
    ".",
    "\n",
    "ß",
    "\ud800",
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map(" ".join)
ALL = _compile(
    HOMS,
    Watch("hts", "hts", ORG, ("HTS",)),
    Watch("rastan", "rastan", PLACE, ("Rastan, SY",), rule=Rule(any=("steel", "hom*"), near=0)),
    Watch("damascus", "damascus", PLACE, ("Damascus, SY",), not_=("damascus steel",)),
    Watch("near", "near", PERSON, ("Homs Rastan",), aliases=("Homs",), rule=Rule(all=("steel",), near=2)),
)


@settings(deadline=None)  # the first article of a language takes its tables from disk.
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_hits_slice_what_they_found_and_both_ways_of_asking_agree(title: str, lead: str, body: str, tail: str) -> None:
    article = _article(title, lead=lead, body=body, tail=tail)
    explained = ALL.explain(article)
    assert ALL.match(article) == tuple(one for one in explained if one.verdict is not Verdict.NO)
    for match in explained:
        assert match.hits
        assert match.reasons
        for hit in match.hits:
            assert text_of(article, hit.part)[hit.start : hit.end] == hit.text
            assert hit.form in ALL.forms(match.watch_id)
