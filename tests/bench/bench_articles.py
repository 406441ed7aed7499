"""Measure articles, from fetching to committed matches: `python tests/bench/bench_articles.py [--quick]`.

The whole daemon on loopback against trafilatura alone, in one run on the same pages: those of MONITOR_TEST_CORPUS, or
made-up ones. Then a mix: pages that state their text are among them, and a third come from feeds that carry it whole;
as it is, and with `full_text = false` on those feeds.
Trafilatura has all cores too, a process each, and neither fetches nor remembers anything.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.daemon import environment
from support.folderserver import serving
from support.pagefarm import made_page, story
from support.proctree import used
from support.tokens import f1_of

CORES = len(os.sched_getaffinity(0))
FEEDS = 10
LONGEST = 600.0
CONFIG = """
[monitor]
state = "monitor.db"
[network]
allow_private = ["127.0.0.0/8"]
robots = false
per_host = 64
[[channel]]
id = "desk"
url = "json://127.0.0.1:{port}/sink"
[[watch]]
id = "homs"
place = "Homs, SY"
[[watch]]
id = "aleppo"
place = "Aleppo, SY"
[[watch]]
id = "words"
keyword = ["ceasefire", "earthquake", "convoy", "harbour", "election*"]
"""
FEED = """
[[feed]]
id = "f{number}"
url = "http://127.0.0.1:{port}/f{number}.xml"
backfill = "all"
every = "1h"
"""
ALONE = """
import sys, time, resource
from pathlib import Path
from trafilatura import extract
files = [Path(name).read_bytes() for name in Path(sys.argv[1]).read_text().splitlines()]
extract(files[0])
sys.stdin.readline()
begin, before = time.monotonic(), time.process_time()
texts = [extract(body, include_comments=False) or "" for body in files]
took = time.monotonic() - begin, time.process_time() - before
import json; print(json.dumps([*took, texts]))
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One article: its page, its true text in all versions, and the text that its feed carries, if it does."""

    body: bytes
    truths: tuple[str, ...]
    carried: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Articles a second, CPU milliseconds an article, and how much of the text was right."""

    rate: float
    cpu: float
    f1: float


def real_pages(count: int) -> list[Page]:
    """Return pages of the corpus, again and again if there are fewer; made-up ones without a corpus."""
    folder = os.environ.get("MONITOR_TEST_CORPUS")
    if not folder:
        return [Page(made_page(number), ("\n".join(story(number)[1]),)) for number in range(count)]
    with gzip.open(Path(folder) / "pages" / "truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = [
        Page(
            gzip.decompress(Path(folder, "pages", row["file"]).read_bytes()), tuple(one["body"] for one in row["truth"])
        )
        for row in rows
    ]
    return [found[number % len(found)] for number in range(count)]


def mixed_pages(count: int) -> list[Page]:
    """Return pages of which a third come from feeds that carry them whole; of made-up ones a third state their text."""
    real = real_pages(count) if os.environ.get("MONITOR_TEST_CORPUS") else []
    mixed = []
    for number in range(count):
        states, carries = number % FEEDS % 3 == 1, number % FEEDS % 3 == 0
        page = real[number] if real else Page(made_page(number, stated=states), ("\n".join(story(number)[1]),))
        mixed.append(replace(page, carried=page.truths[0]) if carries else page)
    return mixed


def write_site(folder: Path, pages: Sequence[Page]) -> None:
    """Write pages and feeds; the feed of page n is n modulo FEEDS."""
    for number, page in enumerate(pages):
        (folder / f"{number}.html").write_bytes(page.body)
    for feed in range(FEEDS):
        items = "".join(_item(number, pages[number]) for number in range(feed, len(pages), FEEDS))
        space = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
        rss = f"<?xml version='1.0'?><rss version='2.0' {space}><channel><title>F</title>{items}</channel></rss>"
        (folder / f"f{feed}.xml").write_text(rss, encoding="utf-8")


def _item(number: int, page: Page) -> str:
    html = "".join(f"<p>{escape(line)}</p>" for line in page.carried.splitlines())
    carried = f"<content:encoded>{escape(html)}</content:encoded>" if html else ""
    return f"<item><guid>{number}</guid><link>SITE/{number}.html</link><title>Report {number}</title>{carried}</item>"


def _feed(number: int, port: int, pages: Sequence[Page], *, trusting: bool) -> str:
    """Configure a feed; one that carries its articles whole is believed to, if `trusting`."""
    is_whole = trusting and all(page.carried for page in pages[number::FEEDS])
    return FEED.format(number=number, port=port) + ("full_text = false\n" if is_whole else "")


