from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest
from support.config import CHANNEL, FEED, WATCH, WHOLE, loaded, mistakes, shown, write

from monitor.config.load import load
from monitor.model import Alerting, Channel, Heartbeat, Quiet, Remind, Route, Secret, Severity

DUTY = '[[channel]]\nid = "duty"\nurl = "console://"\n'
PHONE = '[[channel]]\nid = "phone"\nurl = "console://"\n'
BOTH = WHOLE + DUTY  # 15 lines; [[channel]] duty begins on line 13.

EVERYTHING = """\
[alerting]
burst = 3
burst_window = "2m"
digest_every = "30s"
fallback_after = "5m"
inhibit = false

[heartbeat]
ping = "https://hc.example.org/${env:PING}"
every = "1m"
alive = "daily"
canary = "weekly"

[[feed]]
id = "dw"
url = "https://example.org/feed.xml"
class = "public"

[[channel]]
id = "desk"
url = "console://"
timezone = "Asia/Damascus"
quiet = { from = "23:00", to = "6:30", except = "critical" }
fallback = "duty"
remind = { every = "10m", times = 5, severity = "critical" }
digest = "30 6 * * 1-5"
discreet = true

[[channel]]
id = "duty"
url = "console://"
quiet = { from = 13:00:00, to = "14:00" }
remind = "30m"

[[watch]]
id = "homs"
keyword = "Homs"

[[route]]
watch = "homs"
severity = "high"
feed = ["dw"]
class = "public"
lang = ["ar", "en-GB"]
country = ["SY", "Lebanon"]
notify = ["desk", "desk"]
continue = false

[[route.route]]
notify = "duty"

[[route.route.route]]
severity = "critical"
notify = "desk"

[[route]]
notify = "duty"
"""


def test_every_key_of_who_is_told_when_reaches_the_domain(tmp_path: Path) -> None:
    settings = loaded(tmp_path, EVERYTHING, {"PING": "s3cret"}).settings
    minute = timedelta(minutes=1)
    assert Alerting(3, 2 * minute, minute / 2, 5 * minute, inhibit=False) == settings.alerting
    ping = Secret("https://hc.example.org/s3cret")
    assert Heartbeat(ping, minute, "0 7 * * *", "0 7 * * 1") == settings.heartbeat
    desk = Channel(
        "desk",
        Secret("console://"),
        quiet=Quiet(time(23), time(6, 30), Severity.CRITICAL),
        timezone="Asia/Damascus",
        fallback="duty",
        remind=Remind(10 * minute, 5, Severity.CRITICAL),
        digest="30 6 * * 1-5",
        discreet=True,
    )
    quiet = Quiet(time(13), time(14), Severity.HIGH)
    duty = Channel("duty", Secret("console://"), quiet=quiet, remind=Remind(30 * minute, 3, Severity.HIGH))
    assert (desk, duty) == settings.channels
    inmost = Route("1.1.1", ("desk",), severity=Severity.CRITICAL)
    first = Route(
        "1",
        ("desk",),
        watches=("homs",),
        severity=Severity.HIGH,
        feeds=("dw",),
        classes=("public",),
        langs=("ar", "en-GB"),
        countries=("SY", "Lebanon"),
        carry_on=False,
        routes=(Route("1.1", ("duty",), routes=(inmost,)),),
    )
    assert (first, Route("2", ("duty",))) == settings.routes


