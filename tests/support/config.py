"""Write configurations and read what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from monitor.config.load import load
from monitor.config.loaded import Loaded
from monitor.errors import ConfigError, Mistake

FEED = '[[feed]]\nid = "dw"\nurl = "https://example.org/feed.xml"\n'
CHANNEL = '[[channel]]\nid = "desk"\nurl = "console://"\n'
WATCH = '[[watch]]\nid = "homs"\nplace = "Homs, SY"\n'
WHOLE = '[network]\ncontact = "ops@example.org"\n' + FEED + CHANNEL + WATCH


def write(folder: Path, text: str, name: str = "config.toml") -> Path:
    """Write a configuration and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8", newline="")
    path.chmod(0o640)
    return path


def loaded(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Loaded:
    """Load a text as a configuration, with no environment but the one given."""
    return load(write(folder, text), environ=environ or {})


def mistakes(path: Path, environ: Mapping[str, str] | None = None) -> tuple[Mistake, ...]:
    """Return what is wrong with a configuration."""
    with pytest.raises(ConfigError) as caught:
        load(path, environ=environ or {})
    return caught.value.mistakes


def shown(found: tuple[Mistake, ...], folder: Path) -> list[str]:
    """Return mistakes as they print, with paths from `folder`."""
    return [str(mistake).replace(f"{folder}/", "") for mistake in found]
