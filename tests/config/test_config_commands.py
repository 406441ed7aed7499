from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.config import WHOLE, write
from support.house import ROOT

from monitor.cli import main

BAD_CONFIG = 78


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of our own, with no configuration but what lies there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))


def monitor(*arguments: str, answers: str = "") -> Result:
    """Call the command line."""
    done = CliRunner().invoke(main, arguments, input=answers)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_a_sound_configuration_is_summed_up_in_one_line(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    done = monitor("check")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("config.toml: 1 feed, 1 watch with ")
    assert done.stdout.endswith("spellings, 1 channel. No mistakes.\n")


def test_the_real_process_says_the_same(tmp_path: Path) -> None:
    write(tmp_path, "[poll]\nmin = 5\n")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "check"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (BAD_CONFIG, "")
    assert done.stderr.startswith("config.toml:2:7: poll.min: ")


def test_the_shipped_configuration_passes_the_check() -> None:
    done = monitor("check", "--config", str(ROOT / "config.toml"))
    assert done.exit_code == 0, done.stderr
    assert "10 feeds" in done.stdout


def test_warnings_are_shown_and_allowed(tmp_path: Path) -> None:
    write(tmp_path, WHOLE.replace('contact = "ops@example.org"', ""))
    done = monitor("check")
    assert done.exit_code == 0
    assert done.stderr.startswith("warning: config.toml: network.contact: is not set (")


def test_mistakes_end_with_78_and_are_printed_by_line(tmp_path: Path) -> None:
    write(tmp_path, "[poll]\nmin = 5\n[web]\n", "bad.toml")
    for arguments in (("--config", "bad.toml", "check"), ("check", "--config", "bad.toml")):
        done = monitor(*arguments)
        assert (done.exit_code, done.stdout) == (BAD_CONFIG, "")
        assert done.stderr.splitlines() == [
            'bad.toml:2:7: poll.min: is a number without a unit (write it like "5s" or "5m")',
            "bad.toml:3:1: web: is not yet built (the web page; take it out for now)",
        ]


def test_a_place_and_a_channel_that_nobody_knows_are_mistakes_with_lines(tmp_path: Path) -> None:
    text = WHOLE.replace("Homs, SY", "Atlantis, SY").replace("console://", "nonsense://x")
    write(tmp_path, text)
    done = monitor("check")
    assert done.exit_code == BAD_CONFIG
    places = {":".join(line.split(":")[:3]) for line in done.stderr.splitlines()}
    assert places == {"config.toml:8:7", "config.toml:11:9"}


def test_the_answer_can_be_read_by_programs(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    good = json.loads(monitor("check", "--json").stdout)
    assert (good["ok"], good["errors"], good["warnings"], good["feeds"], good["channels"]) == (True, [], [], 1, 1)
    (watch,) = good["watches"]
    assert watch["id"] == "homs"
    assert watch["spellings"] > 20
    write(tmp_path, "[poll]\nmin = 5\n")
    done = monitor("check", "--json")
    bad = json.loads(done.stdout)
    assert (done.exit_code, bad["ok"]) == (BAD_CONFIG, False)
    assert tuple(bad["errors"][0][key] for key in ("file", "line", "column", "key")) == (
        "config.toml",
        2,
        7,
        "poll.min",
    )


def test_without_a_configuration_the_places_are_named() -> None:
    done = monitor("check")
    assert done.exit_code == BAD_CONFIG
    assert "./config.toml" in done.stderr
    assert "monitor init" in done.stderr


def test_three_answers_make_a_configuration_that_passes_the_check(tmp_path: Path) -> None:
    done = monitor("init", answers="Homs, SY; cholera\nconsole\nops@example.org\n")
    assert done.exit_code == 0, done.stderr
    checked = monitor("check")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "2 watches" in checked.stdout
    assert (tmp_path / "config.toml").stat().st_mode & 0o777 == 0o600


def test_a_configuration_that_is_there_is_only_replaced_by_force(tmp_path: Path) -> None:
    path = write(tmp_path, "# mine\n", "mine.toml")
    refused = monitor("init", "mine.toml", "--yes")
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert path.read_text(encoding="utf-8") == "# mine\n"
    assert monitor("init", "mine.toml", "--yes", "--force").exit_code == 0
    assert "[[watch]]" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--watch", "Atlantis, SY"),
        ("--watch", "..."),
        ("--channel", "nonsense://x"),
        ("--channel", "slack"),
        ("--contact", "опс"),
    ],
)
def test_answers_that_the_check_would_refuse_are_not_written(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = monitor("init", "--yes", *arguments)
    assert done.exit_code == BAD_CONFIG
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "config.toml").exists()
