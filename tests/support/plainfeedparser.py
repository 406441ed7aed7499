"""feedparser as it comes, in a process of its own: `python -m support.plainfeedparser` takes and gives pickles."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

URL = "https://wire.example.org/news/feed.xml"
HEADERS = {"content-type": "application/xml", "content-location": URL}
AUTHORS = ("author", "publisher")


def read(feedparser: Any, body: bytes) -> object:  # noqa: ANN401 - a module without types.
    """Return all that feedparser says of a feed as plain values, or what it raises as text."""
    try:
        found = feedparser.parse(
            io.BytesIO(body), response_headers=HEADERS, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as exc:  # noqa: BLE001 - feedparser raises anything.
        return f"{type(exc).__name__}: {exc}"
    return bare(found)


def bare(value: Any) -> object:  # noqa: ANN401 - whatever feedparser holds.
    """Return a value made of plain ones, an error as its text. Of authors nobody here asks."""
    if isinstance(value, dict):
        return {key: bare(dict.__getitem__(value, key)) for key in value if not key.startswith(AUTHORS)}
    if isinstance(value, list | tuple):
        return [bare(one) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else f"{type(value).__name__}: {value}"


def read_plainly(bodies: Sequence[bytes]) -> list[object]:
    """Read feeds with a feedparser that nothing has touched."""
    done = subprocess.run(
        [sys.executable, "-m", "support.plainfeedparser"],
        input=pickle.dumps(list(bodies)),
        stdout=subprocess.PIPE,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    found: list[object] = pickle.loads(done.stdout)  # noqa: S301 - our own process wrote it.
    return found


if __name__ == "__main__":
    import warnings

    import feedparser

    warnings.simplefilter("ignore")
    sys.stdout.buffer.write(pickle.dumps([read(feedparser, body) for body in pickle.loads(sys.stdin.buffer.read())]))  # noqa: S301 - our own process wrote it.
