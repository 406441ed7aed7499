"""Write docs/configuration.md out of the models: `python -m monitor.config.reference` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc

from pydantic.fields import FieldInfo

from monitor.config.kinds import Kind, Section
from monitor.config.models import LISTS, NESTED, NOT_YET, TABLES, keys_of

HEAD = """\
# Configuration

<!-- Written by `python -m monitor.config.reference`; a test compares. Change monitor/config/, not this page. -->

One TOML file says everything: `--config PATH`, else `./config.toml`, \
`$XDG_CONFIG_HOME/monitor/config.toml`, `/etc/monitor/config.toml`.
`monitor check` shows every mistake at once, with its line and a hint; `monitor init` writes a first file.
Keys that are not listed here are mistakes.
The daemon takes a changed file up when it is saved, or on SIGHUP: as a whole, or not at all.

- Durations are written `"90s"`, `"15m"`, `"1h30m"`, `"3d"`, sizes `"500KB"`, `"10MB"`, never as bare numbers.
- An id is made of a to z, 0 to 9, dot, dash and underscore; \
no two feeds share one, nor two channels, nor two watches.
- Where a list is taken, a single value is too.
- Relative paths start at the file they stand in, also that of `url_file` and `${file:…}`.
- `${env:NAME}`, `${file:PATH}` and `${cred:NAME}` stand for a secret kept elsewhere: \
in the environment, in a file, in a systemd credential.

## include

| key | type | default | meaning |
|---|---|---|---|
| `include` | path or list of paths | none | More files; the key stands above all tables. \
They hold feeds, channels, watches and `include` only. `*` and `?` stand for any letters. |
"""

TAIL = """
## Not yet

These keys are known and refused, so that nobody believes they are at work.

| where | key | what it will be |
|---|---|---|
"""


def render() -> str:
    """Return the whole page."""
    tables = [(f"[{name}]", model) for name, model in TABLES.items()]
    for name, model in LISTS.items():
        tables.append((f"[[{name}]]", model))
        nested = NESTED.get(name, {})
        tables += ((_heading(model, f"{name}.{key}"), inner) for key, inner in nested.items() if inner is not model)
    parts = [HEAD, *(line for heading, model in tables for line in _table(heading, model)), TAIL]
    parts += (
        f"| {f'`[[{table}]]`' if table else 'a table of its own'} | `{key}` | {meaning} |\n"
        for table, keys in NOT_YET.items()
        for key, meaning in keys.items()
    )
    return "".join(parts)


def _heading(outer: type[Section], path: str) -> str:
    """Return how a table inside another is written: in two brackets if there may be several."""
    key = path.rpartition(".")[2]
    several = kind_of(outer.model_fields[keys_of(outer)[key]]).name == "list of tables"
    return f"[[{path}]]" if several else f"[{path}]"


def _table(heading: str, model: type[Section]) -> Iterator[str]:
    meaning = cleandoc(model.__doc__ or "")
    yield f"\n## {heading}\n\n{meaning}\n\n| key | type | default | meaning |\n|---|---|---|---|\n"
    for key, name in keys_of(model).items():
        field = model.model_fields[name]
        yield f"| `{key}` | {kind_of(field).name} | {default_of(field)} | {field.description} |\n"


def kind_of(field: FieldInfo) -> Kind:
    """Return what the reference says of a field's type. Raises: LookupError for a field without."""
    return [found for found in field.metadata if isinstance(found, Kind)][-1]


def default_of(field: FieldInfo) -> str:
    """Return a field's default as it is written in a configuration, or in words."""
    if field.is_required():
        return "required"
    if field.default is None or field.default == ():
        return kind_of(field).unset
    return f"`{kind_of(field).show(field.default)}`"


if __name__ == "__main__":
    sys.stdout.write(render())
