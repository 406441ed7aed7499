"""The real process against the newsroom: what is told, to whom, how often."""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from support.chatservers import ChatServers
from support.daemon import Daemon, answer
from support.mailserver import MailServer

from monitor.testing.newsroom import Scheduled
from monitor.testing.sink import ChatSink
from monitor.testing.site import NewsroomSite

EXPECTED = tomllib.loads(Path(__file__).with_name("newsroom_expectations.toml").read_text(encoding="utf-8"))
RASTAN = "On their way south the insurgents took the towns of Rastan and Talbiseh on Friday"


async def settle(daemon: Daemon, site: NewsroomSite, *, alerts: int) -> None:
    """Wait until `alerts` more have been decided and every feed was polled twice since; an extra one then shows."""
    start = len(daemon.lines)

    def wait() -> None:
        daemon.wait_for_count(alerts, "event=read", "alert=", after=start)
        read = len(daemon.lines)
        for feed_id in site.feed_ids:
            daemon.wait_for_count(2, "event=poll", f"subject={feed_id} ", after=read)

    await asyncio.to_thread(wait)


def new_at(step: int) -> int:
    """Count the alerts that the table states for a step."""
    return sum(1 for row in EXPECTED.values() for alert in row["alerts"] if alert["step"] == step)


def test_the_table_states_every_article_of_the_newsroom() -> None:
    assert set(EXPECTED) == {article.id for article in NewsroomSite().newsroom.articles}


@pytest.mark.slow
async def test_the_whole_newsroom_agrees_with_the_table(tmp_path: Path) -> None:
    async with NewsroomSite() as site, ChatSink() as chat:
        config = tmp_path / "config.toml"
        config.write_text(site.config_text(chat.url()).replace('id = "desk"', 'id = "desk"\nrate = "1000/1s"', 1))
        with Daemon(config) as daemon:
            steps: dict[str, int] = {}
            await settle(daemon, site, alerts=0)
            for step in range(1, site.steps + 1):
                site.advance()
                await settle(daemon, site, alerts=new_at(step))
                for alert in answer("alerts", "--config", str(config))["alerts"]:
                    steps.setdefault(alert["id"], step)
            told = answer("alerts", "--config", str(config))["alerts"]
            by_path = {article.path: article for article in site.newsroom.articles}
        rows = [one for one in told if one["reason"] in {"new", "update"}]
        found: dict[str, list[dict[str, Any]]] = {article_id: [] for article_id in EXPECTED}
        for alert in sorted(rows, key=lambda one: steps[one["id"]]):
            found[_article(alert, by_path).id].append({"step": steps[alert["id"]], "watches": set(alert["watches"])})
        wanted = {
            article_id: [{"step": alert["step"], "watches": set(alert["watches"])} for alert in row["alerts"]]
            for article_id, row in EXPECTED.items()
        }
        assert found == wanted
        # Each alert was taken once; the summary of the first polls is the one more.
        assert len(chat.messages) == len(rows) + 1
        assert {delivery["state"] for alert in told for delivery in alert["deliveries"]} == {"delivered"}


def _article(alert: dict[str, Any], by_path: dict[str, Scheduled]) -> Scheduled:
    path = unquote(re.sub(r"^https?://[^/]+", "", alert["articles"][0]["url"]))
    return by_path[path]


@pytest.fixture
def services() -> Iterator[tuple[MailServer, ChatServers, dict[str, str]]]:
    with MailServer() as mail:
        chats = ChatServers()
        try:
            yield mail, chats, chats.start()
        finally:
            chats.stop()


CHANNELS = """
[[channel]]
id = "mail"
url = "{mail}"
rate = "1000/1s"

[[channel]]
id = "slack"
url = "slack://T1234ABCD/B1234ABCD/abcdefghijklmnopqrstuvwx/"
rate = "1000/1s"

[[channel]]
id = "telegram"
url = "tgram://123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI/12345/"
rate = "1000/1s"
"""


@pytest.mark.slow
async def test_the_report_on_homs_is_told_once_by_mail_slack_and_telegram(
    tmp_path: Path, services: tuple[MailServer, ChatServers, dict[str, str]]
) -> None:
    mail, chats, env = services
    async with NewsroomSite() as site, ChatSink() as chat:
        config = tmp_path / "config.toml"
        text = site.config_text(chat.url()).replace('notify = ["desk"]', 'notify = ["mail", "slack", "telegram"]')
        config.write_text(text + CHANNELS.format(mail=mail.url("b@example.org")))
        report = next(article for article in site.newsroom.articles if article.id == "dw-homs")

        def messages() -> dict[str, list[str]]:
            return {
                "mail": [letter.text for letter in mail.letters],
                "slack": [str(posted.json) for posted in chats.slack.posted],
                "telegram": [str(posted.json.get("text", "")) for posted in chats.telegram.posted],
            }

        def about(path: str) -> dict[str, list[str]]:
            return {name: [one for one in all_ if path in one] for name, all_ in messages().items()}

        with Daemon(config, env=env) as daemon:
            await settle(daemon, site, alerts=0)
            site.advance()
            await settle(daemon, site, alerts=new_at(1))
            await asyncio.to_thread(daemon.wait_for_count, 3 * new_at(1), "event=send", "state=delivered")
            for name, copies in about(report.path).items():
                assert len(copies) == 1, name
                for watch in ("Homs", "Rastan", "Talbiseh", "Hama", "Aleppo", "Hayat Tahrir al-Sham"):
                    assert watch in copies[0], (name, watch)
                assert RASTAN in copies[0].replace("\n", " ").replace("  ", " "), name
                assert "Related" not in copies[0], name
            before = {name: len(all_) for name, all_ in messages().items()}
            await settle(daemon, site, alerts=0)
            assert await asyncio.to_thread(daemon.stop) == 0
            await asyncio.to_thread(daemon.start)
            await settle(daemon, site, alerts=0)
            assert before == {name: len(all_) for name, all_ in messages().items()}
            # Silence proves nothing by itself: a dead daemon is silent too.
            site.advance()
            await settle(daemon, site, alerts=new_at(2))
        assert {name: len(copies) for name, copies in about(report.path).items()} == dict.fromkeys(before, 1)
        assert all(len(all_) > before[name] for name, all_ in messages().items())
