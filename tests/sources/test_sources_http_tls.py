"""Certificates are verified, and what is wrong with one is said in words."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from support.fetching import fetched, fetching, names, network, refused
from support.rawserver import Exchange, answer, redirect, serving

from monitor.errors import Retry

FEED = b"<rss/>"
TABLE = {"feeds.example.org": "127.0.0.1", "other.example.org": "127.0.0.1"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the test's authority as a user would: by SSL_CERT_FILE."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server's side of TLS."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


async def test_a_certificate_of_an_authority_in_ssl_cert_file_is_taken(authority: trustme.CA) -> None:
    tls = context(authority.issue_cert("feeds.example.org"))
    async with serving(tls=tls) as site, fetching(lookup=names(TABLE)) as fetcher:
        site.on("/feed", answer(200, FEED))
        assert (await fetched(fetcher, site.url("/feed", "feeds.example.org"))).body == FEED


async def test_a_certificate_for_an_address_is_taken_at_that_address(authority: trustme.CA) -> None:
    async with serving(tls=context(authority.issue_cert("127.0.0.1"))) as site, fetching() as fetcher:
        assert (await fetched(fetcher, site.on("/feed", answer(200, FEED)))).body == FEED


async def test_an_expired_certificate_says_so(authority: trustme.CA) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    tls = context(authority.issue_cert("feeds.example.org", not_after=past))
    assert await failure(tls, "feeds.example.org") == "the server's certificate has expired"


async def test_a_certificate_that_is_not_valid_yet_says_so(authority: trustme.CA) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    tls = context(authority.issue_cert("feeds.example.org", not_before=soon))
    assert await failure(tls, "feeds.example.org") == "the server's certificate is not valid yet"


async def test_a_certificate_for_another_name_says_so(authority: trustme.CA) -> None:
    tls = context(authority.issue_cert("feeds.example.org"))
    assert await failure(tls, "other.example.org") == "the server's certificate is for another name"


async def test_a_certificate_for_another_address_says_so(authority: trustme.CA) -> None:
    tls = context(authority.issue_cert("127.0.0.2"))
    assert await failure(tls, "") == "the server's certificate is for another address"


async def test_a_certificate_of_a_stranger_says_so() -> None:
    tls = context(trustme.CA().issue_cert("feeds.example.org"))
    text = "the server's certificate is signed by an authority that is not trusted here"
    assert await failure(tls, "feeds.example.org") == text


async def test_a_server_without_tls_says_so() -> None:
    async def greet(exchange: Exchange) -> None:
        await exchange.send(answer(400))

    async with serving() as site, fetching() as fetcher:
        site.greet = greet
        error = await refused(fetcher, site.url("/feed").replace("http:", "https:"))
    assert str(error).startswith("no secure connection could be made (")


async def test_a_handshake_that_hangs_ends_at_the_deadline() -> None:
    async with serving() as site, fetching(network(seconds=0.3)) as fetcher:
        site.greet = Exchange.hang
        error = await refused(fetcher, site.url("/feed").replace("http:", "https:"))
        assert site.connections == 1
    assert str(error) == "stopped after 0.3 s without an answer"


async def test_a_redirect_to_plain_http_is_followed(authority: trustme.CA) -> None:
    async with (
        serving(tls=context(authority.issue_cert("127.0.0.1"))) as site,
        serving() as plain,
        fetching() as fetcher,
    ):
        url = site.on("/feed", redirect(plain.on("/feed", answer(200, FEED)), 301))
        assert (await fetched(fetcher, url)).moved_to == plain.url("/feed")


async def failure(tls: ssl.SSLContext, host: str) -> str:
    """Fetch from a server with this certificate under this name, and return why it failed."""
    async with serving(tls=tls) as site, fetching(lookup=names(TABLE)) as fetcher:
        site.on("/feed", answer(200, FEED))
        error = await refused(fetcher, site.url("/feed", host))
        assert site.asked == []
        assert error.retry == Retry.LATER
        return str(error)
