"""What one turn of the queue does: who is held, muted or handed over, and which delivery each channel sends now.

Everything follows from what waits and from the present time; nothing is planned ahead. So a reload, a clock that jumps
and a start after a crash need nothing of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Alert, Channel, Delivery, DeliveryState, Reason, Severity
from monitor.planning.identity import reminder_id, stand_in_id
from monitor.planning.quiet import quiet_until
from monitor.planning.read import delivery
from monitor.planning.silences import inhibition, inhibitions, silence_for
from monitor.planning.waiting import (
    Bucket,
    Departed,
    HandOver,
    Hold,
    Lane,
    Mute,
    Pick,
    Queue,
    QueuePlan,
    Release,
    Reminded,
    Reminder,
    Rules,
    Scope,
    Told,
    Wait,
    Waiting,
)
from monitor.planning.work import NewAlert

SIFT = 20  # rows looked at for one to send: some may be muted.
GATHER = 2_000  # members of the digests made at once; what is beyond waits for the next.
LATELY = timedelta(days=1)  # how much longer than planned a reminder may come, after a pause of the daemon.


def scope_of(rules: Rules, now: datetime) -> Scope:
    """Return what the store is asked for."""
    return Scope(
        singles_after=now - rules.alerting.burst_window,
        digests_after=now - rules.alerting.digest_every,
        covered=tuple(channel.id for channel in rules.channels.values() if _fallback(channel, rules)),
        stranded_before=now - rules.alerting.fallback_after,
        # What is gathered waits by design: it is not stranded before its digest could have gone twice.
        gathered_before=now - max(rules.alerting.fallback_after, 2 * rules.alerting.digest_every),
        resting=tuple(
            (channel_id, severity)
            for channel_id, (below, _) in _quiet_now(rules, now).items()
            for severity in Severity
            if severity.rank < below.rank
        ),
        died_after=now - rules.give_up,
        reminded=tuple(_reminded(rules, now)),
    )


def _reminded(rules: Rules, now: datetime) -> Iterator[Reminded]:
    for channel in rules.channels.values():
        if remind := channel.remind:
            longest = remind.every * (remind.times + 1) + LATELY
            yield Reminded(channel.id, now - longest, now - remind.every, remind.least, remind.times)


def plan_queue(queue: Queue, rules: Rules, free: Sequence[str], *, now: datetime) -> QueuePlan:
    """Return what changes in the queue, and which lanes of the `free` channels may be sent to."""
    quiet = _quiet_now(rules, now)
    awake = tuple(bucket for bucket in queue.buckets if not _rests(bucket, quiet))
    waits = _Pending(tuple(bucket for bucket in awake if bucket.state is DeliveryState.PENDING), queue.departed, rules)
    mutes, handed = _strand(queue, rules, quiet, now)
    left_alone = {id_: until for id_, until in queue.waits.items() if until > now}
    return QueuePlan(
        holds=tuple(_holds(queue.buckets, quiet)),
        releases=tuple(_releases(awake, quiet)),
        waits=tuple(_waits(waits.buckets, left_alone)),
        closed=tuple(silence.id for silence in queue.silences if silence.ends_at <= now),
        mutes=mutes,
        handed=handed,
        reminders=tuple(_reminders(queue.told, rules, now)),
        # On a channel that is not free its claimant is still at it, however far the clock has jumped. Of one that was
        # taken away nobody knows, and nobody is sent to there again.
        lost=tuple(id_ for id_ in queue.lost if id_ in free or id_ not in rules.channels),
        picks=tuple(_picks(waits, quiet, [id_ for id_ in free if id_ not in left_alone], now)),
    )


@dataclass(frozen=True, slots=True)
class Departure:
    """What the deliveries that a turn looked at come to: mutes, ids that go alone, and members of digests by lane."""

    mutes: tuple[Mute, ...] = ()
    alone: tuple[str, ...] = ()
    gathered: tuple[tuple[Waiting, ...], ...] = ()


def plan_departure(
    picked: Sequence[tuple[Pick, Sequence[Waiting]]], queue: Queue, rules: Rules, *, now: datetime
) -> Departure:
    """Say of the deliveries of the picked lanes which are muted, which goes alone, and which make a digest."""
    mutes: list[Mute] = []
    alone: list[str] = []
    gathered: list[tuple[Waiting, ...]] = []
    for pick, rows in picked:
        judged = [(row, _mute(row, queue, rules, now)) for row in rows]
        mutes += [mute for _, mute in judged if mute]
        left = tuple(row for row, mute in judged if not mute)
        if pick.digest:
            covered = tuple(inhibitions(left, rules))
            mutes += covered
            left = tuple(row for row in left if row.delivery.id not in {mute.delivery_id for mute in covered})
        if pick.digest and len(left) > 1:
            gathered.append(left)
        else:
            alone += [row.delivery.id for row in left[:1]]
    return Departure(tuple(mutes), tuple(alone), tuple(gathered))


def _mute(row: Waiting, queue: Queue, rules: Rules, now: datetime) -> Mute | None:
    if silence := silence_for(row, queue.silences, rules, now):
        return Mute(row.delivery.id, f"silenced by {silence.author}: {silence.reason}", silence.id)
    why = f"{row.noted_by} took note of it" if row.noted_by else inhibition(row, rules)
    return Mute(row.delivery.id, why) if why else None


# --- quiet hours --------------------------------------------------------------------------------------------------

_Quiet = Mapping[str, tuple[Severity, datetime]]


def _quiet_now(rules: Rules, now: datetime) -> _Quiet:
    """Return the channels that are quiet now: below which severity, and until when."""
    return {
        channel.id: (channel.quiet.except_, until)
        for channel in rules.channels.values()
        if channel.quiet and (until := quiet_until(channel.quiet, rules.zones[channel.id], now))
    }


def _rests(bucket: Bucket, quiet: _Quiet) -> bool:
    return bucket.channel_id in quiet and bucket.severity.rank < quiet[bucket.channel_id][0].rank


def _holds(buckets: Iterable[Bucket], quiet: _Quiet) -> Iterator[Hold]:
    """Hold what is pending on quiet channels."""
    channels = {row.channel_id for row in buckets if row.state is DeliveryState.PENDING and _rests(row, quiet)}
    for channel_id in sorted(channels):
        below, until = quiet[channel_id]
        yield Hold(channel_id, below, until)


def _releases(awake: Iterable[Bucket], quiet: _Quiet) -> Iterator[Release]:
    """Let go of what is held on channels that are quiet no more, or that it is too severe for."""
    for channel_id in sorted({row.channel_id for row in awake if row.state is DeliveryState.HELD}):
        yield Release(channel_id, quiet[channel_id][0] if channel_id in quiet else Severity.LOW)


def _waits(due: Iterable[Bucket], left_alone: Mapping[str, datetime]) -> Iterator[Wait]:
    """Postpone what came, or was let go, while a service wants to be left alone."""
    for channel_id in sorted({bucket.channel_id for bucket in due}.intersection(left_alone)):
        yield Wait(channel_id, left_alone[channel_id])


# --- what goes now ------------------------------------------------------------------------------------------------


_Urgency = tuple[bool, int, datetime, str]  # not owed a turn, less severe, later made; and the recipient.


@dataclass(frozen=True, slots=True)
class _Pending:
    buckets: tuple[Bucket, ...]
    departed: Mapping[Lane, Departed]
    rules: Rules


def _picks(waits: _Pending, quiet: _Quiet, free: Sequence[str], now: datetime) -> Iterator[Pick]:
    """Pick for each free channel the lane with the most severe delivery that may go, then the oldest."""
    by_lane: dict[Lane, list[Bucket]] = {}
    for bucket in waits.buckets:
        by_lane.setdefault(bucket.lane, []).append(bucket)
    best: dict[str, tuple[_Urgency, Pick]] = {}
    for (channel_id, recipient), buckets in by_lane.items():
        if channel_id not in free:
            continue
        least = quiet[channel_id][0] if channel_id in quiet else Severity.LOW
        for kind, pick in _candidates((channel_id, recipient), buckets, waits, least, now):
            owed = _owed_a_turn(kind, waits, now)
            first = min(kind, key=lambda bucket: (-bucket.severity.rank, bucket.oldest_at))
            urgency = (owed is None, -first.severity.rank, first.oldest_at, recipient)
            if channel_id not in best or urgency < best[channel_id][0]:
                best[channel_id] = urgency, replace(pick, most=owed or pick.most)
    for channel_id in free:
        if channel_id in best:
            yield best[channel_id][1]


def _owed_a_turn(buckets: Sequence[Bucket], waits: _Pending, now: datetime) -> Severity | None:
    """Return how severe it is of these what has waited so long that more severe messages must let one pass.

    They keep coming, and do so once in the time between two digests, so that a backlog does not delay what is urgent.
    """
    alerting, channel_id = waits.rules.alerting, buckets[0].channel_id
    lately = [
        rank
        for (id_, _), departed in waits.departed.items()
        if id_ == channel_id
        for rank, at in departed.last_at.items()
        if at + alerting.digest_every > now
    ]
    long_ago = (bucket.severity for bucket in buckets if bucket.since + alerting.fallback_after <= now)
    owed = (severity for severity in long_ago if not any(rank <= severity.rank for rank in lately))
    return max(owed, key=lambda severity: severity.rank, default=None)


def _candidates(
    lane: Lane, buckets: Sequence[Bucket], waits: _Pending, least: Severity, now: datetime
) -> Iterator[tuple[Sequence[Bucket], Pick]]:
    """Yield what may go now on a lane, and how it is picked."""
    solo = [bucket for bucket in buckets if not bucket.gathers]
    if solo:
        yield solo, Pick(*lane, gathers=False, digest=False, least=least, limit=SIFT)
    gathering = [bucket for bucket in buckets if bucket.gathers]
    if not gathering:
        return
    departed = waits.departed.get(lane, Departed())
    budget = max(waits.rules.alerting.burst - departed.singles, 0)
    if _digest_is_due(buckets, departed, budget, waits.rules, now):
        yield gathering, Pick(*lane, gathers=True, digest=True, least=least, limit=GATHER)
        return
    fresh = [bucket for bucket in gathering if not bucket.grouped]
    if fresh and budget:
        yield fresh, Pick(*lane, gathers=True, digest=False, least=least, limit=SIFT)


def _digest_is_due(buckets: Sequence[Bucket], departed: Departed, budget: int, rules: Rules, now: datetime) -> bool:
    """Say whether what gathers on a lane goes out together now.

    It does if more waits than may go alone, or if some of it was held or muted. A digest takes all that waits, what
    could have gone alone too: else a slow channel would send single messages for ever.
    """
    if any(bucket.carries for bucket in buckets):
        return False  # one of several messages of the last digest has not been tried yet.
    gathering = [bucket for bucket in buckets if bucket.gathers]
    grouped = any(bucket.grouped for bucket in gathering)
    if not grouped and sum(bucket.number for bucket in gathering) <= budget:
        return False
    if rules.flush:
        return True
    every = rules.alerting.digest_every
    if departed.digest_at is not None and departed.digest_at + every > now:
        return False
    return grouped or min(bucket.since for bucket in gathering) + every <= now


# --- the fallback -------------------------------------------------------------------------------------------------


def _fallback(channel: Channel, rules: Rules) -> Channel | None:
    return rules.channels.get(channel.fallback) if channel.fallback else None


def _strand(queue: Queue, rules: Rules, quiet: _Quiet, now: datetime) -> tuple[tuple[Mute, ...], tuple[HandOver, ...]]:
    """Hand over what is dead or has waited too long; what is silenced is muted instead, what is held waits.

    What a digest carries cannot be muted by itself: it is handed over, and judged anew where it goes.
    """
    mutes: list[Mute] = []
    handed: list[HandOver] = []
    for row in queue.stranded:
        channel = rules.channels.get(row.delivery.channel_id)
        other = _fallback(channel, rules) if channel else None
        rests = row.delivery.state is DeliveryState.PENDING and row.delivery.channel_id in quiet
        if other is None or (rests and row.alert.severity.rank < quiet[row.delivery.channel_id][0].rank):
            continue
        waits_alone = row.delivery.state is DeliveryState.PENDING and row.delivery.carried_by is None
        mute = _mute(row, queue, rules, now) if waits_alone else None
        if mute:
            mutes.append(mute)
        else:
            handed.append(_hand_over(row, other, now))
    return tuple(mutes), tuple(handed)


def _hand_over(row: Waiting, other: Channel, now: datetime) -> HandOver:
    original = row.delivery
    grouped = original.grouped or original.carried_by is not None
    rest = stand_in(row.alert, original, now)
    return HandOver(
        original.id,
        other.id,
        NewAlert(row.alert, _at(other, row.alert, original, now, grouped=grouped)),
        NewAlert(rest, _at(other, rest, original, now, grouped=grouped)),
    )


def _at(other: Channel, alert: Alert, original: Delivery, now: datetime, *, grouped: bool) -> tuple[Delivery, ...]:
    return tuple(
        replace(
            delivery(alert, other, to, original.watches, now=now), fallback_for=original.channel_id, grouped=grouped
        )
        for to in other.recipients
    )


def stand_in(alert: Alert, original: Delivery, now: datetime) -> Alert:
    """Return the update that tells of what one delivery was to tell of, for who has the alert for other watches."""
    return replace(
        alert,
        id=stand_in_id(alert.id, original.watches),
        reason=alert.reason if alert.reason is Reason.REMINDER else Reason.UPDATE,
        created_at=now,
        watches=original.watches,
        evidence=tuple(each for each in alert.evidence if each.watch_id in original.watches),
    )


# --- reminders ----------------------------------------------------------------------------------------------------


def _reminders(told: Iterable[Told], rules: Rules, now: datetime) -> Iterator[Reminder]:
    for each in told:
        channel = rules.channels.get(each.delivery.channel_id)
        if channel and _wants_reminder(each, channel, now):
            yield _reminder(each, channel, now)


def _wants_reminder(each: Told, channel: Channel, now: datetime) -> bool:
    remind, last = channel.remind, each.reminded_at or each.delivery.delivered_at
    if remind is None or last is None or each.alert.reason not in (Reason.NEW, Reason.UPDATE):
        return False
    severe = each.alert.severity.rank >= remind.least.rank
    return severe and each.reminders < remind.times and last + remind.every <= now


def _reminder(each: Told, channel: Channel, now: datetime) -> Reminder:
    number, row = each.reminders + 1, each.delivery
    alert: Alert = replace(each.alert, id=reminder_id(each.alert.id, number), reason=Reason.REMINDER, created_at=now)
    again: Delivery = delivery(alert, channel, row.recipient, row.watches, now=now)
    return Reminder(row.id, number, NewAlert(alert, (again,)), each.alert.id)
