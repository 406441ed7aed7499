"""What `monitor match` says of the traps of the newsroom, as docs/matching.md shows it.

`python tests/support/traps.py` writes it anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "matching.md"
WATCHES = {"homs": "Homs, SY", "hama": "Hama, SY", "aleppo": "Aleppo, SY", "tripoli": "Tripoli, LB"}
BLOCK = re.compile(r"```console\n\$ monitor match (\S+)\n(.*?)```\n", re.DOTALL)


def said_of(page: str, folder: Path) -> str:
    """Return what the command prints of a page, for watches without a single `not` phrase."""
    config = folder / "traps.toml"
    config.write_text("".join(f'[[watch]]\nid = "{id_}"\nplace = "{place}"\n' for id_, place in WATCHES.items()))
    command = [sys.executable, "-m", "monitor", "match", page, "--config", str(config)]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env={"COLUMNS": "80", "PATH": ""})
    return done.stdout.decode()


def shown() -> dict[str, str]:
    """Return the pages that the docs show, each with what they say of it."""
    return dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))


def main() -> None:
    """Write the docs anew."""
    with tempfile.TemporaryDirectory() as folder:

        def block(found: re.Match[str]) -> str:
            said = said_of(found[1], Path(folder))
            return f"```console\n$ monitor match {found[1]}\n{said}```\n"

        PAGE.write_text(BLOCK.sub(block, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
