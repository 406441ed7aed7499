"""The real commands on configurations: shipped, begun, and full of mistakes."""

from __future__ import annotations

from pathlib import Path

from support.daemon import call

TEN = """\
[monitor]
timezone = "Asia/Damaskus"
[network]
timout = "30s"
[poll]
min = 120
[[feed]]
id = "dw"
url = "ftp://rss.dw.com/rdf/rss-en-all"
[[feed]]
id = "dw"
url = "https://rss.dw.com/rdf/rss-de-all"
[[channel]]
id = "desk"
url_env = "NO_SUCH_VARIABLE_IS_SET"
[[channel]]
id = "odd"
url = "nosuchservice://somewhere"
[[watch]]
id = "homs"
place = "Homz, SY"
[[watch]]
id = "two"
keyword = "cholera"
person = "Somebody"
[[watch]]
id = "who"
keyword = "flood"
notify = ["dusk"]
"""
PLACES = [(2, "timezone"), (4, "timout"), (6, "min"), (9, "url"), (11, "id"), (15, "url_env"), (18, "url")]
PLACES += [(21, "place"), (25, "person"), (29, "notify")]


def test_ten_mistakes_are_ten_messages_with_their_lines(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(TEN)
    for command in ("check", "run"):
        done = call(command, "--config", str(config))
        assert done.returncode == 78, done.stderr
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 10, done.stderr
        for (number, key), said in zip(PLACES, lines, strict=True):
            assert said.startswith(f"{config}:{number}:"), said
            assert key in said


def test_the_shipped_configuration_has_no_mistakes() -> None:
    root = Path(__file__).parents[2]
    done = call("check", "--config", str(root / "config.toml"))
    assert done.returncode == 0, done.stderr
    assert "No mistakes" in done.stdout
    assert "SY" not in done.stderr


def test_a_first_configuration_passes_its_check(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    made = call("init", str(config), "--yes", "--watch", "Homs, SY; cholera", "--contact", "me@example.org")
    assert made.returncode == 0, made.stderr
    assert call("check", "--config", str(config)).returncode == 0
    assert config.stat().st_mode & 0o777 == 0o600


def test_no_configuration_at_all_names_where_it_was_looked_for(tmp_path: Path) -> None:
    done = call("check", "--config", str(tmp_path / "none.toml"))
    assert done.returncode == 78
    assert "none.toml" in done.stderr
