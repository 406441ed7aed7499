"""How much of real articles' text is found, and how little beside it, with floors that only go up."""

from __future__ import annotations

import asyncio
import gzip
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.tokens import tokens

from monitor.errors import ExtractError
from monitor.planning.work import Extracted, Fetched, NoText
from monitor.sources.articles import ChildExtractor
from monitor.sources.children import Children

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text("utf-8"))["extraction"]


@dataclass(frozen=True, slots=True)
class Score:
    """How one page's text compares with the best of its true versions; `stray` is what is not of the story."""

    file: str
    f1: float
    precision: float
    recall: float

    @property
    def stray(self) -> float:
        return 1 - self.precision


def score(file: str, text: str, bodies: Sequence[str]) -> Score:
    """Compare token multisets; an empty text counts 0."""
    found = tokens(text)
    best = Score(file, 0.0, 0.0, 0.0)
    for body in bodies:
        true = tokens(body)
        both = (found & true).total()
        if both:
            precision, recall = both / found.total(), both / true.total()
            f1 = 2 * precision * recall / (precision + recall)
            best = max(best, Score(file, f1, precision, recall), key=lambda one: one.f1)
    return best


async def extract_all(pages: Sequence[Fetched]) -> list[Extracted | NoText | ExtractError]:
    children = Children()
    extractor = ChildExtractor(children)

    async def one(page: Fetched) -> Extracted | NoText | ExtractError:
        try:
            return await extractor.extract(page)
        except ExtractError as error:
            return error

    try:
        return list(await asyncio.gather(*(one(page) for page in pages)))
    finally:
        await children.close()


@pytest.fixture(scope="module")
def truth(corpus: Path) -> list[dict[str, Any]]:
    with gzip.open(corpus / "pages" / "truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def pages(corpus: Path, truth: list[dict[str, Any]]) -> list[Extracted | NoText | ExtractError]:
    folder = corpus / "pages"
    fetched = [Fetched(row["url"], gzip.decompress((folder / row["file"]).read_bytes())) for row in truth]
    return asyncio.run(extract_all(fetched))


def test_the_text_of_real_articles_is_found(
    truth: list[dict[str, Any]], pages: list[Extracted | NoText | ExtractError]
) -> None:
    scores = [
        score(row["file"], page.text if isinstance(page, Extracted) else "", [one["body"] for one in row["truth"]])
        for row, page in zip(truth, pages, strict=True)
    ]
    f1 = sum(one.f1 for one in scores) / len(scores)
    precision = sum(one.precision for one in scores) / len(scores)
    recall = sum(one.recall for one in scores) / len(scores)
    worst = sorted(scores, key=lambda one: one.f1)[:5]
    print(  # noqa: T201 - the figures of the run.
        f"\n{len(scores)} pages: body F1 {f1:.4f}, found {recall:.4f}, stray {1 - precision:.4f}",
        *(f"{one.f1:.3f}  stray {one.stray:.2f}  {one.file}" for one in worst),
        sep="\n",
    )
    assert [page for page in pages if not isinstance(page, Extracted)] == []
    assert min(one.f1 for one in scores) >= FLOORS["worst"]
    assert recall >= FLOORS["recall"]
    assert 1 - precision <= FLOORS["stray_at_most"]
    assert f1 >= FLOORS["f1"]


def test_titles_are_those_of_the_articles(
    truth: list[dict[str, Any]], pages: list[Extracted | NoText | ExtractError]
) -> None:
    right = 0
    for row, page in zip(truth, pages, strict=True):
        assert isinstance(page, Extracted)
        right += any(tokens(page.title) == tokens(one["title"]) for one in row["truth"])
    print(f"\n{right} of {len(truth)} titles word for word")  # noqa: T201 - the figures of the run.
    assert right / len(truth) >= FLOORS["titles"]


def test_a_date_is_right_or_none(truth: list[dict[str, Any]], pages: list[Extracted | NoText | ExtractError]) -> None:
    wrong, known = [], 0
    for row, page in zip(truth, pages, strict=True):
        assert isinstance(page, Extracted)
        dates = [datetime.fromisoformat(one["published"]) for one in row["truth"] if one.get("published")]
        aware = [date if date.tzinfo else date.replace(tzinfo=UTC) for date in dates]
        if page.published_at is None:
            continue
        known += 1
        # Where a page names no zone, neither does the truth: a day is as near as they can be compared.
        if aware and all(abs(page.published_at - date) > timedelta(days=1) for date in aware):
            wrong.append(row["file"])
    print(f"\n{known} of {len(truth)} dates found")  # noqa: T201 - the figures of the run.
    assert wrong == []
    assert known / len(truth) >= FLOORS["dates"]
