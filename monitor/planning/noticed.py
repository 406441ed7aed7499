"""What is noticed of a feed from poll to poll, and the incidents that come of it: values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Trouble(StrEnum):
    """Why a feed cannot be read: for what it answers, not for how it is reached."""

    NONE = ""
    OTHER = "other"
    GONE = "gone"
    PAGE = "page"


class Kind(StrEnum):
    """What an incident is about."""

    FAILING = "failing"  # it cannot be fetched or parsed.
    GONE = "gone"  # its publisher says 410.
    PAGE = "page"  # a web page in its place: a consent page, a login, an error.
    EMPTY = "empty"  # it held entries, and holds none any more.
    OVERDUE = "overdue"  # it fell due long ago, and was not asked, or its answer was not written.
    SILENT = "silent"  # nothing new for longer than its habit.
    GAP = "gap"  # nothing of what it held last was there the next time.
    AHEAD = "ahead"  # what is new is dated in the future.
    BODIES = "bodies"  # far less text on its pages than usual.
    NETWORK = "network"  # most feeds fail at once.
    CLOCK = "clock"  # most feeds are ahead of this machine.
    STATE = "state"  # the database was damaged, and replaced.


@dataclass(frozen=True, slots=True)
class Noticed:
    """What was noticed of a feed. `history` are the hours in which something new came, as text.

    `held` is how many entries its last document with any had; `empty_since` when the first one without any came,
    `empty_longest` how long that lasted before. `weight` adds up failures in a row, by how likely they mend
    themselves. `ahead` counts new entries in a row dated in the future, since `ahead_since`, by `ahead_by` at least.
    `gap_at` is when a document last shared nothing with the one before, which was read at `gap_since`.
    """

    feed_id: str
    history: str = ""
    held: int = 0
    empty_since: datetime | None = None
    empty_longest: timedelta = timedelta(0)
    trouble: Trouble = Trouble.NONE
    weight: float = 0.0
    ahead: int = 0
    ahead_since: datetime | None = None
    ahead_by: timedelta = timedelta(0)
    gap_at: datetime | None = None
    gap_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that went wrong with a feed, or, with `feed_id` "", with many. Open until `closed_at`."""

    id: str
    kind: Kind
    feed_id: str
    opened_at: datetime
    text: str
    closed_at: datetime | None = None
