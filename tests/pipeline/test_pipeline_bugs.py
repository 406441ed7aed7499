"""What our own code fails on ends nothing, and ends in no silence."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.world import Outside, World, watchlist

from monitor.engine.refusals import FORGOTTEN, FailedJobs
from monitor.errors import ShortageError
from monitor.model import Article, Feed, Match
from monitor.pipeline.jobs import LEASE, NO_TROUBLE, BackUp, Job, Read, Trouble, WatchCoverage
from monitor.pipeline.run import run
from monitor.pipeline.services import Services
from monitor.planning.work import Fetched, Request

MINUTE = timedelta(minutes=1)
BUG = Trouble("RecursionError: too deep", is_ours=True)


class Failing:
    """A matcher with a bug that some texts hit."""

    def match(self, article: Article) -> tuple[Match, ...]:
        if "recursion" in article.body:
            raise RecursionError
        return watchlist().match(article)


class Unlucky(World):
    @property
    def services(self) -> Services:
        return replace(super().services, watchlist=Failing())


async def test_an_article_whose_page_hits_a_bug_of_ours_is_told_of_by_the_feeds_own_text(tmp_path: Path) -> None:
    world = Unlucky(tmp_path)
    world.feeds.append(Feed("wire", "https://wire.example.org/rss", "WIRE"))
    world.publish(*world.items(3, word="Town"))
    await world.poll()
    (new,) = world.items(1, start=5)
    world.outside.pages[new.link] = "Of Homs and of recursion."
    world.publish(new, *world.items(3, word="Town"))
    await world.poll()
    (told,) = world.alerts()
    assert told.alert.headlines[0].title == new.title
    assert "this program fails on it" in told.alert.incomplete
    world.close()


async def test_a_job_that_hits_a_bug_of_ours_says_so(tmp_path: Path) -> None:
    world, heard = World(tmp_path), list[tuple[Job, Trouble]]()
    broken = replace(world.services, feeds={})
    object.__setattr__(broken, "store", None)
    for job in (WatchCoverage(), Read("e")):
        assert await run(job, broken, lambda *told: heard.append(told)) == ()
    assert [(job, trouble.is_ours) for job, trouble in heard] == [(WatchCoverage(), True), (Read("e"), True)]
    world.close()


@dataclass(slots=True)
class Starved(Outside):
    """A machine that has nothing left to fetch with."""

    refusal: Exception = field(default_factory=MemoryError)

    async def fetch(self, _: Request) -> Fetched:
        """Refuse, whatever is asked for."""
        raise self.refusal


@pytest.mark.parametrize("refusal", [MemoryError(), OSError(errno.EMFILE, "too many"), ShortageError("no memory")])
async def test_a_poll_that_the_machine_refuses_asks_the_publisher_again_after_a_minute(
    tmp_path: Path, refusal: Exception
) -> None:
    world = World(tmp_path)
    world.outside = Starved(refusal=refusal)
    world.publish(*world.items(1))
    await world.poll()
    for seconds, more in ((59, 0), (1, 1)):
        world.clock.advance(timedelta(seconds=seconds))
        works = world.services.store.claim_feeds(now=world.clock.now(), limit=9, lease=LEASE)
        assert len(works) == more
    world.close()


@pytest.mark.parametrize("trouble", [BUG, Trouble("no room for it")])
async def test_what_fails_again_and_again_is_told_of_once_and_once_when_it_goes_well(
    tmp_path: Path, trouble: Trouble
) -> None:
    world, failed = World(tmp_path), FailedJobs()
    assert failed.hear(world.services, Read("e"), trouble) is None
    world.clock.advance(5 * MINUTE)
    await told(failed, world, Read("e"), trouble)
    assert failed.hear(world.services, Read("e"), trouble) is None
    (sent,) = world.notifier.sent
    assert trouble.text in sent.message.body
    assert ("An error of this program" in sent.message.title + sent.message.body) is trouble.is_ours
    await told(failed, world, Read("e"), NO_TROUBLE)
    (over,) = world.operator_alerts()
    assert "does not fail any more" in over.alert.text
    assert failed.hear(world.services, Read("e"), NO_TROUBLE) is None
    world.close()


async def test_a_job_that_failed_and_is_no_more_does_not_hide_the_next_one(tmp_path: Path) -> None:
    world, failed = World(tmp_path), FailedJobs()
    for name in ("gone", "next"):
        failed.hear(world.services, Read(name), BUG)
        world.clock.advance(5 * MINUTE)
        await told(failed, world, Read(name), BUG)
        world.clock.advance(FORGOTTEN + MINUTE)
        await told(failed, world, Read("another"), NO_TROUBLE)
    assert len(world.notifier.sent) == 2
    world.close()


async def told(failed: FailedJobs, world: World, job: Job, trouble: Trouble) -> None:
    message = failed.hear(world.services, job, trouble)
    assert message is not None
    await message


async def test_a_nightly_copy_that_fails_is_told_of_at_once_and_only_once(tmp_path: Path) -> None:
    world, failed, trouble = World(tmp_path), FailedJobs(), Trouble("no nightly backup: it needs 2 bytes")
    await told(failed, world, BackUp(), trouble)
    for _ in range(3):
        world.clock.advance(timedelta(days=1))
        assert failed.hear(world.services, Read("e"), NO_TROUBLE) is None
        assert failed.hear(world.services, BackUp(), trouble) is None
    await told(failed, world, BackUp(), NO_TROUBLE)
    (sent,) = world.notifier.sent
    assert "it is tried each night" in sent.message.body.lower()
    world.close()


async def test_what_fails_hides_no_other_kind_of_job_that_does(tmp_path: Path) -> None:
    world, failed = World(tmp_path), FailedJobs()
    for job in (Read("e"), WatchCoverage()):
        assert failed.hear(world.services, job, BUG) is None
    world.clock.advance(5 * MINUTE)
    for job in (Read("e"), WatchCoverage()):
        await told(failed, world, job, BUG)
    world.close()
