"""The checkout as tests of the house see it: its folders, its modules and what they import."""

from __future__ import annotations

import ast
import functools
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Return every module of the project, parsed, by its path from the root."""
    paths = sorted((ROOT / "monitor").rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@functools.cache
def pyproject() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def outside_imports(module: ast.Module) -> frozenset[str]:
    """Return the top-level names of the libraries that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    tops = {name.partition(".")[0] for name in names}
    return frozenset(tops - sys.stdlib_module_names - {"monitor"})


def homes() -> dict[str, str]:
    """Return the room of each outside library, as the contracts numbered 3 state it."""
    found: dict[str, str] = {}
    for contract in pyproject()["tool"]["importlinter"]["contracts"]:
        if contract["name"].startswith("3."):
            home = contract["ignore_imports"][0].partition(" ")[0]
            for library in contract["forbidden_modules"]:
                assert library not in found, f"{library} has two homes"
                found[library] = home
    return found
