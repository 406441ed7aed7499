"""Work on hostile input in processes that may die of it.

A body from the network can make a parser loop, eat memory or crash. So every feed and page is read in a child process
with limits of its own; the parent imports neither feedparser nor trafilatura. One socket pair joins a child with its
parent: a job is a pickled pair (function as "module:name", arguments), an answer is a pickled `Answer`. The parent
unpickles only values of this project, so that a child taken over by its input cannot run code in the parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass, is_dataclass
from datetime import timedelta
from typing import Any, ClassVar

from monitor.errors import MonitorError

MEGABYTE = 1_000_000
LENGTH = struct.Struct(">Q")
MOST_ANSWER = 64 * MEGABYTE  # more than any feed within the caps gives.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ")  # secrets in the environment stay with the parent.
SAFE_NAMES = {
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("monitor.sources.children", "Answer"),
}
# Of these only their own dataclasses: they name more than that, and what they name names everything.
SAFE_MODULES = (
    "monitor.model",
    "monitor.model.reading",
    "monitor.model.words",
    "monitor.planning.work",
    "monitor.sources.discover",
    "monitor.sources.opml",
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one child may use. `cpu` is for one job; `wall` ends a job that waits instead of working.

    Beyond `keep` bytes of resident memory, or `jobs` jobs, a child is replaced by a fresh one after it has answered.
    """

    cpu: timedelta = timedelta(seconds=10)
    wall: timedelta = timedelta(seconds=40)
    memory: int = 512 * MEGABYTE
    keep: int = 150 * MEGABYTE
    jobs: int = 2_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child says of one job: `kind` is ok, refused, memory or failed; `resident` is its size in bytes."""

    kind: str
    value: Any
    resident: int


class ChildError(MonitorError):
    """Say that a job was refused by its function, was stopped, or took its child with it.

    `harmful` is True where a child was lost to the job, or to its hunger: the same input would cost the next one too.
    """

    def __init__(self, text: str, *, harmful: bool = False) -> None:
        super().__init__(text)
        self.harmful = harmful


class _Unpickler(pickle.Unpickler):
    """Know the project's values and dates, and nothing that runs."""

    _found: ClassVar[dict[tuple[str, str], Any]] = {}  # what was let in once: each answer names the same few again.

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - whatever class was named.
        found = self._found.get((module, name))
        if found is None:
            found = self._found[module, name] = self._find_safe(module, name)
        return found

    def _find_safe(self, module: str, name: str) -> Any:  # noqa: ANN401 - same.
        # A name may hold dots, which lead from a module to all that it imports.
        if (module, name) in SAFE_NAMES:
            return super().find_class(module, name)
        if module in SAFE_MODULES and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and is_dataclass(found) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not taken from a child")


def _read_answer(body: bytes) -> Answer:
    """Unpickle an answer. Raises: ChildError."""
    try:
        answer = _Unpickler(io.BytesIO(body)).load()
    except pickle.UnpicklingError as exc:
        raise ChildError(f"answered with something else than values: {exc}") from exc
    except Exception as exc:  # a pickle that nobody can trust raises anything.
        raise ChildError(f"answered with something else than values ({type(exc).__name__})") from exc
    if not isinstance(answer, Answer) or not isinstance(answer.resident, int):
        raise ChildError("answered with something else than an answer")
    if answer.kind not in ("ok", "memory") and not isinstance(answer.value, str):
        raise ChildError("answered with something else than a reason")
    return answer


@dataclass(slots=True, eq=False)
class _Child:
    """One running process and the parent's end of its socket."""

    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    served: int = 0
    burial: asyncio.Task[int] | None = None

    async def ask(self, job: bytes) -> Answer:
        """Send one job and wait for its answer. Raises: OSError, IncompleteReadError if the child is no more."""
        self.writer.write(LENGTH.pack(len(job)))
        self.writer.write(job)
        await self.writer.drain()
        (size,) = LENGTH.unpack(await self.reader.readexactly(LENGTH.size))
        if size > MOST_ANSWER:
            raise ChildError(f"answered with more than {MOST_ANSWER // MEGABYTE} MB")
        body = await self.reader.readexactly(size)
        self.served += 1
        return _read_answer(body)


