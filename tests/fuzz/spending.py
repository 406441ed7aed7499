"""Spend time on a target: invent inputs round after round, check what comes of each, and count them.

A round is a run of hypothesis with a seed of its own, so that a failure is cut down to a small input, and so that a
run can be repeated: the same seed tries the same inputs in the same order.
"""

from __future__ import annotations

import faulthandler
import resource
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

Check = Callable[[Any], str]  # raises for what must not be; else says what came of the input.

ROUND = 500  # inputs; what a round holds open is closed after it.
HANGS = 60.0  # seconds for one input, after which the process ends with the place where it hangs.
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """One door by which strangers' input comes in.

    `opened` gives the check for one round. `cpu` is what a single input may take, in seconds of work; `memory` what
    the process may take for them, in bytes.
    """

    name: str
    inputs: SearchStrategy[Any]
    opened: Callable[[], AbstractContextManager[Check]]
    cpu: float = 5.0
    memory: int = 512 * MEGABYTE


def always(check: Check) -> Callable[[], AbstractContextManager[Check]]:
    """Give the same check for every round, which opens nothing."""
    return lambda: nullcontext(check)


@dataclass(slots=True)
class Spent:
    """How many inputs were tried, what came of them, and the most that one of them cost."""

    tried: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    seconds: float = 0.0

    def __str__(self) -> str:
        came = ", ".join(f"{count:,} {kind}" for kind, count in self.kinds.most_common())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE
        return (
            f"{self.tried:,} inputs in {self.seconds:.0f} s: {came}; "
            f"slowest {self.slowest:.2f} s of work, peak {peak:.0f} MB"
        )


def spend(target: Target, *, seconds: float, first_seed: int) -> Spent:
    """Try inputs for so many seconds. Raises: whatever a check raised, with the smallest input that makes it."""
    spent, begun = Spent(), time.monotonic()
    number = first_seed
    while time.monotonic() < begun + seconds:
        with target.opened() as check:
            _round(target, check, spent, number, until=begun + seconds)
        number += 1
    spent.seconds = time.monotonic() - begun
    return spent


def _round(target: Target, check: Check, spent: Spent, number: int, *, until: float) -> None:
    failed = False

    @seed(number)
    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(target.inputs)
    def tries(value: object) -> None:
        nonlocal failed
        # A failure is cut down however long that takes.
        if time.monotonic() >= until and not failed:
            return
        faulthandler.dump_traceback_later(HANGS, exit=True)
        begun = time.process_time()
        try:
            kind = check(value)
            took = time.process_time() - begun
            assert took < target.cpu, f"{took:.1f} s of work for one input"
        except BaseException:
            failed = True
            raise
        finally:
            faulthandler.cancel_dump_traceback_later()
        spent.tried += 1
        spent.kinds[kind] += 1
        spent.slowest = max(spent.slowest, took)

    tries()


def limit_memory(target: Target) -> None:
    """Let this process take no more than the target may from now on: beyond it, an allocation fails, and the check."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    taken = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:"))
    resource.setrlimit(resource.RLIMIT_DATA, (taken + target.memory, taken + target.memory))
