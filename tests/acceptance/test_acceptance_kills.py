"""Random kill -9 against the real process: nothing is lost, and every extra copy says that it is one."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections import Counter
from pathlib import Path

import pytest
from support.chatservers import WebhookServer
from support.daemon import Daemon
from support.feedsite import feed_site, page, rss

CONFIG = """
[monitor]
state = "state/monitor.db"
[network]
contact = "test@example.org"
allow_private = ["127.0.0.0/8"]
[delivery]
retry_first = "1s"
[alerting]
burst = 100000
[[feed]]
id = "wire"
url = "{site}/feed"
every = "1s"
[[channel]]
id = "desk"
url = "{desk}"
rate = "1000/1s"
[[watch]]
id = "homs"
place = "Homs, SY"
"""
KILLS = 30
SEED = 20241206


def _report(title: str) -> str:
    """Return the article's title out of a message's."""
    return title.partition(": ")[2].rpartition(" (")[0]


@pytest.mark.release
def test_thirty_random_kills_lose_nothing_and_label_every_extra_copy(tmp_path: Path) -> None:
    dice = random.Random(SEED)  # noqa: S311 - when to kill is no secret.
    hook = WebhookServer()
    with feed_site() as site:
        site.put("/feed", rss([("0", f"{site.url}/0", "An old report")]), "application/rss+xml")
        config = tmp_path / "config.toml"
        config.write_text(CONFIG.format(site=site.url, desk=hook.start()))
        daemon = Daemon(config)
        daemon.start()
        daemon.wait_for("event=poll", "first")
        items: list[tuple[str, str, str]] = []
        pause = threading.Event()
        for kill in range(KILLS):
            for number in range(kill * 4 + 1, kill * 4 + 5):
                title = f"Report number {number} from Homs"
                site.put(f"/{number}", page(title, f"Residents of Homs told of report {number} on Friday evening."))
                items.append((str(number), f"{site.url}/{number}", title))
            site.put("/feed", rss([*items[-40:], ("0", f"{site.url}/0", "An old report")]), "application/rss+xml")
            pause.wait(dice.uniform(0.2, 2.0))
            daemon.kill()
            with sqlite3.connect(tmp_path / "state" / "monitor.db") as database:
                assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            before = len(daemon.lines)
            daemon.start()
            daemon.wait_for("event=poll", "subject=wire ", after=before, seconds=5)
        wanted = {title for _, _, title in items}
        hook.hook.wait_until(lambda posted: wanted <= {_report(one.json["title"]) for one in posted})
        assert daemon.stop() == 0
    hook.stop()
    told = [posted.json["title"] for posted in hook.hook.posted if "Report number" in posted.json["title"]]
    plain = Counter(title for title in told if "possible repeat" not in title)
    extra = len(told) - KILLS * 4
    print(f"\n{KILLS} kills, {KILLS * 4} alerts, 0 lost, {extra} extra copies, {extra / KILLS:.2f} a kill")  # noqa: T201 - the figure is what this is run for.
    assert max(plain.values()) == 1, "a copy without its label"
    assert extra <= max(3, KILLS * 0.5)
