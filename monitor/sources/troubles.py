"""What a failed connection means, in words that a person understands."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable, Iterator

import aiohttp
import aiohttp_socks
import httpx

from monitor.sources.addresses import AddressRefusedError
from monitor.sources.handler import EndlessInterimError, EndlessPaddingError

# All that the client, its transport, its connectors and the system raise while something is fetched. RuntimeError and
# ValueError are what aiohttp says when a connection is lost while it is read, and for what yarl cannot read as a URL.
TROUBLES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    aiohttp.ClientError,
    aiohttp_socks.ProxyError,
    aiohttp_socks.ProxyConnectionError,
    aiohttp_socks.ProxyTimeoutError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
)

CERTIFICATES = {  # Source: X509_V_ERR_* of OpenSSL's x509_vfy.h.
    9: "the server's certificate is not valid yet",
    10: "the server's certificate has expired",
    18: "the server's certificate is signed by itself",
    19: "the server's certificate is signed by an authority that is not trusted here",
    20: "the server's certificate is signed by an authority that is not trusted here",
    21: "the server's certificate is signed by an authority that is not trusted here",
    23: "the server's certificate was revoked",
    62: "the server's certificate is for another name",
    64: "the server's certificate is for another address",
}
NAMES = {
    socket.EAI_NONAME: "no such host",
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME): "the host has no address",
    socket.EAI_AGAIN: "the name server did not answer",
    socket.EAI_FAIL: "the name server refused to answer",
}
SYSTEM = {
    errno.ECONNREFUSED: "the connection was refused",
    errno.ECONNRESET: "the connection was reset",
    errno.EPIPE: "the connection was reset",
    errno.ETIMEDOUT: "the host did not answer",
    errno.EHOSTUNREACH: "there is no way to the host",
    errno.ENETUNREACH: "there is no way to the host's network",
    errno.EMFILE: "too many connections and files are open here",
    errno.ENFILE: "too many connections and files are open here",
}
UNREACHED = (aiohttp.ClientProxyConnectionError, aiohttp_socks.ProxyConnectionError)
UNREACHED_PROXY = "the proxy cannot be reached"
KINDS: tuple[tuple[type[BaseException], str], ...] = (  # the first that fits.
    (aiohttp.ClientHttpProxyError, "the proxy refused to connect"),
    (aiohttp_socks.ProxyTimeoutError, "the proxy did not answer"),
    (aiohttp_socks.ProxyError, "the proxy refused to connect"),
    (EndlessInterimError, "it sends interim answers without end"),
    (EndlessPaddingError, "it sends padding without end"),
    (aiohttp.ServerDisconnectedError, "the connection was closed without an answer"),
    (aiohttp.ClientPayloadError, "the connection broke off in the middle of the body"),
    (aiohttp.ClientResponseError, "the answer is not HTTP"),
    (aiohttp.InvalidURL, "this is not an address that can be read"),
    (httpx.InvalidURL, "this is not an address that can be read"),
    (httpx.RemoteProtocolError, "it redirects to an address that cannot be read"),
)


def explain(exc: BaseException) -> str:
    """Say what went wrong, by the deepest cause that is known; no word of it comes from the other side."""
    chain = tuple(_causes(exc))
    judges: tuple[Callable[[BaseException], str | None], ...] = (_refusal, _proxy, _certificate, _name, _system, _kind)
    for judge in judges:
        for cause in chain:
            if text := judge(cause):
                return text
    return f"the connection failed ({type(chain[0]).__name__})"


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Yield what led to an error, the deepest first, itself last."""
    chain: list[BaseException] = []
    current: BaseException | None = exc
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    yield from reversed(chain)


def _refusal(exc: BaseException) -> str | None:
    return str(exc) if isinstance(exc, AddressRefusedError) else None


def _proxy(exc: BaseException) -> str | None:
    """Name the proxy where it is the proxy that cannot be reached; what lies below would blame the host."""
    return UNREACHED_PROXY if isinstance(exc, UNREACHED) else None


def _certificate(exc: BaseException) -> str | None:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return CERTIFICATES.get(exc.verify_code, "the server's certificate is not valid")
    if isinstance(exc, ssl.SSLError):
        return f"no secure connection could be made ({(exc.reason or 'TLS failed').replace('_', ' ').lower()})"
    return None


def _name(exc: BaseException) -> str | None:
    if isinstance(exc, socket.gaierror):
        return NAMES.get(exc.errno or 0, "the host's name could not be looked up")
    return None


def _system(exc: BaseException) -> str | None:
    return SYSTEM.get(exc.errno or 0) if isinstance(exc, OSError) and not isinstance(exc, socket.gaierror) else None


def _kind(exc: BaseException) -> str | None:
    return next((text for kind, text in KINDS if isinstance(exc, kind)), None)
