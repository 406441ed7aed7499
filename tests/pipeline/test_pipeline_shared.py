"""Feeds that several processes know, or only one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from support.world import World, world

from monitor.pipeline.jobs import LEASE, UNKNOWN_FOR, Poll, Read
from monitor.pipeline.run import run

SECOND = timedelta(seconds=1)


def claim(made: World) -> tuple[str, ...]:
    """Claim all feeds that are due."""
    works = made.services.store.claim_feeds(now=made.clock.now(), limit=10, lease=LEASE)
    return tuple(work.state.feed_id for work in works)


def synchronise(made: World) -> None:
    """Write down what the feeds are, and make them due."""
    made.services.store.sync_feeds(made.feeds, now=made.clock.now())
    made.services.store.make_feeds_due(now=made.clock.now())


async def test_a_feed_that_this_process_does_not_know_rests_for_a_moment_and_no_longer(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        made.publish(*made.items(1))
        synchronise(made)
        assert claim(made) == ("wire",)
        assert await run(Poll("wire"), replace(made.services, feeds={})) == ()
        assert claim(made) == ()
        made.clock.advance(UNKNOWN_FOR - SECOND)
        assert claim(made) == ()
        made.clock.advance(SECOND)
        assert claim(made) == ("wire",)


async def test_an_entry_of_a_feed_that_this_process_does_not_know_is_read_by_one_that_does(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        made.publish(*made.items(1, start=1))
        await made.poll()
        made.publish(*made.items(2))
        synchronise(made)
        assert claim(made) == ("wire",)
        (job,) = await run(Poll("wire"), made.services)
        assert isinstance(job, Read)
        store = made.services.store
        assert store.claim_entries(now=made.clock.now(), limit=10, lease=LEASE) == (job.entry_id,)
        assert await run(job, replace(made.services, feeds={})) == ()
        assert store.claim_entries(now=made.clock.now(), limit=10, lease=LEASE) == ()
        made.clock.advance(UNKNOWN_FOR)
        assert store.claim_entries(now=made.clock.now(), limit=10, lease=LEASE) == (job.entry_id,)
        assert await run(job, made.services)


async def test_a_poll_that_another_process_has_taken_up_meanwhile_leaves_nothing_to_read(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        made.publish(*made.items(1, start=1))
        await made.poll()
        made.publish(*made.items(2))
        synchronise(made)
        (work,) = made.services.store.claim_feeds(now=made.clock.now(), limit=10, lease=LEASE)
        made.clock.advance(LEASE)
        assert claim(made) == ("wire",)
        assert await run(Poll("wire", work=work), made.services) == ()
        assert len(await run(Poll("wire"), made.services)) == 1
