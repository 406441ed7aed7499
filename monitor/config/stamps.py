"""What tells one state of a file from another."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """A file as it was at some time. `saved_at` in nanoseconds since 1970."""

    file: Path
    inode: int
    size: int
    saved_at: int


def stamp_of(file: Path) -> Stamp:
    """Return what a file is now. Take it before reading the file, and a save in between is seen. Raises: OSError."""
    stat = file.stat()
    return Stamp(file, stat.st_ino, stat.st_size, stat.st_mtime_ns)


def stamps_of(files: Iterable[Path]) -> tuple[Stamp, ...]:
    """Return what files are now; one that is missing has no stamp."""
    stamps: list[Stamp] = []
    for file in files:
        with suppress(OSError):
            stamps.append(stamp_of(file))
    return tuple(stamps)
