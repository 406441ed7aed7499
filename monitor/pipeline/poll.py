"""Ask a feed: load -> fetch -> parse -> plan -> commit (entries and validators together) -> read what is new."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from monitor.errors import ParseError, SourceError
from monitor.failpoints import reach
from monitor.model import Feed
from monitor.pipeline.jobs import UNKNOWN_FOR, Job, Poll, Read, Summarise
from monitor.pipeline.line import note
from monitor.pipeline.services import Services
from monitor.planning.identity import identify
from monitor.planning.noticed import Noticed
from monitor.planning.noticing import notice, sooner
from monitor.planning.outline import is_known_by_text, is_sure, kept_of
from monitor.planning.poll import Answer, Circumstances, Seen, Unchanged, plan_poll
from monitor.planning.work import FeedState, Fetched, PollPlan, PollWork, Request

# Bytes of a document whose entries the loop identifies itself, their keys being known: in a millisecond or two, and in
# 30 where they share all of these.
SMALL = 250_000


async def poll(job: Poll, services: Services) -> tuple[Job, ...]:
    """Ask one feed and remember what it said. A feed no longer configured is left alone."""
    feed = services.feed(job.feed_id)
    if feed is None:
        note(unknown="not in the configuration as this process knows it")
        await services.db(services.store.release_feed, job.feed_id, until=services.clock.now() + UNKNOWN_FOR)
        return ()
    work = job.work
    if work is None:
        work = await services.db(services.store.load_poll, feed.id)
    answer = await _ask(feed, work.state, services, patient=job.patient)
    if not isinstance(answer, Fetched):
        return await _remember(feed, work, answer, services)
    async with services.documents:
        return await _remember(feed, work, await _read_body(feed, work.state, answer, services), services)


async def _remember(feed: Feed, work: PollWork, answer: Answer, services: Services) -> tuple[Job, ...]:
    """Plan what an answer changes, and commit it."""
    clock, polling = services.clock, services.settings.polling
    known = work.noticed or Noticed(feed.id)
    was_empty = not (known.held or work.state.listed)
    around = Circumstances(
        polling, clock.now(), services.dice, services.watchlist.match, services.operators(), was_empty=was_empty
    )
    if isinstance(answer, Seen):
        # In a thread: a first poll matches thousands of entries, and other feeds must not wait for it.
        plan = await services.think(plan_poll, feed, work.state, answer, around)
    else:
        plan = plan_poll(feed, work.state, answer, around)
    noticed = notice(work.state, known, answer, plan)
    plan = sooner(feed, noticed, polling)
    if not await services.db(services.store.commit_poll, plan):
        note(unwritten="its URL was configured anew, or another process took it up")
        return ()
    _note(plan)
    unread = tuple(Read(row.id) for row in (*plan.entries, *plan.changed) if row.due_at is not None)
    return (*unread, Summarise()) if plan.first else unread


async def record_failure(job: Poll, services: Services, text: str) -> None:
    """Count a poll that broke off in our own code as a failure of its feed: `status` shows it, and it is told of."""
    feed = services.feed(job.feed_id)
    if feed is None:
        return
    # As it was claimed: whoever holds it now is not failed by us.
    work = job.work
    if work is None:
        work = await services.db(services.store.load_poll, feed.id)
    around = Circumstances(services.settings.polling, services.clock.now(), services.dice, services.watchlist.match)
    error = ParseError(feed.url, text)
    plan = notice(work.state, work.noticed or Noticed(feed.id), error, plan_poll(feed, work.state, error, around))
    await services.db(services.store.commit_poll, plan)


async def _ask(feed: Feed, state: FeedState, services: Services, *, patient: bool) -> Answer | Fetched:
    most = services.settings.network.max_feed
    request = Request(state.url, most, patient, etag=state.etag, last_modified=state.last_modified, access=feed.access)
    try:
        return await services.fetcher.fetch(request)
    except SourceError as error:
        return error


async def _read_body(feed: Feed, state: FeedState, fetched: Fetched, services: Services) -> Answer:
    reach("body-read")
    digest = blake2b(fetched.body, digest_size=16).hexdigest()
    if digest == state.body_digest:
        return Unchanged(fetched)
    outline = await services.db(services.store.load_outline, feed.id) if state.first_success_at else None
    try:
        fetched = replace(fetched, feed_id=feed.id, outline=outline)
        seen = await _read_document(feed, fetched, digest, services)
        if seen.kept and (not is_sure(seen.parsed, seen.candidates, seen.kept) or is_known_by_text(seen.known)):
            seen = await _read_document(feed, replace(fetched, outline=None), digest, services)
    except SourceError as error:
        return error
    return seen


async def _read_document(feed: Feed, fetched: Fetched, body_digest: str, services: Services) -> Seen:
    """Parse what its outline does not know of a document, and find what is stored of it."""
    parsed = await services.parser.parse(fetched)
    reach("parsed")
    if parsed.stated and len(fetched.body) <= SMALL:
        candidates = identify(feed.id, parsed.entries, stated=parsed.stated)
    else:
        candidates = await services.think(identify, feed.id, parsed.entries, stated=parsed.stated)
    keys = tuple({key for candidate in candidates for key in candidate.keys})
    known = await services.db(services.store.load_known, keys) if keys else ()
    kept = kept_of(fetched.outline, parsed)
    return Seen(fetched, parsed, body_digest, candidates, known, kept)


def _note(plan: PollPlan) -> None:
    state = plan.state
    note(health=state.health.value, new=len(plan.entries), changed=len(plan.changed), next=state.next_poll_at)
    if plan.first:
        note(first=True, matching=len({found.article_id for found in plan.matches}))
    if state.error:
        note(error=state.error, failures=state.failures)
