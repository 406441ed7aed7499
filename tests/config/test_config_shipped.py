from __future__ import annotations

import re
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest
from support.config import loaded
from support.house import ROOT

from monitor.config import reference, starter
from monitor.config.load import load
from monitor.config.loaded import Loaded
from monitor.config.models import LISTS, NESTED, TABLES, keys_of
from monitor.errors import ConfigError
from monitor.model import ConceptKind, Secret

SHIPPED = ROOT / "config.toml"


def nothing(_: Loaded) -> None:
    """Approve of everything."""


def test_the_shipped_configuration_is_sound() -> None:
    found = load(SHIPPED, environ={})
    settings = found.settings
    assert [warning.key for warning in found.warnings] == ["network.contact"]
    assert {"en", "ar", "de", "tr", "ru", "fa"} <= {feed.lang for feed in settings.feeds}
    assert all(feed.url.startswith("https://rss.dw.com/") for feed in settings.feeds)
    assert [Secret("console://")] == [channel.url for channel in settings.channels]
    assert str(ROOT / "state/monitor.db") == settings.state
    assert sum(watch.kind is ConceptKind.PLACE for watch in settings.watches) >= 10


def test_what_is_commented_out_in_the_shipped_configuration_is_sound_too(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^#(?=\[\[|\w+ = )", "", SHIPPED.read_text(encoding="utf-8"))
    text = text.replace('include = ["seeds', f'include = ["{ROOT}/seeds')
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/mail").write_text("mailto://127.0.0.1", encoding="utf-8")
    (tmp_path / "secrets/mail").chmod(0o600)
    (tmp_path / "telegram").write_text("tgram://token/chat", encoding="utf-8")
    (tmp_path / "telegram").chmod(0o600)
    environ = {"MONITOR_SLACK": "slack://a/b/c", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    found = loaded(tmp_path, text, environ)
    assert [channel.id for channel in found.settings.channels] == ["console", "mail", "slack", "telegram"]
    assert {"hts", "cholera"} <= {watch.id for watch in found.settings.watches}
    assert found.warnings == ()


def test_the_reference_in_the_docs_is_the_one_that_the_models_give() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert reference.render() == page, "run: python -m monitor.config.reference > docs/configuration.md"


def test_every_key_has_a_row_with_a_meaning() -> None:
    page = reference.render()
    nested = (model for models in NESTED.values() for model in models.values())
    for model in (*TABLES.values(), *LISTS.values(), *nested):
        for key, name in keys_of(model).items():
            assert f"| `{key}` | " in page
            assert model.model_fields[name].description


def test_every_default_in_the_reference_is_a_value_that_the_key_takes(tmp_path: Path) -> None:
    text = ""
    for name, model in TABLES.items():
        text += f"[{name}]\n"
        for key, field in keys_of(model).items():
            info = model.model_fields[field]
            shown = reference.default_of(info)
            if shown.startswith("`"):
                bare = reference.kind_of(info).name in ("true or false", "number")
                text += f"{key} = {shown.strip('`')}\n" if bare else f'{key} = "{shown.strip("`")}"\n'
    assert loaded(tmp_path, "").settings == loaded(tmp_path, text).settings


def test_a_first_configuration_is_sound_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    text = starter.render(
        ["Homs, SY", "geonames:170017", "حمص", 'say "x\\"'], channel="console://", contact="a@b.example"
    )
    starter.write(path, text, approve=nothing)
    found = load(path, environ={})
    assert found.warnings == ()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [(watch.id, watch.kind, watch.names) for watch in found.settings.watches] == [
        ("homs", ConceptKind.PLACE, ("Homs, SY",)),
        ("geonames-170017", ConceptKind.PLACE, ("geonames:170017",)),
        ("watch", ConceptKind.KEYWORD, ("حمص",)),
        ("say-x", ConceptKind.KEYWORD, ('say "x\\"',)),
    ]


def test_a_first_configuration_polls_the_feeds_of_the_shipped_one(tmp_path: Path) -> None:
    found = loaded(tmp_path, starter.render([], channel="console://", contact=""))
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert shipped["feed"] == [
        {"id": feed.id, "name": feed.name, "url": feed.url, "lang": feed.lang, "class": feed.class_}
        for feed in found.settings.feeds
    ]


@pytest.mark.parametrize(("watched", "channel"), [(["..."], "console://"), (["x"], "console")])
def test_a_first_configuration_with_a_mistake_is_not_written(watched: list[str], channel: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError):
        starter.write(path, starter.render(watched, channel=channel, contact=""), approve=nothing)
    assert list(tmp_path.iterdir()) == []


def test_the_same_name_twice_gets_two_ids(tmp_path: Path) -> None:
    found = loaded(tmp_path, starter.render(["Homs, SY", "Homs", "حلب", "حمص"], channel="console://", contact=""))
    assert [watch.id for watch in found.settings.watches] == ["homs", "homs-2", "watch", "watch-2"]


def examples() -> list[tuple[str, str]]:
    """Return every configuration shown in the README and the docs, with where it stands."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [
        (f"{page.name}-{number}", dedent(block))
        for page in pages
        for number, block in enumerate(re.findall(r"(?ms)^ *```toml\n(.*?)```", page.read_text(encoding="utf-8")))
    ]


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in examples()])
def test_every_example_in_the_docs_is_sound_once_its_secrets_are_there(text: str, tmp_path: Path) -> None:
    held = re.findall(r'(?m)^ *(url_file|credential) = "([^"]+)"', text)
    for key, name in (*held, *re.findall(r"\$\{(file|cred):([^}]+)\}", text)):
        path = tmp_path / ("credentials" if key in ("credential", "cred") else "") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("console://", encoding="utf-8")
        path.chmod(0o600)
    variables = (*re.findall(r'url_env = "([^"]+)"', text), *re.findall(r"\$\{env:([^}]+)\}", text))
    environ = dict.fromkeys(variables, "console://")
    found = loaded(tmp_path, text, {**environ, "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")})
    assert {"network.contact", "feed", "channel", "watch"} >= {warning.key for warning in found.warnings}


@pytest.mark.parametrize("path", sorted((ROOT / "seeds/watchlists").glob("*.toml")), ids=lambda path: path.stem)
def test_every_watchlist_that_ships_is_sound(path: Path, tmp_path: Path) -> None:
    found = loaded(tmp_path, f'include = "{path}"')
    assert len(found.settings.watches) >= 5
    assert {"network.contact", "feed", "channel"} == {warning.key for warning in found.warnings}
