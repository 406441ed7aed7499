"""Reading one response's body: as it comes, decoded by us, and never more of it than allowed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import httpx

from monitor.sources.decode import Decoder
from monitor.sources.troubles import TROUBLES


@dataclass(frozen=True, slots=True)
class Body:
    """What came, decoded. Not whole: it broke off. Larger: it was cut at the limit."""

    data: bytes = b""
    is_whole: bool = True
    is_larger: bool = False


async def read_body(response: httpx.Response, limit: int) -> Body:
    """Read at most `limit` bytes, decoded; at 0 nothing is read. The response is closed in any case.

    What came before a body broke off or its encoding turned out damaged is kept. If nothing did, that error is raised.

    Raises: DecodeError, and what `TROUBLES` lists.
    """
    try:
        return await _read(response, limit) if limit else Body()
    finally:
        with suppress(*TROUBLES):
            await response.aclose()


async def _read(response: httpx.Response, limit: int) -> Body:
    decoder = Decoder(response.headers.get("content-encoding", ""))
    data = bytearray()
    try:
        async for chunk in response.aiter_raw():
            # One byte of room beyond the limit tells a body that is too large from one that just fits.
            data += decoder.feed(chunk, limit + 1 - len(data))
            # Compressed bytes count too: a stream of empty blocks decodes to nothing for ever.
            if max(len(data), response.num_bytes_downloaded) > limit:
                del data[limit:]
                return Body(bytes(data), is_larger=True)
    except TROUBLES:
        if not data:
            raise
        return Body(bytes(data), is_whole=False)
    return Body(bytes(data), is_whole=decoder.is_complete)


def describe_size(size: int) -> str:
    """Return bytes as a person writes them: 10 MB, 500 kB."""
    return f"{size / 1_000_000:g} MB" if size >= 1_000_000 else f"{size / 1000:g} kB"  # noqa: PLR2004 - one megabyte.
