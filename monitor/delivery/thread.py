"""Run a call that may block for long in a thread that nothing has to wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def start(call: Callable[[], T], *, name: str) -> asyncio.Future[T]:
    """Begin `call` in a thread of its own and return a future of what it returns or raises.

    The thread is a daemon: one that hangs in a name lookup delays neither another channel nor the end of the process.
    Raises: RuntimeError if the machine has no thread to spare.
    """
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # from here on, nobody waiting can cancel it under the thread.

    def run() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - handed on to whoever waits.
            done.set_exception(error)
        else:
            done.set_result(result)

    future = asyncio.wrap_future(done)
    threading.Thread(target=run, name=name, daemon=True).start()
    return future


async def settled(future: asyncio.Future[T], *, seconds: float) -> bool:
    """Wait for `future` at most `seconds`; say whether it is done. What it raised stays in it."""
    await asyncio.wait({future}, timeout=seconds)
    return future.done()
