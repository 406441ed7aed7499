from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from support.house import ROOT

from monitor.app import ready
from monitor.cli import main

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = ROOT / "docs" / "configuration.md"
ANCHORS = {path: str(path.relative_to(ROOT)) for path in PAGES}
EXIT_CODES = ("0", "1", "2", "78")
KNOWN_QUESTIONS = 25

pages = pytest.mark.parametrize("page", PAGES, ids=ANCHORS.values())


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a language, in order, without indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return ["".join(line.removeprefix(indent) for line in body.splitlines(keepends=True)) for indent, body in found]


def prose(page: Path) -> Iterator[str]:
    """Yield the lines of a page that are no code, table or heading."""
    fenced = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and not line.startswith(("|", "#")):
            yield line


def commands(group: click.Group, prefix: str) -> Iterator[str]:
    """Yield every command as a person types it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{prefix} {name}"


def test_the_readme_begins_with_two_commands_of_one_line() -> None:
    first, second = blocks(ROOT / "README.md", "sh")[:2]
    assert first.count("\n") == second.count("\n") == 1
    assert first.strip().endswith("/bin/monitor run")
    assert "/bin/pytest" in second


@pytest.mark.parametrize("number", [1, 2])
def test_ci_reads_the_readmes_own_commands(number: int) -> None:
    command = [str(ROOT / ".ci" / "readme"), str(number)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == blocks(ROOT / "README.md", "sh")[number - 1]


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [command for command in commands(main, "monitor") if not re.search(rf"`{command}[ `]", text)] == []


@pages
def test_no_page_names_a_command_that_does_not_exist(page: Path) -> None:
    known = set(commands(main, "monitor"))
    groups = {command.rpartition(" ")[0] for command in known}
    text = page.read_text(encoding="utf-8")
    # In code spans, and after the prompt of a console.
    spans = re.findall(r"`(monitor(?: [a-z-]+)+)", text)
    named = spans + re.findall(r"^ *[$#] .*\b(monitor(?: [a-z-]+)+)", text, re.MULTILINE)
    begins_with_one = [any(f"{line} ".startswith(f"{command} ") for command in known) for line in named]
    assert [line for line, fine in zip(named, begins_with_one, strict=True) if not fine and line not in groups] == []


def test_every_exit_code_is_documented_and_no_other() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    table = text.partition("## Exit codes")[2].partition("## ")[0]
    assert tuple(re.findall(r"^\| `(\d+)` \|", table, re.MULTILINE)) == EXIT_CODES


def test_newcomers_find_what_they_know() -> None:
    rows = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8").count("\n| ") - 1
    assert rows == KNOWN_QUESTIONS


@pages
def test_prose_has_one_sentence_a_line(page: Path) -> None:
    if page == GENERATED:
        return
    crowded = [line for line in prose(page) if re.search(r"[a-z)`][.!?] [A-Z`]", line)]
    assert crowded == []


@pages
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith(("https://", "mailto:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


# What a block in the docs leaves out because it is about something else.
REST = {
    "monitor": "[monitor]\nstate = 'state/monitor.db'\n",
    "feed": "[[feed]]\nid = 'dw-en'\nurl = 'https://rss.dw.com/rdf/rss-en-all'\n",
    "channel": "[[channel]]\nid = 'desk'\nurl_env = 'DESK_URL'\n",
    "watch": "[[watch]]\nid = 'homs'\nkeyword = 'Homs'\n",
}


@pages
def test_configuration_in_the_docs_is_taken_as_it_stands(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "secrets"))
    for variable in ("DESK_URL", "DUTY_URL", "MY_TELEGRAM", "SLACK_URL", "INTRANET_KEY"):
        monkeypatch.setenv(variable, "json://127.0.0.1:8080/hook")
    (tmp_path / "secrets").mkdir(mode=0o700)
    for secret in ("desk", "mail", "telegram", "intranet"):
        (tmp_path / "secrets" / secret).write_text("json://127.0.0.1:8080/hook", encoding="utf-8")
        (tmp_path / "secrets" / secret).chmod(0o600)
    config = tmp_path / "config.toml"
    for block in [] if page == GENERATED else blocks(page, "toml"):
        missing = [text for table, text in REST.items() if table not in tomllib.loads(block)]
        config.write_text("\n".join([block, *missing]), encoding="utf-8")
        ready(config)


@pages
def test_pages_name_no_path_of_the_place_they_were_written_in(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    # Whose machine it was is nobody's business; the pages speak of /etc, /opt and /var alone.
    assert re.findall(r"(?<![\w.])/(?:work|tmp|root|home)/[\w.-]*", text) == []
