"""Try new or changed watches on the stored articles: load -> match -> plan -> commit, a batch at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model import Article, Watch
from monitor.pipeline.jobs import Job
from monitor.pipeline.line import note
from monitor.pipeline.services import Services
from monitor.planning.read import Readers
from monitor.planning.trial import Tally, digests_of, plan_trial, plan_trial_summary, try_since, untried
from monitor.planning.work import Span, StoredArticle

BATCH = 100  # articles a transaction.


async def try_watches(services: Services) -> tuple[Job, ...]:
    """Tell the operator how much of the last 24 h new watches match; what their backfill reaches becomes alerts."""
    watches, now = services.settings.watches, services.clock.now()  # what is seen from now on meets them anyway.
    known = await services.db(services.store.load_watches)
    new = untried(watches, known)
    if new:
        tally = await _try(new, services, now=now)
        await _tell(tally, new, services)
        note(watches=len(new), articles=tally.articles, matching=sum(tally.counts.values()))
    if new or known.keys() != {watch.id for watch in watches}:
        # A watch of which nobody knows what it looked for is taken as it now is.
        await services.db(services.store.commit_watches, digests_of(watches))
    return ()


async def _try(new: Sequence[Watch], services: Services, *, now: datetime) -> Tally:
    tally, after = Tally(), None
    span = Span(try_since(new, now=now), now)
    while True:
        batch = await services.db(services.store.list_articles, span, after=after, limit=BATCH)
        for stored in batch:
            await _try_one(stored, new, tally, services)
            await asyncio.sleep(0)  # matching takes a moment each; what else is due goes between.
        if len(batch) < BATCH:
            return tally
        after = batch[-1]


async def _try_one(stored: StoredArticle, new: Sequence[Watch], tally: Tally, services: Services) -> None:
    stored = replace(stored, article=_as_configured(stored.article, services))
    ids = {watch.id for watch in new}
    found = tuple(match for match in services.watchlist.match(stored.article) if match.watch_id in ids)
    if not found:
        tally.add(stored, (), now=services.clock.now())
        return
    now = services.clock.now()
    tally.add(stored, found, now=now)
    readers = Readers(services.settings.watches, services.settings.channels, services.settings.routes)
    plan = plan_trial(stored, found, new, readers, now=now)
    if plan is not None:
        # Refused if a read told of the article meanwhile: that read had the new watches too.
        await services.db(services.store.commit_trial, plan)


def _as_configured(article: Article, services: Services) -> Article:
    """Add to a stored article what the configuration says of its feed."""
    feed = services.feed(article.feed_id)
    if feed is None:
        return article
    return replace(
        article,
        home=feed.home,
        home_articles=feed.home_articles,
        class_=feed.class_,
        language=feed.lang or article.language,
    )


async def _tell(tally: Tally, new: Sequence[Watch], services: Services) -> None:
    """Write a line for each watch, and send one message with all of them if any matches."""
    if not tally.articles:
        return
    for line in tally.lines(new):
        services.log.event(line)
    summary = plan_trial_summary(tally, new, services.operators(), now=services.clock.now())
    if summary is not None:
        await services.db(services.store.commit_summary, summary, ())