class Children:
    """A few child processes, started when first needed and replaced when they die. `size` None: one a core.

    All methods belong to one event loop, whose thread must live as long as the children: they die with it.
    """

    def __init__(self, size: int | None = None, *, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self.size = size or len(os.sched_getaffinity(0))
        self._slots = asyncio.Semaphore(self.size)
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._burials: set[asyncio.Task[int]] = set()
        self._closed = False

    async def run(self, function: str, payload: tuple[Any, ...], *, wall: timedelta | None = None) -> Any:  # noqa: ANN401
        """Call "module:name" with `payload` in a child and return what it returns.

        Raises: ChildError if the function refused the input or the child was stopped; its text says which.
        """
        async with self._slots:
            # Not before a child is free: every waiting job would hold its body twice.
            # Bytes are copied faster than a thread is woken.
            job = pickle.dumps((function, payload))
            if self._closed:
                raise ChildError("the children are closed")
            child = self._take_idle() or await self._start()
            self._busy.add(child)
            try:
                answer = await self._ask(child, job, wall or self._bounds.wall)
            except BaseException:
                self._bury(child)
                raise
            finally:
                self._busy.discard(child)
            if self._is_spent(child, answer):
                self._bury(child)
            else:
                self._idle.append(child)
        return self._value(answer)

    async def close(self) -> None:
        """Stop all children and wait until they are gone. Jobs under way end with ChildError."""
        self._closed = True
        for child in (*self._idle, *self._busy):
            self._bury(child)
        self._idle.clear()
        while self._burials:
            await asyncio.gather(*self._burials, return_exceptions=True)

    async def _ask(self, child: _Child, job: bytes, wall: timedelta) -> Answer:
        try:
            async with asyncio.timeout(wall.total_seconds()):
                return await child.ask(job)
        except TimeoutError as exc:
            raise ChildError(f"stopped after {wall.total_seconds():g} s", harmful=True) from exc
        except (OSError, asyncio.IncompleteReadError) as exc:
            cause = self._cause(await asyncio.shield(self._bury(child)))
            raise ChildError(cause, harmful=not self._closed) from exc

    def _is_spent(self, child: _Child, answer: Answer) -> bool:
        worn = child.served >= self._bounds.jobs or answer.resident > self._bounds.keep
        return worn or answer.kind == "memory" or self._closed

    def _take_idle(self) -> _Child | None:
        while self._idle:
            child = self._idle.pop()
            if child.process.poll() is None:
                return child
            self._bury(child)
        return None

    async def _start(self) -> _Child:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own program; vfork takes two milliseconds.
                    self._command(theirs.fileno()),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=_environment(),
                    start_new_session=True,  # a terminal's Ctrl-C is for the parent, which drains first.
                )
            except BaseException:
                ours.close()
                raise
        reader, writer = await asyncio.open_connection(sock=ours, limit=MEGABYTE)
        return _Child(process, reader, writer)

    def _command(self, number: int) -> list[str]:
        seconds = f"{self._bounds.cpu.total_seconds():g}"
        limits = [str(number), str(os.getpid()), str(self._bounds.memory), seconds, str(self._bounds.keep)]
        return [sys.executable, "-P", "-m", "monitor.sources.child", *limits]

    def _bury(self, child: _Child) -> asyncio.Task[int]:
        """Kill a child now and reap it off the loop, once; the task gives its exit status."""
        if child.burial is None:
            # One that has hung up by itself is dying of something that its status will tell.
            if child.process.poll() is None and not child.reader.at_eof():
                child.process.kill()
            child.writer.close()
            child.burial = asyncio.ensure_future(_reap(child))
            self._burials.add(child.burial)
            child.burial.add_done_callback(self._burials.discard)
        return child.burial

    def _cause(self, status: int) -> str:
        if status in {-signal.SIGPROF, -signal.SIGXCPU}:
            return f"stopped after {self._bounds.cpu.total_seconds():g} s of work"
        if status == -signal.SIGKILL:
            return "its process was killed"
        if status < 0:
            return f"its process crashed ({signal.Signals(-status).name})"
        return f"its process ended with status {status}"

    def _value(self, answer: Answer) -> Any:  # noqa: ANN401 - whatever the function returned.
        if answer.kind == "ok":
            return answer.value
        if answer.kind == "memory":
            raise ChildError(f"needed more than {self._bounds.memory // MEGABYTE} MB", harmful=True)
        raise ChildError(answer.value)


async def _reap(child: _Child) -> int:
    """Wait for a dying child; one that has hung up but does not end is killed."""
    with contextlib.suppress(OSError):
        await child.writer.wait_closed()
    return await asyncio.to_thread(_wait, child.process)


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONIOENCODING": "utf-8"}
