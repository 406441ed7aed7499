"""feedparser made quicker says what feedparser says, of odd and of real feeds."""

from __future__ import annotations

import gzip
import warnings
import zipfile
from pathlib import Path

import pytest
from support.plainfeedparser import read, read_plainly

from monitor.sources.feedparsing import load_feedparser

pytestmark = pytest.mark.corpus


def bodies(corpus: Path) -> dict[str, bytes]:
    """Return all feeds by their names."""
    with zipfile.ZipFile(corpus / "odd-feeds" / "odd-feeds.zip") as archive:
        odd = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    return odd | {path.name: gzip.decompress(path.read_bytes()) for path in sorted((corpus / "feeds").glob("*.gz"))}


@pytest.mark.parametrize("step", [pytest.param(16, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.release)])
def test_a_feed_of_the_corpus_reads_as_feedparser_alone_reads_it(corpus: Path, step: int) -> None:
    chosen = dict(list(bodies(corpus).items())[::step])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = {name: read(load_feedparser(), body) for name, body in chosen.items()}
    theirs = dict(zip(chosen, read_plainly(list(chosen.values())), strict=True))
    differing = [name for name in chosen if ours[name] != theirs[name]]
    assert differing == []
    assert len(chosen) >= 600 / step
