"""How well watches find their places in short texts of 42 languages, with floors that only go up."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Verdict, Watch
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
