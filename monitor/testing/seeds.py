"""Where the seeds are: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path


def seeds_path() -> Path:
    """Return the folder that holds `feeds.opml`, `watchlists/` and `newsroom/`. Raises: FileNotFoundError."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "seeds", package.parent / "seeds"):
        if (folder / "newsroom").is_dir():
            return folder
    raise FileNotFoundError(f"the seeds are neither in {package} nor beside it")
