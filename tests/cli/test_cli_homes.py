"""What the commands say of where publishers are at home."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.daemon import answer, call

from monitor.config.load import load
from monitor.planning.work import LearnedHome
from monitor.store import open_store

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
CONFIG = """
[monitor]
state = "state/monitor.db"
[[channel]]
id = "desk"
url = "json://127.0.0.1:9/"
[[feed]]
id = "lamar"
url = "https://feeds.lamar.example.com/rss"
[[feed]]
id = "seine"
url = "https://seine.example.fr/rss"
[[feed]]
id = "tyler"
url = "https://tyler.example.com/rss"
home = "Texas, US"
[[feed]]
id = "wire"
url = "https://wire.example.com/rss"
[[watch]]
id = "france"
place = "Paris, FR"
[[watch]]
id = "texas"
place = "geonames:4717560"
"""
TITLE = "Water main breaks in Paris"
TEXT = "A water main broke in Paris on Monday night, and forty houses were without water until the morning."


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a state in which a home was learned."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    path.chmod(0o600)
    settings = load(path).settings
    with open_store(settings.state) as store:
        store.sync_feeds(settings.feeds, now=NOW)
        store.commit_home(LearnedHome("lamar", "US.TX", 14, NOW, "lamar.example.com"))
        store.commit_home(LearnedHome("wire", "", 30, NOW))
    return path


def judged(config: Path, article: dict[str, str]) -> dict[str, tuple[str, str]]:
    done = call("match", "--jsonl", "--config", str(config), stdin=json.dumps(article) + "\n")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["watch"]: (one["verdict"], " ".join(one["reasons"])) for one in found}


def test_the_list_of_feeds_says_where_each_is_at_home_and_how_that_is_known(config: Path) -> None:
    listed = answer("feeds", "list", "--config", str(config))["feeds"]
    assert {one["id"]: (one["home"], one["home_source"], one["home_articles"]) for one in listed} == {
        "lamar": ("US.TX", "learned", 14),
        "seine": ("FR", "address", 0),
        "tyler": ("US.TX", "configured", 0),
        "wire": (None, None, 0),
    }


def test_the_list_of_feeds_is_readable_at_80_columns(config: Path) -> None:
    done = call("feeds", "list", "--config", str(config), env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert "US.TX" in done.stdout


def test_match_judges_an_article_of_a_feed_by_the_home_that_was_learned_and_says_so(config: Path) -> None:
    found = judged(config, {"id": "1", "title": TITLE, "text": TEXT, "lang": "en", "source": "lamar"})
    assert (found["france"][0], found["texas"][0]) == ("no", "match")
    assert "the publisher is of the same region (Texas, United States, learned from 14 articles)" in found["texas"][1]


def test_match_knows_a_publisher_by_the_host_of_an_article(config: Path) -> None:
    url = "https://www.lamar.example.com/news/1"
    found = judged(config, {"id": "1", "title": TITLE, "text": TEXT, "lang": "en", "url": url})
    assert (found["france"][0], found["texas"][0]) == ("no", "match")


def test_match_says_when_only_the_address_tells_where_a_publisher_is(config: Path) -> None:
    url = "https://www.seine.example.fr/news/1"
    found = judged(config, {"id": "1", "title": TITLE, "text": TEXT, "lang": "en", "url": url})
    assert found["france"][0] == "match"
    assert "(France, by its address)" in found["france"][1]


def test_match_needs_no_state(config: Path) -> None:
    for file in (config.parent / "state").iterdir():
        file.unlink()
    found = judged(config, {"id": "1", "title": TITLE, "text": TEXT, "lang": "en", "source": "lamar"})
    assert found["france"][0] == "match"
