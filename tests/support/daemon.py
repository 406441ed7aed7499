"""The real program in a process of its own: started, watched by its log lines, signalled, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

MONITOR = (sys.executable, "-m", "monitor")
# How many times longer than usual is waited for what comes: a machine on which much else runs needs it.
PATIENCE = float(os.environ.get("MONITOR_TEST_PATIENCE", "1"))


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which no terminal and no proxy of this machine plays a part."""
    dropped = {"HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "JOURNAL_STREAM", "NOTIFY_SOCKET"}
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    return {**kept, "PYTHONUNBUFFERED": "1", **(extra or {})}


def call(
    *words: str, env: dict[str, str] | None = None, stdin: str = "", seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(  # noqa: PLW1510 - exit codes are what tests look at.
        [*MONITOR, *words], input=stdin, capture_output=True, text=True, timeout=seconds, env=environment(env)
    )


def answer(*words: str, env: dict[str, str] | None = None, seconds: float = 60) -> Any:  # noqa: ANN401 - JSON is anything.
    """Run a command with --json and return what it answers."""
    done = call(*words, "--json", env=env, seconds=seconds)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


class Daemon:
    """`monitor run` as a process. Lines of its standard error are kept, and can be waited for."""

    command = "run"

    def __init__(self, config: Path, *, env: dict[str, str] | None = None) -> None:
        self.config = config
        self.lines: list[str] = []
        self.output: list[str] = []
        self._new = threading.Condition()
        self._env = environment(env)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()

    def start(self) -> None:
        """Start it and wait until it says that it runs."""
        before = len(self.lines)
        self.start_process()
        self.wait_for("event=running", after=before)

    def start_process(self) -> None:
        """Start it and wait for nothing: it may be meant to die."""
        self.process = subprocess.Popen(
            [*MONITOR, self.command, "--config", str(self.config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._env,
        )
        for stream, lines in ((self.process.stderr, self.lines), (self.process.stdout, self.output)):
            threading.Thread(target=self._collect, args=(stream, lines), daemon=True).start()

    def wait_for(self, *words: str, after: int = 0, seconds: float = 30) -> str:
        """Wait for a line (from number `after` on) of standard error that holds all `words`, and return it."""
        return self.wait_for_count(1, *words, after=after, seconds=seconds)[0]

    def wait_for_count(self, count: int, *words: str, after: int = 0, seconds: float = 30) -> list[str]:
        """Wait for `count` such lines, and return all there are."""

        def found() -> list[str]:
            return [line for line in self.lines[after:] if all(word in line for word in words)]

        with self._new:
            patience = seconds * PATIENCE
            self._new.wait_for(lambda: len(found()) >= count or self.process.poll() is not None, patience)
            if len(found()) < count:
                raise AssertionError(f"{len(found())} of {count} lines with {words} in:\n" + "".join(self.lines[-60:]))
            return found()

    def stop(self, seconds: float = 15) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._end(seconds)

    def kill(self) -> None:
        """Send SIGKILL, if it still lives."""
        if self.process.poll() is not None:
            return
        self.process.kill()
        self._end(5)

    def wait_for_end(self, seconds: float = 30) -> int:
        """Wait until it has ended by itself, and return the exit code; -9 is a kill."""
        return self._end(seconds)

    def _end(self, seconds: float) -> int:
        code = self.process.wait(seconds * PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def _collect(self, stream: Any, lines: list[str]) -> None:  # noqa: ANN401 - a text stream of Popen.
        try:
            for line in stream:
                with self._new:
                    lines.append(line)
                    self._new.notify_all()
        except ValueError:  # closed while we read.
            return
        finally:
            with self._new:
                self._new.notify_all()


class Worker(Daemon):
    """`monitor worker` as a process."""

    command = "worker"
