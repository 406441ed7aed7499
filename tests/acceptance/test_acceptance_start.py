"""What starting costs, held against tests/bench/floors.toml. In CPU time: seconds of a clock tell of other programs."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from support.startup import MEGABYTE, cpu_of, started, write_config

FLOORS = tomllib.loads((Path(__file__).parents[1] / "bench" / "floors.toml").read_text("utf-8"))["start"]


def test_help_costs_next_to_nothing() -> None:
    assert min(cpu_of(sys.executable, "-m", "monitor", "--help") for _ in range(3)) <= FLOORS["help_cpu"]


@pytest.mark.slow
def test_a_daemon_with_ten_thousand_feeds_is_ready_soon_and_small(tmp_path: Path) -> None:
    config = write_config(tmp_path, feeds=10_000, site="http://127.0.0.1:9")
    with started(config) as daemon:
        assert daemon.used.cpu <= FLOORS["ready_cpu"]
        assert daemon.used.resident <= FLOORS["main_megabytes"] * MEGABYTE
