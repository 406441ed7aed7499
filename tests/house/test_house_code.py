from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from support.house import ROOT, homes, modules, outside_imports, pyproject

FILE_LINES = 400
FUNCTION_LINES = 60

# Where `except Exception` may stand, and why. Everywhere else it would hide a mistake of ours.
BROAD_EXCEPTS = {
    "monitor/pipeline/run.py": "one job's failure is never another's",
    "monitor/sources/feeds.py": "feedparser raises anything for a hostile feed, which is then mended and read again",
    "monitor/sources/children.py": "a pickle that nobody can trust raises anything",
    "monitor/sources/entries.py": "feedparser's values are anything; one bad entry is one bad entry",
    "monitor/sources/child.py": "feedparser and trafilatura raise anything for hostile input; a child answers with it",
    "monitor/delivery/apprise.py": "apprise's plugins raise anything; what went over the wire decides",
    "monitor/delivery/targets.py": "apprise's plugins raise anything over a URL, and what they say would show it",
    "monitor/engine/writer.py": "of calls made together nothing is written if one fails; each then meets its own",
    "monitor/engine/worker.py": "hands whatever a function raises on to the task that waits for it",
    "monitor/delivery/thread.py": "hands whatever a thread raises on to the task that waits for it",
}

# Dependencies that no module of ours imports by name.
UNNAMED = {
    "lxml_html_clean": "trafilatura cannot be imported without it",
    "tzdata": "zoneinfo reads it where the system has no time zones",
}

# What we import although another library brings it.
BROUGHT = {
    "python_socks": "aiohttp_socks raises its errors",
    "requests": "apprise sends with it, and its answers are read where it gets them",
    "urllib3": "requests raises its errors",
}


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_library_that_is_imported_has_a_home() -> None:
    known = homes()
    strangers = {path: sorted(outside_imports(module) - known.keys()) for path, module in modules().items()}
    assert {path: names for path, names in strangers.items() if names} == {}


def test_the_pure_floors_are_closed_to_every_library_that_has_a_home() -> None:
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    closed = next(contract["forbidden_modules"] for contract in contracts if contract["name"].startswith("2."))
    assert sorted(closed) == sorted(homes().keys() - {"ahocorasick_rs", "regex"})


def provided() -> dict[str, set[str]]:
    """Return the import names of each installed distribution."""
    found: dict[str, set[str]] = {}
    for name, distributions in packages_distributions().items():
        for distribution in distributions:
            found.setdefault(canonical(distribution), set()).add(name)
    return found


def declared(*extras: str) -> list[str]:
    """Return the names of the dependencies in pyproject.toml, those of `extras` included."""
    project = pyproject()["project"]
    lines = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return [re.split(r"[\[<>=~!; ]", line)[0] for line in lines if not line.startswith(project["name"])]


def test_every_dependency_has_a_home_or_says_why_not() -> None:
    names = provided()
    homeless = [name for name in declared() if name not in UNNAMED and not names[canonical(name)] & homes().keys()]
    assert homeless == []


def test_every_library_that_is_imported_is_a_declared_dependency() -> None:
    names = provided()
    available = {
        name for dependency in declared("fast", "fleet", "places", "test") for name in names[canonical(dependency)]
    } | BROUGHT.keys()
    strangers = {path: sorted(outside_imports(module) - available) for path, module in modules().items()}
    assert {path: names for path, names in strangers.items() if names} == {}


def canonical(name: str) -> str:
    """Return a distribution's name as packaging compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_broad(node: ast.AST) -> bool:
    """Whether a handler, or a suppress(), swallows every exception; one that tidies up and raises again does not."""
    if isinstance(node, ast.ExceptHandler):
        last = node.body[-1]
        raised_again = isinstance(last, ast.Raise) and last.exc is None
        return not raised_again and (node.type is None or names_everything(node.type))
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        return any(names_everything(argument) for argument in node.args)
    return False


def names_everything(expression: ast.expr) -> bool:
    """Whether `Exception` or `BaseException` stands in an expression."""
    return any(isinstance(n, ast.Name) and n.id in ("Exception", "BaseException") for n in ast.walk(expression))


def test_broad_excepts_stand_only_where_the_table_says() -> None:
    found = {path for path, module in modules().items() if any(is_broad(node) for node in ast.walk(module))}
    assert sorted(found) == sorted(BROAD_EXCEPTS)


@pytest.mark.parametrize("source", ["except Exception:", "except:", "except (ValueError, BaseException) as error:"])
def test_every_spelling_of_a_broad_except_is_seen(source: str) -> None:
    assert any(is_broad(node) for node in ast.walk(ast.parse(f"try:\n    pass\n{source}\n    pass\n")))


@pytest.mark.parametrize("source", ["except OSError:\n    pass", "except BaseException:\n    tidy()\n    raise"])
def test_narrow_excepts_and_tidying_up_are_left_alone(source: str) -> None:
    assert not any(is_broad(node) for node in ast.walk(ast.parse(f"try:\n    pass\n{source}\n")))


def test_files_stay_short() -> None:
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > FILE_LINES} == {}


def test_functions_stay_short() -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}
