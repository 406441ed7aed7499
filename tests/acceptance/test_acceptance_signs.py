"""Signs of life, given by the real process: pings, canaries, reports, and word of a channel that takes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.chatservers import Answer, WebhookServer
from support.daemon import Daemon, answer

HEAD = """
[monitor]
state = "monitor.db"
operator = ["good"]
[network]
allow_private = ["127.0.0.0/8"]
[delivery]
retry_first = "1s"
retry_max = "1s"
[[watch]]
id = "homs"
place = "Homs, SY"
[[feed]]
id = "wire"
url = "http://127.0.0.1:9/feed"
"""


@pytest.fixture
def hooks() -> Iterator[tuple[WebhookServer, WebhookServer, WebhookServer]]:
    """A webhook that takes everything, one that is to be in trouble, and one for pings."""
    servers = WebhookServer(), WebhookServer(), WebhookServer()
    yield servers
    for server in servers:
        server.stop()


def write(folder: Path, good: str, bad: str, pings: str) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'{HEAD}\n[[channel]]\nid = "good"\nurl = "{good}"\ndigest = "daily"\nrate = "1000/1s"\n'
        f'[[channel]]\nid = "bad"\nurl = "{bad}"\nrate = "1000/1s"\n'
        f'[heartbeat]\nping = "{pings}"\nevery = "1s"\nalive = "daily"\ncanary = "daily"\n'
    )
    path.chmod(0o600)
    return path


def change(state: Path, statement: str, *values: object) -> int:
    """Change the state beside the daemon; return how many rows that was."""
    with sqlite3.connect(state, timeout=10) as connection:
        return connection.execute(statement, values).rowcount


def days_ago(state: Path) -> None:
    """Make it so long ago that each sign was given that all are due."""
    then = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    statement = "UPDATE meta SET value = json_set(value, '$.at', ?, '$.since', ?) WHERE name LIKE 'sign %'"
    assert change(state, statement, then, then) == 3


def titles(server: WebhookServer) -> list[str]:
    return [posted.json["title"] for posted in server.hook.posted]


def has(server: WebhookServer, words: str) -> None:
    server.hook.wait_until(lambda posted: any(words in each.json["title"] for each in posted))


def pinged(server: WebhookServer, path: str) -> None:
    """Wait until the next pings ask for `path`."""
    before = len(server.hook.posted)
    server.hook.wait_until(lambda posted: any(each.path == path for each in posted[before:]))


@pytest.mark.slow
def test_a_canary_finds_the_channel_that_takes_nothing_and_the_other_one_is_told(
    tmp_path: Path, hooks: tuple[WebhookServer, WebhookServer, WebhookServer]
) -> None:
    good, bad, pings = hooks
    state = tmp_path / "monitor.db"
    address = pings.start().replace("json://", "http://").replace("/alerts", "/check-secret-4711")
    config = write(tmp_path, good.start(), bad.start(), address)
    bad.hook.always(Answer(500))
    with Daemon(config) as daemon:
        pinged(pings, "/check-secret-4711")
        assert good.hook.posted == bad.hook.posted == ()  # a first start gives nothing before its time.
        days_ago(state)
        for words in ("News monitor is alive: 0 of 1 feed heard from", "Canary: this is a test", "Daily report: 0"):
            has(good, words)
        has(bad, "Canary: this is a test")
        counts = answer("status", "--config", str(config))["deliveries"]
        assert (counts["delivered"], counts["pending"], counts["inflight"]) == (2, 0, 0)  # the canary is not in them.
        earlier = (datetime.now(UTC) - timedelta(minutes=20)).strftime("%Y-%m-%d %H:%M:%S.%f")
        assert change(state, "UPDATE deliveries SET first_due_at = ? WHERE channel_id = 'bad'", earlier) == 1
        has(good, "Channel bad is in trouble: it accepted nothing for 15 minutes")
        pinged(pings, "/check-secret-4711/fail")
        problems = answer("status", "--config", str(config))["problems"]
        assert [each["subject"] for each in problems if each["kind"] == "channel"] == ["bad"]
        bad.hook.always(Answer(200))
        has(good, "Channel bad accepts messages again")
        pinged(pings, "/check-secret-4711")
        assert daemon.stop() == 0
    with Daemon(config) as again:
        pinged(pings, "/check-secret-4711")
        assert again.stop() == 0
    assert sorted(title.split(":")[1].strip()[:20] for title in titles(good)) == [
        "0 of 1 feed heard fr",
        "Canary",
        "Channel bad accepts ",
        "Channel bad is in tr",
        "Daily report",
    ]
    assert "secret-4711" not in "".join((*daemon.lines, *again.lines))
