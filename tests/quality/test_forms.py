"""How well watches find their places in short texts of 42 languages, with floors that only go up."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Verdict, Watch
from monitor.watching.morphology import tables
from monitor.watching.tokens import words
from monitor.watching.watchlist import Watchlist, compile_watchlist

_HERE = Path(__file__).parent
_FLOORS = tomllib.loads((_HERE / "floors.toml").read_text("utf-8"))["forms"]


def _watchlist() -> Watchlist:
    ids = json.loads((_HERE / "data" / "forms-watches.json").read_text("utf-8"))
    watches = [Watch(name, name, ConceptKind.PLACE, (f"geonames:{number}",)) for name, number in ids.items()]
    compiled = compile_watchlist(watches, Index())
    assert compiled.problems == ()
    return compiled.watchlist


def _count(watchlist: Watchlist) -> Counter[str]:
    """Count hits, misses and false alarms over (text, watch), and the texts that should raise nothing and did."""
    counts = Counter[str]()
    for line in (_HERE / "data" / "forms.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        article = Article(case["id"], "forms", "", title="", body=case["text"], language=case["lang"])
        found = {match.watch_id for match in watchlist.match(article) if match.verdict is Verdict.MATCH}
        wanted = set(case["watches"])
        counts.update(right=len(found & wanted), wrong=len(found - wanted), missed=len(wanted - found))
        counts["alarms"] += bool(found and not wanted)
    return counts


def test_places_are_found_in_many_languages_as_well_as_the_floors_say(capsys: pytest.CaptureFixture[str]) -> None:
    counts = _count(_watchlist())
    precision = counts["right"] / (counts["right"] + counts["wrong"])
    recall = counts["right"] / (counts["right"] + counts["missed"])
    with capsys.disabled():
        alarms = f"{counts['alarms']} negatives alarm"
        print(f"\nforms: precision {precision:.3f}, recall {recall:.3f}, {alarms}")  # noqa: T201 - the figures are asked for.
    assert precision >= _FLOORS["precision"]
    assert recall >= _FLOORS["recall"]
    assert counts["alarms"] <= _FLOORS["alarms_at_most"]


def _found_by_language(watchlist: Watchlist) -> dict[str, Counter[str]]:
    """Count what finding alone reads as the names that stand in the texts, by language."""
    counts: dict[str, Counter[str]] = {}
    for line in (_HERE / "data" / "forms.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        article = Article(case["id"], "forms", "", title="", body=case["text"], language=case["lang"])
        found = {watchlist.ids[one.watch] for one in watchlist.readings(article) if one.written}
        wanted = set(case["watches"])
        counts.setdefault(case["lang"], Counter()).update(found=len(found & wanted), wanted=len(wanted))
    return {language: one for language, one in counts.items() if one["wanted"]}


def test_finding_alone_reads_the_names_in_every_language(capsys: pytest.CaptureFixture[str]) -> None:
    counts = _found_by_language(_watchlist())
    shares = {language: one["found"] / one["wanted"] for language, one in counts.items()}
    total = sum((one for one in counts.values()), Counter[str]())
    with capsys.disabled():
        low = ", ".join(f"{language} {share:.2f}" for language, share in sorted(shares.items()) if share < 1)
        print(f"\nforms found: {total['found'] / total['wanted']:.3f}; below 1: {low or 'none'}")  # noqa: T201 - same.
    assert total["found"] / total["wanted"] >= _FLOORS["found"]
    assert min(shares.values()) >= _FLOORS["found_in_the_worst_language"]


def test_leaving_any_one_language_out_leaves_the_figure_what_it_is() -> None:
    counts = _found_by_language(_watchlist())
    for left_out in counts:
        rest = sum((one for language, one in counts.items() if language != left_out), Counter[str]())
        assert rest["found"] / rest["wanted"] >= _FLOORS["found"] - 0.01, left_out


def test_no_name_of_the_texts_stands_in_the_tables_of_affixes() -> None:
    watchlist = _watchlist()
    names = {"".join(words(form)) for watch in watchlist.ids for form in watchlist.forms(watch)}
    affixes = {affix for table in tables().values() for affix in (*table.endings, *table.starts)}
    assert names.isdisjoint(affixes)
