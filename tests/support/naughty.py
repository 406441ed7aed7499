"""Functions that misbehave, for children to call by name."""

from __future__ import annotations

import ctypes
import os
import pickle
import time
from pathlib import Path

from monitor.errors import ParseError


def echo(*values: object) -> tuple[object, ...]:
    return values


def process_id() -> int:
    return os.getpid()


def burn() -> None:
    while True:
        pass


def wait(seconds: float) -> str:
    time.sleep(seconds)
    return "waited"


def say_and_wait(path: str, seconds: float) -> None:
    """Write a word to the pipe at `path`, then wait."""
    Path(path).write_text("at work", encoding="utf-8")
    time.sleep(seconds)


def eat(size: int) -> int:
    return len(bytearray(size))


def grow(size: int) -> int:
    KEPT.append(b"x" * size)
    return os.getpid()


def crash() -> None:
    ctypes.string_at(0)


def leave(status: int) -> None:
    os._exit(status)


def refuse() -> None:
    raise ParseError("https://example.org/", "this is not a feed")


def fail() -> None:
    raise KeyError("absent")


def noise() -> str:
    print("on standard output")  # noqa: T201 - what a library might do.
    return "done"


def secret(name: str) -> str | None:
    return os.environ.get(name)


def strange() -> object:
    return Path("/not/a/value/of/ours")


def forge(answer: bytes) -> None:
    """Do as a child that was taken over does: answer every later job with bytes of its own making."""
    pickle.dumps = lambda *_, **__: answer


def ends_on(signals: tuple[int, ...]) -> str:
    for number in signals:
        os.kill(os.getpid(), number)
    return "alive"


KEPT: list[bytes] = []
