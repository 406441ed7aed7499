from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.house import ROOT, homes

UNITS = sorted((ROOT / "systemd").glob("*.service"))
WORST_EXPOSURE = 1.2


@pytest.fixture
def systemd_analyze() -> str:
    """Return the command; a desk without systemd skips, CI fails."""
    return shutil.which("systemd-analyze") or pytest.skip("systemd-analyze is not installed")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_unit_is_hardened(systemd_analyze: str, unit: Path) -> None:
    command = [systemd_analyze, "security", "--offline=yes", "--no-pager", str(unit)]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    verdict = re.search(r"Overall exposure level for \S+: ([\d.]+)", report)
    assert verdict, report
    assert float(verdict[1]) <= WORST_EXPOSURE


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_nothing_to_say_about_the_unit(systemd_analyze: str, unit: Path) -> None:
    # Its exit code is 0 for keys it does not know: what it prints is what counts.
    done = subprocess.run([systemd_analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


WITHOUT_WRITABLE_CODE = """
import ctypes, importlib, subprocess, sys
ctypes.CDLL(None).prctl(65, 1, 0, 0, 0)  # PR_SET_MDWE; kernels before 6.3 do not know it and change nothing.
for name in sys.argv[1:]:
    importlib.import_module(name)
import multiprocessing, lxml.html, pydantic, regex
assert regex.search(r"\\p{Arabic}+", "in \\u062d\\u0645\\u0635 today")
assert pydantic.create_model("Model", a=(int, ...))(a="1").a == 1
assert lxml.html.fromstring("<p>text").text == "text"
for method in ("spawn", "forkserver"):
    multiprocessing.get_context(method).Process(target=print).start()
subprocess.run([sys.executable, "-c", "import trafilatura"], check=True)
"""


def test_every_library_works_where_memory_is_never_both_writable_and_executable() -> None:
    command = [sys.executable, "-W", "ignore", "-c", WITHOUT_WRITABLE_CODE, *sorted(homes())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
