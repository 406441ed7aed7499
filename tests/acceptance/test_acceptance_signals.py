"""The real process under a service manager: readiness, the watchdog, and a quiet end among things that hang."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.chatservers import Answer, Fault, WebhookServer
from support.daemon import Daemon
from support.feedsite import feed_site, page, rss

CONFIG = """
[monitor]
state = "state/monitor.db"
[network]
allow_private = ["127.0.0.0/8"]
contact = "test@example.org"
[[feed]]
id = "wire"
url = "{site}/feed"
every = "1s"
[[feed]]
id = "hanging"
url = "http://127.0.0.1:{port}/feed"
every = "1s"
[[channel]]
id = "desk"
url = "{desk}"
[[watch]]
id = "homs"
place = "Homs, SY"
"""


class Manager:
    """What systemd is to a service: a datagram socket that hears what it says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[str] = []
        self._new = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        threading.Thread(target=self._listen, daemon=True).start()

    def wait_for(self, word: str, times: int = 1, seconds: float = 20) -> None:
        with self._new:
            assert self._new.wait_for(lambda: sum(word in said for said in self.heard) >= times, seconds), self.heard

    def close(self) -> None:
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                said = self._socket.recv(4096).decode()
            except OSError:
                return
            with self._new:
                self.heard.append(said)
                self._new.notify_all()


@pytest.fixture
def hanging_port() -> Iterator[int]:
    """Take connections and never answer: listen, and accept nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield int(listening.getsockname()[1])


@pytest.mark.slow
def test_the_daemon_is_ready_feeds_its_watchdog_and_ends_within_fifteen_seconds(
    tmp_path: Path, hanging_port: int
) -> None:
    manager = Manager(tmp_path / "notify")
    hook = WebhookServer()
    with feed_site() as site:
        site.put("/feed", rss([("1", f"{site.url}/1", "An old report")]), "application/rss+xml")
        config = tmp_path / "config.toml"
        config.write_text(CONFIG.format(site=site.url, port=hanging_port, desk=hook.start()))
        env = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "2000000"}
        with Daemon(config, env=env) as daemon:
            manager.wait_for("READY=1")
            daemon.wait_for("event=poll", "subject=wire ", "first")
            hook.hook.always(Answer(fault=Fault.HANG))
            site.put("/2", page("Army pulls back", "The army left its posts near Homs on Friday, residents said."))
            rows = [("2", f"{site.url}/2", "Army pulls back"), ("1", f"{site.url}/1", "An old report")]
            site.put("/feed", rss(rows), "application/rss+xml")
            daemon.wait_for("event=read", "alert=")
            # A feed and a channel hang: the loop turns all the same, and so the watchdog is fed.
            before = sum("WATCHDOG=1" in said for said in manager.heard)
            manager.wait_for("WATCHDOG=1", times=before + 3)
            assert daemon.stop(seconds=15) == 0
            manager.wait_for("STOPPING=1")
        hook.hook.always(Answer(200))
        with Daemon(config, env=env) as daemon:
            daemon.wait_for("messages were under way", "count=")
            assert daemon.stop() == 0
    hook.stop()
    manager.close()
