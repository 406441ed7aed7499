"""Where a bench writes its figures: docs/performance.md, in a table of its own, with the machine they were taken on."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def machine() -> str:
    """Say in one sentence what figures were taken on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    cores = len(os.sched_getaffinity(0))
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"{cores} cores of {models[0] if models else platform.machine()}, Linux {platform.release()}, Python {python}"
    )


def append(section: str, command: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table behind all else in `section` of the page."""
    lines = [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
    said = f"By `python tests/bench/{command}` on {datetime.now(UTC):%Y-%m-%d}: {machine()}."
    before, found, after = PAGE.read_text().partition(f"\n## {section}\n")
    if not found:
        before, found = before.rstrip("\n") + "\n", f"\n## {section}\n"
    own, next_, others = after.partition("\n## ")
    text = "\n\n".join(filter(None, (own.strip(), said, "\n".join(lines))))
    PAGE.write_text(f"{before}{found}\n{text}\n{next_}{others}")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
