"""The one thread in which the store works: one writer, and a loop that never waits for a disk.

Calls that have gathered while it was busy become one transaction where the store offers that: on a disk that syncs in
5 ms, two hundred polls a second would else be all it can write.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

from monitor.engine.worker import Worker

P = ParamSpec("P")
T = TypeVar("T")

MOST = 64  # calls in one transaction; of more, a sync costs hardly anything.
LONGEST = 0.05  # seconds that a transaction takes in further calls: the first one's caller waits for all of it.

Grouped = Callable[[], AbstractContextManager[None]]


@dataclass(slots=True, eq=False)
class _Call:
    """A call that waits for its turn. `is_tried`: it was part of a group that failed, and is made alone."""

    function: Callable[[], Any]
    is_done: bool = False
    is_tried: bool = False
    result: Any = None


class StoreThread:
    """Call functions of the store, in the order in which they come."""

    def __init__(self) -> None:
        self._worker = Worker("store")
        self._calls: deque[_Call] = deque()
        self._grouped: Grouped | None = None

    def group(self, grouped: Grouped | None) -> None:
        """From now on make calls that have gathered within `grouped()`: all are written at its end, or none. None: not.

        Functions called so may be called again if the group fails.
        """
        self._grouped = grouped

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in the thread and return what it returns, once that is written."""
        call = _Call(partial(function, *args, **kwargs))
        if self._grouped is not None:
            self._calls.append(call)
        result: T = await self._worker(self._make, call)
        return result

    def close(self) -> None:
        """End the thread when what it does is done."""
        self._worker.close()

    def _make(self, call: _Call) -> Any:  # noqa: ANN401 - whatever the function returns.
        if not call.is_done and not call.is_tried and self._grouped is not None and len(self._calls) > 1:
            self._make_together(self._grouped)
        if call.is_done:
            return call.result
        if call in self._calls:
            self._calls.remove(call)
        return call.function()

    def _make_together(self, grouped: Grouped) -> None:
        """Make what has gathered as one; if any of it fails nothing is written, and each is made alone."""
        made: list[tuple[_Call, Any]] = []
        until = time.monotonic() + LONGEST
        try:
            with grouped():
                while self._calls and len(made) < MOST and time.monotonic() < until:
                    call = self._calls.popleft()
                    call.is_tried = True
                    made.append((call, call.function()))
        except Exception:  # noqa: BLE001 - nothing of it was written: made alone, each call meets what is its own.
            return
        for call, result in made:
            call.result, call.is_done = result, True
