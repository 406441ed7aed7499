"""Inputs of strangers: texts with all that texts can hold, and sound documents with wounds."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from gzip import decompress
from pathlib import Path

from hypothesis import strategies as st
from support.injecting import OWN

from monitor.testing import seeds_path

LARGEST_SEED = 40_000  # bytes: of larger ones few could be tried.
FROM_CORPUS = 400  # of each kind, where there is a corpus.
WOUNDS = 12  # of one document, at most.
CHARACTERS = st.characters(exclude_categories=())  # lone surrogates among them.

CONTENT_TYPES = st.sampled_from(
    (
        *("", "text/html", "text/html; charset=utf-8", "text/xml; charset=punycode", "text/plain; charset=idna"),
        *("application/rss+xml; charset=utf-16", "text/html; charset=windows-1251", "text/html; charset=\x00"),
        "application/json",
    )
)

texts = st.one_of(
    st.sampled_from(OWN),
    st.text(CHARACTERS, max_size=60),
    st.lists(st.one_of(st.sampled_from(OWN), st.text(CHARACTERS, max_size=20)), max_size=5).map("".join),
    st.tuples(st.text(CHARACTERS, min_size=1, max_size=3), st.sampled_from([2, 9, 30, 99, 300, 3_000, 30_000])).map(
        lambda pair: pair[0] * pair[1]
    ),
)


@st.composite
def wounded(draw: st.DrawFn, seeds: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """Draw a document and wound it: cut, repeated, overwritten, broken off, or with what does harm put in."""
    body = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, WOUNDS))):
        at = draw(st.integers(0, len(body)))
        length = draw(st.one_of(st.integers(0, 12), st.integers(0, 2_000)))
        match draw(st.integers(0, 6)):
            case 0:
                body = body[:at] + body[at + length :]
            case 1:
                body = body[:at] + body[at : at + length] * draw(st.integers(1, 40)) + body[at:]
            case 2:
                body = body[:at] + draw(st.binary(max_size=8)) + body[at + length :]
            case 3 | 4:
                body = body[:at] + draw(st.sampled_from(tokens)) + body[at + length :]
            case 5:
                body = body[:at] if draw(st.booleans()) else body[at:]
            case 6:
                other = draw(st.sampled_from(seeds))
                start = draw(st.integers(0, len(other)))
                body = body[:at] + other[start : start + length] + body[at:]
    return body


def shipped(pattern: str) -> Iterator[bytes]:
    """Yield the seeds' files of a pattern, such as "newsroom/feeds/*"."""
    for path in sorted(seeds_path().glob(pattern)):
        yield path.read_bytes()


def corpus(folder: str) -> Iterator[bytes]:
    """Yield real documents where MONITOR_TEST_CORPUS says that there are some; small ones, spread over all."""
    named = os.environ.get("MONITOR_TEST_CORPUS")
    paths = sorted((Path(named) / folder).rglob("*.gz")) if named else []
    for path in paths[:: max(len(paths) // FROM_CORPUS, 1)]:
        body = decompress(path.read_bytes())
        if len(body) <= LARGEST_SEED:
            yield body


def odd_feeds() -> Iterator[bytes]:
    """Yield the corpus's odd feeds, which were each made to break a parser."""
    named = os.environ.get("MONITOR_TEST_CORPUS")
    if not named:
        return
    with zipfile.ZipFile(Path(named) / "odd-feeds" / "odd-feeds.zip") as archive:
        names = [one for one in archive.namelist() if not one.endswith("/")]
        for name in names[:: max(len(names) // FROM_CORPUS, 1)]:
            body = archive.read(name)
            if len(body) <= LARGEST_SEED:
                yield body
