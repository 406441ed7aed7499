"""The units of work. A job carries ids: the row is the truth, a queue is a doorbell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.planning.work import PollWork

LEASE = timedelta(minutes=5)  # several times the slowest fetch, extraction or send; a crash is healed after it.
# What this process has never heard of rests so long, for all: else an older configuration would claim it at once again.
UNKNOWN_FOR = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Poll:
    """Ask a feed what is new. `patient`: as for Read. `work`: its row as it was claimed; None: it is loaded."""

    feed_id: str
    patient: bool = False
    work: PollWork | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Read:
    """Read the article behind an entry.

    `patient`: wait for a turn at a host however many others do; else the entry is left for a moment.
    `without_page`: by the feed's own text only.
    """

    entry_id: str
    patient: bool = False
    without_page: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Send a delivery."""

    channel_id: str
    delivery_id: str


@dataclass(frozen=True, slots=True)
class Summarise:
    """Tell the operator what first polls found, once they have answered."""

    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Expire:
    """Drop what is older than it is kept."""


@dataclass(frozen=True, slots=True)
class TryWatches:
    """Try watches that are new, or look for something else now, on the articles that are stored."""


@dataclass(frozen=True, slots=True)
class LearnHomes:
    """Learn where publishers are at home, of the articles that are stored."""


@dataclass(frozen=True, slots=True)
class GiveSigns:
    """Give the signs of life that are due: lines, canaries, reports, and word of channels that take nothing.

    `once`: the channels are left to `monitor status`.
    """

    once: bool = False


@dataclass(frozen=True, slots=True)
class WatchCoverage:
    """Find feeds that are not heard as they should be; `whole`: all of them closely, and not one part an hour.

    `awake_since` is since when feeds have been asked as they fall due; None: all that were due have been.
    """

    whole: bool = False
    awake_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class BackUp:
    """Copy the state beside itself."""


Job = Poll | Read | Send | Summarise | Expire | TryWatches | LearnHomes | GiveSigns | WatchCoverage | BackUp


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a job failed with, "" if with nothing: what the database said, or (`is_ours`) an error of this program."""

    text: str = ""
    is_ours: bool = False


NO_TROUBLE = Trouble()
