"""Be a child: limit this process, then answer jobs until the parent hangs up.

Started by `monitor.sources.children` as `python -m monitor.sources.child SOCKET PARENT MEMORY CPU KEEP`.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import logging
import os
import pickle
import resource
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from monitor.errors import SourceError
from monitor.sources.children import LENGTH, Answer

PR_SET_PDEATHSIG = 1  # Source: prctl(2).
PAGE = resource.getpagesize()
# New containers before garbage is looked for, a tenth of a feed's time: it makes thousands, hardly any in circles.
GARBAGE = (20_000, 20, 20)


def main(arguments: list[str]) -> None:
    """Serve jobs from the inherited socket until it ends."""
    number, parent, memory, cpu, keep = arguments
    _die_with(int(parent))
    _limit(int(memory))
    logging.disable(logging.CRITICAL)  # what a library grumbles about hostile input helps nobody.
    warnings.simplefilter("ignore")
    gc.set_threshold(*GARBAGE)
    with socket.socket(fileno=int(number)) as line, line.makefile("rwb") as pipe:
        while len(header := pipe.read(LENGTH.size)) == LENGTH.size:
            job = pipe.read(LENGTH.unpack(header)[0])
            answer = pickle.dumps(_answer(job, cpu=float(cpu), keep=int(keep)))
            pipe.write(LENGTH.pack(len(answer)))
            pipe.write(answer)
            pipe.flush()


def _answer(job: bytes, *, cpu: float, keep: int) -> Answer:
    """Do one job under a timer of CPU time, whose signal ends this process even within a library's C code."""
    signal.setitimer(signal.ITIMER_PROF, cpu)
    try:
        name, payload = pickle.loads(job)  # noqa: S301 - written by our own parent.
        kind, value = "ok", _load(name)(*payload)
    except SourceError as exc:
        kind, value = "refused", str(exc)
    except MemoryError:
        kind, value = "memory", None
    except Exception as exc:  # noqa: BLE001 - feedparser and trafilatura raise anything on hostile input.
        kind, value = "failed", f"{type(exc).__name__}: {exc}"[:300]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if _resident() > keep:
        _give_back()
    return Answer(kind, value, _resident())


def _load(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return loaded


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, and end at once if that has happened already."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)


def _limit(memory: int) -> None:
    # RLIMIT_DATA counts private writable memory: RLIMIT_AS would count every mapped library as well.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _resident() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * PAGE


def _give_back() -> None:
    """Return what trafilatura's caches and the allocator hold on to: 92 to 119 MB after a thousand pages."""
    if (meta := sys.modules.get("trafilatura.meta")) is not None:
        meta.reset_caches()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    main(sys.argv[1:])
