from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.config import CHANNEL, FEED, WATCH, WHOLE, loaded, mistakes, shown, write

from monitor.config.files import find_config
from monitor.config.load import load
from monitor.config.loaded import Loaded
from monitor.config.stamps import stamp_of, stamps_of
from monitor.errors import ConfigError, Mistake
from monitor.model import (
    FOREVER,
    Channel,
    ConceptKind,
    Feed,
    Network,
    Part,
    Polling,
    Rate,
    Retention,
    Retrying,
    Rule,
    Salience,
    Secret,
    Severity,
    Strictness,
    Watch,
    When,
)

EVERYTHING = """\
[monitor]
state = "here.db"
timezone = "Asia/Damascus"
operator = "duty"
keep_text = "30d"
keep_ledger = "800d"
gazetteer = "all.sqlite"

[network]
contact = "ops@example.org"
max_feed = "20MB"
max_page = "2MB"
timeout = "10s"
per_host = 4
per_host_delay = "500ms"
robots = false
allow_private = ["127.0.0.0/8", "fd00::/8"]
proxy = "socks5://127.0.0.1:9050"

[poll]
min = "1m"
max = "30m"

[delivery]
retry_first = "5s"
retry_max = "10m"
give_up = "1d"

[[feed]]
id = "dw"
name = "DW"
url = "https://example.org/feed.xml"
every = "5m"
lang = "en"
class = "public"
home = "US.TX"
full_text = false
backfill = "all"
max_age = "2d"

[[channel]]
id = "desk"
url = "json://127.0.0.1:9/x"
rate = "20/min"

[[channel]]
id = "duty"
url = "console://"

[[watch]]
id = "homs"
name = "Homs and around"
place = ["Homs, SY", "geonames:172946"]
aliases = ["Emesa"]
not = "port of Homs"
any = ["shelling", "airstrike*"]
all = "Syria"
none = ["football"]
near = "sentence"
in = ["title", "lead", "body"]
notify = ["duty", "duty"]
severity = "high"
include = "Talbiseh, SY"
within_km = 7.5
context = ["Orontes"]
match = "about"
strictness = "strict"
backfill = "24h"

[[watch.when]]
any = ["barrel bomb*"]
all = "hospital"
none = "drill"
near = 12
in = "title"
lang = ["en", "ar"]
class = "public"
feed = "dw"
salience = "mention"
severity = "critical"

[[watch.when]]
class = "public"
"""


def test_every_key_reaches_the_domain(tmp_path: Path) -> None:
    settings = loaded(tmp_path, EVERYTHING).settings
    assert str(tmp_path / "here.db") == settings.state
    assert str(tmp_path / "all.sqlite") == settings.gazetteer
    assert (settings.timezone, settings.operator) == ("Asia/Damascus", ("duty",))
    assert Retention(timedelta(days=30), timedelta(days=800)) == settings.retention
    assert Polling(timedelta(minutes=1), timedelta(minutes=30)) == settings.polling
    assert Retrying(timedelta(seconds=5), timedelta(minutes=10), timedelta(days=1)) == settings.retrying
    assert (
        Network(
            contact="ops@example.org",
            allow_private=("127.0.0.0/8", "fd00::/8"),
            max_feed=20_000_000,
            max_page=2_000_000,
            timeout=timedelta(seconds=10),
            per_host=4,
            per_host_delay=timedelta(milliseconds=500),
            robots=False,
            proxy=Secret("socks5://127.0.0.1:9050"),
        )
        == settings.network
    )
    feed = Feed(
        id="dw",
        url="https://example.org/feed.xml",
        name="DW",
        every=timedelta(minutes=5),
        lang="en",
        class_="public",
        home="US.TX",
        full_text=False,
        backfill=FOREVER,
        max_age=timedelta(days=2),
    )
    assert (feed,) == settings.feeds
    desk = Channel("desk", Secret("json://127.0.0.1:9/x"), Rate(20, timedelta(minutes=1)))
    assert (desk, Channel("duty", Secret("console://"))) == settings.channels
    watch = Watch(
        id="homs",
        name="Homs and around",
        kind=ConceptKind.PLACE,
        names=("Homs, SY", "geonames:172946"),
        aliases=("Emesa",),
        not_=("port of Homs",),
        rule=Rule(
            any=("shelling", "airstrike*"),
            all=("Syria",),
            none=("football",),
            near=0,
            parts=(Part.TITLE, Part.LEAD, Part.BODY),
        ),
        severity=Severity.HIGH,
        notify=("duty",),
        include=("Talbiseh, SY",),
        within_km=7.5,
        context=("Orontes",),
        match=Salience.ABOUT,
        strictness=Strictness.STRICT,
        when=(
            When(
                Rule(any=("barrel bomb*",), all=("hospital",), none=("drill",), near=12, parts=(Part.TITLE,)),
                Severity.CRITICAL,
                langs=("en", "ar"),
                classes=("public",),
                feeds=("dw",),
                salience=Salience.MENTION,
            ),
            When(Rule(), Severity.NORMAL, classes=("public",)),
        ),
        backfill=timedelta(hours=24),
    )
    assert (watch,) == settings.watches


