"""Every door by which strangers' input comes in, tried for a while; `python tests/fuzz/run.py` does the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")
TARGETS = ("parse", "extract", "fold", "match", "render", "config")
targets = pytest.mark.parametrize("target", TARGETS)


def tried(target: str, *, seconds: int) -> int:
    """Try a target for so long, and return how many inputs that were."""
    command = [sys.executable, str(RUN), "--alone", "--seconds", str(seconds), target]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 240, check=False)
    print(done.stdout)  # noqa: T201 - the count.
    assert done.returncode == 0, done.stdout + done.stderr[-8_000:]
    return int(done.stdout.split()[1].replace(",", ""))


@pytest.mark.slow
@targets
def test_ten_seconds_of_strangers_input_do_no_harm(target: str) -> None:
    assert tried(target, seconds=10) >= 5


@pytest.mark.release
@targets
def test_ten_minutes_of_strangers_input_do_no_harm(target: str) -> None:
    assert tried(target, seconds=600) >= 300
