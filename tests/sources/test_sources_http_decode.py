"""Decoding never makes more than asked for, whatever the pieces in which a body comes."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fetching import fetching, refused
from support.rawserver import Exchange, answer, serving

from monitor.sources.decode import DecodeError, Decoder

LIMIT = 10_000_000
MEGABYTE = 1_000_000
WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS, "bare": -zlib.MAX_WBITS}


def pack(kind: str, pieces: Iterable[bytes]) -> bytes:
    """Compress pieces into one body."""
    packer = zlib.compressobj(9, zlib.DEFLATED, WINDOWS[kind])
    return b"".join(packer.compress(piece) for piece in pieces) + packer.flush()


def unpack(kind: str, pieces: Iterable[bytes], room: int = LIMIT) -> tuple[bytes, bool]:
    """Decode pieces, as read_body does."""
    decoder = Decoder("deflate" if kind == "bare" else kind)
    data = b""
    for piece in pieces:
        data += decoder.feed(piece, room - len(data))
    return data, decoder.is_complete


@given(st.sampled_from(sorted(WINDOWS)), st.binary(max_size=3000), st.integers(1, 50))
def test_a_body_is_the_same_in_whatever_pieces_it_comes(kind: str, data: bytes, size: int) -> None:
    packed = pack(kind, [data])
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert unpack(kind, pieces) == (data, True)


@given(st.sampled_from(sorted(WINDOWS)), st.binary(min_size=1, max_size=3000), st.data())
def test_a_body_that_breaks_off_gives_what_came_and_says_so(kind: str, data: bytes, draw: st.DataObject) -> None:
    packed = pack(kind, [data])
    cut = draw.draw(st.integers(0, len(packed) - 1))
    came, complete = unpack(kind, [packed[:cut]])
    assert data.startswith(came)
    assert not complete


@given(st.sampled_from(sorted(WINDOWS)), st.integers(1, 5000))
def test_no_more_is_made_than_there_is_room_for(kind: str, room: int) -> None:
    assert unpack(kind, [pack(kind, [b"a" * 100_000])], room) == (b"a" * room, False)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.integers(1, 20))
def test_each_member_of_a_gzip_body_counts(parts: list[bytes], size: int) -> None:
    packed = b"".join(pack("gzip", [part]) for part in parts)
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert unpack("gzip", pieces) == (b"".join(parts), True)


@given(st.sampled_from(["gzip", "deflate"]), st.binary(max_size=500))
def test_noise_is_decoded_or_refused_and_nothing_else(kind: str, noise: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert len(unpack(kind, [noise])[0]) <= LIMIT


# --- bombs --------------------------------------------------------------------------------------------------------

ZEROS = bytes(MEGABYTE)
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"  # stored, of no length, and not the last. Source: RFC 1951 s.3.2.4.
BOMBS = {
    "gzip": pack("gzip", [ZEROS] * 200),
    "deflate": pack("deflate", [ZEROS] * 200),
    "deflate without a header": pack("bare", [ZEROS] * 200),
    "many members": pack("gzip", [ZEROS]) * 200,
}


@contextmanager
def costing_at_most(*, memory: int, seconds: float) -> Iterator[None]:
    """Check what runs inside against bytes of memory at the peak and seconds of CPU."""
    tracemalloc.start()
    started = time.process_time()
    try:
        yield
        peak, spent = tracemalloc.get_traced_memory()[1], time.process_time() - started
    finally:
        tracemalloc.stop()
    assert peak < memory
    assert spent < seconds


@pytest.mark.parametrize("name", sorted(BOMBS))
async def test_a_bomb_stops_at_the_limit(name: str) -> None:
    encoding = "deflate" if name.startswith("deflate") else "gzip"
    async with serving() as site, fetching() as fetcher:
        url = site.on("/bomb", answer(200, BOMBS[name], f"Content-Encoding: {encoding}"))
        with costing_at_most(memory=64 * MEGABYTE, seconds=1.0):
            error = await refused(fetcher, url, max_bytes=LIMIT)
    assert str(error) == "larger than 10 MB"


async def test_a_stream_of_nothing_stops_at_the_limit_of_what_was_sent() -> None:
    async def nothing(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + pack("gzip", [])[:10])
        while not exchange.ending.is_set():
            await exchange.send(EMPTY_BLOCK * 10_000)

    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/empty", nothing), max_bytes=MEGABYTE)
    assert str(error) == "larger than 1 MB"


async def test_members_of_nothing_stop_at_a_thousand() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/empty", answer(200, pack("gzip", []) * 1001, "Content-Encoding: gzip"))
        error = await refused(fetcher, url, max_bytes=MEGABYTE)
    assert str(error) == "the body cannot be read: it is made of more than 1000 gzip members"
