"""Every known trap of the libraries has a test: the table beside this file names it."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

TESTS = Path(__file__).parents[1]
TABLE = tomllib.loads(Path(__file__).with_name("libraries.toml").read_text(encoding="utf-8"))


def test_every_trap_of_a_library_names_a_test_that_there_is() -> None:
    there = {
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = {(library, trap): test for library, traps in TABLE.items() for trap, test in traps.items()}
    assert {trap: test for trap, test in named.items() if test not in there} == {}
    assert len(named) >= 38
