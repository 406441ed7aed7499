"""What fetching makes of every way in which a server answers, or does not: the rows of the fault matrix's part C."""

from __future__ import annotations

import asyncio
import socket
import zlib
from datetime import timedelta

import pytest
from support.fetching import fetched, fetching, names, refused
from support.rawserver import Exchange, Reply, answer, serving

from monitor import __version__
from monitor.errors import Retry
from monitor.model import Network
from monitor.planning.work import Fetched, Gone, Hints, NotModified, Request

FEED = b"<rss><channel><item><title>One</title></item></channel></rss>"


def gzipped(data: bytes) -> bytes:
    """Compress as gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


# --- what arrives -------------------------------------------------------------------------------------------------


async def test_a_body_comes_with_its_type_its_validators_and_its_hints() -> None:
    headers = ("Content-Type: application/rss+xml", 'ETag: W/"a1"', "Last-Modified: Fri, 06 Dec 2024 11:00:00 GMT")
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", answer(200, FEED, *headers, "Cache-Control: public, max-age=300"))
        assert await fetched(fetcher, url) == Fetched(
            url=url,
            body=FEED,
            content_type="application/rss+xml",
            etag='W/"a1"',
            last_modified="Fri, 06 Dec 2024 11:00:00 GMT",
            hints=Hints(max_age=timedelta(minutes=5)),
        )


async def test_a_request_says_who_asks_and_carries_no_cookie_back() -> None:
    async with serving() as site, fetching(Network(contact="ops@example.org", allow_private=("127.0.0.0/8",))) as us:
        url = site.on("/feed", answer(200, FEED, "Set-Cookie: a=b; Path=/"))
        await fetched(us, url)
        await fetched(us, url)
        last = site.asked[-1].headers
    assert last["user-agent"] == f"news-monitor/{__version__} (+ops@example.org)"
    assert last["accept-encoding"] == "gzip, deflate"
    assert "cookie" not in last
    assert not [name for name in last if name.startswith("if-")]


async def test_a_known_feed_that_has_not_changed_is_not_sent_again() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", b"HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=60\r\n\r\n")
        asked = Request(url, max_bytes=1000, etag='"a1"', last_modified="Fri, 06 Dec 2024 11:00:00 GMT")
        assert await fetcher.fetch(asked) == NotModified(Hints(max_age=timedelta(minutes=1)))
        headers = site.asked[0].headers
    assert headers["if-none-match"] == '"a1"'
    assert headers["if-modified-since"] == "Fri, 06 Dec 2024 11:00:00 GMT"


async def test_a_304_to_a_question_without_validators_is_a_failure() -> None:
    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    assert (str(error), error.status, error.retry) == ("answered 304 (not modified)", 304, Retry.LATER)


async def test_a_validator_that_could_not_be_sent_back_is_not_kept() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", answer(200, FEED, 'ETag: "\xe9\x07"', f"Last-Modified: {'x' * 2000}"))
        result = await fetched(fetcher, url)
        assert (result.etag, result.last_modified) == (None, None)
        await fetcher.fetch(Request(url, max_bytes=1000, etag='"é"', last_modified="a\r\nHost: evil"))
        assert not [name for name in site.asked[-1].headers if name.startswith("if-")]


async def test_a_feed_that_is_gone_is_told_apart_from_one_that_fails() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", answer(410))
        assert await fetcher.fetch(Request(url, max_bytes=1000)) == Gone(url)


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.send(b'HTTP/1.1 200 OK\r\nETag: "a1"\r\n\r\n' + FEED)

    async with serving() as site, fetching() as fetcher:
        result = await fetched(fetcher, site.on("/feed", reply))
    assert (result.body, result.truncated, result.etag) == (FEED, False, '"a1"')


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("gzip", gzipped(FEED)),
        ("x-gzip", gzipped(FEED)),
        ("gzip", gzipped(FEED[:20]) + gzipped(FEED[20:])),
        ("gzip", gzipped(FEED) + b"\0\0\0\0"),
        ("deflate", zlib.compress(FEED)),
        ("deflate", zlib.compress(FEED)[2:-4]),
        ("identity", FEED),
    ],
)
async def test_gzip_and_both_kinds_of_deflate_are_decoded(encoding: str, data: bytes) -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", answer(200, data, f"Content-Encoding: {encoding}"))
        result = await fetched(fetcher, url)
    assert (result.body, result.truncated) == (FEED, False)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("br", "the body cannot be read: it is compressed in a way that was not asked for"),
        ("zstd", "the body cannot be read: it is compressed in a way that was not asked for"),
        ("gzip, gzip", "the body cannot be read: it is compressed more than once"),
        ("gzip", "the body cannot be read: its gzip data is damaged"),
    ],
)
async def test_a_body_in_another_encoding_is_an_error(encoding: str, text: str) -> None:
    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", answer(200, FEED, f"Content-Encoding: {encoding}")))
    assert (str(error), error.retry) == (text, Retry.LATER)


# --- what breaks off ----------------------------------------------------------------------------------------------

HALF = len(FEED) // 2
LONG = b'HTTP/1.1 200 OK\r\nETag: "a1"\r\nContent-Length: 9999\r\n\r\n'
CHUNKED = b'HTTP/1.1 200 OK\r\nETag: "a1"\r\nTransfer-Encoding: chunked\r\n\r\n'


async def fin_short_of_content_length(exchange: Exchange) -> None:
    await exchange.send(LONG + FEED[:HALF])


async def rst_mid_body(exchange: Exchange) -> None:
    await exchange.send(LONG + FEED[:HALF])
    await exchange.breathe()
    exchange.reset()


async def truncated_chunked(exchange: Exchange) -> None:
    await exchange.send(CHUNKED + b"%x\r\n%s\r\n" % (HALF, FEED[:HALF]))


async def chunk_without_its_size(exchange: Exchange) -> None:
    await exchange.send(CHUNKED + b"%x\r\n%s\r\n" % (HALF, FEED[:HALF]))
    await exchange.breathe()
    await exchange.send(b"zz\r\n")


async def truncated_gzip(exchange: Exchange) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    data = packer.compress(FEED[:HALF]) + packer.flush(zlib.Z_SYNC_FLUSH)
    await exchange.send(answer(200, data, 'ETag: "a1"', "Content-Encoding: gzip"))


@pytest.mark.parametrize(
    "reply", [rst_mid_body, fin_short_of_content_length, truncated_chunked, chunk_without_its_size, truncated_gzip]
)
async def test_what_came_of_a_body_that_broke_off_is_kept_without_its_validators(reply: Reply) -> None:
    async with serving() as site, fetching() as fetcher:
        result = await fetched(fetcher, site.on("/feed", reply))
    assert (result.body, result.truncated, result.etag) == (FEED[:HALF], True, None)


async def test_a_large_body_that_broke_off_is_kept_to_the_last_byte() -> None:
    sent = bytes(range(256)) * 2000

    async def reply(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + sent)

    async with serving() as site, fetching() as fetcher:
        result = await fetched(fetcher, site.on("/feed", reply))
    assert (result.body == sent, result.truncated) == (True, True)


async def test_a_body_that_broke_off_at_once_is_a_failure() -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.send(LONG)

    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", reply))
    assert str(error) == "the connection broke off in the middle of the body"


async def test_an_empty_200_is_a_failure() -> None:
    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", answer(200, b"", 'ETag: "a1"')))
    assert (str(error), error.status, error.retry) == ("answered with nothing", 200, Retry.LATER)


# --- what is refused ----------------------------------------------------------------------------------------------


async def test_a_refused_connection_says_so() -> None:
    async with fetching() as fetcher:
        error = await refused(fetcher, f"http://127.0.0.1:{closed_port()}/feed")
    assert (str(error), error.retry, error.status) == ("the connection was refused", Retry.LATER, None)


def closed_port() -> int:
    """Return a port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def test_a_connection_closed_without_an_answer_says_so() -> None:
    async def close(exchange: Exchange) -> None:
        del exchange

    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", close))
    assert str(error) == "the connection was closed without an answer"


