"""Run one job and log one line. The one broad except: a job that fails must never take the daemon down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from monitor.errors import CrowdedError, MonitorError, ShortageError, StoreError
from monitor.pipeline.coverage import watch_coverage
from monitor.pipeline.homes import learn_homes
from monitor.pipeline.jobs import (
    NO_TROUBLE,
    BackUp,
    Expire,
    GiveSigns,
    Job,
    LearnHomes,
    Poll,
    Read,
    Send,
    Summarise,
    Trouble,
    TryWatches,
    WatchCoverage,
)
from monitor.pipeline.line import begin
from monitor.pipeline.poll import poll, record_failure
from monitor.pipeline.pulse import give_signs
from monitor.pipeline.read import read
from monitor.pipeline.send import send
from monitor.pipeline.services import Services
from monitor.pipeline.trial import try_watches
from monitor.pipeline.upkeep import back_up, expire, summarise

SHORTAGE = timedelta(seconds=10)  # after which a read that the machine refused is tried again.
SHORTAGE_OF_POLL = timedelta(minutes=1)  # the same for a poll: the publisher is asked as often, while it lasts.


Heard = Callable[[Job, Trouble], None]


def _unheard(_job: Job, _trouble: Trouble) -> None: ...


async def run(job: Job, services: Services, heard: Heard = _unheard) -> tuple[Job, ...]:
    """Run `job` and return the next ones. A failed job keeps its lease, and is claimed again when that ends.

    `heard` is told what the database refused it with, or what is wrong with this program; "" if all went well. An
    article that our own code fails on is read once more without its page, whose text may be what it fails on.
    """
    facts, started, again = begin(), services.clock.monotonic(), None
    try:
        jobs = await _handle(job, services)
    except asyncio.CancelledError:
        facts.update(stopped=True)
        raise
    except CrowdedError as crowd:
        facts.update(crowded=True)
        await _put_off(job, services, until=services.clock.now() + crowd.wait)
        return (job,)
    except (MonitorError, OSError, MemoryError) as error:
        text = str(error) if isinstance(error, MonitorError) else f"{type(error).__name__}: {error}"
        facts.update(failed=text)
        if isinstance(error, StoreError):
            heard(job, Trouble(text))
        if isinstance(error, ShortageError) or not isinstance(error, MonitorError):
            # The machine is short of something, which passes: no news must wait for a lease to end.
            pause = SHORTAGE_OF_POLL if isinstance(job, Poll) else SHORTAGE
            await _put_off(job, services, until=services.clock.now() + pause)
    except Exception as error:  # noqa: BLE001 - whatever a bug raises, the other jobs go on.
        text = f"{type(error).__name__}: {error}"
        facts.update(failed=text, bug=True)
        again = await _after_bug(job, text, services, heard)
    else:
        heard(job, NO_TROUBLE)
        return jobs
    finally:
        if _is_worth_a_line(job, facts):
            facts["ms"] = round((services.clock.monotonic() - started) * 1000)
            services.log.job(type(job).__name__.lower(), _subject(job), facts)
    return await run(again, services, lambda _, trouble: heard(job, trouble)) if again else ()


async def _put_off(job: Job, services: Services, *, until: datetime) -> None:
    """Have a poll or a read claimed again then, and not when its lease ends."""
    store = services.store
    with suppress(MonitorError, MemoryError):
        if isinstance(job, Poll):
            await services.db(store.release_feed, job.feed_id, until=until)
        elif isinstance(job, Read):
            await services.db(store.release_entry, job.entry_id, until=until)


async def _after_bug(job: Job, text: str, services: Services, heard: Heard) -> Job | None:
    """Let nothing end in silence that our own code fails on; return the job that may do what this one did not."""
    if isinstance(job, Read) and not job.without_page:
        return replace(job, without_page=True)
    if isinstance(job, Poll):
        with suppress(MonitorError):
            await record_failure(job, services, f"an error of this program, please report it: {text}")
    else:
        heard(job, Trouble(text, is_ours=True))
    return None


def _is_worth_a_line(job: Job, facts: Mapping[str, object]) -> bool:
    """Say whether there is something to log: not for chores that found nothing, nor for who came to a full host."""
    quiet = isinstance(job, Summarise | TryWatches | LearnHomes | GiveSigns | WatchCoverage)
    return (bool(facts) and "crowded" not in facts) or not (facts or quiet)


async def _handle(job: Job, services: Services) -> tuple[Job, ...]:
    match job:
        case Poll():
            return await poll(job, services)
        case Read():
            return await read(job, services)
        case Send():
            return await send(job, services)
        case Summarise():
            return await summarise(job, services)
        case Expire() | TryWatches() | LearnHomes() | GiveSigns() | WatchCoverage() | BackUp():
            return await _keep_up(job, services)
        case _:
            assert_never(job)


async def _keep_up(
    job: Expire | TryWatches | LearnHomes | GiveSigns | WatchCoverage | BackUp, services: Services
) -> tuple[Job, ...]:
    match job:
        case Expire():
            return await expire(services)
        case TryWatches():
            return await try_watches(services)
        case LearnHomes():
            return await learn_homes(services)
        case GiveSigns(once):
            return await give_signs(services, mind_channels=not once)
        case WatchCoverage():
            return await watch_coverage(job, services)
        case BackUp():
            return await back_up(services)
        case _:
            assert_never(job)


def _subject(job: Job) -> str:
    match job:
        case Poll(feed_id=feed_id):
            return feed_id
        case Read(entry_id=entry_id):
            return entry_id
        case Send(_, delivery_id):
            return delivery_id
        case _:
            return ""
