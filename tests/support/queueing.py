"""A turn of the queue on a store, as the pipeline does it, with rules of a test's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.alerting.digests import Member, digest_alert, pack
from monitor.alerting.render import Names
from monitor.model import Alerting, Channel, Secret
from monitor.planning.identity import digest
from monitor.planning.queue import plan_departure, plan_queue, scope_of
from monitor.planning.read import delivery
from monitor.planning.waiting import Carrier, Rules, Waiting
from monitor.planning.work import NewAlert
from monitor.store import SqlStore
from monitor.testing.doubles import ROOMY

LEASE = timedelta(minutes=5)
SINGLES = Alerting(burst=10_000)  # no flood is ever gathered.


def rules(*channels: Channel | str, alerting: Alerting = SINGLES, **more: object) -> Rules:
    """Rules for channels, by their ids where they need nothing special; in UTC."""
    known = [Channel(each, Secret("json://x")) if isinstance(each, str) else each for each in channels]
    made = Rules({each.id: each for each in known}, {each.id: UTC for each in known}, alerting)
    return replace(made, **more)  # type: ignore[arg-type] # fields by name.


def turn(
    store: SqlStore, made: Rules, *, now: datetime, lease: timedelta = LEASE, free: Sequence[str] | None = None
) -> tuple[tuple[str, str], ...]:
    """Turn the queue until nothing changes any more; return what was claimed: (channel, delivery id)."""
    claimed: list[tuple[str, str]] = []
    free = tuple(made.channels) if free is None else free
    for _ in range(8):
        queue = store.load_queue(scope_of(made, now), now=now)
        plan = plan_queue(queue, made, free, now=now)
        departure = plan_departure(store.load_waiting(plan.picks, now=now), queue, made, now=now)
        pages = [page for gathered in departure.gathered for page in _pages(gathered, made, now)]
        carriers = [page for page in pages if isinstance(page, Carrier)]
        first = [] if not pages else [pages[0].new.deliveries[0].id if isinstance(pages[0], Carrier) else pages[0]]
        plan = replace(
            plan,
            mutes=(*plan.mutes, *departure.mutes),
            carriers=tuple(carriers),
            leases=(*departure.alone, *first),
        )
        sent = store.commit_queue(plan, now=now, lease=lease)
        claimed += sent
        free = [id_ for id_ in free if id_ not in {channel for channel, _ in sent}]
        if not plan.changes:
            break
    return tuple(claimed)


def claim(
    store: SqlStore, channels: Sequence[str] = ("desk", "phone"), *, now: datetime, lease: timedelta = LEASE
) -> tuple[tuple[str, str], ...]:
    """Claim for channels without any rules of their own."""
    return turn(store, rules(*channels), now=now, lease=lease)


def _pages(gathered: Sequence[Waiting], made: Rules, now: datetime) -> Iterable[Carrier | str]:
    lane, names = gathered[0].delivery, Names({}, {})
    members = {row.delivery.id: Member(row.delivery.id, row.alert, row.delivery.watches) for row in gathered}
    for ids in pack(tuple(members.values()), names, ROOMY):
        if len(ids) == 1:
            yield ids[0]
            continue
        alert = digest_alert(digest("digest", *ids), [members[id_] for id_ in ids], names, now=now)
        channel = made.channels[lane.channel_id]
        yield Carrier(NewAlert(alert, (delivery(alert, channel, lane.recipient, alert.watches, now=now),)), ids)
