"""An explicit proxy carries every request and looks every name up; proxy variables carry nothing."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from support.fetching import StillClock, fetched, fetching, names, network, refused
from support.proxies import connect, proxying, socks5
from support.rawserver import answer, serving

from monitor.errors import Retry
from monitor.model import Network, Secret
from monitor.sources.http import HttpFetcher

FEED = b"<rss/>"
NAME = "feeds.example.org"


def through(proxy: str, *, allow: tuple[str, ...] = ()) -> Network:
    """Return a network behind a proxy."""
    return replace(network(allow=allow), proxy=Secret(proxy))


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_socks_leaves_names_to_the_proxy(scheme: str) -> None:
    async with serving() as site, proxying(socks5, {NAME: (site.address, site.port)}) as proxy:
        site.on("/feed", answer(200, FEED))
        async with fetching(through(f"{scheme}://127.0.0.1:{proxy.port}"), lookup=names({})) as fetcher:
            assert (await fetched(fetcher, f"http://{NAME}/feed")).body == FEED
            assert str(await refused(fetcher, "http://other.example.org/feed")) == "the proxy refused to connect"
        assert proxy.asked == [NAME, "other.example.org"]


async def test_certificates_are_verified_through_socks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    authority.issue_cert(NAME).configure_cert(tls)
    async with serving(tls=tls) as site:
        where = {NAME: (site.address, site.port), "wrong.example.org": (site.address, site.port)}
        site.on("/feed", answer(200, FEED))
        for serve, scheme in ((socks5, "socks5"), (connect, "http")):
            async with (
                proxying(serve, where) as proxy,
                fetching(through(f"{scheme}://127.0.0.1:{proxy.port}")) as fetcher,
            ):
                assert (await fetched(fetcher, f"https://{NAME}/feed")).body == FEED
                error = await refused(fetcher, "https://wrong.example.org/feed")
                assert str(error) == "the server's certificate is for another name"


async def test_an_http_proxy_is_asked_for_whole_urls_with_its_own_password() -> None:
    async with serving() as proxy:
        proxy.on(f"http://{NAME}/feed", answer(200, FEED))
        url = proxy.url("").replace("//", "//user:pass%20word@")
        async with fetching(through(url), lookup=names({})) as fetcher:
            assert (await fetched(fetcher, f"http://{NAME}/feed")).body == FEED
        assert proxy.asked[0].headers["proxy-authorization"] == "Basic dXNlcjpwYXNzIHdvcmQ="


async def test_an_http_proxy_that_refuses_says_so() -> None:
    async with proxying(connect, {}) as proxy, fetching(through(f"http://u:p@127.0.0.1:{proxy.port}")) as fetcher:
        error = await refused(fetcher, f"https://{NAME}/feed")
        assert proxy.asked == [f"CONNECT {NAME} Basic dTpw"]
    assert (str(error), error.retry) == ("the proxy refused to connect", Retry.LATER)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_cannot_be_reached_says_so(scheme: str) -> None:
    async with serving() as site:
        port = site.port
    async with fetching(through(f"{scheme}://127.0.0.1:{port}")) as fetcher:
        error = await refused(fetcher, f"http://{NAME}/feed")
    assert str(error) == "the proxy cannot be reached"


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_private_addresses_in_urls_stay_refused_behind_a_proxy(scheme: str) -> None:
    urls = ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http://localhost/", "http://a.localhost/"]
    async with serving() as proxy, fetching(through(f"{scheme}://127.0.0.1:{proxy.port}")) as fetcher:
        for url in [*urls, "http://2130706433/"]:
            assert (await refused(fetcher, url)).retry == Retry.NEVER
        assert proxy.connections == 0


async def test_proxy_variables_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as proxy, serving("127.0.0.2") as site:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        async with fetching() as fetcher:
            assert (await fetched(fetcher, site.on("/feed", answer(200, FEED)))).body == FEED
        assert proxy.connections == 0


@pytest.mark.parametrize(
    "proxy", ["ftp://127.0.0.1:1", "socks6://127.0.0.1:1", "http://", "127.0.0.1:8080", "http://u:geheim@h:port"]
)
def test_a_proxy_that_cannot_be_used_is_refused_at_once_without_its_password(proxy: str) -> None:
    with pytest.raises(ValueError, match=r"^a proxy is one of http, https, socks4") as caught:
        HttpFetcher(through(proxy), clock=StillClock())
    assert "geheim" not in str(caught.value)
