"""What starting costs: what is loaded, how much memory is taken, and how much work it is, in proportion."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support.startup import MEGABYTE, cpu_of, started, write_config

FLOORS = tomllib.loads((Path(__file__).parents[1] / "bench" / "floors.toml").read_text("utf-8"))["start"]
HEAVY = {"aiohttp", "alembic", "apprise", "apscheduler", "babel", "feedparser"} | {
    *("httpx", "lxml", "pydantic", "requests", "sqlalchemy", "trafilatura"),
}
# The libraries that the daemon's own process cannot do without.
LIBRARIES = "import aiohttp, apprise, apscheduler.schedulers.asyncio, httpx_aiohttp, pydantic, sqlalchemy, structlog"
ASKED = """
import runpy, sys
sys.argv = ["monitor", "--help"]
try:
    runpy.run_module("monitor", run_name="__main__")
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""


def test_help_loads_nothing_heavy() -> None:
    loaded = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True).stderr.split()
    assert "monitor.cli" in loaded
    assert HEAVY & set(loaded) == set()


def test_lines_are_written_without_what_colours_them_and_that_is_there_for_who_wants_it() -> None:
    code = (
        "import sys; from monitor.log import LineLog; log = LineLog(); "
        "assert 'structlog' in sys.modules and 'rich' not in sys.modules; import rich.console; log.event('still there')"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    assert 'event="still there"' in said


@pytest.mark.slow
def test_a_daemon_with_ten_thousand_feeds_is_small(tmp_path: Path) -> None:
    config = write_config(tmp_path, feeds=10_000, site="http://127.0.0.1:9")
    with started(config) as daemon:
        assert daemon.used.resident <= FLOORS["main_megabytes"] * MEGABYTE


@pytest.mark.release
def test_starting_is_little_more_work_than_loading_the_libraries(tmp_path: Path) -> None:
    config = write_config(tmp_path, feeds=10_000, site="http://127.0.0.1:9")
    found = []
    for _ in range(3):
        with started(config) as daemon:
            found.append(daemon.used.cpu / cpu_of(sys.executable, "-c", LIBRARIES))
    assert min(found) <= FLOORS["ready_of_libraries"], found
