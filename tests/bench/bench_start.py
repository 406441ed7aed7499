"""Measure starting up and memory: `python tests/bench/bench_start.py [--quick]`.

`monitor --help`; the daemon with ten thousand feeds, until it is ready and once it has asked them all; a child that
reads pages. CPU seconds are steadier than seconds of a clock where other programs run.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import sys
import tempfile
import threading
import time
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.feedsite import feed_site, rss
from support.pagefarm import made_page
from support.startup import MEGABYTE, children_of, cpu_of, started, used_by, write_config

from monitor.planning.work import Fetched
from monitor.sources.articles import ChildExtractor
from monitor.sources.children import Children

FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text("utf-8"))["start"]
FEEDS, PAGES = 10_000, 1_000
LONGEST = 240.0  # seconds that all feeds are given to be asked once.


def say(what: str, found: float, most: float, unit: str) -> None:
    """Print one figure beside what it may be at most."""
    print(f"{what:56} {found:8.2f} {unit:2}  at most {most:g}{'' if found <= most else '  MISSED'}", flush=True)  # noqa: T201 - figures are its output.


def measure_help() -> None:
    """Ask for help a few times; the quickest counts, the others waited for the machine."""
    cpu = min(cpu_of(sys.executable, "-m", "monitor", "--help") for _ in range(7))
    say("monitor --help, CPU", cpu, FLOORS["help_cpu"], "s")


def measure_daemon(feeds: int) -> None:
    """Start the daemon on a new state, let it ask every feed, and start it again."""
    pause = threading.Event()
    with tempfile.TemporaryDirectory() as folder, feed_site() as site:
        for number in range(feeds):
            site.put(f"/feed/{number}", rss([(f"{number}", f"{site.url}/a/{number}", "An old report")]))
        config = write_config(Path(folder), feeds=feeds, site=site.url)
        with started(config) as first:
            say(f"{feeds:,} feeds, a new state: ready", first.wall, FLOORS["ready"], "s")
            begin = time.monotonic()
            while len(site.requests) < feeds and time.monotonic() - begin < LONGEST:
                pause.wait(0.5)
            pause.wait(5)
            name = f"{len(site.requests):,} feeds asked: main process"
            say(name, used_by(first.pid).resident / MEGABYTE, FLOORS["main_megabytes"], "MB")
            for child in children_of(first.pid):
                say("  a child that parsed them", used_by(child).resident / MEGABYTE, FLOORS["child_megabytes"], "MB")
        for _ in range(3):
            with started(config) as again:
                say(f"{feeds:,} feeds, a known state: ready", again.wall, FLOORS["ready"], "s")
                say("  CPU until then", again.used.cpu, FLOORS["ready"], "s")


def some_pages() -> list[bytes]:
    """Return the pages of MONITOR_TEST_CORPUS, made-up ones where there is none."""
    folder = os.environ.get("MONITOR_TEST_CORPUS")
    files = sorted(Path(folder, "pages").glob("*.html.gz")) if folder else []
    return [gzip.decompress(file.read_bytes()) for file in files] or [made_page(number) for number in range(200)]


async def measure_child(pages: int) -> None:
    """Have one child read so many pages."""
    bodies = some_pages()
    children = Children(1)
    extractor = ChildExtractor(children)
    most = 0
    try:
        for number in range(pages):
            await extractor.extract(Fetched(f"http://127.0.0.1/{number}", bodies[number % len(bodies)]))
            if number % 50 == 49:
                most = max(most, *(used_by(child).resident for child in children_of(os.getpid())))
    finally:
        await children.close()
    say(f"a child after {pages:,} pages, at its most", most / MEGABYTE, FLOORS["child_megabytes"], "MB")


def main() -> None:
    """Print all figures."""
    quick = "--quick" in sys.argv
    measure_help()
    measure_daemon(1_000 if quick else FEEDS)
    asyncio.run(measure_child(200 if quick else PAGES))


if __name__ == "__main__":
    main()
