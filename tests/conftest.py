"""What holds for every test: no traffic off loopback, no silent skip in CI, real data only where it is named."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

RESERVED = (".invalid", ".localhost")  # never resolved by anybody's server. Source: RFC 6761 s.6.3, s.6.4.
strays: list[str] = []


class OffLoopbackError(RuntimeError):
    """Say that a test tried to reach another machine. No OSError: no fetcher may take it for a network failure."""


def is_local(host: object) -> bool:
    """Whether `host` is this machine; a name other than localhost is not, because looking it up asks a server."""
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in ("", "localhost") or name.endswith(RESERVED):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback or address.is_unspecified


def is_address(host: object) -> bool:
    """Whether `host` is written as an address, which no server is asked for."""
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


def guard(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse connections and lookups that leave this machine, whichever library makes them."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        target = arguments[1]
        host = target[0] if isinstance(target, tuple) and target else None
        refused = not is_local(host)
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        refused = not is_address(host) and not is_local(host)
    else:
        return
    if refused:
        strays.append(f"{event} {host!r}")
        raise OffLoopbackError(f"{event} to {host!r}: tests talk to this machine only")


# An audit hook, because it sees every socket of the process, those of event loops and threads included.
sys.addaudithook(guard)


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[None]:
    """Fail a test that tried to reach another machine, even where the code under test swallowed the refusal."""
    strays.clear()
    yield
    if strays:
        pytest.fail("off loopback: " + ", ".join(strays))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn skips into failures in CI: there, what a test needs is installed or the run is red."""
    report = yield
    expected_failure = hasattr(report, "wasxfail")
    if os.environ.get("CI") and report.skipped and not expected_failure:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI skips nothing: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder with real data. Skips without MONITOR_TEST_CORPUS, which CI turns into a failure."""
    named = os.environ.get("MONITOR_TEST_CORPUS")
    if not named:
        pytest.skip("MONITOR_TEST_CORPUS is not set")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"MONITOR_TEST_CORPUS names no folder: {named}")
    return folder
