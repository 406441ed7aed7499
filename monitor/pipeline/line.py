"""The canonical line of the job that runs: handlers note facts on it, and it is logged once, at the end."""

from __future__ import annotations

from contextvars import ContextVar

_line: ContextVar[dict[str, object] | None] = ContextVar("line", default=None)


def begin() -> dict[str, object]:
    """Start the line of a job and return it."""
    line: dict[str, object] = {}
    _line.set(line)
    return line


def note(**facts: object) -> None:
    """Add facts to the line of the job that runs."""
    line = _line.get()
    if line is not None:
        line.update(facts)
