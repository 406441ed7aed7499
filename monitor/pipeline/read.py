"""Read an entry: load -> fetch page -> extract -> match -> plan -> commit (article, matches, alert, deliveries)."""

from __future__ import annotations

from monitor.errors import FetchError, Retry, SourceError
from monitor.failpoints import reach
from monitor.model import Feed
from monitor.pipeline.jobs import UNKNOWN_FOR, Job, Read, Send
from monitor.pipeline.line import note
from monitor.pipeline.services import Services
from monitor.planning.needs import NOT_HIT, OUT_OF_BOUNDS, Need, need_of
from monitor.planning.poll import article_of
from monitor.planning.read import NOT_WANTED, Missing, Readers, compose, plan_read, wants_page
from monitor.planning.work import Extracted, Fetched, NoText, ReadPlan, ReadWork, Request

FAILED = Missing("this program fails on it, please report that", again=True)


async def read(job: Read, services: Services) -> tuple[Job, ...]:
    """Read one article and decide who is told. An entry of a feed no longer configured is left as it is."""
    work = await services.db(services.store.load_read, job.entry_id)
    feed = services.feed(work.stored.feed_id) if work else None
    if work is None or feed is None:
        until = services.clock.now() + UNKNOWN_FOR if work else None
        await services.db(services.store.release_entry, job.entry_id, until=until)
        return ()
    page = FAILED if job.without_page else await _page(feed, work, services, patient=job.patient)
    article = compose(feed, work, page)
    readers = Readers(services.settings.watches, services.settings.channels, services.settings.routes)
    matches = await services.think(services.watchlist.match, article)
    plan = plan_read(work, article, page, matches, readers, now=services.clock.now())
    committed = await services.db(services.store.commit_read, plan)
    reach("read-committed")
    if not committed:
        return (job,)
    _note(work, plan)
    return tuple(Send(row.channel_id, row.id) for row in plan.alert.deliveries) if plan.alert else ()


async def _page(feed: Feed, work: ReadWork, services: Services, *, patient: bool) -> Extracted | NoText | Missing:
    """Fetch and extract the page. What stands against it becomes a reason that is shown. Raises: CrowdedError."""
    if not wants_page(feed, work):
        return NOT_WANTED
    network = services.settings.network
    unneeded = None if network.all_pages else await _unneeded(feed, work, services)
    if unneeded is not None:
        note(page=unneeded.reason)
        return unneeded
    try:
        fetched = await services.fetcher.fetch(
            Request(work.stored.entry.link, network.max_page, patient, robots=network.robots, access=feed.access)
        )
        if not isinstance(fetched, Fetched):
            return Missing("the page is gone", again=False)
        page = await services.extractor.extract(fetched)
    except FetchError as error:
        return Missing(str(error), again=error.retry is not Retry.NEVER)
    except SourceError as error:
        return Missing(str(error), again=True)
    return Missing(page.reason, again=True) if isinstance(page, NoText) else page


async def _unneeded(feed: Feed, work: ReadWork, services: Services) -> NoText | None:
    """Say why the page could tell no watch anything, None if it could."""
    match need_of(feed, work, services.settings.watches):
        case Need.ALWAYS:
            return None
        case Need.NEVER:
            return OUT_OF_BOUNDS
        case Need.IF_HIT:
            return None if await services.think(services.watchlist.match, article_of(feed, work.stored)) else NOT_HIT


def _note(work: ReadWork, plan: ReadPlan) -> None:
    note(feed=plan.article.feed_id, url=plan.article.url, matches=[match.watch_id for match in plan.matches])
    if plan.article.incomplete:
        note(incomplete=plan.article.incomplete, attempt=work.stored.attempts + 1)
    if plan.alert:
        note(alert=plan.alert.alert.id, reason=plan.alert.alert.reason.value, deliveries=len(plan.alert.deliveries))
