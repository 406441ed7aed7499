"""Watch the coverage: load -> find -> commit (incidents and messages together); tell what the store cannot, itself."""

from __future__ import annotations

import asyncio
from dataclasses import astuple
from datetime import datetime
from hashlib import blake2b

from monitor.alerting.render import message_id, render_alert
from monitor.pipeline.jobs import BackUp, Job, Send, Trouble, WatchCoverage
from monitor.pipeline.line import note
from monitor.pipeline.services import Services
from monitor.planning.coverage import CoveragePlan, Heard, count_heard, health_alert, plan_coverage
from monitor.planning.telling import at, span

SHARES = 60  # looks, of one a minute, in which every feed's habits are held against what it does now.


async def watch_coverage(job: WatchCoverage, services: Services) -> tuple[Job, ...]:
    """Find feeds that are not heard as they should be, and tell the operators what is new about that."""
    now, store = services.clock.now(), services.store
    # Beside the store's own thread: to look ten thousand feeds through takes half a second, and only reads.
    work = await asyncio.to_thread(store.load_coverage, closely=_closely(job, services, now), now=now)
    names = {feed.id: feed.name for feed in services.feeds.values()}
    # In a thread: the habits of thousands of feeds take a second, and no alert waits for them.
    plan = await asyncio.to_thread(plan_coverage, work, names, services.operators(), now=now, since=job.awake_since)
    if not (plan.opened or plan.closed):
        return ()
    await services.db(store.commit_coverage, plan, now=now)
    note(begun=[_name(one.kind, one.feed_id) for one in plan.opened])
    note(ended=[_name(one.kind, one.feed_id) for one in plan.closed])
    return tuple(Send(row.channel_id, row.id) for new in plan.alerts for row in new.deliveries)


async def heard(services: Services) -> Heard:
    """Return how many feeds were heard from in the last 24 h: "37 of 40 feeds heard from in the last 24 h"."""
    now = services.clock.now()
    work = await asyncio.to_thread(services.store.load_coverage, closely=(), now=now)
    return count_heard(work.states, now=now)


async def tell_refusal(services: Services, error: str, since: datetime) -> None:
    """Tell the operators that the store takes no writes, without the store: nothing else would reach them.

    Once, and whatever becomes of it: when the store takes writes again, that is told as well.
    """
    text = (
        f"The database has taken no writes since {at(since)}: {error}.\n"
        "Nothing new is announced until it does. What was read stays with the feeds and is read again then."
    )
    await _tell_directly(services, text, "refusal", since.isoformat())


async def tell_failed_job(services: Services, job: Job, trouble: Trouble, since: datetime) -> None:
    """Tell the operators, without the store, of a part of the work that fails again and again."""
    what = " ".join([type(job).__name__.lower(), *(value for value in astuple(job) if isinstance(value, str))])
    ours = "An error of this program, which please report, has stopped"
    who = ours if trouble.is_ours else "The database has refused"
    text = f"{who} a part of the work since {at(since)}: {trouble.text} ({what}).\n" + (
        "It is tried each night; until it succeeds, the newest copy of the state is an old one."
        if isinstance(job, BackUp)
        else "It is tried again and again; until it succeeds, its news is not announced."
    )
    await _tell_directly(services, text, "failed job", since.isoformat())


async def tell_jobs_go_well(services: Services, trouble: Trouble, since: datetime) -> None:
    """Tell the operators that what failed goes well now, or is not there any more. Raises: StoreError."""
    now = services.clock.now()
    text = f"What failed does not fail any more, after {span(now - since)}.\nIt was: {trouble.text}."
    alert = health_alert(text, services.operators(), "no failed jobs", since.isoformat(), now=now)
    await services.db(services.store.commit_coverage, CoveragePlan(alerts=(alert,)), now=now)


async def _tell_directly(services: Services, text: str, *about: str) -> None:
    alert = health_alert(text, (), *about, now=services.clock.now()).alert
    for channel in services.operators():
        for recipient in channel.recipients:
            message = render_alert(
                alert,
                watches=(),
                names=services.names,
                limits=services.notifier.limits(channel.id),
                zone=services.zone,
                repeat=False,
                message_id=message_id(alert.id, channel.id, recipient),
                channel_id=channel.id,
            )
            receipt = await services.notifier.send(channel.id, recipient, message)
            services.log.event("told of the database", channel=channel.id, outcome=receipt.outcome.value)


async def tell_healed(services: Services, error: str, since: datetime) -> None:
    """Tell the operators that the store takes writes again, through the outbox. Raises: StoreError."""
    now = services.clock.now()
    text = (
        f"The database takes writes again, after {span(now - since)}.\n"
        f"It refused since {at(since)}: {error}. Entries that came and went in between may be lost."
    )
    alert = health_alert(text, services.operators(), "healed", since.isoformat(), now=now)
    await services.db(services.store.commit_coverage, CoveragePlan(alerts=(alert,)), now=now)


def _closely(job: WatchCoverage, services: Services, now: datetime) -> tuple[str, ...]:
    """Return the feeds whose turn it is this minute."""
    turn = int(now.timestamp() // 60) % SHARES
    return tuple(id_ for id_ in services.feeds if job.whole or _number(id_) % SHARES == turn)


def _number(feed_id: str) -> int:
    return int.from_bytes(blake2b(feed_id.encode("utf-8", "surrogatepass"), digest_size=4).digest())


def _name(kind: str, feed_id: str) -> str:
    return f"{kind} {feed_id}".strip()
