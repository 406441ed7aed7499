"""A watch that is added later is tried on what is stored; with backfill it alerts."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.chatservers import WebhookServer
from support.daemon import Daemon, answer, call
from support.feedsite import feed_site, page, rss

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
id = "wire"
url = "{site}/feed"
backfill = "all"
[[watch]]
id = "homs"
keyword = "Homs"
"""
MORE = '[[watch]]\nid = "bridge"\nname = "Bridges"\nkeyword = "bridge"\n'
TEXT = "The army left its posts near Homs on Friday, and a bridge fell in the night, residents said by telephone."


def alerts_of(config: Path) -> list[tuple[str, list[str]]]:
    found = answer("alerts", "--config", str(config))["alerts"]
    return [(alert["reason"], alert["watches"]) for alert in reversed(found)]


@pytest.mark.slow
def test_a_new_watch_is_tried_on_what_is_stored(tmp_path: Path) -> None:
    server = WebhookServer()
    config = tmp_path / "config.toml"
    try:
        with feed_site() as site:
            site.put("/1", page("Army pulls back", TEXT))
            site.put("/feed", rss([("1", f"{site.url}/1", "Army pulls back")]), "application/rss+xml")
            text = CONFIG.format(hook=server.start(), site=site.url)
            config.write_text(text)
            config.chmod(0o600)
            done = call("once", "--config", str(config))
            assert done.returncode == 0
            before = alerts_of(config)
            assert ("new", ["homs"]) in before
            with Daemon(config) as daemon:
                config.write_text(text + MORE)
                line = daemon.wait_for("Watch Bridges: 1 of the last 24 h")
                assert "matches." in line
                daemon.wait_for("event=trywatches", "matching=1")
            told = alerts_of(config)[len(before) :]
            assert told == [("summary", [])]
            config.write_text(text + MORE + 'backfill = "24h"\n')
            for _ in range(2):
                done = call("once", "--config", str(config))
            assert done.returncode == 0
            told = alerts_of(config)[len(before) + 1 :]
            assert sorted(told) == [("summary", []), ("update", ["bridge"])]
    finally:
        server.stop()
