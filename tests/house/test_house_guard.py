"""The rules of tests/conftest.py, tried on tests that break them, each run by a pytest of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"


def run_pytest(folder: Path, test: str, **variables: str) -> str:
    """Run one test under our conftest.py and return pytest's closing lines."""
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    kept = {key: value for key, value in os.environ.items() if key not in ("CI", "MONITOR_TEST_CORPUS")}
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "."]
    kept["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # four times as quick, and none of them matters here.
    done = subprocess.run(command, cwd=folder, env=kept | variables, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("socket.create_connection(('192.0.2.1', 80), timeout=1)", id="a connection"),
        pytest.param("socket.create_connection(('2001:db8::1', 80), timeout=1)", id="a connection over IPv6"),
        pytest.param("socket.getaddrinfo('example.org', 80)", id="a lookup"),
        pytest.param("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))", id="a datagram"),
        pytest.param("asyncio.run(asyncio.open_connection('192.0.2.1', 80))", id="a connection of an event loop"),
    ],
)
def test_traffic_off_loopback_fails_even_where_the_refusal_is_swallowed(line: str, tmp_path: Path) -> None:
    imports = "import asyncio, contextlib, socket\n"
    test = f"{imports}def test_it():\n    with contextlib.suppress(Exception):\n        {line}\n"
    assert "off loopback: socket." in run_pytest(tmp_path, test)


def test_loopback_and_unix_sockets_stay_open(tmp_path: Path) -> None:
    test = """
import socket
def test_it(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
"""
    assert "1 passed" in run_pytest(tmp_path, test)


SKIPPING = "import pytest\ndef test_it():\n    pytest.skip('no such tool')\n"
CORPUS = "def test_it(corpus):\n    assert corpus.is_dir()\n"


@pytest.mark.parametrize(
    ("test", "variables", "expected"),
    [
        pytest.param(SKIPPING, {}, "1 skipped", id="a skip is a skip on a desk"),
        pytest.param(SKIPPING, {"CI": "true"}, "1 failed", id="a skip is a failure in CI"),
        pytest.param(CORPUS, {}, "1 skipped", id="without real data its tests skip"),
        pytest.param(CORPUS, {"CI": "true"}, "1 error", id="without real data CI fails"),
        pytest.param(CORPUS, {"MONITOR_TEST_CORPUS": "/nowhere"}, "1 error", id="a folder that is not there fails"),
        pytest.param(CORPUS, {"MONITOR_TEST_CORPUS": "/"}, "1 passed", id="real data that is there is used"),
    ],
)
def test_ci_skips_nothing(test: str, variables: dict[str, str], expected: str, tmp_path: Path) -> None:
    assert expected in run_pytest(tmp_path, test, **variables)
