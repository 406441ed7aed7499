"""Room for jobs of a kind, and which kinds of work a process has a part in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """A kind of work; chores are all that one process does for every other."""

    POLLS = "polls"
    READS = "reads"
    SENDS = "sends"
    CHORES = "chores"


DAEMON = frozenset(Kind)
WORKER = frozenset({Kind.POLLS, Kind.READS})


@dataclass(frozen=True, slots=True)
class Room:
    """How many jobs of a kind may run at once: most of them wait for servers, some of which hang for long."""

    polls: int = 256
    reads: int = 64


@dataclass(slots=True)
class Counts:
    """What the engine did since it started, for the terminal and for the watchdog."""

    turns: int = 0
    polled: int = 0
    read: int = 0
    sent: int = 0


@dataclass(slots=True)
class Lane:
    """The running tasks of one kind of job."""

    room: int
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def free(self) -> int:
        """How many more may start."""
        return max(self.room - len(self.tasks), 0)
