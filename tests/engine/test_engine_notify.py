from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.engine.notify import notify, watchdog_interval


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(5)
        yield listening


def test_lines_arrive_as_one_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "notify.sock")
    with manager(path) as listening:
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        assert notify("READY=1", "STATUS=watching 12 feeds")
        assert listening.recv(1024) == b"READY=1\nSTATUS=watching 12 feeds"


def test_an_abstract_socket_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"news-monitor-test-{os.getpid()}"
    with manager("\0" + name) as listening:
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        assert notify("WATCHDOG=1")
        assert listening.recv(1024) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(None, id="no manager started this process"),
        pytest.param("", id="an empty variable is none"),
        pytest.param("relative/notify.sock", id="only absolute and abstract addresses are sockets"),
        pytest.param("/nowhere/notify.sock", id="the manager's socket is gone"),
    ],
)
def test_without_a_manager_nothing_is_sent_and_nothing_fails(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not notify("READY=1")


def test_a_manager_that_does_not_read_never_holds_the_daemon_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "notify.sock")
    with manager(path):
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        sent = [notify("STATUS=" + "x" * 1000) for _ in range(2000)]
    assert sent[0]
    assert not sent[-1]


@pytest.mark.parametrize(
    ("usec", "pid", "expected"),
    [
        pytest.param("120000000", None, timedelta(seconds=60), id="half of what is allowed"),
        pytest.param("120000000", "own", timedelta(seconds=60), id="the watchdog means this process"),
        pytest.param("120000000", "1", None, id="the watchdog means another process"),
        pytest.param("0", None, None, id="zero switches it off"),
        pytest.param("soon", None, None, id="what is no number is ignored"),
        pytest.param(None, None, None, id="no watchdog"),
    ],
)
def test_the_watchdog_interval_follows_the_manager(
    usec: str | None, pid: str | None, expected: timedelta | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if usec is not None:
        monkeypatch.setenv("WATCHDOG_USEC", usec)
    if pid is not None:
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "own" else pid)
    assert watchdog_interval() == expected
