from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from support.feedsite import FeedSite

from monitor.cli.sources import extract, feeds_commands

PREVIEW, DISCOVER, IMPORT = feeds_commands
PARAGRAPH = "A bridge on the motorway north of the city was hit overnight, residents said, and the road is closed. "
PAGE = f"""<!doctype html><html lang="en"><head><title>Bridge &#x202E;hit | Example</title>
<meta property="og:site_name" content="Example">
<meta property="article:published_time" content="2024-12-06T10:00:00Z">
<link rel="alternate" type="application/rss+xml" title="All" href="/feed.xml"></head>
<body><article><h1>Bridge hit</h1><p>{PARAGRAPH}One.</p><p>{PARAGRAPH}Two\u200b.</p>
<p>{PARAGRAPH}</p></article></body></html>"""
FEED = """<rss version="2.0"><channel><title>Town &#x1b;[31mNews</title>
<item><title>Homs\u202e shelled</title>
<guid isPermaLink="false">x1</guid><link>https://example.org/1?a=b</link>
<description>On &amp;lt;i&amp;gt;Friday</description>
<pubDate>Fri, 06 Dec 2024 10:00:00 GMT</pubDate></item><item><title>No id</title></item></channel></rss>"""


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with FeedSite() as serving:
        serving.put("/page", PAGE)
        serving.put("/feed.xml", FEED, "application/rss+xml")
        yield serving


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        '[monitor]\nstate = "state.db"\n[network]\nallow_private = ["127.0.0.0/8"]\nrobots = false\n'
        '[[channel]]\nid = "desk"\nurl = "json://127.0.0.1:9/"\n[[watch]]\nid = "homs"\nkeyword = "Homs"\n'
        '[[feed]]\nid = "one"\nurl = "https://example.org/feed"\n',
        encoding="utf-8",
    )
    path.chmod(0o600)
    return path


def run(command: click.Command, *arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_extract_answers_one_line_each_in_the_order_asked_and_failures_are_lines_too(tmp_path: Path) -> None:
    packed, plain, empty = tmp_path / "page.html.gz", tmp_path / "page.html", tmp_path / "empty.html"
    packed.write_bytes(gzip.compress(PAGE.encode()))
    plain.write_text(PAGE, encoding="utf-8")
    empty.write_text("", encoding="utf-8")
    absent, damaged = tmp_path / "absent.html", tmp_path / "damaged.gz"
    damaged.write_bytes(b"\x1f\x8bnot gzip at all")
    sources = [packed, absent, plain, empty, damaged]
    answers = lines(run(extract, "--json", *sources))
    assert [answer["source"] for answer in answers] == [str(source) for source in sources]
    assert ["error" in answer for answer in answers] == [False, True, False, True, True]
    page = answers[0]
    assert list(page) == ["source", "title", "text", "language", "published_at", "url", "incomplete"]
    assert (page["title"], page["language"], page["url"]) == ("Bridge hit", "en", None)
    assert page["published_at"] == "2024-12-06T10:00:00+00:00"
    assert page["text"].splitlines()[1] == f"{PARAGRAPH}Two."
    assert page["incomplete"] == ""


def test_extract_fails_only_if_every_source_failed(tmp_path: Path) -> None:
    answers = lines(run(extract, "--json", tmp_path / "a", tmp_path / "b", code=1))
    assert [set(answer) for answer in answers] == [{"source", "error"}] * 2


def test_extract_reads_a_page_from_the_web(site: FeedSite, config: Path) -> None:
    (page,) = lines(run(extract, "--json", "--config", config, f"{site.url}/page"))
    assert (page["title"], page["url"]) == ("Bridge hit", f"{site.url}/page")


def test_extract_refuses_private_addresses_that_no_configuration_allows(site: FeedSite) -> None:
    (answer,) = lines(run(extract, "--json", f"{site.url}/page", code=1))
    assert set(answer) == {"source", "error"}
    assert site.requests == []


def test_extract_shows_a_page_to_a_person_within_80_columns(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    shown = run(extract, path).stdout.splitlines()
    assert shown[0] == "Bridge hit"
    assert "2024-12-06 10:00" in "\n".join(shown)
    assert max(len(line) for line in shown if str(path) not in line) <= 80


def test_preview_answers_with_a_feed_s_entries_cleaned_and_in_order(tmp_path: Path) -> None:
    path, other = tmp_path / "feed.xml", tmp_path / "page.html"
    path.write_text(FEED, encoding="utf-8")
    other.write_text(PAGE, encoding="utf-8")
    feed, error = lines(run(PREVIEW, "--json", path, other))
    assert list(feed) == ["source", "format", "title", "entries", "problems"]
    assert (feed["source"], feed["format"], feed["title"]) == (str(path), "rss20", "Town [31mNews")
    assert feed["entries"] == [
        {
            "id": "x1",
            "title": "Homs shelled",
            "url": "https://example.org/1?a=b",
            "published_at": "2024-12-06T10:00:00+00:00",
            "text": "On <i>Friday",
        },
        {"id": None, "title": "No id", "url": "", "published_at": None, "text": ""},
    ]
    assert len(feed["problems"]) == 1  # the ESC is no character of XML.
    assert error == {"source": str(other), "error": "this is a web page, not a feed"}


def test_preview_of_a_page_names_its_feeds(site: FeedSite, config: Path) -> None:
    (answer,) = lines(run(PREVIEW, "--json", "--config", config, f"{site.url}/page", code=1))
    assert answer["error"] == f"this is a web page, not a feed; it names {site.url}/feed.xml"


def test_preview_shows_a_feed_to_a_person(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(FEED, encoding="utf-8")
    shown = run(PREVIEW, path).stdout
    assert "2024-12-06 10:00  Homs shelled\n  https://example.org/1?a=b\n" in shown
    assert "(no date)" in shown


def test_discover_lists_the_feeds_of_a_page(site: FeedSite, config: Path) -> None:
    (answer,) = lines(run(DISCOVER, "--json", "--config", config, f"{site.url}/page"))
    assert answer["feeds"] == [{"url": f"{site.url}/feed.xml", "title": "All", "type": "rss"}]
    assert f"{site.url}/feed.xml" in run(DISCOVER, "--config", config, f"{site.url}/page").stdout


OPML = """<opml version="2.0"><body><outline text="Town" xmlUrl="https://a.example/rss"/>
<outline text="Known" xmlUrl="https://example.org/feed"/><outline text="One" xmlUrl="https://c.example/"/></body></opml>"""


def test_import_prints_tables_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "list.opml"
    path.write_text(OPML, encoding="utf-8")
    tables = tomllib.loads(run(IMPORT, path).stdout)["feed"]
    assert [table["id"] for table in tables] == ["town", "known", "one"]


def test_import_appends_only_feeds_that_the_file_has_not(tmp_path: Path, config: Path) -> None:
    path = tmp_path / "list.opml"
    path.write_text(OPML, encoding="utf-8")
    said = run(IMPORT, path, "--append", config).stderr
    assert said == "2 new feeds, 1 known already\n"
    feeds = tomllib.loads(config.read_text(encoding="utf-8"))["feed"]
    assert [feed["id"] for feed in feeds] == ["one", "town", "one-2"]
    run(IMPORT, path, "--append", config)
    assert tomllib.loads(config.read_text(encoding="utf-8"))["feed"] == feeds


def test_import_of_something_else_says_so(tmp_path: Path) -> None:
    path = tmp_path / "list.opml"
    path.write_text("just words", encoding="utf-8")
    assert "not an OPML file" in run(IMPORT, path, code=1).stderr