def test_what_is_left_out_gets_its_default(tmp_path: Path) -> None:
    settings = loaded(tmp_path, FEED + CHANNEL + WATCH).settings
    assert str(tmp_path / "state/monitor.db") == settings.state
    assert (settings.timezone, settings.operator) == ("UTC", ("desk",))
    assert (Network(), Polling(), Retrying(), Retention()) == (
        settings.network,
        settings.polling,
        settings.retrying,
        settings.retention,
    )
    assert (Feed("dw", "https://example.org/feed.xml", "dw"),) == settings.feeds
    assert (Watch("homs", "homs", ConceptKind.PLACE, ("Homs, SY",)),) == settings.watches


def test_an_empty_file_is_a_configuration_with_warnings(tmp_path: Path) -> None:
    found = loaded(tmp_path, "")
    assert (
        found.settings.feeds,
        found.settings.channels,
        found.settings.watches,
        found.settings.operator,
    ) == ((), (), (), ())
    assert found.warnings


@pytest.mark.parametrize(
    ("state", "environ", "expected"),
    [
        ("monitor.db", {}, "{folder}/monitor.db"),
        ("/var/lib/x.db", {"STATE_DIRECTORY": "/run/units/a"}, "/var/lib/x.db"),
        ("state/monitor.db", {"STATE_DIRECTORY": "/run/units/a"}, "/run/units/a/state/monitor.db"),
        ("m.db", {"STATE_DIRECTORY": "/run/units/a:/run/units/b"}, "/run/units/a/m.db"),
        ("~/m.db", {"HOME": "/home/me"}, "/home/me/m.db"),
        ("postgresql://monitor@db/monitor", {}, "postgresql://monitor@db/monitor"),
        ("postgresql://m:${env:PW}@db/m", {"PW": "s3cret"}, "postgresql://m:s3cret@db/m"),
    ],
)
def test_the_state_lies_where_it_is_said_to(state: str, environ: dict[str, str], expected: str, tmp_path: Path) -> None:
    settings = loaded(tmp_path, f'[monitor]\nstate = "{state}"\n', environ).settings
    assert expected.format(folder=tmp_path) == settings.state


def test_included_files_hold_feeds_channels_and_watches(tmp_path: Path) -> None:
    write(tmp_path, FEED + 'include = "not here"', "unused.toml")
    write(tmp_path, 'include = ["deep/*.toml"]\n' + FEED, "lists/feeds.toml")
    write(tmp_path, WATCH, "lists/deep/a.toml")
    write(tmp_path, CHANNEL, "lists/deep/b.toml")
    found = loaded(tmp_path, 'include = ["lists/feeds.toml"]\n')
    settings = found.settings
    assert tuple([one.id for one in group] for group in (settings.feeds, settings.channels, settings.watches)) == (
        ["dw"],
        ["desk"],
        ["homs"],
    )
    names = ("config.toml", "lists/feeds.toml", "lists/deep/a.toml", "lists/deep/b.toml")
    assert tuple(tmp_path / name for name in names) == found.files


@pytest.mark.parametrize("name", ["config.toml", "lists/watches.toml", "desk"])
def test_a_save_between_a_files_reading_and_the_end_of_loading_is_seen(name: str, tmp_path: Path) -> None:
    write(tmp_path, WATCH, "lists/watches.toml")
    write(tmp_path, "json://127.0.0.1:9/", "desk")
    path = write(tmp_path, 'include = ["lists/*.toml"]\n[[channel]]\nid = "desk"\nurl_file = "desk"\n')

    def save(_: Loaded) -> tuple[Mistake, ...]:
        with (tmp_path / name).open("a") as file:
            file.write("\n")
        return ()

    quiet, found = load(path), load(path, inspect=save)
    assert quiet.stamps == found.stamps != stamps_of(found.files)
    assert [file for file, stamp in zip(found.files, found.stamps, strict=True) if stamp != stamp_of(file)] == [
        tmp_path / name
    ]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, WATCH, "w.toml")
    assert len(loaded(tmp_path, 'include = ["w.toml", "*/../w.toml", "./w.toml"]').settings.watches) == 1


def test_a_pattern_that_stands_for_no_file_is_fine(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'include = ["conf.d/*.toml"]').settings.watches == ()


