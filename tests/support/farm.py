"""A farm of feeds in a process of its own, so that what is measured does not wait for who serves it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Told:
    """What was asked of a farm: how many answers of which kind, when the first and the last feed was asked for.

    `taken` are the messages that came to its sink, each with its time; `times` when each feed was asked for. All times
    are of `time.monotonic`, which is one clock for all processes. `cpu` is the farm's own, since it was opened.
    """

    asked: Mapping[str, int] = field(default_factory=dict)
    first_at: float = 0.0
    last_at: float = 0.0
    taken: Sequence[tuple[float, str]] = ()
    times: Mapping[str, Sequence[float]] = field(default_factory=dict)
    cpu: float = 0.0


class Farm:
    """The handle of a running farm."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self.port = int(process.stdout.readline())
        self.sink = f"json://127.0.0.1:{self.port}/sink"
        self.asked: dict[str, int] = {}

    def url(self, index: int) -> str:
        """Return a feed's address: each feed has a host of its own."""
        host = f"127.{1 + index // 62_500}.{index // 250 % 250}.{1 + index % 250}"
        return f"http://{host}:{self.port}/feed/{index}"

    def put(
        self, count: int, *, version: int = 0, validators: bool = True, delay: float = 0.0, quiet: bool = False
    ) -> None:
        """Serve this version of all feeds, with or without ETag and Last-Modified; `count` are made ready now.

        Each answer comes `delay` seconds after it was asked for, on average. `quiet`: it is 304, whatever is asked.
        """
        served = {"count": count, "version": version, "validators": validators, "delay": delay, "quiet": quiet}
        self._ask({"put": served})

    def publish(self, index: int, title: str) -> float:
        """Add an entry to a feed; return when that was."""
        return float(self._ask({"publish": [index, title]}))

    def tell(self) -> Told:
        """Return what was asked since the last time."""
        return Told(**self._ask({"tell": True}))

    def _ask(self, command: object) -> Any:  # noqa: ANN401 - JSON is anything.
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(command) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "the farm has ended"
        return json.loads(line)


@contextmanager
def farm(seed: int = 6) -> Iterator[Farm]:
    """Serve feeds until the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "support.farmserver", str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    ) as process:
        try:
            yield Farm(process)
        finally:
            process.communicate()  # which ends its standard input, and so itself.
