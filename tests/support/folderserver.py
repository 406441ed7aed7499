"""Serve a folder on loopback from a process of its own: `python -m support.folderserver FOLDER` writes its port.

Names ending in .xml are feeds, all else are pages; SITE in them stands for where it is. Whatever is posted is taken.
It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HEAD = "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {length}\r\n\r\n"


class _Connection(asyncio.Protocol):
    def __init__(self, answers: dict[str, bytes]) -> None:
        self._answers = answers
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head, rest = self._data[:end], self._data[end + 4 :]
            lines = head.decode("latin-1").split("\r\n")
            fields = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines[1:]}
            length = int(fields.get("content-length", 0))
            if len(rest) < length:
                return
            self._data = rest[length:]
            path = "/sink" if lines[0].startswith("POST") else lines[0].split(" ")[1]
            self._transport.write(self._answers.get(path, self._answers["/missing"]))


async def serve(files: dict[str, bytes]) -> None:
    """Serve files until standard input ends."""
    answers = {"/sink": _answer("sink", b"ok"), "/missing": _answer("missing", b"", "404 Not Found")}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answers), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    site = f"http://127.0.0.1:{port}".encode()
    answers |= {f"/{name}": _answer(name, body.replace(b"SITE", site)) for name, body in files.items()}
    print(port, flush=True)  # noqa: T201 - read by who started us.
    await asyncio.to_thread(sys.stdin.read)
    server.close()


def _answer(name: str, body: bytes, status: str = "200 OK") -> bytes:
    kind = "application/rss+xml" if name.endswith(".xml") else "text/html"
    return HEAD.format(status=status, kind=kind, length=len(body)).encode() + body


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Serve until the end of the block; yield the process and its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "support.folderserver", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process, int(process.stdout.readline())
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve({file.name: file.read_bytes() for file in Path(sys.argv[1]).iterdir()}))
