"""A thread that does what it is given, in order, and answers the loop in bunches.

Threads of one process take turns in Python however many cores there are, and each turn that is fought for costs more
than it gives: eight threads that match need twice the CPU of one. An answer wakes the loop only if it is not yet woken.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Task:
    """One function to call, and what became of it."""

    function: Callable[[], Any]
    future: asyncio.Future[Any]
    answers: _Answers
    result: Any = None
    error: BaseException | None = None

    def answer(self) -> None:
        """Tell whoever waits for it, if somebody still does."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class _Answers:
    """What is done and not yet told to one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._done: deque[_Task] = deque()

    def give(self, task: _Task) -> None:
        """Let the loop take an answer, from another thread."""
        self._done.append(task)
        # One that is there already has woken the loop, which takes all that are there when its turn comes.
        if len(self._done) == 1:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more.
                self.loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        while self._done:
            self._done.popleft().answer()


class Worker:
    """Call functions in a thread of its own, in the order in which they come. The thread starts with the first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._answers: _Answers | None = None

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in the thread and return what it returns. Raises: MemoryError without a thread to spare."""
        loop = asyncio.get_running_loop()
        if self._answers is None or self._answers.loop is not loop:
            self._answers = _Answers(loop)
        task = _Task(partial(function, *args, **kwargs), loop.create_future(), self._answers)
        if self._thread is None:
            self._thread = self._begin()
        self._tasks.put(task)
        result: T = await task.future
        return result

    def _begin(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise MemoryError("the machine has no thread to spare") from error
        return thread

    def close(self) -> None:
        """End the thread when all that it was given is done."""
        if self._thread is not None:
            self._tasks.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                task.result = task.function()
            except BaseException as error:  # noqa: BLE001 - whatever it raises is raised to whoever asked.
                # A future takes no StopIteration: it would end whatever generator waits for it.
                task.error = RuntimeError(repr(error)) if isinstance(error, StopIteration) else error
            task.answers.give(task)