async def test_a_server_that_does_not_speak_http_says_so() -> None:
    async def greet(exchange: Exchange) -> None:
        await exchange.send(b"220 mail.example.org ESMTP\r\n")

    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", greet))
    assert str(error) == "the answer is not HTTP"


async def test_headers_beyond_all_measure_are_refused() -> None:
    async with serving() as site, fetching() as fetcher:
        wide = await refused(fetcher, site.on("/wide", answer(200, FEED, "X-A: " + "a" * 100_000)))
        many = await refused(fetcher, site.on("/many", answer(200, FEED, *[f"X-{n}: a" for n in range(1000)])))
        policy = await fetched(
            fetcher, site.on("/policy", answer(200, FEED, "Content-Security-Policy: " + "a" * 20_000))
        )
    assert (str(wide), str(many), policy.body) == ("the answer is not HTTP", "the answer is not HTTP", FEED)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "no such host"),  # NXDOMAIN
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "the name server did not answer"),  # SERVFAIL
        (socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure"), "the name server refused to answer"),
    ],
)
async def test_a_name_that_cannot_be_looked_up_says_why(error: OSError, text: str) -> None:
    async def look_up(host: str) -> tuple[str, ...]:
        del host
        raise error

    async with fetching(lookup=look_up) as fetcher:
        failure = await refused(fetcher, "http://feeds.example.org/rss")
    assert (str(failure), failure.retry) == (text, Retry.LATER)


async def test_a_name_in_another_script_is_looked_up_in_its_ascii_form() -> None:
    table = names({"xn--sgbq1c.xn--4gbrim": "127.0.0.1", "xn--90adear.xn--p1ai": "127.0.0.1"})
    async with serving() as site, fetching(lookup=table) as fetcher:
        site.on("/feed", answer(200, FEED))
        for name in ("حمص.موقع", "гибдд.рф"):
            result = await fetched(fetcher, site.url("/feed", name))
            assert (result.body, result.url) == (FEED, site.url("/feed", name))


async def test_the_system_is_asked_for_names_without_holding_up_the_loop() -> None:
    async with serving() as site, fetching() as fetcher:
        site.on("/feed", answer(200, FEED))
        assert (await fetched(fetcher, site.url("/feed", "localhost"))).body == FEED
        error = await refused(fetcher, "http://nowhere.invalid/feed")
    assert str(error) in ("no such host", "the host has no address", "the name server did not answer")


async def test_nothing_is_fetched_once_fetching_has_ended() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", Exchange.hang)
        under_way = asyncio.create_task(refused(fetcher, url))
        await site.wait_for(1)
        await fetcher.close()
        assert (await under_way).retry == Retry.LATER
        assert str(await refused(fetcher, url)) == "fetching has ended"