def test_what_is_left_out_of_who_is_told_when_gets_its_default(tmp_path: Path) -> None:
    settings = loaded(tmp_path, WHOLE).settings
    assert (Alerting(), Heartbeat(), ()) == (settings.alerting, settings.heartbeat, settings.routes)
    assert (Channel("desk", Secret("console://")),) == settings.channels


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        (
            "a fallback that is not there",
            WHOLE.replace(CHANNEL, CHANNEL + 'fallback = "dusk"\n'),
            'config.toml:9:12: channel.desk.fallback: there is no channel "dusk" (did you mean "desk"?)',
        ),
        (
            "a channel that falls back to itself",
            WHOLE.replace(CHANNEL, CHANNEL + 'fallback = "desk"\n'),
            (
                "config.toml:9:12: channel.desk.fallback: is the channel itself "
                "(name a channel that does not fall back to this one)"
            ),
        ),
        (
            "fallbacks in a circle, told once",
            WHOLE.replace(CHANNEL, CHANNEL + 'fallback = "duty"\n') + DUTY + 'fallback = "desk"\n',
            (
                "config.toml:9:12: channel.desk.fallback: leads back to it: desk → duty → desk "
                "(name a channel that does not fall back to this one)"
            ),
        ),
        (
            "a circle that a channel leads into",
            WHOLE + 'notify = "desk"\n' + DUTY + 'fallback = "phone"\n' + PHONE + 'fallback = "duty"\n',
            (
                "config.toml:16:12: channel.duty.fallback: leads back to it: duty → phone → duty "
                "(name a channel that does not fall back to this one)"
            ),
        ),
        (
            "quiet hours that last no time",
            BOTH + 'quiet = { from = "7:00", to = "07:00" }',
            (
                "config.toml:15:31: channel.duty.quiet.to: is when the quiet hours begin: they would last no time "
                "(leave quiet out to hold nothing; a silence mutes for as long as you say)"
            ),
        ),
        (
            "no time of day",
            BOTH + 'quiet = { from = "11pm", to = "07:00" }',
            'config.toml:15:18: channel.duty.quiet.from: is no time of day (write it like "23:00" or "06:30")',
        ),
        (
            "midnight",
            BOTH + 'quiet = { from = "22:00", to = "24:00" }',
            'config.toml:15:32: channel.duty.quiet.to: is no time of day (midnight is "00:00")',
        ),
        (
            "quiet hours without an end",
            BOTH + 'quiet = { from = "22:00" }',
            'config.toml:15:9: channel.duty.quiet: needs a key "to"',
        ),
        (
            "a key of quiet hours with a slip",
            BOTH + 'quiet = { from = "22:00", to = "07:00", excpt = "high" }',
            'config.toml:15:41: channel.duty.quiet.excpt: is not a known key (did you mean "except"?)',
        ),
        (
            "quiet hours as text",
            BOTH + 'quiet = "22:00-07:00"',
            "config.toml:15:9: channel.duty.quiet: is not a table (write it in braces: { … })",
        ),
        (
            "reminders by the second",
            BOTH + 'remind = "30s"',
            'config.toml:15:10: channel.duty.remind: is too short (write "1m" or more)',
        ),
        (
            "reminders by the second, in a table",
            BOTH + 'remind = { every = "30s" }',
            'config.toml:15:20: channel.duty.remind.every: is too short (write "1m" or more)',
        ),
        (
            "a zone",
            BOTH + 'timezone = "Asia/Damaskus"',
            'config.toml:15:12: channel.duty.timezone: "Asia/Damaskus" is no time zone (did you mean "Asia/Damascus"?)',
        ),
        (
            "a cron line of four fields",
            BOTH + 'digest = "30 6 * *"',
            (
                'config.toml:15:10: channel.duty.digest: "30 6 * *" is no cron line: has 4 fields and not five '
                '(write "daily", "weekly", or minute, hour, day, month, weekday: "30 6 * * 1-5")'
            ),
        ),
        (
            "a word with a slip",
            BOTH + 'digest = "dayly"',
            (
                'config.toml:15:10: channel.duty.digest: "dayly" is no cron line: has 1 fields and not five '
                '(did you mean "daily"?)'
            ),
        ),
        (
            "a burst of none",
            WHOLE + "[alerting]\nburst = 0",
            (
                "config.toml:13:9: alerting.burst: would let no message out alone "
                '(write 1 or more; for reports only, a channel has digest = "daily")'
            ),
        ),
        (
            "a ping that goes nowhere",
            WHOLE + '[heartbeat]\nping = "hc.example.org/x"',
            "config.toml:13:8: heartbeat.ping: is no web address (only http:// and https:// are fetched)",
        ),
        (
            "a route to nobody known",
            WHOLE + '[[route]]\nnotify = ["desk", "dusk"]',
            'config.toml:13:19: route[0].notify: there is no channel "dusk" (did you mean "desk"?)',
        ),
        (
            "a route for a watch that is not there",
            WHOLE + '[[route]]\nnotify = "desk"\nwatch = "hama"',
            'config.toml:14:9: route[0].watch: there is no watch "hama" (known: homs)',
        ),
        (
            "a route inside another for a feed that is not there",
            WHOLE + '[[route]]\n[[route.route]]\nnotify = "desk"\nfeed = "dq"',
            'config.toml:15:8: route[0].route[0].feed: there is no feed "dq" (known: dw)',
        ),
        (
            "a key of a route inside another with a slip",
            WHOLE + '[[route]]\n[[route.route]]\nnotify = "desk"\nsevrity = "high"',
            'config.toml:15:1: route[0].route[0].sevrity: is not a known key (did you mean "severity"?)',
        ),
        (
            "one bracket",
            WHOLE + '[route]\nnotify = "desk"',
            "config.toml:12:1: route: is a list of tables (write [[route]], with two brackets, above each one)",
        ),
    ],
)
def test_a_mistake_in_who_is_told_is_shown_at_its_place(why: str, text: str, expected: str, tmp_path: Path) -> None:
    assert [expected] == shown(mistakes(write(tmp_path, text)), tmp_path), why


