from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerting.fit import width
from monitor.alerting.render import Names, render_alert
from monitor.alerting.report import DeadLetter, FeedLine, Possible, Report, SilenceLine, report_alert, report_text
from monitor.model import FeedHealth, Headline, Limits, Message, Reason

NOW = datetime(2024, 12, 7, 5, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Damascus")
NAMES = Names({"homs": "Homs", "hama": "Hama"}, {"dw-en": "DW English", "sana": "SANA"})
REPORT = Report(
    kind="daily",
    since=NOW - timedelta(days=1),
    until=NOW,
    alerts=7,
    counts=(("hama", 2), ("homs", 6)),
    possible=(Possible("homs", Headline("A club from Homs wins", "https://example.org/club", "dw-en")),),
    dead=(DeadLetter("3f9a2c1b4d5e6f70", "desk", "403 invalid_token"),),
    feeds=(FeedLine("sana", FeedHealth.FAILING, NOW - timedelta(hours=9), "the site answered 503"),),
    feed_count=41,
    silences=(SilenceLine("Rima", "drill in the port", NOW + timedelta(hours=2), 3),),
)


def render(report: Report, limits: Limits) -> Message:
    return render_alert(
        report_alert("r1", report, NAMES, ZONE),
        watches=(),
        names=NAMES,
        limits=limits,
        zone=ZONE,
        repeat=False,
        message_id="<a@news-monitor.invalid>",
    )


def test_a_report_says_what_was_told_what_failed_and_what_to_judge() -> None:
    message = render(REPORT, Limits(200, 100_000))
    assert message.title == "News monitor: Daily report: 7 alerts"
    assert message.body.split("\n") == [
        "Daily report: 7 alerts",
        "From 2024-12-06 08:00 Asia/Damascus to 2024-12-07 08:00 Asia/Damascus.",
        "Alerts by watch:",
        "- Homs: 6",
        "- Hama: 2",
        "Given up, nobody was told:",
        "- alert 3f9a2c1b4d5e on desk: 403 invalid_token",
        "Feeds that are not well, of 41:",
        "- SANA: failing, last well 2024-12-06 23:00 Asia/Damascus (the site answered 503)",
        "Silences:",
        "- by Rima until 2024-12-07 10:00 Asia/Damascus: drill in the port (3 muted)",
        "Possible, for you to judge (Homs 1):",
        "- A club from Homs wins (DW English)",
        "https://example.org/club",
    ]


def test_a_quiet_day_is_said_to_be_one() -> None:
    text = report_text(Report("weekly", NOW - timedelta(days=7), NOW, 0, feed_count=3), NAMES, ZONE)
    assert text.split("\n")[0] == "Weekly report: 0 alerts"
    assert text.split("\n")[2:] == ["No delivery was given up.", "All 3 feeds are well."]


@pytest.mark.parametrize("limits", [Limits(200, 100_000), Limits(0, 4_096), Limits(0, 1_365), Limits(200, 500)])
@given(count=st.integers(0, 60), words=st.text(max_size=200))
def test_a_report_fits_whatever_it_has_to_say(limits: Limits, count: int, words: str) -> None:
    full = replace(
        REPORT,
        counts=tuple((f"watch-{n}", n) for n in range(count)),
        possible=tuple(Possible("homs", Headline(words, f"https://example.org/{n}", "dw-en")) for n in range(count)),
        dead=tuple(DeadLetter(f"a{n}", "desk", words) for n in range(count)),
        silences=(SilenceLine(words, words, NOW),) * (count // 10),
    )
    message = render(full, limits)
    assert width(message.body) <= limits.body
    assert "Daily report: 7 alerts" in message.title + message.body


def test_foreign_words_in_a_report_begin_no_line() -> None:
    forged = replace(REPORT, dead=(DeadLetter("a", "desk", "x\nSilences:\r\n- by the director"),))
    lines = report_text(forged, NAMES, ZONE).split("\n")
    assert lines.count("Silences:") == 1


def test_a_report_is_no_list_of_alerts_and_a_discreet_one_says_nothing_but_that_it_is_there() -> None:
    told = report_alert("a" * 32, REPORT, NAMES, ZONE)
    assert (told.reason, told.watches) == (Reason.DIGEST, ())
    message = render_alert(
        told,
        watches=(),
        names=NAMES,
        limits=Limits(200, 4_000),
        zone=ZONE,
        repeat=False,
        message_id="<x@y>",
        discreet=True,
    )
    assert (message.title, message.body) == ("News monitor: digest", f"Alert: {'a' * 12}")
