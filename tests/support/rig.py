"""The fault rig: a feed, a daemon of its own process, and a channel whose server keeps all that reached it.

What is asked after every fault: did each report arrive, how often, and does every further copy say that it is one.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.chatservers import ChatServers, Service, WebhookServer
from support.daemon import PATIENCE, Daemon
from support.feedsite import FeedSite, feed_site, page, rss
from support.mailserver import Letter, MailServer

CONFIG = """
[monitor]
state = "{state}"
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
url = "{channel}"
rate = "1000/1s"
[[watch]]
id = "homs"
place = "Homs, SY"
"""
LABEL = "possible repeat"
_REPORT = re.compile(r"Report number \d+ from Homs")
_OLD = ("0", "An old report")


@dataclass(slots=True)
class Channel:
    """One service: its URL, the environment it is reached in, and what it has taken, each as its whole text.

    A tap is called with "connected", "half-sent" and "sent-unanswered" as a message comes in; True ends it there.
    """

    url: str
    environment: dict[str, str]
    taken: Callable[[], list[str]]
    set_tap: Callable[[Callable[[str], bool]], None]


@contextmanager
def webhook() -> Iterator[Channel]:
    """Serve a webhook, the simplest of channels."""
    server = WebhookServer()
    url = server.start()
    try:
        yield Channel(url, {}, lambda: _bodies(server.hook), server.set_tap)
    finally:
        server.stop()


@contextmanager
def channel_of(name: str) -> Iterator[Channel]:
    """Serve the channel of this name: slack, telegram or mail."""
    if name == "mail":
        with MailServer() as server:
            yield Channel(server.url(), {}, _Letters(server), server.set_tap)
        return
    chats = ChatServers()
    environment = chats.start()
    slack = name == "slack"
    url = "slack://T1234ABCD/B1234ABCD/abcdefghijklmnopqrstuvwx/" if slack else f"tgram://123456789:{'a' * 35}/12345/"
    try:
        yield Channel(url, environment, lambda: _bodies(chats.slack if slack else chats.telegram), chats.set_tap)
    finally:
        chats.stop()


@dataclass(slots=True)
class _Letters:
    """The letters that a server has taken, each read once: to read hundreds at each look would starve the server."""

    server: MailServer
    texts: list[str] = field(default_factory=list)

    def __call__(self) -> list[str]:
        self.texts += [_letter(one) for one in self.server.letters[len(self.texts) :]]
        return self.texts


def _bodies(service: Service) -> list[str]:
    return [str(one.json) for one in service.posted]


def _letter(letter: Letter) -> str:
    return f"{letter.message['Subject']}\n{letter.text}"


@dataclass(slots=True)
class Rig:
    """A feed that reports are added to, and what came of them."""

    site: FeedSite
    channel: Channel
    folder: Path
    reports: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        return self.folder / "state" / "monitor.db"

    def configure(self, state: str = "state/monitor.db") -> None:
        """Write the configuration and a feed with one old report, which a first poll passes over."""
        self.config.write_text(CONFIG.format(site=self.site.url, channel=self.channel.url, state=state))
        self.config.chmod(0o600)  # it may hold a secret, and would be warned of.
        self._publish()

    def daemon(self, environment: dict[str, str] | None = None) -> Daemon:
        """Return a daemon that is not started yet."""
        return Daemon(self.config, env={**self.channel.environment, **(environment or {})})

    def report(self, count: int = 1) -> None:
        """Add so many reports to the feed."""
        for _ in range(count):
            number = str(len(self.reports) + 1)
            title = f"Report number {number} from Homs"
            self.site.put(f"/{number}", page(title, f"Residents of Homs told of report {number} on Friday evening."))
            self.reports.append((number, f"{self.site.url}/{number}", title))
        self._publish()

    def _publish(self) -> None:
        old = (_OLD[0], f"{self.site.url}/0", _OLD[1])
        self.site.put("/feed", rss([*self.reports[-60:], old]), "application/rss+xml")

    def copies(self) -> dict[str, list[str]]:
        """Return what arrived of each report, as whole texts."""
        found: dict[str, list[str]] = {title: [] for _, _, title in self.reports}
        for text in self.channel.taken():
            for title in set(_REPORT.findall(text)):
                found[title].append(text)
        return found

    def wait_until_all_arrived(self, *, seconds: float = 30) -> None:
        """Wait until each report was taken at least once. Raises: AssertionError."""
        pause = threading.Event()
        for _ in range(int(seconds * PATIENCE / 0.05)):
            if all(self.copies().values()):
                return
            pause.wait(0.05)
        missing = [title for title, texts in self.copies().items() if not texts]
        raise AssertionError(f"{missing} did not arrive; taken: {self.channel.taken()[-5:]}")

    def check_copies(self, at_most: int = 1) -> int:
        """Check that nothing came twice without saying so, nor more often than `at_most`; return the extra copies."""
        extra = 0
        for title, texts in self.copies().items():
            plain = [text for text in texts if LABEL not in text]
            assert len(plain) <= 1, f"{title} came {len(plain)} times without its label"
            assert len(texts) <= at_most, f"{title} came {len(texts)} times"
            extra += len(texts) - 1
        return extra

    def check_database(self) -> None:
        """Check that the file is whole, and that what refers to something finds it."""
        with closing(sqlite3.connect(self.database)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []


@contextmanager
def rig(channel: Channel, folder: Path) -> Iterator[Rig]:
    """Serve a feed for `channel`; everything lies in `folder`."""
    with feed_site() as site:
        made = Rig(site, channel, folder)
        made.configure()
        yield made