def test_routes_stand_in_the_main_file(tmp_path: Path) -> None:
    write(tmp_path, '[[route]]\nnotify = "desk"\n', "routes.toml")
    found = mistakes(write(tmp_path, 'include = "routes.toml"\n' + WHOLE))
    expected = (
        "routes.toml:1:3: route: an included file holds no routes, for their order counts (move them to the main file)"
    )
    assert [expected] == shown(found, tmp_path)


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        (
            "a route behind one that takes everything",
            '[[route]]\nnotify = "desk"\ncontinue = false\n[[route]]\nnotify = "duty"\nseverity = "high"',
            "config.toml:18:1: route[1]: can never be reached (route[0] takes all of it, and has continue = false)",
        ),
        (
            "a route behind one that takes more",
            (
                '[[route]]\nnotify = "desk"\nfeed = ["dw"]\ncontinue = false\n'
                '[[route]]\nnotify = "duty"\nfeed = "dw"\nwatch = "homs"'
            ),
            "config.toml:19:1: route[1]: can never be reached (route[0] takes all of it, and has continue = false)",
        ),
        (
            "a route that the one around it bars",
            '[[route]]\nnotify = ["desk", "duty"]\nwatch = "homs"\n[[route.route]]\nnotify = "duty"\nwatch = "hama"\n'
            + WATCH.replace('"homs"', '"hama"'),
            "config.toml:20:9: route[0].route[0].watch: can never be reached (the one around it is for another watch)",
        ),
        (
            "a route that tells nobody",
            '[[route]]\nseverity = "high"',
            "config.toml:15:1: route[0]: tells nobody (name a channel in notify)",
        ),
        (
            "a class of no feed",
            '[[route]]\nclass = "state"\nnotify = "duty"',
            'config.toml:16:9: route[0].class: no feed is of the class "state" (give a [[feed]] this class)',
        ),
        (
            "a channel that routes leave out",
            '[[route]]\nnotify = "desk"',
            (
                "config.toml:13:6: channel.duty.id: no watch or route tells this channel "
                "(name it in a notify, or take it out)"
            ),
        ),
        (
            "quiet hours that hold nothing",
            'quiet = { from = "22:00", to = "07:00", except = "low" }',
            'config.toml:15:50: channel.duty.quiet.except: excepts everything: nothing is ever held (write "high")',
        ),
        (
            "a pace of nothing",
            '[heartbeat]\nevery = "1m"',
            "config.toml:16:9: heartbeat.every: does nothing without ping",
        ),
    ],
)
def test_what_nobody_means_is_warned_of(why: str, text: str, expected: str, tmp_path: Path) -> None:
    assert [expected] == shown(loaded(tmp_path, BOTH + text).warnings, tmp_path), why


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("every channel is told while no route directs all", '[[route]]\nseverity = "high"\nnotify = "desk"'),
        ("a route that ends nothing bars nothing", '[[route]]\nnotify = "desk"\n[[route]]\nnotify = "duty"'),
        (
            "what another route leaves over is reached",
            '[[route]]\nnotify = "desk"\nseverity = "high"\ncontinue = false\n[[route]]\nnotify = "duty"',
        ),
        ("a fallback is told", 'fallback = "phone"\n' + PHONE + '[[route]]\nnotify = ["desk", "duty"]'),
        ("a channel with a digest is told", 'digest = "daily"\n[[route]]\nnotify = "desk"'),
    ],
)
def test_what_is_meant_is_not_warned_of(why: str, text: str, tmp_path: Path) -> None:
    assert loaded(tmp_path, BOTH + text).warnings == (), why


def test_an_open_ping_address_is_a_secret_that_others_can_read(tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE + '[heartbeat]\nping = "https://hc.example.org/s3cret"')
    path.chmod(0o644)
    (found,) = load(path, environ={}).warnings
    assert (found.key, "s3cret" in str(found)) == ("heartbeat.ping", False)


def test_a_mistake_of_a_route_found_later_lands_where_it_stands(tmp_path: Path) -> None:
    text = '[[route]]\nnotify = "desk"\n[[route]]\n[[route.route]]\ncountry = ["SY", "Atlantis"]\n'
    found = loaded(tmp_path, FEED + CHANNEL + WATCH + text)
    mistake = found.mistake(("route", "2.1", "country", 1), "is nowhere")
    assert shown((mistake,), tmp_path) == ["config.toml:14:18: route[1].route[0].country: is nowhere"]
