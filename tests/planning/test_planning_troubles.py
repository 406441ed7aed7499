"""Who is told of a channel in trouble, how often, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Channel, DeliveryState, Reason, Secret, Severity
from monitor.planning.troubles import (
    MATCHING,
    Incident,
    Trouble,
    TroublePlan,
    TroubleWork,
    audience,
    plan_matching,
    plan_troubles,
)

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
A, B, C = (Channel(id_, Secret(f"json://{id_}")) for id_ in "abc")
ALL = {channel.id: channel for channel in (A, B, C)}


def ids(channels: tuple[Channel, ...]) -> str:
    return "".join(channel.id for channel in channels)


@pytest.mark.parametrize(
    ("claim", "about", "channels", "operators", "troubled", "told"),
    [
        ("the operators are told", "a", "abc", "bc", "a", "bc"),
        ("an operator is not told of itself", "a", "abc", "ab", "a", "b"),
        ("an operator in trouble is not asked while another is well", "a", "abc", "bc", "ab", "c"),
        ("without another operator the first other channel is", "a", "abc", "a", "a", "b"),
        ("if that is in trouble too, the next one", "a", "abc", "a", "ab", "c"),
        ("if all are in trouble, the operators will know when they are back", "a", "abc", "ac", "abc", "c"),
        ("and without any, the first other channel", "a", "abc", "a", "abc", "b"),
        ("with one channel there is nobody to tell", "a", "a", "a", "a", ""),
    ],
)
def test_who_is_told(claim: str, about: str, channels: str, operators: str, troubled: str, told: str) -> None:
    there = {id_: ALL[id_] for id_ in channels}
    assert ids(audience(about, there, [ALL[id_] for id_ in operators], set(troubled))) == told, claim


TROUBLE = Trouble("a", "it is dead", NOW - 20 * MINUTE)
INCIDENT = Incident("it is dead", NOW - 20 * MINUTE, NOW - 5 * MINUTE)


def plan(work: TroubleWork, known: dict[str, Incident]) -> TroublePlan:
    return plan_troubles(work, known, ALL, [A, B], now=NOW)


@pytest.mark.parametrize(
    ("claim", "work", "known", "told", "opened", "closed"),
    [
        ("a well house says nothing", TroubleWork(), {}, [], [], ()),
        ("a new trouble is told", TroubleWork((TROUBLE,)), {}, ["Channel a is in trouble: it is dead."], ["a"], ()),
        ("a known one is not told again", TroubleWork((TROUBLE,)), {"a": INCIDENT}, [], [], ()),
        ("what waits no more is not over yet", TroubleWork(), {"a": INCIDENT}, [], [], ()),
        (
            "what was accepted before it was told says nothing",
            TroubleWork(accepted={"a": NOW - 10 * MINUTE}),
            {"a": INCIDENT},
            [],
            [],
            (),
        ),
        (
            "it is over when the channel accepts something",
            TroubleWork(accepted={"a": NOW - MINUTE}),
            {"a": INCIDENT},
            ["Channel a accepts messages again."],
            [],
            ("a",),
        ),
        (
            "but not while another of its readers gets nothing",
            TroubleWork((TROUBLE,), {"a": NOW - MINUTE}),
            {"a": INCIDENT},
            [],
            [],
            (),
        ),
        ("one that left the configuration is forgotten in silence", TroubleWork(), {"z": INCIDENT}, [], [], ("z",)),
        (
            "nor is one of a reader who left a channel kept",
            TroubleWork(),
            {"a": replace(INCIDENT, recipient="gone@x")},
            [],
            [],
            ("a",),
        ),
        ("what the canary found of matching is not a channel's", TroubleWork(), {MATCHING: INCIDENT}, [], [], ()),
    ],
)
def test_what_is_told_of_a_channel(
    claim: str,
    work: TroubleWork,
    known: dict[str, Incident],
    told: list[str],
    opened: list[str],
    closed: tuple[str, ...],
) -> None:
    found = plan(work, known)
    assert [each.alert.text.split("\n")[0] for each in found.alerts] == told, claim
    assert [id_ for id_, _ in found.opened] == opened, claim
    assert found.closed == closed, claim
    assert {row.channel_id for each in found.alerts for row in each.deliveries} == ({"b"} if told else set()), claim


def test_a_trouble_passes_quiet_hours_and_its_end_does_not() -> None:
    worse = plan(TroubleWork((TROUBLE,)), {}).alerts[0]
    better = plan(TroubleWork(accepted={"a": NOW}), {"a": INCIDENT}).alerts[0]
    assert (worse.alert.reason, worse.alert.severity) == (Reason.HEALTH, Severity.HIGH)
    assert (better.alert.reason, better.alert.severity) == (Reason.HEALTH, Severity.NORMAL)
    assert {row.state for row in (*worse.deliveries, *better.deliveries)} == {DeliveryState.PENDING}


def test_with_nobody_to_tell_the_incident_is_known_all_the_same() -> None:
    alone = plan_troubles(TroubleWork((TROUBLE,)), {}, {"a": A}, [A], now=NOW)
    assert (alone.alerts, [id_ for id_, _ in alone.opened]) == ((), ["a"])


def test_matching_that_fails_is_told_once_and_once_when_it_works_again() -> None:
    told, incident = plan_matching(found=False, known=None, operators=[A], now=NOW)
    assert told is not None
    assert told.alert.text.startswith("Matching does not work")
    assert incident is not None
    assert plan_matching(found=False, known=incident, operators=[A], now=NOW) == (None, incident)
    better, closed = plan_matching(found=True, known=incident, operators=[A], now=NOW)
    assert better is not None
    assert better.alert.text == "The canary is found again: matching works."
    assert closed is None
    assert plan_matching(found=True, known=None, operators=[A], now=NOW) == (None, None)
