from __future__ import annotations

from pathlib import Path

import pytest
from support.config import CHANNEL, FEED, WATCH, mistakes, shown, write

TEN = """\
[monitor]
timezone = "Asia/Damaskus"
operator = "dsk"

[network]
timeout = 30
alow_private = []

[[feed]]
id = "dw"
url = "ftp://example.org/feed.xml"

[[feed]]
id = "dw"
url = "https://example.org/feed.xml"
every = "200ms"

[[channel]]
id = "desk"
url_env = "NO_SUCH_VARIABLE"

[[watch]]
id = "homs"
place = "Homs, SY"
aliases = [
  "Homs",   # sound
  "--",
]
severity = "hihg"
"""


def test_ten_mistakes_are_ten_messages_at_their_places(tmp_path: Path) -> None:
    found = mistakes(write(tmp_path, TEN))
    assert [(mistake.line, mistake.column, mistake.key) for mistake in found] == [
        (2, 12, "monitor.timezone"),
        (3, 12, "monitor.operator"),
        (6, 11, "network.timeout"),
        (7, 1, "network.alow_private"),
        (11, 7, "feed.dw.url"),
        (14, 6, "feed.dw.id"),
        (16, 9, "feed.dw.every"),
        (20, 11, "channel.desk.url_env"),
        (27, 3, "watch.homs.aliases"),
        (29, 12, "watch.homs.severity"),
    ]
    assert all(mistake.hint for mistake in found)


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        (
            "a key with a slip",
            '[poll]\nmni = "2m"',
            'config.toml:2:1: poll.mni: is not a known key (did you mean "min"?)',
        ),
        (
            "a key of another table",
            "[monitor]\nrobots = false",
            "config.toml:2:1: monitor.robots: is not a known key (it belongs into [network])",
        ),
        (
            "a key of another list",
            '[monitor]\nurl = "x"',
            "config.toml:2:1: monitor.url: is not a known key (it belongs into [[feed]])",
        ),
        (
            "a table with a slip",
            "[netwrk]\n",
            'config.toml:1:1: netwrk: is not a known key (did you mean "network"?)',
        ),
        (
            "a list with a slip",
            '[[feeds]]\nid = "x"',
            'config.toml:1:3: feeds: is not a known key (did you mean "feed"?)',
        ),
        (
            "one bracket too few",
            '[feed]\nid = "x"',
            "config.toml:1:1: feed: is a list of tables (write [[feed]], with two brackets, above each one)",
        ),
        (
            "one bracket too many",
            '[[monitor]]\ntimezone = "UTC"',
            "config.toml:1:1: monitor: stands only once (write [monitor])",
        ),
        (
            "a value where a table belongs",
            "network = true",
            "config.toml:1:1: network: is a table (write [network] on a line of its own)",
        ),
        (
            "a missing key",
            '[[feed]]\nid = "x"',
            'config.toml:1:1: feed.x: needs a key "url"',
        ),
        (
            "a table without an id is named by its place",
            '[[feed]]\nurl = "https://example.org"',
            'config.toml:1:1: feed[0]: needs a key "id"',
        ),
        (
            "a watch for nothing",
            '[[watch]]\nid = "x"',
            "config.toml:1:1: watch.x: needs one of place, keyword, person and org",
        ),
        (
            "a watch of two kinds",
            '[[watch]]\nid = "x"\nkeyword = "a"\norg = "b"',
            "config.toml:4:1: watch.x.org: stands beside keyword (keep one of place, keyword, person and org)",
        ),
        (
            "a channel without an address",
            '[[channel]]\nid = "x"',
            "config.toml:1:1: channel.x: needs one of url, url_env, url_file and credential",
        ),
        (
            "a channel with two addresses",
            '[[channel]]\nid = "x"\nurl = "console://"\nurl_env = "HOME"',
            "config.toml:4:1: channel.x.url_env: stands beside url (keep one of url, url_env, url_file and credential)",
        ),
        (
            "an address without a scheme",
            '[[channel]]\nid = "x"\nurl = "console"',
            (
                'config.toml:3:7: channel.x.url: is no address (it begins like "mailto://", "slack://", "tgram://" '
                'or "console://")'
            ),
        ),
        (
            "poll bounds the wrong way round",
            '[poll]\nmax = "1h"\nmin = "2h"',
            "config.toml:3:7: poll.min: min is longer than max (min is 2h, max is 1h)",
        ),
        (
            "a bound beyond the other's default",
            '[poll]\nmax = "1m"',
            "config.toml:2:7: poll.max: min is longer than max (min is 2m, max is 1m)",
        ),
        (
            "pauses the wrong way round",
            '[delivery]\nretry_first = "2h"',
            (
                "config.toml:2:15: delivery.retry_first: retry_first is longer than retry_max "
                "(retry_first is 2h, retry_max is 1h)"
            ),
        ),
        (
            "texts kept longer than what names them",
            '[monitor]\nkeep_text = "500d"',
            (
                "config.toml:2:13: monitor.keep_text: keep_text is longer than keep_ledger "
                "(keep_text is 500d, keep_ledger is 400d)"
            ),
        ),
        (
            "a channel that is not there",
            CHANNEL + WATCH + 'notify = ["desk", "duty"]',
            'config.toml:7:19: watch.homs.notify: there is no channel "duty" (known: desk)',
        ),
        (
            "a channel with a slip",
            CHANNEL + WATCH + 'notify = "dessk"',
            'config.toml:7:10: watch.homs.notify: there is no channel "dessk" (did you mean "desk"?)',
        ),
        (
            "nobody to tell is not the same as everybody",
            WATCH + "notify = []",
            "config.toml:4:10: watch.homs.notify: is an empty list (name at least one, or leave the key out)",
        ),
        (
            "a part of an article with a slip",
            WATCH + 'in = ["title", "bdy"]',
            'config.toml:4:16: watch.homs.in: "bdy" is not known here (did you mean "body"?)',
        ),
        (
            "a state that is another database",
            '[monitor]\nstate = "sqlite:///x.db"',
            (
                "config.toml:2:9: monitor.state: is neither a path nor a postgresql:// address "
                "(for SQLite, write the path of the file alone)"
            ),
        ),
        (
            "letters count as one each, however many bytes they take",
            '[[watch]]\nid = "x"\nkeyword = ["قصف", "Хомс", 7]',
            'config.toml:3:27: watch.x.keyword: is not a text (write it in quotes: "…")',
        ),
        (
            "a key inside braces",
            'network = { robots = true, time_out = "5s" }',
            'config.toml:1:28: network.time_out: is not a known key (did you mean "timeout"?)',
        ),
        (
            "a key with dots",
            'network.timeout = "soon"',
            'config.toml:1:19: network.timeout: "soon" is no duration (write it like "90s", "15m", "1h30m" or "3d")',
        ),
        (
            "a header inside a text is a text",
            '[[watch]]\nid = "x"\nkeyword = """\n[[feed]]\n"""\nseverity = "top"',
            (
                'config.toml:6:12: watch.x.severity: "top" is not known here '
                '(write one of "low", "normal", "high", "critical")'
            ),
        ),
    ],
)
def test_a_mistake_is_told_at_its_place_with_a_hint(why: str, text: str, expected: str, tmp_path: Path) -> None:
    assert [expected] == shown(mistakes(write(tmp_path, text)), tmp_path), why


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[story]\n", (1, 1)),
        ("[web]\n", (1, 1)),
    ],
)
def test_what_is_planned_is_refused_as_not_yet_built_and_not_as_unknown(
    text: str, place: tuple[int, int], tmp_path: Path
) -> None:
    (found,) = mistakes(write(tmp_path, text))
    assert found.text == "is not yet built"
    assert place == (found.line, found.column)


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        (
            "a duration without quotes",
            '[[feed]]\nid = "x"\nurl = "https://example.org"\nevery = 15m # quick',
            ['config.toml:4:9: a text without quotes (write "15m")'],
        ),
        (
            "an id without quotes, and nothing is missing because of it",
            '[[feed]]\nid = dw\nurl = "https://example.org"',
            ['config.toml:2:6: a text without quotes (write it in quotes: "…")'],
        ),
        (
            "a secret without quotes is not repeated",
            '[[channel]]\nid = "x"\nurl = tgram://hunter2/chat',
            ['config.toml:3:7: a text without quotes (write it in quotes: "…")'],
        ),
        (
            "a key that stands twice",
            FEED + 'url = "https://example.org/b"',
            ["config.toml:4:1: this key stands here twice"],
        ),
        (
            "two broken lines and a wrong value are three messages",
            '[[feed]]\nid = "x"\nurl = "https://example.org"\nevery = 5m\n[poll]\nmin = 1m\nmax = 5',
            [
                'config.toml:4:9: a text without quotes (write "5m")',
                'config.toml:6:7: a text without quotes (write "1m")',
                'config.toml:7:7: poll.max: is a number without a unit (write it like "5s" or "5m")',
            ],
        ),
        (
            "a table that stands twice",
            '[poll]\nmin = "2m"\n[poll]\nmax = "1h"',
            ["config.toml:3:1: this table stands in the file twice"],
        ),
        (
            "what is sound beside an open bracket is still judged",
            '[poll]\nmin = 5\n[[watch]]\nid = "x"\nany = ["a",\n[[feed]]\nid = "x"\n',
            [
                'config.toml:2:7: poll.min: is a number without a unit (write it like "5s" or "5m")',
                "config.toml:6:3: not TOML: invalid value (is a quote or bracket above it left open?)",
            ],
        ),
    ],
)
def test_a_syntax_error_hides_no_other_mistake(why: str, text: str, expected: list[str], tmp_path: Path) -> None:
    assert expected == shown(mistakes(write(tmp_path, text)), tmp_path), why


def test_a_channel_lost_to_a_syntax_error_is_not_also_called_unknown(tmp_path: Path) -> None:
    (found,) = mistakes(write(tmp_path, '[[channel]]\nid = desk\nurl = "console://"\n' + WATCH + 'notify = "desk"'))
    assert found.line == 2


def test_nesting_without_end_is_a_mistake_and_no_crash(tmp_path: Path) -> None:
    (found,) = mistakes(write(tmp_path, "a = " + "[" * 100_000))
    assert found.text == "is nested too deeply"


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'[monitor]\nstate = "\xff"\n')
    assert shown(mistakes(path), tmp_path) == ["config.toml:2:10: is not UTF-8 (save the file as UTF-8)"]


def test_a_file_saved_on_windows_is_read_and_its_lines_are_right(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff[monitor]\r\n\r\ntimezone = 5\r\n")
    assert [(found.line, found.column) for found in mistakes(path)] == [(3, 12)]
