"""Channels that take nothing, and a canary that is not found: each told once, elsewhere, and once when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model import Alert, Alerting, Channel, Reason, Severity
from monitor.planning.identity import digest
from monitor.planning.read import delivery
from monitor.planning.work import NewAlert

STALL = timedelta(minutes=15)  # a channel that accepts nothing for so long while something waits is in trouble,
DIGESTS = 2  # unless what is gathered waits longer by design: for so many digests.
MATCHING = "(matching)"  # the trouble that a canary finds before it reaches any channel.


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a channel, since when, and why in the service's own words. `canary`: only a test met it.

    `recipient` is whom it concerns, "" for all. Another channel is not told of it: it may be as good as a key.
    """

    channel_id: str
    why: str
    since: datetime
    canary: bool = False
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """A trouble that was told of at `told_at`."""

    why: str
    since: datetime
    told_at: datetime
    canary: bool = False
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class TroubleWork:
    """The troubles there are now, and when each channel with an open incident accepted something last.

    Where that is of one recipient, it is when that one's was accepted.
    """

    found: tuple[Trouble, ...] = ()
    accepted: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TroublePlan:
    """What is told, which incidents are new, by channel, and which are over."""

    alerts: tuple[NewAlert, ...] = ()
    opened: tuple[tuple[str, Incident], ...] = ()
    closed: tuple[str, ...] = ()


def stall_of(alerting: Alerting) -> timedelta:
    """Return how long a channel may accept nothing while something waits."""
    return max(STALL, DIGESTS * alerting.digest_every)


def plan_troubles(
    work: TroubleWork,
    known: Mapping[str, Incident],
    channels: Mapping[str, Channel],
    operators: Sequence[Channel],
    *,
    now: datetime,
) -> TroublePlan:
    """Return what is told of channels: each trouble once, and that it is over once the channel accepts something."""
    troubled = {trouble.channel_id for trouble in work.found} | known.keys()
    new = tuple(trouble for trouble in work.found if trouble.channel_id not in known)
    gone = tuple(id_ for id_ in known if id_ != MATCHING and _is_gone(known[id_], channels.get(id_)))
    found = {trouble.channel_id for trouble in work.found}
    over = tuple(
        id_ for id_ in known if id_ in channels and id_ not in (*found, *gone) and _accepts(known[id_], id_, work, now)
    )
    alerts = (
        *(_worse(one, audience(one.channel_id, channels, operators, troubled), now) for one in new),
        *(_better(id_, known[id_], audience(id_, channels, operators, troubled), now) for id_ in over),
    )
    return TroublePlan(
        alerts=tuple(each for each in alerts if each.deliveries),
        opened=tuple((one.channel_id, Incident(one.why, one.since, now, one.canary, one.recipient)) for one in new),
        closed=(*gone, *over),
    )


def plan_matching(
    *, found: bool, known: Incident | None, operators: Sequence[Channel], now: datetime
) -> tuple[NewAlert | None, Incident | None]:
    """Return what is told of a canary's matching, if that has changed, and the incident that is open afterwards."""
    if found and known is not None:
        text = "The canary is found again: matching works."
        return _told(text, Severity.NORMAL, operators, MATCHING, now), None
    if found or known is not None:
        return None, known
    why = "the canary, an invented article, was not matched by the watch made for it"
    text = f"Matching does not work: {why}.\nArticles may be missed. Please restart the monitor, and report this."
    return _told(text, Severity.HIGH, operators, MATCHING, now), Incident(why, now, now, canary=True)


def audience(
    channel_id: str, channels: Mapping[str, Channel], operators: Sequence[Channel], troubled: set[str]
) -> tuple[Channel, ...]:
    """Return the channels to tell of one: operators that are well, else another that is, else whoever is left."""
    others = tuple(each for each in operators if each.id != channel_id)
    rest = tuple(each for each in channels.values() if each.id != channel_id)
    well = tuple(each for each in others if each.id not in troubled)
    return well or tuple(each for each in rest if each.id not in troubled)[:1] or others or rest[:1]


def _is_gone(incident: Incident, channel: Channel | None) -> bool:
    """Say whether nobody is left whom it concerns."""
    return channel is None or bool(incident.recipient and incident.recipient not in channel.recipients)


def _accepts(incident: Incident, channel_id: str, work: TroubleWork, now: datetime) -> bool:
    """Say whether something was accepted since; anything counts where a clock that was ahead says when that was."""
    accepted_at = work.accepted.get(channel_id)
    return accepted_at is not None and (accepted_at > incident.told_at or incident.told_at > now)


def _worse(trouble: Trouble, channels: Sequence[Channel], now: datetime) -> NewAlert:
    text = (
        f"Channel {trouble.channel_id} is in trouble: {trouble.why}.\n"
        "Who reads only that channel may miss alerts. `monitor status` shows more, "
        f"`monitor send-test {trouble.channel_id}` tries it."
    )
    return _told(text, Severity.HIGH, channels, trouble.channel_id, now)


def _better(channel_id: str, incident: Incident, channels: Sequence[Channel], now: datetime) -> NewAlert:
    text = f"Channel {channel_id} accepts messages again.\nIt was in trouble: {incident.why}."
    return _told(text, Severity.NORMAL, channels, channel_id, now)


def _told(text: str, severity: Severity, channels: Sequence[Channel], about: str, now: datetime) -> NewAlert:
    alert = Alert(
        id=digest("trouble", about, text, now.isoformat()),
        reason=Reason.HEALTH,
        severity=severity,
        created_at=now,
        seen_at=now,
        text=text,
    )
    return NewAlert(
        alert, tuple(delivery(alert, channel, to, (), now=now) for channel in channels for to in channel.recipients)
    )
