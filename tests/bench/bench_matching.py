"""Measure matching: `python tests/bench/bench_matching.py [--quick]`. Only ratios taken in one run mean anything.

On articles made up for it; with MONITOR_TEST_CORPUS set, on the texts of its pages too, where 10,000 places are
really hit. "First" is the first time a text is met, "again" when its words are known, as most are in a running daemon.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import subprocess
import sys
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.watching_load import articles, size, watches

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Watch
from monitor.watching.presearch import FEWEST_PIECES
from monitor.watching.watchlist import Watchlist, compile_watchlist

ROUNDS = 5
NAMES = (10, 1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU seconds to compile with all that is built once, for the first pass over the articles, for the best after."""

    compile: float
    first: float
    again: float
    matches: int


def measure(some: Sequence[Watch], texts: Sequence[Article]) -> Figures:
    """Compile watches and match all texts several times."""
    begin = time.process_time()
    watchlist = compile_watchlist(some, Index()).watchlist
    # What is built when it is first needed belongs to the watchlist, not to the first article.
    watchlist.match(Article("", "feed", "", title=" ".join(f"readying{one}" for one in range(2 * FEWEST_PIECES))))
    compiled = time.process_time() - begin
    passes = []
    matches = 0
    for _ in range(ROUNDS):
        begin = time.process_time()
        matches = sum(len(watchlist.match(one)) for one in texts)
        passes.append(time.process_time() - begin)
    return Figures(compiled, passes[0], min(passes[1:]), matches)


def places(count: int) -> tuple[Watch, ...]:
    """Watch the places with the most people."""
    return tuple(Watch(f"p{one.id}", "p", ConceptKind.PLACE, (f"geonames:{one.id}",)) for one in Index().biggest(count))


