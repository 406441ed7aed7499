"""Learn where publishers are at home: load -> count -> learn -> commit, a feed at a time; what is judged next knows."""

from __future__ import annotations

from monitor.pipeline.jobs import Job, LearnHomes
from monitor.pipeline.line import note
from monitor.pipeline.services import Services
from monitor.planning.homes import MOST, due_homes, host_of_most, unsettled
from monitor.planning.work import LearnedHome
from monitor.ports import HomeTeacher
from monitor.watching.homes import host_of

FEEDS = 10  # a job, 1.2 s at most of other work's time: with many new feeds learning takes minutes and is not felt.


async def learn_homes(services: Services) -> tuple[Job, ...]:
    """Learn of feeds that have something new to tell; come back if there are more. A configured home stands."""
    store, now, teach = services.store, services.clock.now(), services.teach
    known = {one.feed_id: one for one in await services.db(store.load_homes)}
    services.homes.take(known.values())
    open_ = unsettled(services.feeds.values(), known, now=now)
    if teach is None or not open_:
        return ()
    counts = await services.db(store.count_lessons, open_, limit=MOST)
    due = due_homes(counts, known, now=now)
    for feed_id in due[:FEEDS]:
        learned = await _learn(feed_id, services, teach)
        await services.db(store.commit_home, learned)
        known[feed_id] = learned
        services.homes.take(known.values())
    if due:
        note(homes=[f"{id_} {known[id_].home or 'unclear'}" for id_ in due[:FEEDS]])
    return (LearnHomes(),) if due[FEEDS:] else ()


async def _learn(feed_id: str, services: Services, teach: HomeTeacher) -> LearnedHome:
    lessons = await services.db(services.store.list_lessons, feed_id, limit=MOST)
    home = await services.think(teach, lessons)
    host = host_of_most([host_of(one.url) for one in lessons])
    return LearnedHome(feed_id, home, len(lessons), services.clock.now(), host)
