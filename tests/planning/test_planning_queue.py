"""What one turn of the queue does: a table with a sentence for each row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from monitor.model import (
    Alert,
    Alerting,
    Channel,
    Delivery,
    DeliveryState,
    Headline,
    Quiet,
    Reason,
    Remind,
    Secret,
    Severity,
    Silence,
)
from monitor.planning.queue import plan_departure, plan_queue
from monitor.planning.waiting import Bucket, Departed, Pick, Queue, QueuePlan, Rules, Told, Waiting

NOW = datetime(2024, 12, 6, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DESK = Channel("desk", Secret("json://desk"))
NIGHT = Quiet(time(11), time(13))  # at noon, so that NOW lies in it.
LOW, NORMAL, HIGH = Severity.LOW, Severity.NORMAL, Severity.HIGH
PENDING, HELD = DeliveryState.PENDING, DeliveryState.HELD


def rules(*channels: Channel, **more: object) -> Rules:
    known = channels or (DESK,)
    made = Rules({each.id: each for each in known}, {each.id: UTC for each in known})
    return replace(made, **more)  # type: ignore[arg-type] # fields by name.


def some(number: int = 1, *, age: timedelta = SECOND, severity: Severity = NORMAL, **more: object) -> Bucket:
    bucket = Bucket("desk", "", PENDING, severity, number, NOW - age, NOW - age, gathers=severity.rank < HIGH.rank)
    return replace(bucket, **more)  # type: ignore[arg-type] # fields by name.


def picked(plan: QueuePlan) -> str:
    if not plan.picks:
        return "nothing"
    (pick,) = plan.picks
    return "a digest" if pick.digest else "a fresh one" if pick.gathers else "a solo"


JUST = Departed(5, None)
DIGEST = Departed(5, NOW - 30 * SECOND)


@pytest.mark.parametrize(
    ("sentence", "buckets", "departed", "sends"),
    [
        ("what comes alone goes alone", [some()], Departed(), "a fresh one"),
        ("five may wait and go one by one", [some(5)], Departed(), "a fresh one"),
        ("of six that have just come the first goes alone", [some(6)], Departed(), "a fresh one"),
        ("of six that have waited a minute all go together", [some(6, age=MINUTE)], Departed(), "a digest"),
        ("the sixth within five minutes waits", [some()], JUST, "nothing"),
        ("until it has waited a minute", [some(age=MINUTE)], JUST, "a digest"),
        ("a minute counts from the first", [some(9, age=59 * SECOND)], JUST, "nothing"),
        ("no digest follows another within a minute", [some(9, age=MINUTE)], DIGEST, "nothing"),
        ("a minute after it the next goes", [some(9, age=MINUTE)], Departed(5, NOW - MINUTE), "a digest"),
        ("what is high never waits", [some(900, severity=HIGH)], DIGEST, "a solo"),
        ("and goes before what gathers", [some(9, age=MINUTE), some(severity=HIGH)], JUST, "a solo"),
        ("a retry goes alone whatever gathers", [some(9), some(gathers=False)], JUST, "a solo"),
        ("what was held goes at once", [some(3, grouped=True)], JUST, "a digest"),
        ("and takes with it what waits", [some(3, grouped=True), some(1)], Departed(), "a digest"),
        ("but not within a minute of the last digest", [some(3, grouped=True)], DIGEST, "nothing"),
        ("a fresh one need not wait for that", [some(3, grouped=True), some(1)], Departed(0, NOW), "a fresh one"),
        (
            "the rest of a digest goes before another is made",
            [some(9, age=MINUTE), some(gathers=False, carries=True)],
            JUST,
            "a solo",
        ),
        ("what is only held back is not sent", [some(state=HELD)], Departed(), "nothing"),
    ],
)
def test_what_goes_out_on_a_lane(sentence: str, buckets: list[Bucket], departed: Departed, sends: str) -> None:
    queue = Queue(tuple(buckets), {("desk", ""): departed})
    assert sends == picked(plan_queue(queue, rules(), ["desk"], now=NOW)), sentence


LONG = 15 * MINUTE  # after which a fallback is told.


@pytest.mark.parametrize(
    ("sentence", "buckets", "last", "most"),
    [
        ("what is high goes first", [some(age=LONG - SECOND), some(severity=HIGH)], {HIGH: SECOND}, None),
        ("unless something has waited for long", [some(age=LONG), some(severity=HIGH)], {HIGH: SECOND}, NORMAL),
        ("and none of its kind went lately", [some(age=LONG), some(severity=HIGH)], {NORMAL: 59 * SECOND}, None),
        ("one goes each minute", [some(age=LONG), some(severity=HIGH)], {NORMAL: MINUTE}, NORMAL),
        ("a lesser kind counts too", [some(age=LONG), some(severity=HIGH)], {LOW: SECOND}, None),
        ("but not a greater", [some(age=LONG, severity=LOW), some(severity=HIGH)], {NORMAL: SECOND}, LOW),
        ("a digest's turn comes as well", [some(9, age=LONG), some(severity=HIGH)], {HIGH: SECOND}, NORMAL),
        ("where all has waited for long too", [some(age=LONG), some(age=HOUR, severity=HIGH)], {HIGH: SECOND}, NORMAL),
    ],
)
def test_what_waits_longer_than_a_fallback_would_gets_a_turn(
    sentence: str, buckets: list[Bucket], last: dict[Severity, timedelta], most: Severity | None
) -> None:
    solo = tuple(replace(bucket, gathers=bucket.number > 1) for bucket in buckets)
    departed = Departed(last_at={severity.rank: NOW - ago for severity, ago in last.items()})
    # Whoever else reads the channel: it is one line of messages.
    queue = Queue(solo, {("desk", "somebody"): departed})
    (pick,) = plan_queue(queue, rules(), ["desk"], now=NOW).picks
    assert (pick.most if pick.most is not Severity.CRITICAL else None) == most, sentence


def test_monitor_once_waits_for_no_digest() -> None:
    queue = Queue((some(9),), {("desk", ""): DIGEST})
    assert picked(plan_queue(queue, rules(flush=True), ["desk"], now=NOW)) == "a digest"


def test_each_free_channel_gets_one_lane_the_most_severe_first_then_the_oldest() -> None:
    desk, phone = DESK, replace(DESK, id="phone")
    buckets = (
        some(recipient="a@x", age=MINUTE),
        some(recipient="b@x", age=HOUR),
        some(channel_id="phone", recipient="c"),
        some(channel_id="phone", recipient="d", severity=HIGH),
    )
    plan = plan_queue(Queue(buckets), rules(desk, phone), ["desk", "phone"], now=NOW)
    assert [(pick.channel_id, pick.recipient) for pick in plan.picks] == [("desk", "b@x"), ("phone", "d")]
    assert plan_queue(Queue(buckets), rules(desk, phone), [], now=NOW).picks == ()


@pytest.mark.parametrize(
    ("sentence", "quiet", "bucket", "holds", "releases", "sends"),
    [
        ("at night what is normal is held", NIGHT, some(), True, False, "nothing"),
        ("so is a retry", NIGHT, some(gathers=False), True, False, "nothing"),
        ("what is high goes at once", NIGHT, some(severity=HIGH), False, False, "a solo"),
        ("the exception may be lower", replace(NIGHT, except_=NORMAL), some(), False, False, "a fresh one"),
        ("what is held stays held", NIGHT, some(state=HELD), False, False, "nothing"),
        ("unless it is too severe by now", replace(NIGHT, except_=NORMAL), some(state=HELD), False, True, "nothing"),
        ("by day it is let go", replace(NIGHT, end=time(12)), some(state=HELD), False, True, "nothing"),
        ("and where no hours are quiet any more", None, some(state=HELD), False, True, "nothing"),
    ],
)
def test_quiet_hours(
    sentence: str, quiet: Quiet | None, bucket: Bucket, *, holds: bool, releases: bool, sends: str
) -> None:
    made = rules(replace(DESK, quiet=quiet))
    plan = plan_queue(Queue((bucket,)), made, ["desk"], now=NOW)
    assert (holds, releases, sends) == (bool(plan.holds), bool(plan.releases), picked(plan)), sentence


# --- silences and inhibition --------------------------------------------------------------------------------------


def waiting(
    id_: str = "d", *, watches: tuple[str, ...] = ("homs",), severity: Severity = NORMAL, **more: object
) -> Waiting:
    told = Alert(
        f"alert of {id_}", Reason.NEW, severity, NOW, watches, "article", headlines=(Headline("T", "https://x", "dw"),)
    )
    row = Delivery(id_, told.id, "desk", "", watches, PENDING, NOW, NOW)
    return replace(Waiting(row, replace(told, **more), NOW))  # type: ignore[arg-type] # fields by name.


def silence(**more: object) -> Silence:
    made = Silence("s1", "Ana", "known shelling", NOW - HOUR, NOW + HOUR)
    return replace(made, **more)  # type: ignore[arg-type] # fields by name.


def syria(place: str) -> frozenset[str]:
    return frozenset({"homs", "hama"}) if place == "Syria" else frozenset()


@pytest.mark.parametrize(
    ("sentence", "silence", "row", "mutes"),
    [
        ("one without conditions mutes all", silence(), waiting(), True),
        ("one that has not begun mutes nothing", silence(starts_at=NOW + SECOND), waiting(), False),
        ("one that is over mutes nothing", silence(ends_at=NOW), waiting(), False),
        ("a watch is muted by its id", silence(watches=("homs",)), waiting(), True),
        ("another is not", silence(watches=("hama",)), waiting(), False),
        ("an alert of two needs both", silence(watches=("homs",)), waiting(watches=("homs", "hts")), False),
        ("and may have them", silence(watches=("homs", "hts")), waiting(watches=("homs", "hts")), True),
        ("a place mutes what lies in it", silence(places=("Syria",)), waiting(), True),
        ("and nothing else", silence(places=("Syria",)), waiting(watches=("hts",)), False),
        (
            "watch and place add up",
            silence(places=("Syria",), watches=("hts",)),
            waiting(watches=("homs", "hts")),
            True,
        ),
        ("a feed mutes what it brought", silence(feeds=("dw",)), waiting(), True),
        ("another feed does not", silence(feeds=("bbc",)), waiting(), False),
        ("all conditions must hold", silence(feeds=("bbc",), watches=("homs",)), waiting(), False),
        ("what is more severe goes through", silence(severity=NORMAL), waiting(severity=HIGH), False),
        ("up to its severity nothing does", silence(severity=HIGH), waiting(severity=HIGH), True),
        ("a word on health is never muted", silence(), waiting(reason=Reason.HEALTH), False),
        ("nor is a digest made before it", silence(), waiting(reason=Reason.DIGEST), False),
    ],
)
def test_silences(sentence: str, silence: Silence, row: Waiting, *, mutes: bool) -> None:
    pick = Pick("desk", "", gathers=True, digest=False, least=LOW, limit=20)
    departure = plan_departure([(pick, (row,))], Queue(silences=(silence,)), rules(watches_in=syria), now=NOW)
    assert (mutes, not mutes) == (bool(departure.mutes), departure.alone == ("d",)), sentence


WITHIN = {"homs": frozenset({"syria"}), "hama": frozenset({"syria"})}


@pytest.mark.parametrize(
    ("sentence", "watches", "told", "reason", "error"),
    [
        (
            "a country adds nothing to its city",
            ("syria",),
            {"homs"},
            Reason.UPDATE,
            "told of Homs for the same article",
        ),
        ("a new alert is told in any case", ("syria",), {"homs"}, Reason.NEW, None),
        ("another city is news", ("hama",), {"homs"}, Reason.UPDATE, None),
        ("a city is news after its country", ("homs",), {"syria"}, Reason.UPDATE, None),
        ("one new watch among them is told", ("syria", "hts"), {"homs"}, Reason.UPDATE, None),
        ("where nothing was told, the country is", ("syria",), set(), Reason.UPDATE, None),
    ],
)
def test_inhibition(sentence: str, watches: tuple[str, ...], told: set[str], reason: Reason, error: str | None) -> None:
    pick = Pick("desk", "", gathers=True, digest=False, least=LOW, limit=20)
    row = replace(waiting(watches=watches, reason=reason), told=frozenset(told))
    made = rules(within=WITHIN, names={"homs": "Homs"})
    departure = plan_departure([(pick, (row,))], Queue(), made, now=NOW)
    assert error == next((mute.error for mute in departure.mutes), None), sentence
    off = plan_departure([(pick, (row,))], Queue(), replace(made, alerting=Alerting(inhibit=False)), now=NOW)
    assert off.mutes == ()


def test_a_digest_of_one_is_that_message() -> None:
    pick = Pick("desk", "", gathers=True, digest=True, least=LOW, limit=20)
    rows = (waiting("a"), waiting("b", watches=("hama",)))
    both = plan_departure([(pick, rows)], Queue(), rules(), now=NOW)
    assert (both.alone, [len(each) for each in both.gathered]) == ((), [2])
    one = plan_departure([(pick, rows)], Queue(silences=(silence(watches=("homs",)),)), rules(), now=NOW)
    assert (one.alone, one.gathered, [mute.delivery_id for mute in one.mutes]) == (("b",), (), ["a"])


# --- fallback and reminders ---------------------------------------------------------------------------------------

PHONE = Channel("phone", Secret("json://phone"), recipients=("a", "b"))


def test_what_is_stranded_goes_to_each_recipient_of_the_fallback() -> None:
    made = rules(replace(DESK, fallback="phone"), PHONE)
    (handed,) = plan_queue(Queue(stranded=(waiting(),)), made, [], now=NOW).handed
    rows = handed.new.deliveries
    assert (handed.delivery_id, handed.channel_id) == ("d", "phone")
    assert [(row.channel_id, row.recipient, row.fallback_for, row.grouped) for row in rows] == [
        ("phone", "a", "desk", False),
        ("phone", "b", "desk", False),
    ]


def test_what_a_digest_carried_is_grouped_at_the_fallback_too() -> None:
    made = rules(replace(DESK, fallback="phone"), PHONE)
    row = waiting()
    row = replace(row, delivery=replace(row.delivery, carried_by="digest"))
    (handed,) = plan_queue(Queue(stranded=(row,)), made, [], now=NOW).handed
    assert all(each.grouped for each in handed.new.deliveries)


def test_what_is_silenced_or_held_is_not_handed_over() -> None:
    made = rules(replace(DESK, fallback="phone"), PHONE)
    silenced = plan_queue(Queue(stranded=(waiting(),), silences=(silence(),)), made, [], now=NOW)
    assert (silenced.handed, [mute.silence_id for mute in silenced.mutes]) == ((), ["s1"])
    at_night = rules(replace(DESK, fallback="phone", quiet=NIGHT), PHONE)
    assert plan_queue(Queue(stranded=(waiting(),)), at_night, [], now=NOW).handed == ()


@pytest.mark.parametrize(
    ("sentence", "accepted", "reminders", "reminded", "severity", "reminds"),
    [
        ("not before its time", 29 * MINUTE, 0, None, HIGH, False),
        ("when its time has come", 30 * MINUTE, 0, None, HIGH, True),
        ("what is normal is not reminded of", HOUR, 0, None, NORMAL, False),
        ("again, counted from the last reminder", 5 * HOUR, 1, 30 * MINUTE, HIGH, True),
        ("never twice at once after a pause", 5 * HOUR, 1, MINUTE, HIGH, False),
        ("three times at most", 5 * HOUR, 3, HOUR, HIGH, False),
    ],
)
def test_reminders(
    sentence: str, accepted: timedelta, reminders: int, reminded: timedelta | None, severity: Severity, *, reminds: bool
) -> None:
    row = waiting(severity=severity)
    done = replace(row.delivery, state=DeliveryState.DELIVERED, delivered_at=NOW - accepted)
    told = Told(done, row.alert, reminders, NOW - reminded if reminded else None)
    plan = plan_queue(Queue(told=(told,)), rules(replace(DESK, remind=Remind(30 * MINUTE))), [], now=NOW)
    assert reminds == bool(plan.reminders), sentence
    for each in plan.reminders:
        assert (each.number, each.reminds, each.new.alert.reason) == (reminders + 1, row.alert.id, Reason.REMINDER)
        assert each.new.alert.headlines == row.alert.headlines


def test_a_silence_that_has_ended_is_closed() -> None:
    plan = plan_queue(Queue(silences=(silence(), silence(id="s0", ends_at=NOW))), rules(), [], now=NOW)
    assert plan.closed == ("s0",)
