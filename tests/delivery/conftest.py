from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.chatservers import ChatServers, WebhookServer
from support.mailserver import MailServer

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
