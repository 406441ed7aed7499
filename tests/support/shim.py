"""Make the host of one process fail: its disk, its clocks. See shim.c; orders are given while the process runs."""

from __future__ import annotations

import struct
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

_ORDERS = struct.Struct("<qqii48s")


@cache
def library() -> Path:
    """Compile the shim and return its path."""
    built = Path(mkdtemp(prefix="monitor-shim-")) / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", built, source, "-ldl"], check=True)
    return built


class Shim:
    """The orders for one process. `environment` is what it must be started with."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "orders"
        self._file.write_bytes(_ORDERS.pack(0, 0, 0, 0, b""))
        self._offsets = (0, 0)

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(library()), "MONITOR_SHIM": str(self._file)}

    def fail_writes(self, suffix: str, error: int) -> None:
        """Let every write to files with this ending fail with `error`, an errno; 0 ends it."""
        self._order(error=error, suffix=suffix)

    def kill_at_write(self, suffix: str, number: int) -> None:
        """End the process, as by a power cut, before write `number` from now to such a file."""
        self._order(writes_left=number, suffix=suffix)

    def heal(self) -> None:
        """Let writes succeed again. The clocks stay where they are."""
        self._order()

    def move_clocks(self, *, wall: int = 0, monotonic: int = 0) -> None:
        """Move the wall clock, and the one that only runs forwards, by so many seconds."""
        self._offsets = (self._offsets[0] + wall, self._offsets[1] + monotonic)
        self._order()

    def _order(self, *, error: int = 0, writes_left: int = 0, suffix: str = "") -> None:
        packed = _ORDERS.pack(*self._offsets, error, writes_left, suffix.encode())
        # In place: the process has the file mapped.
        with self._file.open("r+b") as orders:
            orders.write(packed)
