"""Read a large configuration in a process beside this one, which meanwhile imports what it needs.

Most of a start is imports and, with thousands of feeds, the configuration: Python runs both on one core. Only a
configuration without mistakes is handed over. Whatever else the other process meets, the daemon meets by reading for
itself, so that errors are what they always are.
"""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from monitor.config.stamps import stamps_of

if TYPE_CHECKING:
    from monitor.config.loaded import Loaded

LARGE = 200_000  # bytes: some 2,500 feeds. Below, handing over saves less than a tenth of a second.


@dataclass(frozen=True, slots=True)
class Early:
    """A process that reads a configuration, and the pipe that its answer comes through."""

    pid: int
    pipe: int

    def take(self) -> Loaded | None:
        """Wait for what was read, once. None: read it yourself, for there are mistakes in it, or it changed since."""
        with os.fdopen(self.pipe, "rb") as pipe:
            answer = pipe.read()
        try:
            _, status = os.waitpid(self.pid, 0)
        except ChildProcessError:  # whoever started us ignores SIGCHLD: nobody is left to wait for.
            status = 0
        if status or not answer:
            return None
        try:
            loaded: Loaded
            loaded = pickle.loads(answer)  # noqa: S301 - our own process wrote it, to a pipe of ours.
        except (pickle.UnpicklingError, EOFError):
            return None
        return loaded if loaded.stamps == stamps_of(loaded.files) else None


def read_early(path: Path | None, *, cores: int | None = None) -> Early | None:
    """Begin to read a large configuration, where another core is there to do it. Call it before any thread begins.

    `cores` defaults to those that this process may use.
    """
    try:
        if path is None or path.stat().st_size < LARGE or (cores or len(os.sched_getaffinity(0))) == 1:
            return None
        theirs, ours = os.pipe()
        pid = os.fork()
    except OSError:
        return None
    if pid == 0:
        os.close(theirs)
        _answer(path, ours)
    os.close(ours)
    return Early(pid, theirs)


def _answer(path: Path, pipe: int) -> NoReturn:
    """Read the configuration, write it to the pipe, and end without what a process does at its end."""
    status = 1
    try:
        from monitor.config.load import load

        loaded = load(path)
        with os.fdopen(pipe, "wb") as answer:
            pickle.dump(loaded.packed(), answer, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)