def corpus() -> tuple[Article, ...]:
    """Read the true texts of the corpus' pages; none without a corpus."""
    folder = os.environ.get("MONITOR_TEST_CORPUS")
    if not folder:
        return ()
    with gzip.open(Path(folder) / "pages" / "truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        truths = [json.loads(line)["truth"][0] for line in lines]
    return tuple(Article("", "feed", "", title=one["title"] or "", body=one["body"] or "") for one in truths)


def report(label: str, pairs: Sequence[tuple[int, Figures]], megabytes: float) -> None:
    """Print one line for each number of watches, and how the cost grew."""
    print(f"{label}, {megabytes:.2f} MB")  # noqa: T201 - this is what the program is for.
    for count, one in pairs:
        speed = f"{megabytes / one.first:6.1f} MB/s first {megabytes / one.again:6.1f} MB/s again"
        print(f"  {count:6,} watches {speed}  {one.matches:6,} matches  compiled in {one.compile:.2f} s")  # noqa: T201
    print(f"  cost grows {pairs[-1][1].again / pairs[0][1].again:.2f} times")  # noqa: T201 - same.


def naive(names: Sequence[str], texts: Sequence[Article]) -> Figures | None:
    """Do what most tools do: fold character by character, and ask pyahocorasick. None if that is not installed."""
    if importlib.util.find_spec("ahocorasick") is None:
        return None
    ahocorasick = importlib.import_module("ahocorasick")

    def plain(text: str) -> str:
        return "".join(
            sign for sign in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(sign) != "Mn"
        )

    begin = time.process_time()
    automaton = ahocorasick.Automaton()
    for name in names:
        automaton.add_word(plain(name), name)
    automaton.make_automaton()
    compiled = time.process_time() - begin
    passes = []
    matches = 0
    for _ in range(2):
        begin = time.process_time()
        matches = sum(1 for one in texts for _ in automaton.iter(plain(f"{one.title}\n{one.body}")))
        passes.append(time.process_time() - begin)
    return Figures(compiled, passes[0], passes[1], matches)


def per_article(lists: Sequence[Watchlist], some: Sequence[Article]) -> tuple[float, ...]:
    """Return the milliseconds of CPU that an article costs each watchlist, the best of several turns."""
    passes: tuple[list[float], ...] = tuple([] for _ in lists)
    for _ in range(ROUNDS):
        for watchlist, taken in zip(lists, passes, strict=True):
            begin = time.process_time()
            for one in some:
                watchlist.match(one)
            taken.append(time.process_time() - begin)
    return tuple(1_000 * min(taken[1:]) / max(1, len(some)) for taken in passes)


def place_growth(texts: Sequence[Article]) -> None:
    """Print what 10,000 places cost more than 10 of which the texts say the same, and what those that are hit cost."""
    most = places(20_000)
    every = compile_watchlist(most, Index()).watchlist
    found = {one.watch for text in texts for one in every.readings(text)}
    silent = [one for number, one in enumerate(most) if number >= 10 and number not in found][:9_990]
    few, many = (compile_watchlist(some, Index()).watchlist for some in (most[:10], (*most[:10], *silent)))
    same = [one for one in texts if few.readings(one) == many.readings(one)]
    costs = per_article((few, many), same)
    same_found = f"places, {len(same)} texts where {len(silent) + 10:,} find what 10 find"
    print(f"{same_found}: {costs[0]:.2f} and {costs[1]:.2f} ms an article")  # noqa: T201 - this is what the program is for.
    print(f"  cost grows {costs[1] / costs[0]:.2f} times")  # noqa: T201 - same.
    hit = compile_watchlist(most[:10_000], Index()).watchlist
    texts_hit = [one for one in texts if hit.readings(one)]
    judged = sum(len({one.watch for one in hit.readings(text)}) for text in texts_hit)
    each = f"{judged / max(1, len(texts_hit)):.1f} places each: {per_article((hit,), texts_hit)[0]:.2f} ms an article"
    print(f"places, {len(texts_hit)} texts with hits, {each}")  # noqa: T201 - same.


def keywords(count: int) -> tuple[Watch, ...]:
    """Watch made-up names, a hundred a watch, of which hardly any stands in a text."""
    names = [f"{one}{number}" for number in range(count // 4 + 1) for one in ("quxton", "zylla", "Прёва", "الوكس")]
    return tuple(
        Watch(f"k{start}", "k", ConceptKind.KEYWORD, tuple(names[start : min(start + 100, count)]))
        for start in range(0, count, 100)
    )


def against_naive(texts: Sequence[Article], megabytes: float) -> None:
    """Print how fast names are looked for, beside the naive way, in one run."""
    print("against a naive fold with pyahocorasick")  # noqa: T201 - this is what the program is for.
    for count in NAMES:
        some = keywords(count)
        ours = measure(some, texts)
        peer = naive([name for one in some for name in one.names], texts)
        speed = f"{megabytes / ours.first:5.1f} MB/s first {megabytes / ours.again:5.1f} again"
        beside = "no peer here"
        if peer:
            ratios = f"{peer.first / ours.first:.1f} and {peer.again / ours.again:.1f} times"
            beside = f"peer {megabytes / peer.again:5.1f}: {ratios}, built in {peer.compile:.2f} s"
        print(f"  {count:7,} names {speed}, built in {ours.compile:.2f} s  {beside}")  # noqa: T201 - same.


def memory(count: int) -> str:
    """Return the memory of a process of its own that holds so many places, before it matched text and after.

    Of each its own memory, and beside it the pages of files: libraries and the gazetteer, which may be dropped.
    """
    program = (
        "import sys; sys.path.insert(0, 'tests'); sys.path.insert(0, 'tests/bench'); import bench_matching as b;"
        f"held = b.compile_watchlist(b.places({count}), b.Index()).watchlist; before = b.resident();"
        "[held.match(one) for one in b.corpus() or b.articles(300)]; print(*before, *b.resident())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    own, files, own_after, files_after = (int(one) / 1024 for one in done.stdout.split())
    return (
        f"{own:.0f} + {files:.0f} MB (own + files), {own_after:.0f} + {files_after:.0f} MB after it has matched text,"
    )


def resident() -> tuple[int, int]:
    """Return the kilobytes of this process that are its own, and those that are pages of files."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    sizes = {line.split()[0]: line.split()[1] for line in lines if line.startswith("Rss")}
    return int(sizes["RssAnon:"]), int(sizes["RssFile:"])


def main() -> None:
    """Print all figures."""
    quick = "--quick" in sys.argv
    made = articles(60 if quick else 300)
    megabytes = size(made) / 1e6
    report("keywords, same hits", [(n, measure(watches(n), made)) for n in (10, 10_000)], megabytes)
    against_naive(made, megabytes)
    print(f"10,000 places take {memory(10_000)} in a process of their own")  # noqa: T201 - as above.
    real = corpus()
    if real:
        megabytes = size(real) / 1e6
        report("keywords on real pages", [(n, measure(watches(n), real)) for n in (10, 10_000)], megabytes)
        report("places on real pages", [(n, measure(places(n), real)) for n in (10, 10_000)], megabytes)
    place_growth(real or made)


if __name__ == "__main__":
    main()
