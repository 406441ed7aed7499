from __future__ import annotations

from pathlib import Path

import pytest
from support.config import loaded, mistakes, write

from monitor.model import Secret

PASSWORD = "hunter2"  # noqa: S105 - a word to look for.
URL = f"json://user:{PASSWORD}@127.0.0.1:9/x"


@pytest.mark.parametrize(
    "key",
    [
        f'url = "{URL}"',
        'url_env = "DESK"',
        'url_file = "secrets/desk"',
        'credential = "desk"',
        'url = "json://user:${env:PW}@127.0.0.1:9/x"',
        'url = "json://user:${file:secrets/pw}@127.0.0.1:9/x"',
        'url = "json://user:${cred:pw}@127.0.0.1:9/x"',
    ],
)
def test_a_secret_is_found_wherever_it_is_kept_and_never_printed(key: str, tmp_path: Path) -> None:
    for name, content in {"secrets/desk": URL, "secrets/pw": PASSWORD, "creds/desk": URL, "creds/pw": PASSWORD}.items():
        write(tmp_path, content + "\n", name)
    environ = {"DESK": URL, "PW": PASSWORD, "CREDENTIALS_DIRECTORY": str(tmp_path / "creds")}
    found = loaded(tmp_path, f'[[channel]]\nid = "desk"\n{key}\n', environ)
    (channel,) = found.settings.channels
    assert Secret(URL) == channel.url
    assert PASSWORD not in f"{found!r} {found.settings} {channel} {channel.url} {found.warnings}"


def test_files_that_hold_secrets_are_watched_for_changes(tmp_path: Path) -> None:
    write(tmp_path, URL, "secrets/desk")
    found = loaded(tmp_path, '[[channel]]\nid = "desk"\nurl_file = "secrets/desk"\n')
    assert (tmp_path / "config.toml", tmp_path / "secrets/desk") == found.files


def test_a_secret_file_is_looked_for_beside_the_file_that_names_it(tmp_path: Path) -> None:
    write(tmp_path, '[[channel]]\nid = "desk"\nurl_file = "desk"\n', "lists/channels.toml")
    write(tmp_path, URL, "lists/desk")
    assert Secret(URL) == loaded(tmp_path, 'include = "lists/channels.toml"').settings.channels[0].url


def test_the_password_of_the_database_is_not_printed(tmp_path: Path) -> None:
    found = loaded(tmp_path, f'[monitor]\nstate = "postgresql://m:{PASSWORD}@db/m"\n')
    assert f"postgresql://m:{PASSWORD}@db/m" == found.settings.state
    assert PASSWORD not in f"{found!r} {found.warnings}"


@pytest.mark.parametrize(
    ("key", "text", "hint"),
    [
        ('url_env = "DESK"', "the environment variable DESK is not set", "export DESK=…"),
        ('url_env = "EMPTY"', "the environment variable EMPTY is empty", "export EMPTY=…"),
        ('url_env = "BARE"', "holds no address", "mailto://"),
        ('url_file = "gone"', "the file gone does not exist", ""),
        ('url_file = "folder"', "the file folder is no regular file", ""),
        ('url_file = "two"', "the file two does not hold one line of text", ""),
        ('url_file = "binary"', "the file binary does not hold one line of text", ""),
        ('credential = "desk"', "the credential desk is there only under systemd", "LoadCredential=desk:"),
        ('url = "json://${env:DESK}@h/"', "the environment variable DESK is not set", ""),
        ('url = "json://${DESK}@h/"', "holds a ${…} that is none of the three known forms", "${env:NAME}"),
        ('url = "json://${enw:DESK}@h/"', "holds a ${…} that is none of the three known forms", 'did you mean "env"?'),
        ('url = "json://${env:DESK"', "holds a ${ that is never closed", "${env:NAME}"),
        ('url = "json://${env:a/b}@h/"', "is not the name of an environment variable", ""),
        (f'url_env = "{URL}"', "is not the name of an environment variable", "url"),
        (f'url_file = "{URL}"', "is not the path of a file", "url"),
        (f'credential = "{URL}"', "is not the name of a credential", ""),
        (f'url = ["{URL}"]', "is not a text", ""),
        (f'url_env = "{PASSWORD} "', "is not the name of an environment variable", ""),
    ],
)
def test_a_secret_that_is_missing_is_told_without_any_secret(key: str, text: str, hint: str, tmp_path: Path) -> None:
    write(tmp_path, f"{URL}\n{URL}\n", "two")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "folder").mkdir()
    path = write(tmp_path, f'[[channel]]\nid = "desk"\n{key}\n')
    (found,) = mistakes(path, {"EMPTY": "", "BARE": PASSWORD})
    assert text == found.text
    assert hint in found.hint
    assert found.line == 3
    assert PASSWORD not in f"{found} {found!r}"


def test_a_proxy_is_a_secret_too(tmp_path: Path) -> None:
    text = '[network]\nproxy = "http://u:${env:PW}@127.0.0.1:3128"\n'
    found = loaded(tmp_path, text, {"PW": PASSWORD}).settings
    assert Secret(f"http://u:{PASSWORD}@127.0.0.1:3128") == found.network.proxy
    (wrong,) = mistakes(write(tmp_path, text.replace("http://", "gopher://")), {"PW": PASSWORD})
    assert (wrong.key, wrong.line, wrong.column) == ("network.proxy", 2, 9)
    assert PASSWORD not in str(wrong)


def test_a_secret_put_together_is_not_taken_apart_again(tmp_path: Path) -> None:
    found = loaded(tmp_path, '[[channel]]\nid = "x"\nurl = "json://u:${env:PW}@h/"\n', {"PW": "${env:HOME}"})
    assert Secret("json://u:${env:HOME}@h/") == found.settings.channels[0].url


@pytest.mark.parametrize(
    "text",
    [
        f'[[channel]]\nid = "{URL}"\nurl = "console://"',
        f'[[channel]]\nid = "desk"\nurl = "console://"\n[[watch]]\nid = "x"\nkeyword = "x"\nnotify = "{URL}"',
        f'[monitor]\noperator = ["{URL}"]',
        f'[monitor]\ntimezone = "{URL}"',
        f'[network]\nallow_private = ["{URL}"]',
        f'[poll]\nmin = "{URL}"',
        f'[[feed]]\nid = "x"\nurl = "{URL}"\nlang = "{URL}"',
        f'include = "{URL}"',
        f'[[watch]]\nid = "x"\nplace = "geonames:{URL}"\nseverity = "{URL}"\nin = "{URL}"',
        f'"{URL}" = 1',
        f'[[channel]]\nid = "x"\n"{URL}" = 1',
        f'[[channel]]\nid = "x"\nurl = {URL}',
        f'[[channel]]\nid = "x"\nurl = "{URL}',
        f'[[channel]]\nid = "x"\nurl = "{URL}" oops',
        f'[[channel]]\nid = "x"\nurls = "{URL}"',
    ],
)
def test_an_address_in_the_wrong_place_is_not_repeated_either(text: str, tmp_path: Path) -> None:
    for found in mistakes(write(tmp_path, text)):
        assert PASSWORD not in f"{found} {found!r}"
