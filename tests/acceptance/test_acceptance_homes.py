"""A local paper says “Paris” of the town next door: what it writes about tells where it is at home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.chatservers import WebhookServer
from support.daemon import Daemon, answer
from support.feedsite import FeedSite, feed_site, page, rss

CONFIG = """
[monitor]
state = "state/monitor.db"
[network]
contact = "test@example.org"
allow_private = ["127.0.0.0/8"]
[[channel]]
id = "desk"
url = "{hook}"
rate = "1000/1s"
[[feed]]
id = "lamar"
url = "{site}/feed"
every = "1s"
backfill = "all"
{home}
[[watch]]
id = "france"
place = "Paris, FR"
[[watch]]
id = "texas"
place = "geonames:4717560"
"""
# Towns around a Paris that none of them names.
LOCAL = {
    "Bridge closed until spring": (
        "Crews from Bonham closed the bridge on Tuesday, and traffic went through Honey Grove and Sulphur Springs, "
        "Texas, all day long. Repairs will last until March, and the detour leads drivers by Greenville and Texarkana."
    ),
    "School boards speak of one bus": (
        "The boards of Mount Pleasant and Mount Vernon met on Monday evening in Sulphur Springs, Texas, to speak of "
        "one bus line for both. Teachers from Bonham and Greenville came too, and they want it by the autumn."
    ),
    "Storm takes roofs of barns": (
        "A storm took the roofs of barns near Clarksville, Texas, on Friday night, and hail broke windows in Bonham "
        "and Sulphur Springs. Nobody was hurt, a fire chief from Texarkana said on Saturday morning by telephone."
    ),
}
FAR = "Talks on grain end"
FAR_TEXT = "Ministers ended their talks about grain late in the night, and nobody would say what they agreed on prices."
TITLE = "Water main breaks in Paris"
TEXT = (
    "A water main broke in Paris on Monday night, and forty houses were without water until the morning, the fire "
    "department said. Two streets in the north of Paris stay closed, and nobody was hurt when the road gave way."
)


@dataclass
class Paper:
    """A feed that grows, and the configuration that watches it."""

    site: FeedSite
    config: Path
    articles: dict[str, str]

    def publish(self, articles: dict[str, str]) -> None:
        self.articles |= articles
        for number, (title, text) in enumerate(self.articles.items()):
            self.site.put(f"/{number}", page(title, text))
        items = [(str(number), f"{self.site.url}/{number}", title) for number, title in enumerate(self.articles)]
        self.site.put("/feed", rss(items[::-1]), "application/rss+xml")

    def told_of(self, title: str) -> list[list[str]]:
        found = answer("alerts", "--config", str(self.config))["alerts"]
        return [alert["watches"] for alert in found if alert["articles"] and alert["articles"][0]["title"] == title]

    def listed(self) -> tuple[object, ...]:
        (feed,) = answer("feeds", "list", "--config", str(self.config))["feeds"]
        return feed["home"], feed["home_source"], feed["home_articles"]


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    server = WebhookServer()
    try:
        with feed_site() as site:
            config = tmp_path / "config.toml"
            config.write_text(CONFIG.format(hook=server.start(), site=site.url, home=""))
            config.chmod(0o600)
            yield Paper(site, config, {})
    finally:
        server.stop()


@pytest.mark.release
def test_a_papers_first_articles_tell_which_paris_it_means_without_a_restart(paper: Paper) -> None:
    paper.publish(LOCAL)
    with Daemon(paper.config) as daemon:
        daemon.wait_for("event=learnhomes", "lamar US.TX")
        paper.publish({TITLE: TEXT})
        daemon.wait_for("event=read", "matches=", "texas")
    assert paper.told_of(TITLE) == [["texas"]]
    assert paper.listed() == ("US.TX", "learned", 3)


@pytest.mark.release
def test_a_paper_of_which_nothing_is_known_means_the_paris_that_most_people_mean(paper: Paper) -> None:
    paper.publish({FAR: FAR_TEXT, TITLE: TEXT})
    with Daemon(paper.config) as daemon:
        daemon.wait_for("event=read", "matches=", "france")
    assert paper.told_of(TITLE) == [["france"]]
    assert paper.listed() == (None, None, 0)


@pytest.mark.slow
def test_what_was_learned_outlives_a_daemon_that_was_killed(paper: Paper) -> None:
    paper.publish(LOCAL)
    with Daemon(paper.config) as daemon:
        daemon.wait_for("event=learnhomes", "lamar US.TX")
        daemon.kill()
        paper.publish({TITLE: TEXT})
        before = len(daemon.lines)
        daemon.start()
        daemon.wait_for("event=read", "texas", after=before)
        assert not any("event=learnhomes" in line for line in daemon.lines[before:])
    assert paper.told_of(TITLE) == [["texas"]]


@pytest.mark.release
def test_a_configured_home_is_kept_whatever_the_articles_tell(paper: Paper) -> None:
    paper.config.write_text(paper.config.read_text().replace('backfill = "all"', 'backfill = "all"\nhome = "France"'))
    paper.publish(LOCAL)
    with Daemon(paper.config) as daemon:
        daemon.wait_for_count(3, "event=read")
        paper.publish({TITLE: TEXT})
        daemon.wait_for("event=read", "france")
        assert not any("event=learnhomes" in line for line in daemon.lines)
    assert paper.told_of(TITLE) == [["france"]]
    assert paper.listed() == ("FR", "configured", 0)
