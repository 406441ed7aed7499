"""Try inputs of strangers' making: `python tests/fuzz/run.py --seconds 600 [TARGET ...]`.

Each target is tried for so many seconds in a process of its own, whose memory is limited, and its count is printed.
A failure is printed with the smallest input that makes it, and ends the run with 1. `--seed` tries other inputs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
TARGETS = ("parse", "extract", "fold", "match", "render", "config")


def main() -> int:
    """Try the targets one after another; return 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; default all")
    parser.add_argument("--seconds", type=float, default=600.0, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help="in this process, without a child")
    given = parser.parse_args()
    if not set(given.targets) <= set(TARGETS):
        parser.error(f"the targets are {', '.join(TARGETS)}")
    chosen = given.targets or TARGETS
    if given.alone:
        return max(tried(name, seconds=given.seconds, first_seed=given.seed) for name in chosen)
    command = [sys.executable, str(Path(__file__)), "--alone", "--seconds", str(given.seconds)]
    codes = [subprocess.run([*command, "--seed", str(given.seed), name], check=False).returncode for name in chosen]
    return int(any(codes))


def tried(name: str, *, seconds: float, first_seed: int) -> int:
    """Try one target here and print the count. Raises: whatever its check raises."""
    sys.path[:1] = [str(TESTS.parent), str(TESTS)]  # not this folder, whose names are too common.
    spending = import_module("fuzz.spending")
    target = import_module(f"fuzz.targets.{name}").TARGET
    spending.limit_memory(target)
    print(f"{name}: {spending.spend(target, seconds=seconds, first_seed=first_seed)}", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
