from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from support.chatservers import ChatServers, WebhookServer
from support.mailserver import MailServer

from monitor.delivery.notifier import Book, ChannelNotifier
from monitor.model import Channel, Message, Receipt, Secret

PROXIES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def chats(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServers]:
    servers = ChatServers()
    for name, value in servers.start().items():
        monkeypatch.setenv(name, value)
    yield servers
    servers.stop()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def webhook() -> Iterator[tuple[WebhookServer, str]]:
    server = WebhookServer()
    yield server, server.start()
    server.stop()


@pytest.fixture
def send() -> Callable[..., object]:
    return send_to


async def send_to(url: str, message: Message, *, recipient: str | None = None, seconds: float = 8.0) -> Receipt:
    """Open a channel as the daemon does and send one message to its first recipient, or to `recipient`."""
    channel = Book().open(Channel("desk", Secret(url)))
    notifier = ChannelNotifier((channel,), timeout=timedelta(seconds=seconds))
    return await notifier.send("desk", channel.recipients[0] if recipient is None else recipient, message)
