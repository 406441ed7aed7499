"""Read a configuration file and the files that it includes."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.config.positions import Address
from monitor.config.stamps import Stamp, stamp_of
from monitor.config.syntax import Parsed, parse
from monitor.config.values import quote
from monitor.errors import ConfigError, Mistake

LARGEST = 10**7  # bytes: a hundred thousand watches.


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read. `main` is the file that was asked for, not one that it includes."""

    path: Path
    parsed: Parsed
    main: bool
    readable_by_others: bool

    def at_value(self, address: Address, text: str, *, key: str = "", hint: str = "") -> Mistake:
        """Say what is wrong with a value."""
        return Mistake(str(self.path), *self.parsed.positions.of_value(address), key, text, hint)

    def at_key(self, address: Address, text: str, *, key: str = "", hint: str = "") -> Mistake:
        """Say what is wrong with a key or a table."""
        return Mistake(str(self.path), *self.parsed.positions.of_key(address), key, text, hint)


@dataclass(slots=True)
class Reading:
    """What reading a configuration has gathered so far."""

    documents: list[Document] = field(default_factory=list)
    stamps: list[Stamp] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    _open: list[Path] = field(default_factory=list)
    _seen: set[Path] = field(default_factory=set)

    def read(self, path: Path, *, main: bool) -> str:
        """Read a file and what it includes. Returns what made it unreadable, else ""."""
        try:
            real = path.resolve()
            stamp = stamp_of(path)
            content, mode = _content(real)
        except (OSError, ValueError, RuntimeError) as exc:
            return f"cannot be read: {reason(exc)}"
        self._seen.add(real)
        self.stamps.append(stamp)
        document = self._parse(path, content, main=main, mode=mode)
        if document is not None:
            self.documents.append(document)
            self._open.append(real)
            self._include(document)
            self._open.pop()
        return ""

    def _parse(self, path: Path, content: bytes, *, main: bool, mode: int) -> Document | None:
        try:
            text = content.decode()
        except UnicodeDecodeError as exc:
            line = content.count(b"\n", 0, exc.start) + 1
            column = exc.start - content.rfind(b"\n", 0, exc.start)
            self.mistakes.append(Mistake(str(path), line, column, "", "is not UTF-8", "save the file as UTF-8"))
            return None
        parsed = parse(text)
        for fault in parsed.faults:
            self.mistakes.append(Mistake(str(path), fault.line, fault.column, "", fault.text, fault.hint))
        return Document(path, parsed, main, readable_by_others=bool(mode & 0o004))

    def _include(self, document: Document) -> None:
        for index, name in _names(document.parsed.data.get("include", [])):
            address: Address = ("include", index)
            if not isinstance(name, str) or not name.strip() or "\0" in name:
                self._refuse(document, address, "is not the path of a file", 'write it in quotes: "watchlist.toml"')
                continue
            for found in _matching(document.path.parent, name):
                self._include_one(document, address, found)

    def _include_one(self, document: Document, address: Address, name: str) -> None:
        path = Path(os.path.normpath(document.path.parent / name))
        try:
            real = path.resolve()
        except (OSError, RuntimeError):
            real = path
        if real in self._open:
            self._refuse(document, address, f"{quote(name)} includes itself", "take it out of one of the files")
        elif real not in self._seen:
            problem = self.read(path, main=False)
            if problem:
                self._refuse(document, address, f"{quote(name)} {problem}", "paths start at the file that includes")

    def _refuse(self, document: Document, address: Address, text: str, hint: str) -> None:
        self.mistakes.append(document.at_value(address, text, key="include", hint=hint))


def _names(value: object) -> Iterator[tuple[int, object]]:
    yield from enumerate(value if isinstance(value, list) else [value])


def _matching(folder: Path, name: str) -> list[str]:
    """Return the files that a name or pattern stands for, in order; "**" means no more than "*"."""
    if not glob.has_magic(name):
        return [name]
    found = glob.glob(name, root_dir=folder)  # noqa: PTH207 - Path.glob takes no absolute pattern.
    return sorted(one for one in found if (folder / one).is_file())


def _content(path: Path) -> tuple[bytes, int]:
    """Return a regular file's content and mode. Raises: OSError."""
    status = path.stat()
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    if not path.is_file():
        raise OSError(None, "it is not a regular file")
    if status.st_size > LARGEST:
        raise OSError(None, f"it is larger than {LARGEST // 10**6} MB")
    return path.read_bytes(), status.st_mode


def reason(exc: Exception) -> str:
    """Return why the system refused, in few words."""
    words = (exc.strerror if isinstance(exc, OSError) else None) or str(exc) or type(exc).__name__
    return words[:1].lower() + words[1:]


def find_config(path: Path | None, environ: Mapping[str, str] | None = None) -> Path:
    """Return the configuration file: the one named, else the first that exists of three. Raises: ConfigError."""
    if path is not None:
        return path
    environ = os.environ if environ is None else environ
    home = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME", "~")) / ".config")
    places = (Path("config.toml"), Path(home) / "monitor" / "config.toml", Path("/etc/monitor/config.toml"))
    for place in places:
        if os.path.exists(place):  # noqa: PTH110 - Path.exists() raises where a folder is closed to us.
            return place
    looked = ", ".join(("./config.toml", *map(str, places[1:])))
    raise ConfigError((Mistake(looked, 0, 0, "", "no configuration found", "monitor init writes one"),))


def read_files(path: Path) -> Reading:
    """Read the file at `path` and all that it includes, gathering what cannot be read or parsed."""
    reading = Reading()
    problem = reading.read(path, main=True)
    if problem:
        hint = "monitor init writes one" if not os.path.lexists(path) else ""
        reading.mistakes.append(Mistake(str(path), 0, 0, "", problem, hint))
    return reading


def sections(data: dict[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the tables of an array of tables that are tables, with their places in it."""
    found = data.get(name)
    return [(i, table) for i, table in enumerate(found) if isinstance(table, dict)] if isinstance(found, list) else []
