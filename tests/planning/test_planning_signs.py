"""When signs of life are due: a sentence a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.engine.cron import next_after
from monitor.model import Channel, Heartbeat, Secret, Settings
from monitor.planning.signs import Given, Kind, Sign, plan_signs, signs_of

DAMASCUS, BERLIN, UTC_ZONE = ZoneInfo("Asia/Damascus"), ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
DAILY, WEEKLY = "0 7 * * *", "0 7 * * 1"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("claim", "line", "zone", "last", "now", "is_due"),
    [
        ("a minute before its time it is not due", DAILY, UTC_ZONE, "2024-12-05T07:00", "2024-12-06T06:59", False),
        ("it is due to the second", DAILY, UTC_ZONE, "2024-12-05T07:00", "2024-12-06T07:00", True),
        (
            "what was given at its time is not given again",
            DAILY,
            UTC_ZONE,
            "2024-12-06T07:00",
            "2024-12-06T07:00",
            False,
        ),
        ("nor later on that day", DAILY, UTC_ZONE, "2024-12-06T07:00", "2024-12-06T23:00", False),
        ("what was missed an hour ago is caught up", DAILY, UTC_ZONE, "2024-12-05T07:00", "2024-12-06T08:00", True),
        ("what was missed ten times is given once", DAILY, UTC_ZONE, "2024-11-26T07:00", "2024-12-06T08:00", True),
        ("seven in Damascus is four in UTC", DAILY, DAMASCUS, "2024-12-05T04:00", "2024-12-06T04:00", True),
        ("and not a minute earlier", DAILY, DAMASCUS, "2024-12-05T04:00", "2024-12-06T03:59", False),
        ("a weekly one is not due on a Friday", WEEKLY, UTC_ZONE, "2024-12-02T07:00", "2024-12-06T12:00", False),
        ("it is on the next Monday", WEEKLY, UTC_ZONE, "2024-12-02T07:00", "2024-12-09T07:00", True),
        ("a clock set back an hour repeats nothing", DAILY, UTC_ZONE, "2024-12-06T07:00", "2024-12-06T06:30", False),
        ("after summer time begins, seven is five in UTC", DAILY, BERLIN, "2024-03-30T06:00", "2024-03-31T05:00", True),
        ("after it ends, six again", DAILY, BERLIN, "2024-10-26T05:00", "2024-10-27T06:00", True),
        ("and not at five", DAILY, BERLIN, "2024-10-26T05:00", "2024-10-27T05:30", False),
        (
            "what comes often comes then too",
            "*/30 * * * *",
            BERLIN,
            "2024-10-27T00:30",
            "2024-10-27T01:00",
            True,
        ),
        ("and on the next day again", "30 2 * * *", BERLIN, "2024-10-27T00:30", "2024-10-28T01:30", True),
        ("an hour that is left out is caught up", "30 2 * * *", BERLIN, "2024-03-30T01:30", "2024-03-31T01:30", True),
        ("two o'clock comes twice, the sign once", "30 2 * * *", BERLIN, "2024-10-27T00:30", "2024-10-27T01:30", False),
    ],
)
def test_when_a_sign_is_due(claim: str, line: str, zone: ZoneInfo, last: str, now: str, is_due: bool) -> None:
    sign = Sign(Kind.ALIVE, line, zone)
    known = {"alive": Given(at(last), at(last), sign.timing)}
    plan = plan_signs([sign], known, next_after, now=at(now))
    assert [due.since for due in plan.due] == ([at(last)] if is_due else []), claim
    assert plan.given == ((("alive", Given(at(now), at(now), sign.timing)),) if is_due else ()), claim


def test_a_sign_that_was_never_seen_waits_for_its_first_time() -> None:
    sign, now = Sign(Kind.ALIVE, DAILY, UTC_ZONE), at("2024-12-06T12:00")
    plan = plan_signs([sign], {}, next_after, now=now)
    assert (plan.due, plan.given) == ((), (("alive", Given(now, now, f"{DAILY} UTC")),))


@pytest.mark.parametrize("changed", [Sign(Kind.ALIVE, DAILY, UTC_ZONE), Sign(Kind.ALIVE, WEEKLY, DAMASCUS)])
def test_a_new_time_or_zone_begins_to_count_anew_and_keeps_what_the_next_one_speaks_for(changed: Sign) -> None:
    last, now = at("2024-12-02T07:00"), at("2024-12-06T12:00")
    known = {"alive": Given(last, last, Sign(Kind.ALIVE, WEEKLY, UTC_ZONE).timing)}
    plan = plan_signs([changed], known, next_after, now=now)
    assert (plan.due, plan.given) == ((), (("alive", Given(now, last, changed.timing)),))


def test_a_clock_that_was_years_ahead_stops_no_sign() -> None:
    sign, now, wrong = Sign(Kind.ALIVE, DAILY, UTC_ZONE), at("2024-12-06T12:00"), at("2034-12-06T12:00")
    plan = plan_signs([sign], {"alive": Given(wrong, wrong, sign.timing)}, next_after, now=now)
    assert (plan.due, plan.given) == ((), (("alive", Given(now, now, sign.timing)),))


def test_the_same_firing_has_the_same_id_and_the_next_one_another() -> None:
    sign, last = Sign(Kind.REPORT, DAILY, UTC_ZONE, "desk"), at("2024-12-05T07:00")
    known = {"report desk": Given(last, last, sign.timing)}
    ids = {
        plan_signs([sign], known, next_after, now=last + DAY + late).due[0].id for late in (timedelta(0), HOUR, 3 * DAY)
    }
    later = {"report desk": Given(last + DAY, last + DAY, sign.timing)}
    assert len(ids) == 1
    assert plan_signs([sign], later, next_after, now=last + 2 * DAY).due[0].id not in ids


def test_what_is_configured_no_more_is_forgotten() -> None:
    last = at("2024-12-05T07:00")
    plan = plan_signs([], {"report desk": Given(last, last, "x")}, next_after, now=last + 9 * DAY)
    assert (plan.due, plan.given, plan.forgotten) == ((), (), ("report desk",))


def test_reports_go_by_their_readers_clock_and_the_rest_by_the_monitors() -> None:
    channels = (Channel("desk", Secret("json://x"), digest=DAILY), Channel("phone", Secret("json://y")))
    settings = Settings("m.db", channels=channels, heartbeat=Heartbeat(alive=DAILY, canary=WEEKLY))
    assert signs_of(settings, {"desk": BERLIN}, DAMASCUS) == (
        Sign(Kind.ALIVE, DAILY, DAMASCUS),
        Sign(Kind.CANARY, WEEKLY, DAMASCUS),
        Sign(Kind.REPORT, DAILY, BERLIN, "desk"),
    )
