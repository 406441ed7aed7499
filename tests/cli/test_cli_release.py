"""`monitor feeds release` beside a state that holds a storm, as the daemon's commands see it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.daemon import answer, call
from support.storing import NOW, entry, known_feeds, polled

from monitor.planning.work import EntryState
from monitor.store import open_store
from monitor.store.holds import list_holds

CONFIG = """
[[feed]]
id = "dw"
url = "https://dw.example.org/rss"
[[channel]]
id = "desk"
url = "json://127.0.0.1:9/"
[[watch]]
id = "homs"
keyword = "Homs"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose state holds two entries of one feed."""
    path = tmp_path / "config.toml"
    path.write_text(f'[monitor]\nstate = "monitor.db"\n{CONFIG}')
    path.chmod(0o600)
    with open_store(tmp_path / "monitor.db") as store:
        known_feeds(store, "dw")
        plan = polled(store, *(replace(entry(name), state=EntryState.HELD, due_at=None) for name in ("a", "b")))
        store.commit_poll(replace(plan, state=replace(plan.state, listed=2)))
    return path


def test_a_held_feed_is_shown_as_held_until_it_is_released(config: Path) -> None:
    status = answer("status", "--config", str(config))
    assert (status["feeds"][0]["id"], status["feeds"][0]["state"]) == ("dw", "held")
    (problem,) = status["problems"]
    assert (status["ok"], problem["kind"], problem["subject"]) == (True, "held", "dw")
    assert problem["text"].startswith("2 entries suddenly new at ")
    assert problem["text"].endswith(" and held: `monitor feeds release dw`")
    done = call("feeds", "release", "dw", "--config", str(config))
    assert (done.returncode, done.stdout) == (0, "dw: 2 entries let through; what matches is announced.\n")
    status = answer("status", "--config", str(config))
    assert (status["feeds"][0]["state"], status["problems"]) == ("ok", [])
    with open_store(config.parent / "monitor.db") as store:
        assert store.claim_entries(now=NOW.replace(year=2099), limit=5, lease=NOW - NOW) == ("a", "b")


def test_what_is_dropped_is_shown_no_more_and_never_read(config: Path) -> None:
    assert answer("feeds", "release", "dw", "--drop", "--config", str(config)) == {
        "feed": "dw",
        "entries": 2,
        "dropped": True,
    }
    assert list_holds(config.parent / "monitor.db") == ()
    with open_store(config.parent / "monitor.db") as store:
        assert store.claim_entries(now=NOW.replace(year=2099), limit=5, lease=NOW - NOW) == ()


def test_a_feed_that_holds_nothing_or_is_not_known_is_refused_with_a_hint(config: Path) -> None:
    unknown = call("feeds", "release", "dv", "--config", str(config))
    assert unknown.returncode == 2
    assert "dw" in unknown.stderr
    assert call("feeds", "release", "dw", "--drop", "--config", str(config)).returncode == 0
    again = call("feeds", "release", "dw", "--config", str(config))
    assert (again.returncode, again.stderr) == (1, "monitor: dw: nothing of this feed is held\n")
