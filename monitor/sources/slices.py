"""Where the entries of a feed stand in its bytes, so that those that were read before need not be read again.

Only of a document that leaves no doubt: UTF-8 without a DOCTYPE, entries all named alike, one behind the other with
nothing but blanks between them, each closed, with its own CDATA sections and comments closed.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from hashlib import blake2b

from monitor.sources.repair import WIDE_STARTS

MOST = 2_000  # entries; a larger document is read whole.
EDGE = re.compile(rb"<(/?)((?:[\w.-]+:)?(?:item|entry))(?:\s[^<>]*)?>", re.IGNORECASE)
ROOTS = re.compile(rb"<(?:[\w.-]+:)?(?:rss|rdf|feed)[\s>]", re.IGNORECASE)
# What of the beginning bears on how an entry is read: the encoding, and where namespaces, bases and languages are told.
BEARING = re.compile(
    rb"<\?xml[^>]*>|<(?:[\w.-]+:)?(?:rss|rdf|feed|channel)[\s>][^<>]*|<[^<>]*\bxml(?:ns)?:[^<>]*", re.IGNORECASE
)
PAIRS = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"))
DIGEST = 9  # bytes: two different entries of one feed fall together once in 10^21.


@dataclass(frozen=True, slots=True)
class Slices:
    """A feed in pieces: what stands before the entries, each of them with its digest, what stands behind them."""

    head: bytes
    entries: tuple[bytes, ...]
    digests: tuple[str, ...]
    tail: bytes
    context: str

    def without(self, digests: Container[str]) -> bytes:
        """Return the feed without the entries of these digests."""
        rest = (entry for entry, digest in zip(self.entries, self.digests, strict=True) if digest not in digests)
        return b"".join((self.head, *rest, self.tail))


def slice_feed(body: bytes, url: str) -> Slices | None:
    """Cut a feed at its entries; None where that is not sure. `url` is where it was found."""
    if body.startswith(WIDE_STARTS) or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    edges = list(EDGE.finditer(body))
    opened, closed = edges[::2], edges[1::2]
    if not (0 < len(edges) <= 2 * MOST and _alternate(opened, closed) and _are_neighbours(body, opened, closed)):
        return None
    head, tail = body[: opened[0].start()], body[closed[-1].end() :]
    entries = tuple(body[start.start() : end.end()] for start, end in zip(opened, closed, strict=True))
    if not ROOTS.search(head) or not all(map(_is_closed, (head, *entries))):
        return None
    digests = tuple(blake2b(entry, digest_size=DIGEST).hexdigest() for entry in entries)
    if len(set(digests)) < len(digests):
        return None
    bearing = blake2b(b"\n".join((url.encode(), *BEARING.findall(head))), digest_size=DIGEST).hexdigest()
    return Slices(head, entries, digests, tail, bearing)


def _alternate(opened: list[re.Match[bytes]], closed: list[re.Match[bytes]]) -> bool:
    """Say whether one kind of tag is opened and closed in turns."""
    turns = not any(edge[1] or edge[0].endswith(b"/>") for edge in opened) and all(edge[1] for edge in closed)
    return turns and len(opened) == len(closed) and len({edge[2] for edge in (*opened, *closed)}) == 1


def _are_neighbours(body: bytes, opened: list[re.Match[bytes]], closed: list[re.Match[bytes]]) -> bool:
    gaps = zip(closed, opened[1:], strict=False)
    return not any(body[end.end() : start.start()].strip() for end, start in gaps)


def _is_closed(piece: bytes) -> bool:
    return all(piece.count(begin) == piece.count(end) for begin, end in PAIRS)
