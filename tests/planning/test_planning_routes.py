from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.model import Article, Channel, ConceptKind, Match, Route, Secret, Severity, Verdict, Watch
from monitor.planning.read import Readers, new_alert
from monitor.planning.routes import Subject, ask, channels_for, channels_of

HOMS = Watch("homs", "Homs", ConceptKind.PLACE, ("Homs, SY",), countries=("SY",))
SUBJECT = Subject("homs", Severity.NORMAL, "sana", "state", "ar", ("SY",))
NOW = datetime(2024, 12, 6, 8, tzinfo=UTC)


def route(*notify: str, number: str = "1") -> Route:
    return Route(number, notify)


ALL, DUTY = route("all"), route("duty")
HIGH = replace(DUTY, severity=Severity.HIGH)
NESTED = replace(route("syria"), countries=("SY",), routes=(replace(DUTY, severity=Severity.HIGH, number="1.1"),))


@pytest.mark.parametrize(
    ("because", "subject", "routes", "expected"),
    [
        ("no route names anybody", SUBJECT, (), ()),
        ("a route without conditions holds for everything", SUBJECT, (ALL,), ("all",)),
        ("every route that holds adds its channels", SUBJECT, (ALL, DUTY), ("all", "duty")),
        ("a channel is named once however many routes name it", SUBJECT, (ALL, ALL), ("all",)),
        ("one that holds with continue = false ends it", SUBJECT, (replace(ALL, carry_on=False), DUTY), ("all",)),
        (
            "one that does not hold ends nothing",
            SUBJECT,
            (replace(HIGH, carry_on=False), ALL),
            ("all",),
        ),
        (
            "continue = false inside a route ends only the routes inside it",
            SUBJECT,
            (replace(ALL, routes=(replace(route("in"), carry_on=False), route("not"))), DUTY),
            ("all", "in", "duty"),
        ),
        ("its watch is the one asked for", SUBJECT, (replace(DUTY, watches=("hama", "homs")),), ("duty",)),
        ("another watch is asked for", SUBJECT, (replace(DUTY, watches=("hama",)),), ()),
        ("less severe than the least asked for", SUBJECT, (HIGH,), ()),
        ("as severe as the least asked for", replace(SUBJECT, severity=Severity.HIGH), (HIGH,), ("duty",)),
        ("severity is a minimum", replace(SUBJECT, severity=Severity.CRITICAL), (HIGH,), ("duty",)),
        ("its feed is the one asked for", SUBJECT, (replace(DUTY, feeds=("sana",)),), ("duty",)),
        ("another feed is asked for", SUBJECT, (replace(DUTY, feeds=("dw",)),), ()),
        ("its feed's class is one of those asked for", SUBJECT, (replace(DUTY, classes=("wire", "state")),), ("duty",)),
        ("a feed without a class is of none", replace(SUBJECT, class_=None), (replace(DUTY, classes=("state",)),), ()),
        ("it is in a language asked for", SUBJECT, (replace(DUTY, langs=("ar",)),), ("duty",)),
        (
            "a language stands for its variants",
            replace(SUBJECT, language="ar-SY"),
            (replace(DUTY, langs=("ar",)),),
            ("duty",),
        ),
        ("a variant does not stand for its language", SUBJECT, (replace(DUTY, langs=("ar-SY",)),), ()),
        ("no code is the beginning of another", replace(SUBJECT, language="arc"), (replace(DUTY, langs=("ar",)),), ()),
        ("what has no language speaks none", replace(SUBJECT, language=None), (replace(DUTY, langs=("ar",)),), ()),
        ("its watch's place lies in the country", SUBJECT, (replace(DUTY, countries=("SY",)),), ("duty",)),
        ("its watch's place lies elsewhere", SUBJECT, (replace(DUTY, countries=("LB",)),), ()),
        (
            "a watch that is no place lies nowhere",
            replace(SUBJECT, countries=()),
            (replace(DUTY, countries=("SY",)),),
            (),
        ),
        ("all conditions must hold", SUBJECT, (replace(DUTY, feeds=("sana",), langs=("en",)),), ()),
        (
            "the routes inside one that holds are asked",
            replace(SUBJECT, severity=Severity.HIGH),
            (NESTED,),
            ("syria", "duty"),
        ),
        ("one inside that does not hold takes nothing away", SUBJECT, (NESTED,), ("syria",)),
        (
            "the routes inside one that does not hold are not asked",
            replace(SUBJECT, countries=("LB",), severity=Severity.HIGH),
            (NESTED,),
            (),
        ),
    ],
)
def test_routes_name_the_channels(
    because: str, subject: Subject, routes: tuple[Route, ...], expected: tuple[str, ...]
) -> None:
    assert channels_of(ask(subject, routes)) == expected, because


@pytest.mark.parametrize(
    ("because", "notify", "routes", "expected"),
    [
        ("neither watch nor routes name anybody: all channels", (), (), ()),
        ("no route holds and the watch names nobody: all channels", (), (HIGH,), ()),
        ("the watch's own channels come first", ("desk",), (ALL,), ("desk", "all")),
        ("a channel that both name is told once", ("all", "desk"), (ALL,), ("all", "desk")),
        ("the watch's own channels alone", ("desk",), (HIGH,), ("desk",)),
        ("a route's channels alone", (), (ALL,), ("all",)),
    ],
)
def test_the_watchs_channels_and_the_routes_add_up(
    because: str, notify: tuple[str, ...], routes: tuple[Route, ...], expected: tuple[str, ...]
) -> None:
    assert channels_for(SUBJECT, replace(HOMS, notify=notify), routes) == expected, because


def test_each_step_says_why() -> None:
    steps = ask(SUBJECT, (HIGH, replace(ALL, carry_on=False, langs=("ar",), feeds=("sana",)), DUTY))
    assert [(step.held, step.asked, step.reasons) for step in steps] == [
        (False, True, ("severity is normal",)),
        (True, True, ("the feed is sana", "the language is ar")),
        (False, False, ()),
    ]


def test_a_route_judges_each_watch_of_an_alert_by_its_own_severity() -> None:
    hama = replace(HOMS, id="hama")
    channels = tuple(Channel(id_, Secret("json://x")) for id_ in ("desk", "duty"))
    matches = (Match("homs", Verdict.MATCH, Severity.HIGH), Match("hama", Verdict.MATCH, Severity.NORMAL))
    readers = Readers((replace(HOMS, notify=("desk",)), replace(hama, notify=("desk",))), channels, (HIGH,))
    article = Article("a1", "sana", "https://a.org/1", "Shelling in Homs", class_="state", language="ar")
    alert = new_alert(article, matches, readers, revision="", now=NOW)
    assert [(row.channel_id, row.watches) for row in alert.deliveries] == [
        ("desk", ("homs", "hama")),
        ("duty", ("homs",)),
    ]
