"""What is done beside the articles: the summary of first polls, dropping what is old, and the nightly backup."""

from __future__ import annotations

from monitor.pipeline.jobs import Job, Send, Summarise
from monitor.pipeline.line import note
from monitor.pipeline.services import Services
from monitor.planning.summary import NEWEST, is_summary_due, plan_summary

EXPIRE_ROWS = 100  # a transaction: of a thousand, each takes half a second where a million articles are stored.


async def summarise(job: Summarise, services: Services) -> tuple[Job, ...]:
    """Tell the operator what first polls found; until that is due, come back."""
    work = await services.db(services.store.load_summary, newest=0)
    now = services.clock.now()
    if not is_summary_due(work, now=now, at_once=job.at_once):
        return (job,) if work.feeds else ()
    work = await services.db(services.store.load_summary, newest=NEWEST)
    summary = plan_summary(work, services.operators(), now=now)
    await services.db(services.store.commit_summary, summary, work.feeds)
    note(feeds=len(work.feeds), articles=work.articles, matching=work.matching)
    return tuple(Send(row.channel_id, row.id) for row in summary.deliveries)


async def expire(services: Services) -> tuple[Job, ...]:
    """Drop what is older than it is kept, a batch at a time; bury what waits for a channel that is configured no more.

    Also heal what a wrong clock has planned for years ahead.
    """
    kept, now, store = services.settings.retention, services.clock.now(), services.store
    healed = await services.db(store.pull_back, now=now)
    oldest = now - services.settings.retrying.give_up
    buried = await services.db(store.abandon, tuple(services.channels), created_before=oldest)
    note(healed=healed, dead=buried)
    dropped = 0
    while True:
        rows = await services.db(
            services.store.expire,
            text_before=now - kept.text,
            ledger_before=now - kept.ledger,
            limit=EXPIRE_ROWS,
        )
        dropped += rows
        if rows < EXPIRE_ROWS:
            note(dropped=dropped)
            return ()


async def back_up(services: Services) -> tuple[Job, ...]:
    """Copy the state beside itself. In a thread of its own: it holds up nobody who writes, nor the end."""
    made = await services.apart(services.store.back_up_nightly, now=services.clock.now())
    note(backup=str(made) if made else "left to pg_dump")
    return ()
