from __future__ import annotations

import os
import select
import signal
from pathlib import Path

import pytest

from monitor.app import ready
from monitor.config.early import LARGE, Early, read_early
from monitor.config.load import load
from monitor.errors import ConfigError

HEAD = """
[[channel]]
id = "desk"
url = "json://127.0.0.1:9/"
[[watch]]
id = "homs"
keyword = "Homs"
"""
FEED = """
[[feed]]
id = "f{number}"
url = "https://news.example/{number}"
"""
PADDING = "# " + "a" * 98 + "\n"


def write_large(folder: Path, *more: str) -> Path:
    path = folder / "config.toml"
    feeds = (FEED.format(number=number) for number in range(20))
    path.write_text(HEAD + "".join(feeds) + "".join(more) + PADDING * (LARGE // len(PADDING) + 1))
    path.chmod(0o644)
    return path


def begin(path: Path) -> Early:
    early = read_early(path, cores=2)
    assert early is not None
    return early


def test_what_is_read_early_is_what_reading_it_here_finds(tmp_path: Path) -> None:
    path = write_large(tmp_path)
    taken, here = begin(path).take(), load(path)
    assert taken is not None
    assert (taken.settings, taken.warnings, taken.files) == (here.settings, here.warnings, here.files)
    assert here.warnings  # for others may read the file, which holds a secret.


def test_a_mistake_found_later_stands_at_its_line(tmp_path: Path) -> None:
    path = write_large(tmp_path)
    taken = begin(path).take()
    assert taken is not None
    where = ("feed", "f7", "url")
    assert taken.mistake(where, "leads nowhere") == load(path).mistake(where, "leads nowhere")
    assert taken.mistake(where, "leads nowhere").line > 30


def test_mistakes_are_said_as_if_nothing_had_been_read_early(tmp_path: Path) -> None:
    path = write_large(tmp_path, '[[feed]]\nid = "f3"\nurl = "nowhere"\nevry = "5m"\n')
    with pytest.raises(ConfigError) as plain:
        load(path)
    with pytest.raises(ConfigError) as early:
        ready(path, early=begin(path))
    assert early.value.mistakes == plain.value.mistakes


def test_what_is_wrong_with_sound_tables_is_said_once(tmp_path: Path) -> None:
    path = write_large(tmp_path, '[[watch]]\nid = "far"\nplace = "Qqqqqqq, SY"\n')
    with pytest.raises(ConfigError) as plain:
        ready(path)
    with pytest.raises(ConfigError) as early:
        ready(path, early=begin(path))
    assert early.value.mistakes == plain.value.mistakes
    assert len(early.value.mistakes) == 1


def test_a_reader_that_dies_leaves_the_reading_to_us(tmp_path: Path) -> None:
    path = write_large(tmp_path)
    early = begin(path)
    os.kill(early.pid, signal.SIGKILL)
    assert ready(path, early=early)[0].settings == load(path).settings


def test_what_was_read_is_taken_where_ended_processes_leave_no_trace(tmp_path: Path) -> None:
    path = write_large(tmp_path)
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        taken = begin(path).take()
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert taken is not None
    assert taken.settings == load(path).settings


def test_a_file_that_changed_since_is_read_again(tmp_path: Path) -> None:
    path = write_large(tmp_path)
    early = begin(path)
    assert select.select([early.pipe], [], [], 30)[0]  # it has read, and begins to answer.
    write_large(tmp_path, FEED.format(number="new"))
    assert "fnew" in {feed.id for feed in ready(path, early=early)[0].settings.feeds}


def test_an_included_file_that_changed_since_is_read_again(tmp_path: Path) -> None:
    path, included = write_large(tmp_path), tmp_path / "more.toml"
    path.write_text('include = ["more.toml"]\n' + path.read_text())
    included.write_text(FEED.format(number="old"))
    early = begin(path)
    assert select.select([early.pipe], [], [], 30)[0]
    included.write_text(FEED.format(number="newer"))
    found = ready(path, early=early)[0]
    assert {"f0", "fnewer"} < {feed.id for feed in found.settings.feeds}
    assert "fold" not in {feed.id for feed in found.settings.feeds}
    assert begin(path).take() is not None


@pytest.mark.parametrize("cores", [1, 2])
def test_nothing_is_read_early_where_that_saves_nothing(tmp_path: Path, cores: int) -> None:
    small = tmp_path / "small.toml"
    small.write_text(HEAD)
    paths = [None, small, tmp_path / "missing.toml"] if cores == 2 else [write_large(tmp_path)]
    assert [read_early(path, cores=cores) for path in paths] == [None for _ in paths]
