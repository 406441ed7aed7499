"""Load a configuration as a whole, or say everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from monitor.config.checks import find_mistakes, find_warnings, open_files
from monitor.config.domain import build_settings
from monitor.config.files import Reading, read_files
from monitor.config.items import read_items
from monitor.config.loaded import Loaded
from monitor.errors import ConfigError, Mistake


def load(
    path: Path,
    *,
    environ: Mapping[str, str] | None = None,
    inspect: Callable[[Loaded], Iterable[Mistake]] = lambda _: (),
) -> Loaded:
    """Load the configuration at `path` with all that it includes.

    `environ` defaults to the process's own environment. `inspect` is shown what is sound of it, mistakes elsewhere or
    not, and says what else is wrong: places that do not exist, channels that cannot be opened.
    Raises: ConfigError with every mistake at once, in the order of the files and lines.
    """
    environ = os.environ if environ is None else environ
    reading = read_files(path)
    mistakes = list(reading.mistakes)
    items = [item for document in reading.documents for item in read_items(document, mistakes)]
    mistakes += find_mistakes(items)
    settings, secrets = build_settings(items, folder=path.parent, environ=environ, mistakes=mistakes)
    warnings = _sorted([*find_warnings(items, path), *open_files((stamp.file for stamp in secrets), environ)], reading)
    loaded = Loaded(path, settings, warnings, (*reading.stamps, *secrets), tuple(items))
    mistakes += inspect(loaded)
    if mistakes:
        raise ConfigError(_sorted(mistakes, reading))
    return loaded


def _sorted(mistakes: list[Mistake], reading: Reading) -> tuple[Mistake, ...]:
    """Return mistakes in reading order: the main file first, then what it includes, each from its top."""
    order = {str(stamp.file): number for number, stamp in enumerate(reading.stamps)}
    return tuple(sorted(dict.fromkeys(mistakes), key=lambda m: (order.get(m.file, -1), m.line, m.column, m.key)))
