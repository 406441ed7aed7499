"""Files that hold secrets are for their owner; lines of the log hold nothing that acts."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.load import load
from monitor.log import LineLog

CONFIG = """
[monitor]
state = "monitor.db"
[network]
contact = "me@example.org"
[[feed]]
id = "dw"
url = "https://example.org/feed"
[[channel]]
id = "desk"
url_file = "desk.secret"
[[watch]]
id = "homs"
keyword = "Homs"
"""


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o640, False), (0o600, False)])
def test_a_secret_in_a_file_that_everybody_can_read_is_a_warning(mode: int, warned: bool, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    secret = tmp_path / "desk.secret"
    secret.write_text("json://127.0.0.1:1/hook", encoding="utf-8")
    secret.chmod(mode)
    found = [str(one) for one in load(tmp_path / "config.toml").warnings]
    text = f"{secret}: holds a secret, and everybody on this machine can read it (chmod 600 {secret})"
    assert found == ([text] if warned else [])


@pytest.mark.parametrize("hostile", ["a\nlevel=error event=fake", "a\r\x1b[2Jb", "a\u202eb\u200bc", "a\x00\x85\x9bb"])
def test_no_line_of_the_log_holds_a_character_that_acts(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = LineLog()
    log.job("poll", hostile, {"error": hostile, "matches": [hostile], "url": hostile})
    log.event("kept", at_=hostile)
    log.problem("warning", mistake=hostile)
    written = capsys.readouterr().err
    assert len(written.splitlines()) == 3
    assert not set("\r\x00\x1b\x85\x9b\u200b\u202e") & set(written)
