"""One canonical line per job, on standard error; nothing in it can act on a terminal or a journal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.alerting.clean import clean

if TYPE_CHECKING:
    import structlog

VALUE_LENGTH = 300  # characters of one value: a line is for reading, the whole stands in the database.


class LineLog:
    """Write logfmt lines: `at=… level=info event=poll subject=dw-en health=ok new=3 ms=120`."""

    def __init__(self) -> None:
        with _without("rich"):  # structlog loads it for tracebacks in colour, which nobody sees here: 6 MB, 0.06 s.
            import structlog
        self._logger = structlog.wrap_logger(
            structlog.PrintLogger(sys.stderr),
            processors=[
                *([] if "JOURNAL_STREAM" in os.environ else [structlog.processors.TimeStamper("iso", key="at")]),
                structlog.processors.add_log_level,
                _readable,
                structlog.processors.LogfmtRenderer(key_order=["at", "level", "event", "subject"], drop_missing=True),
            ],
        )

    def job(self, kind: str, subject: str, facts: Mapping[str, object]) -> None:
        """Write the line of one job; a failed one is an error."""
        write = self._logger.error if "failed" in facts else self._logger.info
        write(kind, **({"subject": subject} if subject else {}), **facts)

    def event(self, text: str, **facts: object) -> None:
        """Write what happened between jobs."""
        self._logger.info(text, **facts)

    def problem(self, text: str, **facts: object) -> None:
        """Write what somebody should look at."""
        self._logger.warning(text, **facts)


class NoLog:
    """Say nothing: for the demo, which shows messages only."""

    def job(self, kind: str, subject: str, facts: Mapping[str, object]) -> None:
        """Drop the line."""

    def event(self, text: str, **facts: object) -> None:
        """Drop the event."""

    def problem(self, text: str, **facts: object) -> None:
        """Drop the problem."""


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Let a package that is not loaded yet seem missing."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment] # which is how Python remembers that there is none.
    try:
        yield
    finally:
        del sys.modules[package]


def _readable(_: object, __: str, facts: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: _plain(value) for key, value in facts.items()}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(timespec="seconds")
        case timedelta():
            return f"{value.total_seconds():g}s"
        case list() | tuple():
            return ",".join(str(_plain(one)) for one in value)
        case str():
            text = clean(value)
            return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"
        case _:
            return value
