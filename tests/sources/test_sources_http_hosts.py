"""Turns at a host: so many at once, a pause between, and none held up by another host."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from support.fetching import fetched, fetching, network, refused
from support.rawserver import Exchange, answer, serving

from monitor.sources.hosts import Hosts, Warm

FEED = b"<rss/>"


async def test_at_most_two_requests_run_at_one_host() -> None:
    async def slow(exchange: Exchange) -> None:
        await exchange.breathe()
        await exchange.send(answer(200, FEED))

    async with serving() as site, fetching(network(per_host=2)) as fetcher:
        url = site.on("/feed", slow)
        await asyncio.gather(*(fetched(fetcher, url) for _ in range(8)))
        assert (site.most_at_once, len(site.asked)) == (2, 8)


async def test_a_pause_is_kept_between_requests_to_one_host() -> None:
    pause = 0.1
    settings = replace(network(), per_host_delay=timedelta(seconds=pause))
    async with serving() as site, fetching(settings) as fetcher:
        url = site.on("/feed", answer(200, FEED))
        await asyncio.gather(*(fetched(fetcher, url) for _ in range(4)))
        times = [asked.at for asked in site.asked]
    # Three pauses, less one for what the first connection takes to be made.
    assert times[-1] - times[0] > 2 * pause


async def test_who_gives_up_waiting_for_a_pause_puts_nobody_off() -> None:
    hosts = Hosts(at_once=2, pause=timedelta(seconds=0.1))
    served = 0

    async def ask(until: float) -> None:
        nonlocal served
        while asyncio.get_running_loop().time() < until:
            try:
                await hosts.enter("host", patience=0.25)
            except TimeoutError:
                continue
            served += 1
            hosts.leave("host")

    end = asyncio.get_running_loop().time() + 2
    await asyncio.gather(*(ask(end) for _ in range(20)))
    assert served >= 10  # of twenty pauses; those who gave up had once taken all but three.


async def test_hosts_that_hang_hold_up_nobody_else() -> None:
    async with serving() as hanging, serving("127.0.0.2") as site, fetching(network(seconds=30)) as fetcher:
        bad, good = hanging.on("/feed", Exchange.hang), site.on("/feed", answer(200, FEED))
        stuck = [asyncio.create_task(fetched(fetcher, bad)) for _ in range(50)]
        await hanging.wait_for(2)
        async with asyncio.timeout(5):
            await asyncio.gather(*(fetched(fetcher, good) for _ in range(50)))
        assert not any(task.done() for task in stuck)
        for task in stuck:
            task.cancel()
        await asyncio.wait(stuck)


async def test_waiting_for_a_turn_does_not_count_as_fetching_and_ends_too() -> None:
    seconds = 0.2
    async with serving() as site, fetching(network(seconds=seconds, per_host=1)) as fetcher:
        url = site.on("/feed", Exchange.hang)
        errors = await asyncio.gather(*(refused(fetcher, url) for _ in range(7)))
        assert len(site.asked) >= 2
    texts = {str(error) for error in errors}
    assert texts == {
        f"stopped after {seconds:g} s without an answer",
        f"waited {4 * seconds:g} s for other requests to 127.0.0.1",
    }


async def test_a_connection_is_used_again_for_the_next_request_to_its_host() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", answer(200, FEED))
        for _ in range(5):
            await fetched(fetcher, url)
        assert (site.connections, len(site.asked)) == (1, 5)


async def test_a_connection_that_the_server_has_closed_meanwhile_is_no_failure() -> None:
    async def once(exchange: Exchange) -> None:
        await exchange.send(answer(200, FEED))

    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", once)
        for _ in range(5):
            assert (await fetched(fetcher, url)).body == FEED


def test_only_so_many_hosts_keep_their_connections() -> None:
    warm = Warm(most=2, seconds=15)
    assert [warm.keeps(key, now=0) for key in ("a", "b", "c")] == [True, True, False]
    assert warm.keeps("a", now=10)
    assert [warm.keeps(key, now=16) for key in ("c", "d", "a")] == [True, False, True]


async def test_hosts_that_nobody_asks_are_forgotten() -> None:
    hosts = Hosts(at_once=2, pause=timedelta(0))
    for number in range(100):
        await hosts.enter(f"host{number}", patience=1)
        hosts.leave(f"host{number}")
    assert len(hosts) == 0
