"""What a process and all that it has started have used. Source: proc(5)."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds of a whole tree, and megabytes: of its root now and at most, of its largest child at most."""

    cpu: float
    main: float = 0.0
    peak: float = 0.0
    child: float = 0.0


def used(root: int) -> Used:
    """Return what the process `root` and its descendants have used so far, those that have ended included."""
    members = _tree(root)
    cpu = sum(_cpu(pid) for pid in members)
    child = max((_memory(pid, "VmHWM") for pid in members if pid != root), default=0.0)
    return Used(cpu, _memory(root, "VmRSS"), _memory(root, "VmHWM"), child)


def own_cpu(pid: int) -> float:
    """Return the CPU seconds of a process without those that it has started."""
    fields = _stat(pid)
    return sum(map(int, fields[11:13])) / TICKS if fields else 0.0


def _tree(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found.extend(parents.get(pid, ()))
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of a process behind its name, which may hold anything; none if it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _cpu(pid: int) -> float:
    """Return the CPU of a process and of those of its children that have ended."""
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / TICKS if fields else 0.0


def _memory(pid: int, key: str) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1]) / 1024
    return 0.0