@pytest.mark.parametrize(
    ("why", "files", "expected"),
    [
        (
            "a file that is not there",
            {"config.toml": 'include = ["a.toml", "gone.toml"]', "a.toml": ""},
            (
                'config.toml:1:22: include: "gone.toml" cannot be read: no such file or directory '
                "(paths start at the file that includes)"
            ),
        ),
        (
            "a folder",
            {"config.toml": 'include = "lists"', "lists/a.toml": ""},
            'config.toml:1:11: include: "lists" cannot be read: it is a folder (paths start at the file that includes)',
        ),
        (
            "a circle",
            {"config.toml": 'include = "a.toml"', "a.toml": 'include = ["config.toml"]'},
            'a.toml:1:12: include: "config.toml" includes itself (take it out of one of the files)',
        ),
        (
            "a number",
            {"config.toml": "include = [5]"},
            'config.toml:1:12: include: is not the path of a file (write it in quotes: "watchlist.toml")',
        ),
        (
            "settings of the daemon in an included file",
            {"config.toml": 'include = "a.toml"', "a.toml": "[network]\nrobots = false"},
            "a.toml:1:1: network: an included file holds feeds, channels and watches only (move it to the main file)",
        ),
        (
            "an id that another file has",
            {"config.toml": 'include = "a.toml"\n' + WATCH, "a.toml": "\n" + WATCH},
            'a.toml:3:6: watch.homs.id: "homs" is the id of another watch already (at config.toml:3:6)',
        ),
    ],
)
def test_a_wrong_include_is_told_at_its_place(why: str, files: dict[str, str], expected: str, tmp_path: Path) -> None:
    for name, text in files.items():
        write(tmp_path, text, name)
    found = shown(mistakes(tmp_path / "config.toml"), tmp_path)
    assert [expected] == found, why


def test_one_broken_include_hides_no_mistake_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, "[[watch]\n", "a.toml")
    write(tmp_path, "[[watch]]\nid = 5\nkeyword = 'x'", "b.toml")
    found = mistakes(write(tmp_path, 'include = ["a.toml", "gone.toml", "b.toml"]\n[poll]\nmin = 5'))
    assert [(Path(mistake.file).name, mistake.line) for mistake in found] == [
        ("config.toml", 1),
        ("config.toml", 3),
        ("a.toml", 1),
        ("b.toml", 2),
    ]


@pytest.mark.parametrize("name", ["gone.toml", "."])
def test_a_configuration_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path / name)
    assert str(tmp_path / name) == found.file
    assert found.text.startswith("cannot be read: ")


def test_a_mistake_found_later_lands_where_its_cause_stands(tmp_path: Path) -> None:
    write(tmp_path, '[[watch]]\nid = "x"\nplace = ["Homs, SY", "Atlantis"]\n', "w.toml")
    text = 'include = "w.toml"\n[monitor]\nstate = "x.db"\n[[channel]]\nid = "desk"\nurl_env = "DESK"\n'
    found = loaded(tmp_path, text, {"DESK": "console://"})
    asked: tuple[tuple[str | int, ...], ...] = (
        ("watch", "x", "place"),
        ("watch", "x", "place", 1),
        ("watch", "x", "aliases"),
        ("channel", "desk", "url"),
        ("monitor", "state"),
        ("watch", "gone", "place"),
    )
    assert shown(tuple(found.mistake(path, "no such place") for path in asked), tmp_path) == [
        "w.toml:3:9: watch.x.place: no such place",
        "w.toml:3:22: watch.x.place: no such place",
        "w.toml:1:1: watch.x.aliases: no such place",
        "config.toml:6:11: channel.desk.url_env: no such place",
        "config.toml:3:9: monitor.state: no such place",
        "config.toml: watch.gone.place: no such place",
    ]


def test_the_process_environment_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TEST_DESK", "console://")
    path = write(tmp_path, WHOLE.replace('url = "console://"', 'url_env = "MONITOR_TEST_DESK"'))
    assert Secret("console://") == load(path).settings.channels[0].url


def test_the_first_of_three_places_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    named = write(tmp_path, "", "named.toml")
    at_home = write(tmp_path, "", "home/.config/monitor/config.toml")
    in_xdg = write(tmp_path, "", "xdg/monitor/config.toml")
    home = {"HOME": str(tmp_path / "home")}
    xdg = {**home, "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert (named, in_xdg, at_home) == (find_config(named, xdg), find_config(None, xdg), find_config(None, home))
    write(tmp_path, "")
    assert Path("config.toml") == find_config(None, xdg)


def test_without_a_configuration_all_three_places_and_init_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        find_config(None, {"HOME": "/nowhere"})
    for word in ("./config.toml", "/nowhere/.config/monitor/config.toml", "/etc/monitor/config.toml", "monitor init"):
        assert word in str(caught.value)
