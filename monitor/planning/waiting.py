"""What waits to be sent, as the store hands it to the plan of the queue, and what that plan hands back.

Thousands may wait. So what waits alike is counted (`Bucket`), and single deliveries (`Waiting`) are loaded only where
the plan has picked a lane, or where something has to be done about each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from monitor.model import Alert, Alerting, Channel, Delivery, DeliveryState, Severity, Silence
from monitor.planning.work import NewAlert

Lane = tuple[str, str]  # channel id and recipient: whoever reads it, reads all of it.


def _nowhere(_place: str) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says about when deliveries leave.

    `zones` says where each channel's reader lives; `within` maps a watch to the watches for whole regions that it lies
    in; `names` to what messages call it. `watches_in` returns the watches that lie in a place as a person wrote it.
    `give_up` bounds how old a death may be that a fallback is told of. `flush`: digests go at once, for `monitor once`.
    """

    channels: Mapping[str, Channel]
    zones: Mapping[str, tzinfo]
    alerting: Alerting = field(default_factory=Alerting)
    give_up: timedelta = timedelta(hours=72)
    within: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    watches_in: Callable[[str], frozenset[str]] = _nowhere
    flush: bool = False


@dataclass(frozen=True, slots=True)
class Reminded:
    """A channel that wants reminders, up to `times`, of what it accepted after `accepted_after`, of `least` severity.

    One is due where the last word, the alert or a reminder, was accepted by `before`.
    """

    channel_id: str
    accepted_after: datetime
    before: datetime
    least: Severity
    times: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What a store is asked for: times that follow from the rules, and the channels to which each applies.

    `singles_after` and `digests_after` are what counts as departed lately. `stranded_before`: what waits since then may
    go to a fallback of `covered` channels, what gathers if it waits since `gathered_before`, and what died after
    `died_after`; but for what rests by its channel and severity. `reminded` channels want reminders.
    """

    singles_after: datetime
    digests_after: datetime
    covered: tuple[str, ...] = ()
    stranded_before: datetime | None = None
    gathered_before: datetime | None = None
    resting: tuple[tuple[str, Severity], ...] = ()
    died_after: datetime | None = None
    reminded: tuple[Reminded, ...] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """What waits alike on one lane: due and pending, or held. `number` of them, the oldest made at `oldest_at`.

    `gathers`: may go into a digest, never attempted yet; `grouped`: has to. `carries`: digests that were never tried.
    `since` is when the waiting of the first began.
    """

    channel_id: str
    recipient: str
    state: DeliveryState
    severity: Severity
    number: int
    oldest_at: datetime
    since: datetime
    gathers: bool = False
    grouped: bool = False
    carries: bool = False

    @property
    def lane(self) -> Lane:
        """The channel and recipient."""
        return self.channel_id, self.recipient


@dataclass(frozen=True, slots=True)
class Departed:
    """What went out on a lane lately: how many single messages, when the last digest did, and the last of each rank."""

    singles: int = 0
    digest_at: datetime | None = None
    last_at: Mapping[int, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery with its alert. `told` are the watches that its reader was told of for the same article before.

    `since` is when its waiting began: held and muted time does not count. `noted_by` is who took note of what it
    reminds of.
    """

    delivery: Delivery
    alert: Alert
    since: datetime
    told: frozenset[str] = frozenset()
    noted_by: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery that was accepted and that nobody has acknowledged, with the reminders there were.

    `reminded_at` is when the last of them was made, or accepted if it was.
    """

    delivery: Delivery
    alert: Alert
    reminders: int = 0
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """All that waits, and what is known around it. `silences` are those not yet closed, ended ones too.

    `lost`: the channels with something in flight whose lease has ended. `waits`: those whose services asked to be left
    alone, and until when.
    """

    buckets: tuple[Bucket, ...] = ()
    departed: Mapping[Lane, Departed] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    stranded: tuple[Waiting, ...] = ()
    told: tuple[Told, ...] = ()
    lost: tuple[str, ...] = ()
    waits: Mapping[str, datetime] = field(default_factory=dict)


# --- what the plan says -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hold:
    """All that is pending on a channel and less severe than `below` is held, until about `until`."""

    channel_id: str
    below: Severity
    until: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """All that is held on a channel and at least so severe is pending again, to go in one digest."""

    channel_id: str
    least: Severity = Severity.LOW


@dataclass(frozen=True, slots=True)
class Wait:
    """All that is pending on a channel is due when its service, which asked for it, may be sent to again."""

    channel_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Mute:
    """A delivery that is not sent, and why; by a silence until that ends, else for good."""

    delivery_id: str
    error: str
    silence_id: str | None = None


@dataclass(frozen=True, slots=True)
class HandOver:
    """A delivery that another channel takes over, by new deliveries of the alert unless it has that already.

    `rest` is for who has it for other watches only, and can be told of these in no other way.
    """

    delivery_id: str
    channel_id: str
    new: NewAlert
    rest: NewAlert | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder of an accepted delivery, to be written with the count."""

    delivery_id: str
    number: int
    new: NewAlert
    reminds: str


@dataclass(frozen=True, slots=True)
class Pick:
    """A lane that may be sent to now, and which of its deliveries to load: at most `limit`, the most severe first.

    `digest`: all that gathers goes into one. Otherwise the first goes alone, of those that gather and those that do
    not as `gathers` says. All are of `least` severity or more, and a single one of `most` or less.
    """

    channel_id: str
    recipient: str
    gathers: bool
    digest: bool
    least: Severity
    limit: int
    most: Severity = Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Carrier:
    """A digest: its alert with one delivery, and the ids of the deliveries that it carries."""

    new: NewAlert
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """All that one turn of the queue changes, in one transaction. `leases` are sent now; of `carriers` some are."""

    holds: tuple[Hold, ...] = ()
    releases: tuple[Release, ...] = ()
    waits: tuple[Wait, ...] = ()
    closed: tuple[str, ...] = ()
    mutes: tuple[Mute, ...] = ()
    handed: tuple[HandOver, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    lost: tuple[str, ...] = ()
    picks: tuple[Pick, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    leases: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the queue looks otherwise afterwards, apart from what is sent."""
        return any(
            (
                self.holds,
                self.releases,
                self.waits,
                self.closed,
                self.mutes,
                self.handed,
                self.reminders,
                self.lost,
            )
        )
