"""Undoing a Content-Encoding piece by piece, never making more of it than asked for.

The client's own decoders turn a whole network chunk at once: 809 bytes of brotli become a gigabyte. Here zlib is
told how much it may give, so that a bomb costs no more than the limit it breaks.
"""

from __future__ import annotations

import zlib

ACCEPTED = "gzip, deflate"
MAX_MEMBERS = 1_000  # of one gzip body; the many small blocks of a 10 MB bgzip file are 160.
HEADER = 2  # bytes that tell zlib's own format from bare deflate.


class DecodeError(ValueError):
    """Say that a body is not what its Content-Encoding says."""


class Decoder:
    """Decode one body. At most one layer of gzip or deflate; the latter with zlib's header or without.

    Source: RFC 9110 s.8.4.1, which notes that servers send both kinds of deflate.
    """

    def __init__(self, content_encoding: str) -> None:
        """Raises: DecodeError for an encoding that was not asked for, and for several."""
        layers = [layer.strip().lower() for layer in content_encoding.split(",")]
        layers = [layer.removeprefix("x-") for layer in layers if layer not in ("", "identity")]
        if len(layers) > 1:
            raise DecodeError("it is compressed more than once")
        self._kind = layers[0] if layers else ""
        if self._kind not in ("", "gzip", "deflate"):
            raise DecodeError("it is compressed in a way that was not asked for")
        self._stream = zlib.decompressobj(16 + zlib.MAX_WBITS) if self._kind == "gzip" else None
        self._head = b""
        self._members = 1

    @property
    def is_complete(self) -> bool:
        """Whether the end that the encoding itself marks has been reached; always, where it marks none."""
        return not self._kind or (self._stream is not None and self._stream.eof)

    def feed(self, data: bytes, room: int) -> bytes:
        """Return what `data` decodes to, at most `room` bytes: who gets that many has met the limit and must stop.

        Raises: DecodeError.
        """
        if not self._kind:
            return data[:room]
        try:
            return self._inflate(data, room)
        except zlib.error as exc:
            raise DecodeError(f"its {self._kind} data is damaged") from exc

    def _inflate(self, data: bytes, room: int) -> bytes:
        pieces = []
        while data and room > 0:
            stream, data = self._stream_for(data)
            if stream is None:
                break
            piece = stream.decompress(data, room)
            pieces.append(piece)
            room -= len(piece)
            data = stream.unused_data if stream.eof else stream.unconsumed_tail
        return b"".join(pieces)

    def _stream_for(self, data: bytes) -> tuple[zlib._Decompress | None, bytes]:
        """Return what reads on and with which data; None while that is not known, and behind the end."""
        if self._stream is None:
            return self._recognise(data)
        if not self._stream.eof:
            return self._stream, data
        # A gzip file may have several members; padding behind the last is ignored. Source: RFC 1952 s.2.2.
        if self._kind != "gzip" or not data.startswith(b"\x1f"):
            return None, b""
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise DecodeError(f"it is made of more than {MAX_MEMBERS} gzip members")
        self._stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        return self._stream, data

    def _recognise(self, data: bytes) -> tuple[zlib._Decompress | None, bytes]:
        """Tell zlib's format, which RFC 9110 means by deflate, from the bare stream that many servers send."""
        self._head += data
        if len(self._head) < HEADER:
            return None, b""
        first, second = self._head[:HEADER]
        has_header = first & 0x0F == zlib.DEFLATED and (first << 8 | second) % 31 == 0
        self._stream = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        return self._stream, self._head
