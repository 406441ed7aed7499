"""Half of all feeds hang: the other half is asked on time, in the real engine and over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from support.feedsite import rss
from support.rawserver import Exchange, RawServer, answer, serving

from monitor.app import open_app
from monitor.engine.local import LocalEngine
from monitor.log import NoLog
from monitor.sources.http import HttpFetcher

HALF = 100
EVERY = 4.0  # seconds between two polls of a feed.
TIMEOUT = 6.0  # seconds that a fetch may take; 30 in a configuration that says nothing.
ROUNDS = 4
LATE = 2.0  # seconds that a poll may come after its time, on a machine that does other things too.
FEED = rss([("1", "https://wire.example/1", "An old report")]).encode()


def configuration(site: RawServer, folder: Path) -> Path:
    """Write two hundred feeds, each at a host of its own; every other one hangs."""
    feeds = "".join(
        f'[[feed]]\nid = "{kind}-{number}"\nurl = "{site.url(f"/{kind}/{number}", f"{kind}-{number}.example.org")}"\n'
        f'every = "{EVERY:g}s"\nfull_text = false\n'
        for number in range(HALF)
        for kind in ("well", "hangs")
    )
    config = folder / "config.toml"
    config.write_text(
        f'[monitor]\nstate = "{folder / "state.db"}"\n[network]\nallow_private = ["127.0.0.0/8"]\n'
        f'timeout = "{TIMEOUT:g}s"\n{feeds}[[channel]]\nid = "c"\nurl = "console://"\n'
        '[[watch]]\nid = "w"\nkeyword = "Idlib"\n'
    )
    return config


async def here(host: str) -> Sequence[str]:
    """Say that every name leads to this machine."""
    del host
    await asyncio.sleep(0)
    return ("127.0.0.1",)


@pytest.mark.slow
async def test_a_hundred_feeds_that_hang_leave_the_other_hundred_on_time(tmp_path: Path) -> None:
    async with serving() as site:
        for number in range(HALF):
            site.on(f"/well/{number}", answer(200, FEED, "Content-Type: application/rss+xml"))
            site.on(f"/hangs/{number}", Exchange.hang)
        async with open_app(configuration(site, tmp_path), NoLog()) as app:
            fetcher = HttpFetcher(app.services.settings.network, clock=app.services.clock, lookup=here)
            engine = LocalEngine(replace(app.services, fetcher=fetcher))
            serving_task = asyncio.create_task(engine.serve())
            async with asyncio.timeout(60):
                while len(asked_of(site, "well")) < HALF or min(map(len, asked_of(site, "well").values())) < ROUNDS:
                    async with site.arrived:
                        await site.arrived.wait()
            engine.stop()
            await fetcher.close()
            await serving_task
        # The first polls parse a hundred feeds at once; from the second on nothing but the wait is measured.
        gaps = [later - first for times in asked_of(site, "well").values() for first, later in pairwise(times[1:])]
        hung = asked_of(site, "hangs")
    told = f"{len(gaps)} gaps of {EVERY:g} s: half of them up to {median(gaps):.2f} s, the longest {max(gaps):.2f} s"
    print(told)  # noqa: T201 - the figure.
    assert len(hung) == HALF
    # Were they waited for, every gap would be longer by a timeout; single ones are, when the machine is busy.
    assert median(gaps) < EVERY + LATE < EVERY + TIMEOUT


def asked_of(site: RawServer, kind: str) -> dict[str, list[float]]:
    """Return when each feed of a kind was asked."""
    found: dict[str, list[float]] = {}
    for asked in site.asked:
        if asked.target.startswith(f"/{kind}/"):
            found.setdefault(asked.target, []).append(asked.at)
    return found
