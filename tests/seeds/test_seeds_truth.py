"""The table of the newsroom holds for what the monitor reads on its pages and finds under the demo's watches."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest
from support.newsroom import articles, expectations, newsroom, page

from monitor.config.load import load
from monitor.gazetteer.index import Index
from monitor.model import Article, Verdict
from monitor.planning.work import Extracted
from monitor.sources.articles import extract_page
from monitor.testing import NewsroomSite, Scheduled
from monitor.watching.watchlist import Compiled, compile_watchlist

STATES = [
    pytest.param(article.id, number, id=f"{article.id}-{state[0]}")
    for article in newsroom().articles
    for number, state in enumerate(article.states)
]


@pytest.fixture
async def compiled(tmp_path: Path) -> Compiled:
    path = tmp_path / "config.toml"
    async with NewsroomSite() as site:
        path.write_text(site.config_text("json://127.0.0.1:9/desk"), encoding="utf-8")
    return compile_watchlist(load(path).settings.watches, Index())


def stated(article: Scheduled, step: int) -> tuple[str, str]:
    """Return the title and the teaser of an article as its feed states them at `step`."""
    outlet = next(outlet for outlet in newsroom().outlets if outlet.id == article.feed)
    text = newsroom().feed_text(outlet, step)
    if outlet.type == "application/feed+json":
        rows = [(item["url"], item["title"], item["summary"]) for item in json.loads(text)["items"]]
    else:
        rows = [(entry.link, entry.title, entry.summary) for entry in feedparser.parse(text.encode()).entries]
    found = [row[1:] for row in rows if urlsplit(row[0].replace("{{site}}", "http://a.example")).path == article.path]
    assert len(found) == 1
    return found[0]


def due(article: Scheduled, step: int) -> set[str]:
    """Return the watches that the table says apply to an article as it reads at `step`."""
    row = expectations()[article.id]
    if article.step == 0 or not row.alerts:  # a reprint is found, and joins the alert that told of the original.
        return set(row.watches)
    return {watch for at, watches in row.alerts for watch in watches if at <= step}


@pytest.mark.parametrize(("article_id", "state"), STATES)
async def test_the_watches_that_apply_are_those_of_the_table(compiled: Compiled, article_id: str, state: int) -> None:
    scheduled = articles()[article_id]
    step = scheduled.states[state][0]
    title, lead = stated(scheduled, step)
    html = page(article_id, state).replace("{{site}}", "http://127.0.0.11")
    read = extract_page(html.encode(), "http://127.0.0.11" + scheduled.path, "text/html; charset=utf-8")
    assert isinstance(read, Extracted) is scheduled.text
    body, tail = (read.text, read.tail) if isinstance(read, Extracted) else ("", "")
    article = Article(article_id, scheduled.feed, "", title, lead=lead, body=body, tail=tail)
    found = {match.watch_id for match in compiled.watchlist.match(article) if match.verdict is Verdict.MATCH}
    assert found == due(scheduled, step)


async def test_the_demo_s_watches_compile_without_a_complaint(compiled: Compiled) -> None:
    assert compiled.problems == ()
