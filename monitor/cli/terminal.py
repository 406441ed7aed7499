"""What `monitor run` shows a person: what happens, a line each, and one line below that always says how things are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from monitor.alerting.clean import clean

NEEDED = 80  # columns that every line must fit in.


class TerminalLog:
    """Show jobs to a person: only what changed something, one line each."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self.console = console
        self._verbose = verbose
        self._failing: dict[str, str] = {}

    def job(self, kind: str, subject: str, facts: Mapping[str, object]) -> None:
        """Show the line of one job, if it says anything new."""
        if "failed" in facts:
            self._say("red", kind, f"{subject} failed: {facts['failed']}")
        elif kind == "poll":
            self._poll(subject, facts)
        elif kind == "read":
            self._read(facts)
        elif kind == "send":
            self._send(facts)

    def event(self, text: str, **facts: object) -> None:
        """Show what happened between jobs."""
        self._say("cyan", "", _sentence(text, facts))

    def problem(self, text: str, **facts: object) -> None:
        """Show what somebody should look at."""
        self._say("yellow", "problem", _sentence(text, facts))

    def _poll(self, feed: str, facts: Mapping[str, object]) -> None:
        error = str(facts.get("error", ""))
        if error:
            # The same trouble is told once, not at every try.
            if self._failing.get(feed) != error or self._verbose:
                self._say("red", feed, f"{error}; again {_when(facts.get('next'))}")
            self._failing[feed] = error
            return
        if self._failing.pop(feed, ""):
            self._say("green", feed, "answers again")
        if facts.get("first"):
            self._say("", feed, f"first poll: {facts.get('new')} entries, {facts.get('matching')} match")
        elif facts.get("new") or facts.get("changed") or self._verbose:
            counts = (f"{facts[name]} {name}" for name in ("new", "changed") if facts.get(name))
            self._say("", feed, ", ".join(counts) or "nothing new")

    def _read(self, facts: Mapping[str, object]) -> None:
        feed = str(facts.get("feed", ""))
        matches = facts.get("matches")
        if facts.get("incomplete"):
            self._say("yellow", feed, f"{facts['incomplete']}: {facts.get('url')}")
        if matches and isinstance(matches, list):
            self._say("bold green", feed, f"matches {', '.join(matches)}: {facts.get('url')}")
        elif self._verbose:
            self._say("dim", feed, f"read {facts.get('url')}")

    def _send(self, facts: Mapping[str, object]) -> None:
        channel, state = str(facts.get("channel", "")), str(facts.get("state", ""))
        if state == "delivered":
            self._say("green", channel, "told")
        elif state:
            again = f"; again {_when(facts.get('next'))}" if state == "pending" else ""
            self._say("red", channel, f"{state}: {facts.get('error', '')}{again}")

    def _say(self, style: str, who: str, what: str) -> None:
        line = Text(f"{datetime.now(UTC).astimezone():%H:%M:%S}  ", style="dim")
        if who:
            line.append(f"{clean(who)}  ", style="bold")
        line.append(clean(what), style=style or None)
        self.console.print(line, soft_wrap=False, overflow="fold")


@contextmanager
def live(console: Console, status: Callable[[], str]) -> Iterator[None]:
    """Keep one line at the bottom that says how things are, as long as this lasts; nothing where no person looks."""
    if not console.is_terminal:
        yield
        return

    def render() -> Spinner:
        spinner.update(text=Text(status(), style="dim", overflow="ellipsis", no_wrap=True))
        return spinner

    spinner = Spinner("dots", text="")
    with Live(
        get_renderable=render,
        console=console,
        refresh_per_second=4,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=False,
    ):
        yield


def _when(value: object) -> str:
    if not isinstance(value, datetime):
        return "later"
    seconds = max((value - datetime.now(UTC)).total_seconds(), 0)
    if seconds < 90:  # noqa: PLR2004 - up to here seconds read better.
        return f"in {seconds:.0f} s"
    return f"in {seconds / 60:.0f} min" if seconds < 90 * 60 else f"in {seconds / 3600:.0f} h"


def _sentence(text: str, facts: Mapping[str, object]) -> str:
    return text + "".join(f"; {key}: {value}" for key, value in facts.items() if value not in ("", None))
