"""Room for jobs of a kind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Lane:
    """The running tasks of one kind of job."""

    room: int
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def free(self) -> int:
        """How many more may start."""
        return max(self.room - len(self.tasks), 0)
