"""The note beside a state that says how it was replaced, until the daemon has told that."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from monitor.store.failures import refusals

NOTE = ".untold"


@dataclass(frozen=True, slots=True)
class Damage:
    """Why a state was replaced ("": by hand), where the old one lies now, and what took its place.

    `aside` is None if there was nothing to keep; `restored` is the backup in its place, None if the state begins anew.
    """

    reason: str
    aside: Path | None = None
    restored: Path | None = None
    at: str = ""  # when, in ISO 8601: with it, what is told of this replacement is told once.


def note_of(damage: Damage) -> str:
    """Write a note down as text."""
    return json.dumps({name: str(value or "") for name, value in asdict(damage).items()})


def load_untold(path: Path) -> Damage | None:
    """Return what has been done to a state and not been told yet. Raises: OSError."""
    try:
        found = json.loads(path.with_name(path.name + NOTE).read_text(encoding="utf-8"))
        aside, restored = (Path(found[name]) if found[name] else None for name in ("aside", "restored"))
        return Damage(str(found["reason"]), aside, restored, str(found.get("at", "")))
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def forget_damage(path: Path) -> None:
    """Take down that what was done about a state has been told. Raises: StoreError."""
    with refusals(str(path)):
        path.with_name(path.name + NOTE).unlink(missing_ok=True)
