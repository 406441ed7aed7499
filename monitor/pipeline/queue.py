"""Turn the queue: load -> plan -> load what was picked -> word digests -> commit, with what is sent now leased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.alerting.digests import Member, digest_alert, pack
from monitor.errors import StoreError
from monitor.pipeline.jobs import LEASE
from monitor.pipeline.services import Services
from monitor.planning.identity import digest
from monitor.planning.queue import plan_departure, plan_queue, scope_of
from monitor.planning.read import delivery
from monitor.planning.waiting import Carrier, Queue, QueuePlan, Rules, Waiting
from monitor.planning.work import NewAlert

ROUNDS = 8  # of a turn: what is let go or muted in one may send something else in the next.
LONG = 0.5  # seconds after which a turn has no further round: thousands that are handed over must not delay what goes.


async def turn_queue(services: Services, free: Sequence[str], *, flush: bool = False) -> tuple[tuple[str, str], ...]:
    """Do what the present time asks for in the queue; return what to send now: (channel, delivery id).

    Raises: StoreError, unless something was claimed before: that is sent, and the next turn meets the same refusal.
    """
    rules = rules_of(services, flush=flush)
    claimed: list[tuple[str, str]] = []
    end = services.clock.monotonic() + LONG
    for _ in range(ROUNDS):
        try:
            plan, sent = await _round(services, rules, free)
        except StoreError:
            if not claimed:
                raise
            break
        claimed += sent
        free = [id_ for id_ in free if id_ not in {channel_id for channel_id, _ in sent}]
        if not plan.changes or services.clock.monotonic() >= end:
            break
    return tuple(claimed)


def rules_of(services: Services, *, flush: bool = False) -> Rules:
    """Gather what the configuration says about when deliveries leave."""
    settings = services.settings
    return Rules(
        channels=services.channels,
        zones={
            channel.id: ZoneInfo(channel.timezone) if channel.timezone else services.zone
            for channel in services.channels.values()
        },
        alerting=settings.alerting,
        give_up=settings.retrying.give_up,
        within={watch.id: frozenset(watch.within) for watch in settings.watches if watch.within},
        names={watch.id: watch.name for watch in settings.watches},
        watches_in=services.watches_in,
        flush=flush,
    )


async def _round(
    services: Services, rules: Rules, free: Sequence[str]
) -> tuple[QueuePlan, tuple[tuple[str, str], ...]]:
    now, store = services.clock.now(), services.store
    queue = await services.db(store.load_queue, scope_of(rules, now), now=now)
    plan = plan_queue(queue, rules, free, now=now)
    if plan.picks:
        plan = await _depart(services, rules, queue, plan)
    if not (plan.changes or plan.leases):
        return plan, ()
    return plan, await services.db(store.commit_queue, plan, now=now, lease=LEASE)


async def _depart(services: Services, rules: Rules, queue: Queue, plan: QueuePlan) -> QueuePlan:
    """Say what the picked lanes send: a delivery alone, or a digest, of which the first message goes now."""
    now = services.clock.now()
    picked = await services.db(services.store.load_waiting, plan.picks, now=now)
    departure = plan_departure(picked, queue, rules, now=now)
    leases, carriers = list(departure.alone), []
    for gathered in departure.gathered:
        pages = tuple(_pages(gathered, services, now))
        carriers += [page for page in pages if isinstance(page, Carrier)]
        first = pages[0]
        leases.append(first.new.deliveries[0].id if isinstance(first, Carrier) else first)
    return replace(plan, mutes=(*plan.mutes, *departure.mutes), carriers=tuple(carriers), leases=tuple(leases))


def _pages(gathered: Sequence[Waiting], services: Services, now: datetime) -> Iterator[Carrier | str]:
    """Yield the messages of a digest: a carrier for several, the id of a delivery that is alone on its page."""
    lane = gathered[0].delivery
    channel = services.channels[lane.channel_id]
    members = {row.delivery.id: Member(row.delivery.id, row.alert, row.delivery.watches) for row in gathered}
    limits = services.notifier.limits(channel.id)
    for ids in pack(tuple(members.values()), services.names, limits, discreet=channel.discreet):
        if len(ids) == 1:
            yield ids[0]
            continue
        page = tuple(members[id_] for id_ in ids)
        # Made of its members: a turn that is done twice makes the same digest.
        alert = digest_alert(digest("digest", *ids), page, services.names, now=now, discreet=channel.discreet)
        yield Carrier(NewAlert(alert, (delivery(alert, channel, lane.recipient, alert.watches, now=now),)), ids)