def measure_daemon(folder: Path, pages: Sequence[Page], *, trusting: bool = False) -> Figures:
    """Let the daemon read all pages, and count from the first article stored to the last."""
    site, state = folder / "site", folder / "monitor.db"
    site.mkdir()
    write_site(site, pages)
    with serving(site) as (_, port):
        config = folder / "config.toml"
        feeds = (_feed(number, port, pages, trusting=trusting) for number in range(FEEDS))
        config.write_text(CONFIG.format(port=port) + "".join(feeds))
        config.chmod(0o600)
        command = [sys.executable, "-m", "monitor", "run", "--config", str(config)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment()) as process:
            try:
                first, begin = wait_for_articles(state, 1)
                before = used(process.pid).cpu
                last, end = wait_for_articles(state, len(pages))
                spent = used(process.pid).cpu - before
            finally:
                process.terminate()
        texts = stored_texts(state)
    f1 = sum(f1_of(texts.get(number, ""), page.truths) for number, page in enumerate(pages)) / len(pages)
    return Figures((last - first) / (end - begin), 1000 * spent / (last - first), f1)


def wait_for_articles(state: Path, count: int) -> tuple[int, float]:
    """Wait until so many articles are stored; return how many are, and when that was."""
    pause = threading.Event()
    begin = time.monotonic()
    while time.monotonic() - begin < LONGEST:
        if state.exists():
            with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as database:
                try:
                    (found,) = database.execute("SELECT count(*) FROM articles").fetchone()
                except sqlite3.OperationalError:  # not made yet.
                    found = 0
                if found >= count:
                    return found, time.monotonic()
        pause.wait(0.05)
    raise TimeoutError(f"{count} articles were not stored within {LONGEST:.0f} s")


def stored_texts(state: Path) -> dict[int, str]:
    """Return the texts of articles by the number of their page."""
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT title, body FROM articles").fetchall()
    return {int(title.removeprefix("Report ")): body for title, body in rows}


def measure_alone(folder: Path, pages: Sequence[Page]) -> Figures:
    """Let trafilatura read all pages, in a process for each core."""
    parts = [range(core, len(pages), CORES) for core in range(CORES)]
    processes = []
    for core, part in enumerate(parts):
        listed = folder / f"part{core}"
        listed.write_text("\n".join(str(folder / "site" / f"{number}.html") for number in part))
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", ALONE, str(listed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
    answers = [json.loads(process.communicate("go\n")[0]) for process in _together(processes)]
    texts: dict[int, str] = {}
    for part, answer in zip(parts, answers, strict=True):
        texts |= dict(zip(part, answer[2], strict=True))
    f1 = sum(f1_of(texts[number], page.truths) for number, page in enumerate(pages)) / len(pages)
    cpu = sum(answer[1] for answer in answers)
    return Figures(len(pages) / max(answer[0] for answer in answers), 1000 * cpu / len(pages), f1)


def _together(processes: Sequence[subprocess.Popen[str]]) -> Sequence[subprocess.Popen[str]]:
    """Start all at once: what they read first is not measured."""
    threading.Event().wait(5)
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


def compare(label: str, pages: Sequence[Page], *, trusting: bool = False) -> None:
    """Print what both make of some pages."""
    with tempfile.TemporaryDirectory() as folder:
        ours = measure_daemon(Path(folder), pages, trusting=trusting)
        alone = measure_alone(Path(folder), pages)
    print(f"{label}, {len(pages):,} articles, {CORES} cores")  # noqa: T201 - figures are its output.
    for name, one in (("the whole daemon", ours), ("trafilatura alone", alone)):
        print(f"  {name:18} {one.rate:7.1f} articles/s {one.cpu:7.1f} ms CPU each   F1 {one.f1:.4f}")  # noqa: T201 - same.
    print(f"  ratio {ours.rate / alone.rate:.2f} by the clock, {alone.cpu / ours.cpu:.2f} by CPU", flush=True)  # noqa: T201 - same.


def main() -> None:
    """Print all figures."""
    quick = "--quick" in sys.argv
    compare("pages alone", real_pages(175 if quick else 525))
    mixed = mixed_pages(300 if quick else 900)
    compare("a mix with stated texts and whole feeds", mixed)
    compare("the same, whole feeds with full_text = false", mixed, trusting=True)


if __name__ == "__main__":
    main()
