from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Match, Part, Rule, Salience, Severity, Verdict, Watch, When
from monitor.watching.watchlist import compile_watchlist

LOW, NORMAL, HIGH, CRITICAL = Severity
SHELLED = When(Rule(any=("shell*", "قصف")), HIGH)


def matched(article: Article, *cases: When, severity: Severity = NORMAL) -> Match:
    """What a watch for Rastan with these cases makes of an article."""
    watch = Watch("w", "w", ConceptKind.KEYWORD, ("Rastan",), severity=severity, when=cases)
    (match,) = compile_watchlist([watch], Index()).watchlist.match(article)
    return match


def article(title: str = "", body: str = "", tail: str = "", **more: str | None) -> Article:
    named = {"feed_id": "dw", "language": "en", "class_": "public"} | more
    return Article(id="a", url="", title=title, body=body, tail=tail, **named)  # type: ignore[arg-type]


BODY = "Rastan was shelled on Friday. Nobody was hurt in the town."


@pytest.mark.parametrize(
    ("why", "case", "reason"),
    [
        ("a word that is there", SHELLED, "severity high by case 1: with “shell*”"),
        (
            "a word in the same sentence",
            When(Rule(any=("shell*",), near=0), HIGH),
            "severity high by case 1: with “shell*”",
        ),
        ("not in the same sentence", When(Rule(any=("hurt",), near=0), HIGH), ""),
        ("all of them", When(Rule(all=("shelled", "hurt")), HIGH), "severity high by case 1: with “shelled”, “hurt”"),
        ("one is missing", When(Rule(all=("shelled", "dead")), HIGH), ""),
        ("one is ruled out", When(Rule(any=("shelled",), none=("nobody",)), HIGH), ""),
        ("ruled out and absent", When(Rule(none=("drill",)), HIGH), "severity high by case 1"),
        ("in the title only", When(Rule(parts=(Part.TITLE,)), HIGH), ""),
        ("in the body", When(Rule(parts=(Part.BODY,)), HIGH), "severity high by case 1: in body"),
        ("its language", When(Rule(), HIGH, langs=("ar", "en")), "severity high by case 1: language en"),
        ("another language", When(Rule(), HIGH, langs=("ar",)), ""),
        ("its class", When(Rule(), HIGH, classes=("public",)), "severity high by case 1: class public"),
        ("another class", When(Rule(), HIGH, classes=("wire",)), ""),
        ("its feed", When(Rule(), HIGH, feeds=("dw",)), "severity high by case 1: feed dw"),
        ("another feed", When(Rule(), HIGH, feeds=("sana",)), ""),
        (
            "salient enough",
            When(Rule(), HIGH, salience=Salience.MENTION),
            "severity high by case 1: at least mention",
        ),
        ("not salient enough", When(Rule(), HIGH, salience=Salience.ABOUT), ""),
        (
            "everything together",
            When(Rule(any=("shelled",), near=5), HIGH, langs=("en",), feeds=("dw",)),
            "severity high by case 1: with “shelled”, language en, feed dw",
        ),
        ("a case that lowers", When(Rule(), LOW, feeds=("dw",)), "severity low by case 1: feed dw"),
    ],
)
def test_a_case_holds_by_what_it_asks_for(why: str, case: When, reason: str) -> None:
    match = matched(article("Friday", BODY), case)
    assert match.verdict is Verdict.MATCH, why
    assert match.severity is (case.severity if reason else NORMAL), why
    assert [one for one in match.reasons if "severity" in one] == ([reason] if reason else []), why


def test_the_severest_case_that_holds_counts_wherever_it_stands() -> None:
    cases = (SHELLED, When(Rule(all=("dead",)), CRITICAL), When(Rule(any=("friday",)), LOW))
    assert matched(article("", BODY), *cases).severity is HIGH
    assert matched(article("", BODY + " Two are dead."), *cases).severity is CRITICAL
    assert matched(article("", "Rastan on Friday"), *cases).severity is LOW


def test_without_a_case_that_holds_the_watch_has_its_own_severity() -> None:
    match = matched(article("", "Rastan is calm"), SHELLED, severity=CRITICAL)
    assert (match.severity, match.verdict) == (CRITICAL, Verdict.MATCH)


def test_words_around_an_article_raise_nothing() -> None:
    assert matched(article("", "Rastan is calm", tail="Rastan shelled again"), SHELLED).severity is NORMAL


def test_a_regional_tag_is_its_language() -> None:
    case = When(Rule(), HIGH, langs=("en",))
    assert matched(article("", BODY, language="en-GB"), case).severity is HIGH
    assert matched(article("", BODY, language="enm"), case).severity is NORMAL
    assert matched(article("", BODY, language=None), case).severity is NORMAL


def test_a_case_that_cannot_be_looked_for_is_a_problem_at_its_own_key() -> None:
    watch = Watch("w", "w", ConceptKind.KEYWORD, ("x",), when=(SHELLED, When(Rule(any=("a*b",)), HIGH)))
    (problem,) = compile_watchlist([watch], Index()).problems
    assert (problem.key, problem.text) == ("when.1.any", "“a*b” has a star inside")
