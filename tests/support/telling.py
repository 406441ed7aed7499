"""Word an alert as the daemon does, for a test that sends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.alerting.digests import Member, digest_alert
from monitor.alerting.headers import message_id
from monitor.alerting.render import Names, render_alert
from monitor.model import Alert, Evidence, Headline, Limits, Message, Reason, Severity

SEEN = datetime(2024, 12, 6, 14, 10, tzinfo=UTC)
LINK = "https://www.dw.com/en/rebels-near-homs/a-70979500"
NAMES = Names({"homs": "Homs", "hama": "Hama"}, {"dw-en": "DW English"})
MAIL = Limits(200, 100_000)


def alert_of(
    *,
    title: str = "Rebels near Homs",
    sentence: str = "Insurgents stood five kilometres from Homs, said one resident.",
    form: str = "Homs",
    url: str = LINK,
    raw: str = "2024-12-06T13:10:00Z",
    incomplete: str = "",
    watch: str = "homs",
    feed: str = "dw-en",
    reason: Reason = Reason.NEW,
    severity: Severity = Severity.NORMAL,
    alert_id: str = "3f9a2c1b4d5e6f70",
) -> Alert:
    return Alert(
        id=alert_id,
        reason=reason,
        severity=severity,
        created_at=SEEN,
        watches=(watch,),
        article_id="article",
        headlines=(Headline(title, url, feed, SEEN - timedelta(hours=1), raw),),
        evidence=(Evidence(watch, sentence, form, 2),),
        seen_at=SEEN,
        incomplete=incomplete,
    )


def digest_of(*alerts: Alert, names: Names = NAMES, discreet: bool = False) -> Alert:
    members = [Member(each.id, each, each.watches) for each in alerts]
    return digest_alert("d1g3st", members, names, now=SEEN, discreet=discreet)


def said(
    alert: Alert,
    *,
    limits: Limits = MAIL,
    names: Names = NAMES,
    repeat: bool = False,
    discreet: bool = False,
    first: str = "",
    channel: str = "desk",
) -> Message:
    return render_alert(
        alert,
        watches=alert.watches,
        names=names,
        limits=limits,
        zone=ZoneInfo("Asia/Damascus"),
        repeat=repeat,
        message_id=message_id(alert.id, channel),
        channel_id=channel,
        first_id=message_id(first, channel) if first else "",
        discreet=discreet,
    )
