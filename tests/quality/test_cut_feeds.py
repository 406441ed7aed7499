"""A feed that is cut to its unknown entries gives those entries as the whole one does, on odd and on real feeds."""

from __future__ import annotations

import gzip
import random
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from monitor.errors import ParseError
from monitor.planning.work import ParsedFeed
from monitor.sources.feeds import parse_feed

pytestmark = pytest.mark.corpus

URL = "https://wire.example.org/news/feed.xml"
DRAWS = (0.0, 0.5, 0.97, 1.0)  # how much of a feed is known.


def bodies(corpus: Path) -> Iterator[tuple[str, bytes]]:
    """Yield all feeds with their names: the odd ones, then the real ones."""
    with zipfile.ZipFile(corpus / "odd-feeds" / "odd-feeds.zip") as archive:
        yield from ((name, archive.read(name)) for name in archive.namelist() if not name.endswith("/"))
    yield from ((path.name, gzip.decompress(path.read_bytes())) for path in sorted((corpus / "feeds").glob("*.gz")))


def outlined(body: bytes) -> ParsedFeed | None:
    """Read a feed whole; None if it is none, or if it is never cut."""
    try:
        whole = parse_feed(body, URL)
    except ParseError:
        return None
    return whole if whole.slices else None


def disagreement(body: bytes, whole: ParsedFeed, known: frozenset[str]) -> str:
    """Say in what a feed cut by what is known differs from the whole of it; "" if in nothing."""
    some = parse_feed(body, URL, "", (whole.context, known))
    rest = known.intersection(some.kept)
    wanted = tuple(entry for entry, one in zip(whole.entries, whole.slices, strict=True) if one not in rest)
    same = (some.entries == wanted, some.format == whole.format, some.title == whole.title)
    head = (some.language == whole.language, some.ttl == whole.ttl, some.problems == whole.problems)
    return "" if all((*same, *head)) else f"{len(known)} of {len(whole.slices)} known: {same}, {head}"


@pytest.mark.parametrize("step", [pytest.param(8, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.release)])
def test_what_is_new_of_a_feed_reads_as_it_does_in_the_whole(corpus: Path, step: int) -> None:
    dice = random.Random(11)  # noqa: S311 - a draw that can be repeated.
    found, seen, cuts = {}, 0, 0
    for name, body in islice(bodies(corpus), 0, None, step):
        seen += 1
        whole = outlined(body)
        if whole is None:
            continue
        cuts += 1
        for share in DRAWS:
            known = frozenset(one for one in whole.slices if dice.random() < share)
            if differs := disagreement(body, whole, known):
                found[name] = differs
    print(f"\n{cuts} of {seen} feeds are cut")  # noqa: T201 - the figure of the run.
    assert found == {}
    assert cuts >= 500 / step * 0.8
