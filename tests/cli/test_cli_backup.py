"""`monitor backup`, `monitor restore`, and what `monitor status` says of the coverage."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.config import FEED, WATCH, write
from support.storing import entry, known_feeds, polled

from monitor.cli import main
from monitor.planning.coverage import CoveragePlan, plan_damage
from monitor.planning.noticed import Incident, Kind
from monitor.store import open_store

CHANNEL = '[[channel]]\nid = "desk"\nurl = "console://"\n'


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(folder / "config.toml")])


@pytest.fixture
def state(tmp_path: Path) -> Path:
    write(tmp_path, FEED + CHANNEL + WATCH)
    path = tmp_path / "state/monitor.db"
    with open_store(path) as store:
        known_feeds(store, "dw")
        store.commit_poll(polled(store, entry("a"), at=datetime.now(UTC)))
    return path


def test_a_state_goes_into_a_backup_and_out_of_it_again(tmp_path: Path, state: Path) -> None:
    copy = tmp_path / "copy.db"
    with open_store(state):
        made = run(tmp_path, "backup", str(copy))
        refused = run(tmp_path, "restore", str(copy))
    assert (made.exit_code, copy.stat().st_mode & 0o777) == (0, 0o600)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "another monitor is running" in refused.stderr
    state.unlink()
    restored = run(tmp_path, "restore", str(copy))
    assert (restored.exit_code, restored.stdout) == (0, f"restored from {copy}\n")
    with open_store(state) as store:
        assert len(store.load_known(["g:a"])) == 1


def test_a_backup_that_is_none_is_refused_in_one_line(tmp_path: Path, state: Path) -> None:
    assert state.is_file()
    (tmp_path / "list.txt").write_text("a shopping list " * 100, encoding="utf-8")
    refused = run(tmp_path, "restore", str(tmp_path / "list.txt"))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "this is no sound database" in refused.stderr


def test_a_state_that_is_not_there_is_not_backed_up_and_no_file_is_made(tmp_path: Path) -> None:
    write(tmp_path, FEED + CHANNEL + WATCH)
    refused = run(tmp_path, "backup", str(tmp_path / "copy.db"))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "there is no state here to copy" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_status_tells_the_coverage_and_what_is_wrong_with_it(tmp_path: Path, state: Path) -> None:
    now = datetime.now(UTC)
    silent = Incident("i1", Kind.SILENT, "dw", now - timedelta(hours=1), "has had nothing new since Monday.\nIs it on?")
    with open_store(state) as store:
        store.commit_coverage(CoveragePlan(opened=(silent,)), now=now)
        store.commit_coverage(plan_damage("page 7 is torn", "/there", "", (), now=now), now=now)
    answer = json.loads(run(tmp_path, "status", "--json").stdout)
    assert answer["ok"]
    assert answer["coverage"] == {"heard": 1, "feeds": 1}
    assert [feed["state"] for feed in answer["feeds"]] == ["silent"]
    assert [(one["kind"], one["subject"], one["text"]) for one in answer["problems"]] == [
        ("coverage", "dw", "has had nothing new since Monday"),
        ("coverage", "", "The database was damaged, and has been replaced"),
    ]
    shown = run(tmp_path, "status").stdout
    assert "1 of 1 feeds heard from in the last 24 h" in shown
    assert "coverage: The database was damaged" in " ".join(shown.split())
    assert "coverage dw: has had nothing new" in " ".join(shown.split())
