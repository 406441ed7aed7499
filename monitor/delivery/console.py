"""The channel that is always there: standard output, readable at 80 columns."""

from __future__ import annotations

import asyncio
import sys
import unicodedata
from collections.abc import Iterator
from typing import TextIO

from monitor.alerting.clean import clean
from monitor.delivery.thread import settled, start
from monitor.model import Limits, Message, Outcome, Receipt

SCHEME = "console"
COLUMNS = 80
INDENT = "  "
WRITE_TIME = 30.0  # seconds; a pager that nobody scrolls takes no more.
CLOGGED = "standard output takes no more"
LIMITS = Limits(title=200, body=100_000)


class Console:
    """Print messages one after the other to `stream`, or to what standard output is at the time.

    One write is begun at a time. While one hangs, the next are refused: they would all come out later, and again.
    """

    def __init__(self, stream: TextIO | None = None, *, seconds: float = WRITE_TIME) -> None:
        self._stream = stream
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._hangs = False

    async def send(self, message: Message) -> Receipt:
        """Print one message; accepted when the stream took it. Never raises."""
        if not await self._is_our_turn():
            return Receipt(Outcome.NOT_SENT, CLOGGED)
        try:
            work = self._begin(message)
        except RuntimeError as error:
            return Receipt(Outcome.NOT_SENT, f"an error of our own ended it ({type(error).__name__})")
        if not await settled(work, seconds=self._seconds):
            self._hangs = True
            return Receipt(Outcome.AMBIGUOUS, CLOGGED)
        if (wrong := work.exception()) is not None:
            return Receipt(Outcome.NOT_SENT, f"standard output cannot be written to ({type(wrong).__name__})")
        return Receipt(Outcome.ACCEPTED, "written")

    async def _is_our_turn(self) -> bool:
        if self._hangs:
            return False
        try:
            async with asyncio.timeout(self._seconds):
                await self._turn.acquire()
        except TimeoutError:
            return False
        return True

    def _begin(self, message: Message) -> asyncio.Future[None]:
        """Begin to write; the turn ends with the write itself. Raises: RuntimeError if no thread can be started."""
        try:
            work = start(lambda: self._write(layout(message)), name="send console")
        except BaseException:
            self._turn.release()
            raise
        work.add_done_callback(self._end_turn)
        return work

    def _end_turn(self, _: asyncio.Future[None]) -> None:
        self._hangs = False
        self._turn.release()

    def _write(self, text: str) -> None:
        stream = sys.stdout if self._stream is None else self._stream
        encoding = getattr(stream, "encoding", None) or "utf-8"
        # A terminal that knows no Arabic shows its code points, not a traceback.
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


def layout(message: Message) -> str:
    """Lay a message out for a terminal: the title, the body indented, an empty line; links are never broken."""
    body = clean(message.body, keep_newlines=True).split("\n")
    head = list(_wrapped(clean(message.title), COLUMNS)) if message.title else []
    indent = INDENT if head else ""
    lines = [f"{indent}{piece}" for line in body for piece in _wrapped(line, COLUMNS - len(indent))]
    return "\n".join((*head, *lines, "", ""))


def _wrapped(line: str, columns: int) -> Iterator[str]:
    """Break a line at its spaces, and in a script without spaces anywhere but before a mark."""
    piece = ""
    for word in line.split(" "):
        grown = f"{piece} {word}" if piece else word
        if _cells(grown) <= columns:
            piece = grown
            continue
        if piece:
            yield piece
        piece = word
        while _cells(piece) > columns and "://" not in piece:
            end = _fitting(piece, columns)
            yield piece[:end]
            piece = piece[end:]
    yield piece


def _cells(text: str) -> int:
    """Count the cells a text takes on a terminal: two for East Asian letters, none for marks."""
    if text.isascii():
        return len(text)
    return sum(_cell(char) for char in text)


def _cell(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _fitting(text: str, columns: int) -> int:
    used = 0
    for index, char in enumerate(text):
        used += _cell(char)
        if used > columns and index:
            return index
    return len(text)
