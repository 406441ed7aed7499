"""Feeds behind a login or a proxy: their secrets come from wherever they are kept, and are printed nowhere."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from support.config import FEED, loaded, mistakes, write

from monitor.config.load import load
from monitor.model import Access, Secret

PASSWORD = "hunter2"  # noqa: S105 - a word to look for.
URL = "https://example.org/feed.xml"


def basic(login: str) -> tuple[str, Secret]:
    """Return the header that a login comes to."""
    return "Authorization", Secret("Basic " + base64.b64encode(login.encode()).decode())


@pytest.mark.parametrize(
    ("key", "header"),
    [
        ('headers = { "X-Api-Key" = "${env:PW}" }', ("X-Api-Key", Secret(PASSWORD))),
        ('headers = { Cookie = "session=${file:pw}; a=b" }', ("Cookie", Secret(f"session={PASSWORD}; a=b"))),
        ('headers.Authorization = "Bearer ${cred:pw}"', ("Authorization", Secret(f"Bearer {PASSWORD}"))),
        ('auth = "ann:${env:PW}"', basic(f"ann:{PASSWORD}")),
        ('auth = "${env:BOTH}"', basic(f"ann:{PASSWORD}")),
        ('auth = { user = "ann", password = "${file:pw}" }', basic(f"ann:{PASSWORD}")),
        ('auth = { username = "ann", password = "a:${cred:pw}" }', basic(f"ann:a:{PASSWORD}")),
        ('auth = "Bearer ${cred:pw}"', ("Authorization", Secret(f"Bearer {PASSWORD}"))),
        ('auth = "حمص:قلعة"', basic("حمص:قلعة")),
    ],
)
def test_headers_and_logins_come_from_wherever_they_are_kept(
    key: str, header: tuple[str, Secret], tmp_path: Path
) -> None:
    for name in ("pw", "creds/pw"):
        write(tmp_path, PASSWORD + "\n", name)
    environ = {"PW": PASSWORD, "BOTH": f"ann:{PASSWORD}", "CREDENTIALS_DIRECTORY": str(tmp_path / "creds")}
    found = loaded(tmp_path, FEED + key, environ)
    (feed,) = found.settings.feeds
    assert Access(URL, (header,)) == feed.access
    encoded = base64.b64encode(f"ann:{PASSWORD}".encode()).decode()
    for secret in (PASSWORD, encoded, header[1].reveal):
        assert secret not in f"{found!r} {found.settings} {feed} {feed.access} {found.warnings}"


@pytest.mark.parametrize(
    ("key", "proxy"),
    [
        ('proxy = "socks5://127.0.0.1:9050"', "socks5://127.0.0.1:9050"),
        ('proxy = "http://u:${env:PW}@proxy.example:3128"', f"http://u:{PASSWORD}@proxy.example:3128"),
        ('proxy = "${env:PROXY}"', "socks5h://127.0.0.1:9050"),
        ('proxy = "direct"', ""),
    ],
)
def test_a_feed_has_a_proxy_of_its_own_or_none(key: str, proxy: str, tmp_path: Path) -> None:
    environ = {"PW": PASSWORD, "PROXY": "socks5h://127.0.0.1:9050"}
    found = loaded(tmp_path, f'[network]\nproxy = "http://127.0.0.1:1"\n{FEED}{key}', environ)
    assert Access(URL, (), Secret(proxy)) == found.settings.feeds[0].access
    assert PASSWORD not in f"{found!r} {found.settings} {found.warnings}"


def test_a_feed_without_any_of_it_is_reached_like_all_others(tmp_path: Path) -> None:
    assert Access() == loaded(tmp_path, FEED).settings.feeds[0].access


@pytest.mark.parametrize(
    ("key", "text", "column"),
    [
        ('headers = "X: hunter2"', "is not a table", 11),
        ('headers = ["hunter2"]', "is not a table", 11),
        ('headers = { "X Y" = "hunter2" }', '"X Y" is no name of a header', 11),
        ('headers = { Host = "hunter2" }', '"Host" is a header that only the monitor sets', 11),
        ('headers = { Range = "hunter2" }', '"Range" is a header that only the monitor sets', 11),
        ('headers = { "if-None-Match" = "hunter2" }', '"if-None-Match" is a header that only the monitor sets', 11),
        (
            'headers = { "Proxy-Authorization" = "hunter2" }',
            '"Proxy-Authorization" is a header that only the monitor sets',
            11,
        ),
        ('headers = { x-a = "a", X-A = "hunter2" }', '"X-A" stands there twice', 11),
        ("headers = { x-a = 7 }", 'the value of "x-a" is not a text', 11),
        ('headers = { x-a = "" }', 'the value of "x-a" is empty', 11),
        ('headers = { x-a = "hunter2\\r\\nHost: evil" }', 'the value of "x-a" holds control characters', 11),
        ('headers = { x-a = "${env:LINES}" }', "holds characters that no header may hold", 19),
        ('headers = { x-a = "حمص" }', "holds characters that no header may hold", 19),
        ('headers = { x-a = "${env:NONE}" }', "the environment variable NONE is not set", 19),
        ('auth = "hunter2"', "holds no password", 8),
        ('auth = ["a", "hunter2"]', "is neither a text nor a table", 8),
        ('auth = { user = "a" }', "is a table of user and password", 8),
        ('auth = { user = "a", password = "hunter2", realm = "x" }', "is a table of user and password", 8),
        ('auth = { user = "a:b", password = "hunter2" }', "cannot be sent", 8),
        ('auth = "a:${env:LINES}"', "cannot be sent", 8),
        ('auth = "a:${file:gone}"', "the file gone does not exist", 8),
        ('headers = { authorization = "hunter2" }\nauth = "a:hunter2"', "stands beside a header Authorization", 8),
        ('proxy = "ftp://a:hunter2@b"', "is no proxy address", 9),
        ('proxy = "${env:NONE}"', "the environment variable NONE is not set", 9),
    ],
)
def test_what_cannot_be_sent_is_told_at_its_place_without_its_value(
    key: str, text: str, column: int, tmp_path: Path
) -> None:
    (found,) = mistakes(write(tmp_path, FEED + key), {"LINES": f"{PASSWORD}\nHost: evil"})
    assert (found.text, found.line, found.column) == (text, 4 + key.count("\n"), column)
    assert PASSWORD not in f"{found} {found!r}"


def test_a_login_in_the_address_is_refused_with_where_it_belongs(tmp_path: Path) -> None:
    (found,) = mistakes(write(tmp_path, f'[[feed]]\nid = "x"\nurl = "https://ann:{PASSWORD}@example.org/"\n'))
    assert 'auth = "user:${env:PASSWORD}"' in found.hint
    assert PASSWORD not in str(found)


@pytest.mark.parametrize(
    ("key", "warns"),
    [
        ('headers = { "X-Api-Key" = "hunter2" }', True),
        ('headers = { "X-Api-Key" = "${env:PW}" }', False),
        ('headers = { Accept-Language = "ar" }', False),
        ('auth = "a:hunter2"', True),
        ('auth = { user = "a", password = "hunter2" }', True),
        ('auth = { user = "a", password = "${env:PW}" }', False),
        ('proxy = "socks5://a:hunter2@127.0.0.1:1"', True),
        ('proxy = "socks5://127.0.0.1:1"', False),
    ],
)
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_secret_in_a_file_that_others_read_is_a_warning(key: str, mode: int, *, warns: bool, tmp_path: Path) -> None:
    path = write(tmp_path, FEED + key)
    path.chmod(mode)
    found = [
        warning for warning in load(path, environ={"PW": PASSWORD}).warnings if "may hold a secret" in warning.text
    ]
    assert len(found) == (warns and mode == 0o644)
    assert PASSWORD not in str(found)


@pytest.mark.parametrize(
    ("url", "warns"),
    [(URL, False), ("http://example.org/feed", True), ("http://127.0.0.1:8080/feed", False)],
)
def test_a_login_for_an_address_without_tls_is_a_warning(url: str, *, warns: bool, tmp_path: Path) -> None:
    feed = f'[[feed]]\nid = "x"\nurl = "{url}"\nauth = "a:${{env:PW}}"\n'
    found = [one for one in loaded(tmp_path, feed, {"PW": PASSWORD}).warnings if "http:// address" in one.text]
    assert [one.key for one in found] == (["feed.x.auth"] if warns else [])
