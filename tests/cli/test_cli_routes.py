"""`monitor route test`: where an alert would go, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support.config import write

from monitor.cli import main
from monitor.store import open_store

CONFIG = """\
[monitor]
timezone = "Asia/Damascus"

[[feed]]
id = "dw-en"
url = "http://127.0.0.1:9/feed.xml"
class = "public"
lang = "en"

[[channel]]
id = "desk"
url = "json://127.0.0.1:9/x"
quiet = { from = "23:00", to = "06:30", except = "critical" }
fallback = "duty"

[[channel]]
id = "duty"
url = "mailto://127.0.0.1:9/?from=a@example.org&to=b@example.org,c@example.org&mode=insecure"

[[channel]]
id = "archive"
url = "json://127.0.0.1:9/y"
timezone = "UTC"

[[watch]]
id = "homs"
place = "Homs, SY"
notify = "desk"

[[watch]]
id = "cholera"
keyword = "cholera"

[[route]]
severity = "high"
notify = "duty"
continue = false

[[route.route]]
lang = "ar"
notify = "archive"

[[route]]
country = "SY"
notify = "archive"
"""
NIGHT = ("--at", "2026-12-01 23:30")
NOON = ("--at", "2026-12-01 12:00")


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> Path:
    return write(tmp_path, CONFIG)


def run(folder: Path, *words: str, text: str = "") -> Result:
    return CliRunner().invoke(main, ["route", "test", *words, "--config", str(folder / "config.toml")], input=text)


def answer(folder: Path, *words: str, text: str = "") -> dict[str, Any]:
    done = run(folder, *words, "--json", text=text)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def ways(folder: Path, *words: str) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in answer(folder, *words)["channels"]}


@pytest.mark.parametrize(
    ("because", "words", "expected"),
    [
        ("its own channel, and the route for its country", ("--watch", "homs"), ["desk", "archive"]),
        ("a route that ends it", ("--watch", "homs", "--severity", "high"), ["desk", "duty"]),
        (
            "the route inside one that holds",
            ("--watch", "homs", "--severity", "high", "--lang", "ar"),
            ["desk", "duty", "archive"],
        ),
        ("neither: all of them", ("--watch", "cholera"), ["desk", "duty", "archive"]),
        ("a country that is said", ("--watch", "cholera", "--country", "sy"), ["archive"]),
        ("another country that is said", ("--watch", "homs", "--country", "LB"), ["desk"]),
    ],
)
def test_it_says_which_channels_are_told(
    because: str, words: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    assert list(ways(tmp_path, *words)) == [id_ for id_ in ("desk", "duty", "archive") if id_ in expected], because


def test_it_says_of_each_route_whether_it_holds_and_why(tmp_path: Path) -> None:
    (watch,) = answer(tmp_path, "--watch", "homs", "--severity", "high", "--feed", "dw-en")["watches"]
    first, second = watch["routes"]
    assert (first["route"], first["holds"], first["reasons"]) == ("1", True, ["severity is high"])
    assert [(one["route"], one["holds"], one["reasons"]) for one in first["routes"]] == [
        ("1.1", False, ["the language is en"])
    ]
    assert (second["asked"], second["holds"]) == (False, False)


@pytest.mark.parametrize(
    ("because", "words", "expected"),
    [
        ("quiet hours by the channel's clock", NIGHT, "2026-12-02T03:30:00Z"),
        ("no quiet hours", NOON, None),
        ("what the quiet hours except", (*NIGHT, "--severity", "critical"), None),
        ("what they do not except", (*NIGHT, "--severity", "high"), "2026-12-02T03:30:00Z"),
    ],
)
def test_it_says_until_when_a_channel_would_hold(
    because: str, words: tuple[str, ...], expected: str | None, tmp_path: Path
) -> None:
    assert ways(tmp_path, "--watch", "homs", *words)["desk"]["held_until"] == expected, because


def test_it_says_what_a_silence_would_mute(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    open_store(str(tmp_path / "state/monitor.db")).close()
    words = ("silence", "add", "--place", "Syria", "--for", "2h", "--reason", "exercise", "--author", "Lina", "--json")
    done = CliRunner().invoke(main, [*words, "--config", str(tmp_path / "config.toml")])
    made = json.loads(done.stdout)["silence"]
    assert ways(tmp_path, "--watch", "homs")["desk"]["muted_by"] == made["id"]
    assert ways(tmp_path, "--watch", "cholera")["desk"]["muted_by"] is None
    assert "by Lina: exercise" in " ".join(run(tmp_path, "--watch", "homs").stdout.split())


def test_it_says_what_each_channel_has_besides(tmp_path: Path) -> None:
    found = ways(tmp_path, "--watch", "homs", "--severity", "high")
    assert found["desk"]["fallback"] == "duty"
    assert found["duty"]["recipients"] == ["b@example.org", "c@example.org"]
    assert [one["may_join_digest"] for one in found.values()] == [False, False]
    assert ways(tmp_path, "--watch", "homs")["archive"]["may_join_digest"]


def test_a_text_is_matched_before_it_is_routed(tmp_path: Path) -> None:
    text = "Cholera spreads\n\nCholera was found in Homs on Friday, said Syria's ministry of health."
    found = answer(tmp_path, "-", "--feed", "dw-en", text=text)
    assert [watch["id"] for watch in found["watches"]] == ["homs", "cholera"]
    assert {one["id"]: one["watches"] for one in found["channels"]} == {
        "desk": ["homs", "cholera"],
        "duty": ["cholera"],
        "archive": ["homs", "cholera"],
    }
    alone = answer(tmp_path, "-", "--watch", "homs", text=text)
    assert [watch["id"] for watch in alone["watches"]] == ["homs"]


def test_a_text_that_no_watch_matches_goes_nowhere(tmp_path: Path) -> None:
    assert answer(tmp_path, "-", text="Chickpeas\n\nA recipe.") | {"at": ""} == {
        "at": "",
        "watches": [],
        "channels": [],
    }
    assert "nobody would be told" in run(tmp_path, "-", text="Chickpeas\n\nA recipe.").stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "name a watch with --watch, or a page"),
        (("--watch", "hama"), "there is no watch 'hama'; there are: cholera, homs"),
        (("--watch", "homs", "--feed", "bbc"), "there is no feed 'bbc'; there are: dw-en"),
        (("--watch", "homs", "--at", "later"), "is no time"),
    ],
)
def test_what_cannot_be_asked_is_refused(words: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    refused = run(tmp_path, *words)
    assert (refused.exit_code, expected in " ".join(refused.stderr.replace("│", "").split())) == (2, True)


def test_a_person_is_shown_a_tree_within_80_columns(tmp_path: Path) -> None:
    shown = run(tmp_path, "--watch", "homs", "--severity", "high", "--feed", "dw-en", *NIGHT).stdout
    assert "├── route 1 holds, since severity is high: tells duty" in shown
    assert "│   └── route 1.1 does not hold: the language is en" in shown
    assert "└── route 2 is not asked: route 1 has continue = false" in shown
    assert "held until 02.12.2026 at 06:30 (Asia/Damascus): quiet hours" in shown
    assert max(map(len, shown.splitlines())) <= 80
