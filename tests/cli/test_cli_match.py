from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.config import CHANNEL, FEED, write
from support.house import ROOT

from monitor.cli import main

WATCH = """
[[watch]]
id = "bridge"
keyword = "bridge"
match = "mention"
[[watch.when]]
class = "local"
severity = "high"
[[watch]]
id = "paris"
place = "Paris, Texas, US"
"""


def matched(folder: Path, *articles: object, options: tuple[str, ...] = ()) -> tuple[list[dict[str, Any]], str, int]:
    config = write(folder, FEED + 'class = "local"\nhome = "US.TX"\n' + CHANNEL + WATCH)
    lines = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in articles)
    done = CliRunner().invoke(main, ["match", "--jsonl", *options, "--config", str(config)], input=lines)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr, done.exit_code


def test_answers_come_in_the_order_of_the_input_and_bad_lines_are_told(tmp_path: Path) -> None:
    found, errors, code = matched(
        tmp_path, {"id": 2, "title": "A bridge"}, "bad", {"id": 1, "text": "the bridge"}, {"id": 3, "text": "no"}
    )
    assert [(one["id"], one["watch"]) for one in found] == [(2, "bridge"), (1, "bridge")]
    assert errors.startswith("line 2: ")
    assert code == 0
    assert matched(tmp_path, "bad")[2] == 1


def test_a_source_that_is_a_feed_brings_what_is_configured_of_it(tmp_path: Path) -> None:
    found, _, _ = matched(
        tmp_path, {"id": 1, "title": "A bridge", "source": "dw"}, {"id": 2, "title": "A bridge", "source": "x"}
    )
    assert [one["severity"] for one in found] == ["high", "normal"]


def test_a_lone_surrogate_is_answered_as_it_came(tmp_path: Path) -> None:
    (found,) = matched(tmp_path, '{"id": "\\ud800", "title": "A bridge"}')[0]
    assert found["id"] == "\ud800"


def test_a_publishers_home_is_learned_over_the_whole_input_first(tmp_path: Path) -> None:
    first = {
        "id": 0,
        "title": "Fire in Paris",
        "text": "A barn burned in Paris on Monday.",
        "source": "https://x.test/",
    }
    towns = ("Dallas", "Houston", "Fort Worth", "Austin", "San Antonio", "El Paso")
    rest = [
        {"id": n, "title": f"{a} news", "text": f"From {a} to {b}, in Texas.", "source": "https://x.test/"}
        for n, (a, b) in enumerate(zip(towns, towns[1:] + towns[:1], strict=True), 1)
    ]

    def score(*options: str) -> float:
        found, _, _ = matched(tmp_path, first, *rest, options=options)
        return float(next(one["score"] for one in found if one["id"] == 0 and one["watch"] == "paris"))

    assert score("--learn-home") > score()


def test_learning_needs_many_articles() -> None:
    assert CliRunner().invoke(main, ["match", "--learn-home", "x.html"]).exit_code == 2


def test_the_sentence_is_shown_with_its_hits_marked_and_every_reason(tmp_path: Path) -> None:
    config = write(tmp_path, FEED + CHANNEL + WATCH.replace('class = "local"', 'any = "fell"'))
    text = "Night falls\nThe old bridge fell. Nobody crossed the bridge."
    done = CliRunner().invoke(main, ["match", "-", "--config", str(config)], input=text)
    assert "MATCH    bridge" in done.stdout
    assert "The old [[bridge]] fell." in done.stdout
    assert "severity high by case 1: with “fell”" in done.stdout


TEXT = "Steel from Paris, Texas. Paris Hilton came. Mr Paris stayed in Paris."


def test_a_program_gets_every_hit_with_its_reason_and_points(tmp_path: Path) -> None:
    (found,) = matched(tmp_path, {"id": 1, "title": "Fire", "text": TEXT, "lang": "en"})[0]
    assert found["verdict"] == "match"
    (hit, *_), rejected = found["hits"], found["rejected"]
    assert TEXT[hit["start"] : hit["end"]] == hit["text"] == "Paris"
    assert (hit["taken"], hit["reason"]) == (True, "is a listed spelling")
    assert any(point.startswith("=") for point in hit["points"])
    assert (rejected[0]["start"], rejected[0]["taken"]) == (TEXT.index("Paris Hilton"), False)
    assert rejected[0]["reason"] == "is a listed spelling; inside “Paris Hilton”, which means something else"
    assert {one["field"] for one in (*found["hits"], *rejected)} == {"text"}
    said = [reason for reason in found["reasons"] if reason.startswith("refused: ")]
    assert said[0] == f"refused: “Paris” (text {rejected[0]['start']}-{rejected[0]['end']}) {rejected[0]['reason']}"
    assert len(found["hits"]) + len(rejected) == TEXT.count("Paris")


def test_one_article_is_answered_with_the_same_for_a_program(tmp_path: Path) -> None:
    config = write(tmp_path, FEED + CHANNEL + WATCH)
    options = ["match", "-", "--json", "--config", str(config)]
    (line,) = CliRunner().invoke(main, options, input=f"Fire\n{TEXT}").stdout.splitlines()
    (found,) = matched(tmp_path, {"id": "-", "title": "Fire", "text": TEXT})[0]
    assert json.loads(line) == found


def test_every_hit_is_shown_in_its_sentence_within_80_columns(tmp_path: Path) -> None:
    config = write(tmp_path, FEED + CHANNEL + WATCH)
    options = ["match", "-", "--points", "--config", str(config)]
    shown = CliRunner().invoke(main, options, input=f"Fire\n{TEXT}").stdout
    assert shown.count("[[Paris]]") == TEXT.count("Paris")
    assert "refused: text " in shown
    assert " together, " in shown
    assert "  [[Paris]] Hilton came." in shown.splitlines()
    assert "MATCH    paris, the place Paris (United States)" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert not [line for line in shown.splitlines() if line != line.rstrip()]


def test_a_hit_is_coloured_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    config = write(tmp_path, FEED + CHANNEL + WATCH)
    shown = CliRunner().invoke(main, ["match", "-", "--config", str(config)], input="A bridge fell", color=True).stdout
    assert "[[bridge]]" not in shown
    assert "A \x1b[1;7mbridge\x1b[0m fell" in shown


def test_what_stands_around_a_page_is_read_and_makes_no_match(tmp_path: Path) -> None:
    config = write(tmp_path, FEED + CHANNEL + WATCH.replace("Paris, Texas, US", "Homs, SY"))
    page = ROOT / "seeds" / "newsroom" / "pages" / "dw-olives.html"
    shown = CliRunner().invoke(main, ["match", str(page), "--config", str(config)]).stdout
    assert "POSSIBLE paris, the place Homs (Syria)" in shown
    assert "possible: only around the article: too little to be told" in shown


DAYS = ("Monday", "Tuesday", "Thursday", "Friday")


def test_without_being_asked_no_points_and_offsets_are_shown_and_each_reason_once(tmp_path: Path) -> None:
    config = write(tmp_path, FEED + CHANNEL + WATCH.replace("Paris, Texas, US", "Homs, SY"))
    text = "A visit\n" + "".join(f"On {day} the people of the village met Mr Homs again. " for day in DAYS)
    shown = CliRunner().invoke(main, ["match", "-", "--config", str(config)], input=text).stdout
    assert "Here it is a person, “Mr Homs”." in shown
    assert "… and 1 more of which the same is to be said" in shown
    assert shown.count("refused: ") == 1
    assert not re.search(r"[+−]\d|text \d+-", shown)
