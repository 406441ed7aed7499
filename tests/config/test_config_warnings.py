from __future__ import annotations

from pathlib import Path

import pytest
from support.config import CHANNEL, FEED, WATCH, WHOLE, loaded, shown, write

from monitor.config.load import load

DUTY = '[[channel]]\nid = "duty"\nurl = "console://"\n'
POSTGRES = "postgresql://m:secret@db/m"


def test_a_sound_configuration_has_no_warnings(tmp_path: Path) -> None:
    assert loaded(tmp_path, WHOLE).warnings == ()


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        (
            "nobody is told",
            WHOLE.replace(CHANNEL, ""),
            "config.toml: channel: there is no channel: nobody will be told (add a [[channel]])",
        ),
        (
            "nothing is looked for",
            WHOLE.replace(WATCH, ""),
            "config.toml: watch: there is no watch: nothing will be matched (add a [[watch]])",
        ),
        (
            "nowhere is looked",
            WHOLE.replace(FEED, ""),
            "config.toml: feed: there is no feed: nothing will be polled (add a [[feed]])",
        ),
        (
            "publishers cannot write",
            WHOLE.replace('contact = "ops@example.org"', ""),
            (
                "config.toml: network.contact: is not set "
                "(a mail or web address lets publishers write to you instead of blocking you)"
            ),
        ),
        (
            "a channel that no watch names",
            WHOLE + 'notify = "desk"\n' + DUTY,
            "config.toml:14:6: channel.duty.id: no watch tells this channel (name it in a notify, or take it out)",
        ),
        (
            "an expression",
            WHOLE.replace('place = "Homs, SY"', 'keyword = ["Homs", ".*shell(ing)?"]'),
            (
                'config.toml:11:20: watch.homs.keyword: ".*shell(ing)?" looks like a regular expression '
                "(words are searched for as they stand; a trailing * stands for any ending)"
            ),
        ),
        (
            "a word boundary",
            WHOLE + "any = '\\bshell\\b'",
            (
                'config.toml:12:7: watch.homs.any: "\\bshell\\b" looks like a regular expression '
                "(words are searched for as they stand; a trailing * stands for any ending)"
            ),
        ),
        (
            "a star inside",
            WHOLE + 'any = ["*strike"]',
            (
                'config.toml:12:8: watch.homs.any: the * in "*strike" means nothing '
                "(only a trailing * of a word or name stands for any ending)"
            ),
        ),
        (
            "a distance to nothing",
            WHOLE + "near = 5",
            "config.toml:12:8: watch.homs.near: does nothing without any or all",
        ),
        (
            "one feed under two ids",
            WHOLE + FEED.replace('"dw"', '"dw2"'),
            'config.toml:14:7: feed.dw2.url: is also the address of the feed "dw" (one is enough)',
        ),
        (
            "identities forgotten early",
            '[monitor]\nkeep_text = "10d"\nkeep_ledger = "30d"\n' + WHOLE,
            (
                "config.toml:3:15: monitor.keep_ledger: identities that are forgotten early are told again "
                'when they come back ("400d" or more is safe)'
            ),
        ),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(why: str, text: str, expected: str, tmp_path: Path) -> None:
    assert [expected] == shown(loaded(tmp_path, text).warnings, tmp_path), why


@pytest.mark.parametrize(
    "text",
    [
        WHOLE + 'any = ["U.S.", "shell*", "C++", "AT&T", "حمص", "$5", "(UN)", "Yahoo!", "who?"]',
        WHOLE + DUTY,
        '[monitor]\noperator = "duty"\n' + WHOLE + 'notify = "desk"\n' + DUTY,
    ],
    ids=["ordinary words", "no notify means all channels", "operators are told too"],
)
def test_what_is_fine_is_no_warning(text: str, tmp_path: Path) -> None:
    assert loaded(tmp_path, text).warnings == ()


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("channel.desk.url", "console://", "json://user:secret@127.0.0.1/"),
        ("network.proxy", "[network]", '[network]\nproxy = "http://u:secret@127.0.0.1:3128"'),
        ("monitor.state", "[network]", f'[monitor]\nstate = "{POSTGRES}"\n[network]'),
    ],
)
def test_a_secret_in_a_file_that_everybody_can_read_is_a_warning(key: str, old: str, new: str, tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE.replace(old, new))
    assert load(path, environ={}).warnings == ()
    path.chmod(0o644)
    (found,) = load(path, environ={}).warnings
    assert key == found.key
    assert "secret@" not in str(found)


def test_a_secret_kept_elsewhere_needs_no_closed_file(tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE.replace("console://", "json://user:${env:PW}@127.0.0.1/"))
    path.chmod(0o644)
    assert load(path, environ={"PW": "x"}).warnings == ()
