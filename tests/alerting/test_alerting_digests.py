from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.alerting.clean import clean
from monitor.alerting.digests import Member, digest_alert, digest_text, pack
from monitor.alerting.fit import width
from monitor.alerting.render import Names, render_alert
from monitor.model import Alert, Headline, Limits, Message, Reason, Severity

NOW = datetime(2024, 12, 6, 14, 10, tzinfo=UTC)
NAMES = Names({"homs": "Homs", "hama": "Hama"}, {"dw-en": "DW English"})
# Mail, Slack, Telegram, Discord, ntfy.
SERVICES = [Limits(200, 100_000), Limits(200, 30_000), Limits(0, 4_096), Limits(200, 2_000), Limits(200, 1_000)]


def member(
    number: int,
    *,
    title: str = "",
    url: str | None = None,
    severity: Severity = Severity.NORMAL,
    watches: tuple[str, ...] = ("homs",),
) -> Member:
    alert = Alert(
        id=f"alert-{number:04}",
        reason=Reason.NEW,
        severity=severity,
        created_at=NOW + timedelta(seconds=number),
        watches=watches,
        article_id=f"article-{number}",
        headlines=(
            Headline(
                title or f"Report {number} from the road to Homs",
                f"https://example.org/news/a-{number}" if url is None else url,
                "dw-en",
            ),
        ),
        seen_at=NOW,
    )
    return Member(f"delivery-{number:04}", alert, watches)


def told(members: list[Member], limits: Limits, *, repeat: bool = False) -> list[Message]:
    """Pack and render as the daemon does: what is alone is told as itself."""
    by_id = {each.id: each for each in members}
    messages = []
    for ids in pack(members, NAMES, limits):
        group = [by_id[each] for each in ids]
        alert = digest_alert("digest", group, NAMES, now=NOW) if len(group) > 1 else group[0].alert
        messages.append(
            render_alert(
                alert,
                watches=alert.watches,
                names=NAMES,
                limits=limits,
                zone=ZoneInfo("UTC"),
                repeat=repeat,
                message_id="<a@news-monitor.invalid>",
            )
        )
    return messages


def test_a_digest_says_how_many_alerts_there_are_for_each_watch() -> None:
    members = [member(n) for n in range(5)] + [member(5, watches=("hama",)), member(6, watches=("hama", "homs"))]
    assert digest_text(members, NAMES) == "7 alerts: Homs 6, Hama 2"
    assert digest_text(members[:1], NAMES) == "1 alert: Homs 1"


def test_many_watches_do_not_fill_a_digests_text() -> None:
    members = [member(n, watches=(f"a-watch-with-a-long-id-{n}",)) for n in range(40)]
    text = digest_text(members, NAMES)
    assert text.startswith("40 alerts: a-watch-with-a-long-id-0 1, ")
    assert text.endswith(" more watches")
    assert width(text) <= 120


def test_a_digest_is_worded_line_by_line() -> None:
    (message,) = told([member(1), member(2, title="الطريق إلى حمص")], Limits(200, 1_000))
    assert message.title == "News monitor: 2 alerts: Homs 2"
    assert message.body.split("\n") == [
        "2 alerts: Homs 2",
        "- Report 1 from the road to Homs (DW English)",
        "https://example.org/news/a-1",
        "- الطريق إلى حمص",
        "(DW English)",
        "https://example.org/news/a-2",
    ]


def test_the_most_severe_come_first_then_the_oldest() -> None:
    members = [member(3), member(1), member(2, severity=Severity.HIGH)]
    (ids,) = pack(members, NAMES, SERVICES[0])
    assert ids == ("delivery-0002", "delivery-0001", "delivery-0003")
    digest = digest_alert("d", members, NAMES, now=NOW)
    assert digest.severity is Severity.HIGH
    assert [headline.url[-1] for headline in digest.headlines] == ["2", "1", "3"]


def test_what_brings_its_own_text_is_never_cut_down_to_a_line() -> None:
    health = Member("health", Alert("h", Reason.HEALTH, Severity.HIGH, NOW, text="Feed dw-en is held.\nWhy."), ())
    assert pack([member(1), health, member(2)], NAMES, SERVICES[0]) == (
        ("health",),
        ("delivery-0001", "delivery-0002"),
    )


def test_what_no_digest_has_room_for_is_told_alone() -> None:
    limits = Limits(0, 160)
    assert pack([member(1), member(2)], NAMES, limits) == (("delivery-0001",), ("delivery-0002",))


def test_forty_alerts_fill_no_more_messages_than_they_must() -> None:
    messages = told([member(n) for n in range(40)], Limits(0, 4_096))
    assert len(messages) == 1
    assert len(told([member(n) for n in range(40)], Limits(200, 2_000))) == 2


def test_nothing_is_packed_into_nothing() -> None:
    assert pack([], NAMES, SERVICES[0]) == ()


def test_a_service_that_takes_less_than_when_it_was_packed_still_gets_what_fits() -> None:
    digest = digest_alert("d", [member(n, title="word " * 60) for n in range(10)], NAMES, now=NOW)
    message = render_alert(
        digest, watches=(), names=NAMES, limits=Limits(0, 900), zone=ZoneInfo("UTC"), repeat=True, message_id="<a@b>"
    )
    assert width(message.body) <= 900
    assert message.body.count("https://example.org/news/a-") == 10


titles = st.one_of(st.text(max_size=150), st.text("قصف على حمص霍姆斯a b&<\U0001f30d", min_size=1, max_size=350))


@pytest.mark.parametrize("limits", SERVICES, ids=str)
@settings(max_examples=4, deadline=None)
@example(count=500, some=["قصف على حمص " * 20, "a < b & c"], repeat=True)
@given(count=st.integers(1, 150), some=st.lists(titles, min_size=1, max_size=20), repeat=st.booleans())
def test_every_alert_is_in_exactly_one_message_with_its_title_and_link(
    limits: Limits, count: int, some: list[str], repeat: bool
) -> None:
    members = [member(n, title=some[n % len(some)]) for n in range(count)]
    messages = told(members, limits, repeat=repeat)
    lines = [line for message in messages for line in message.body.split("\n")]
    for message in messages:
        assert width(message.body) <= limits.body
        assert width(message.title) <= limits.title
    for each in members:
        link = each.alert.headlines[0].url
        assert lines.count(link) == 1
        at = lines.index(link)
        said = lines[at - 2 if lines[at - 1] == "(DW English)" else at - 1]
        if said.startswith("- "):
            start = said[2:].removesuffix(" (DW English)").rstrip(" …")
            assert clean(each.alert.headlines[0].title).strip().startswith(start) or start == "(no title)"


@given(st.integers(0, 3_000))
def test_a_link_of_any_length_is_told_or_its_host_is(length: int) -> None:
    url = f"https://example.org/{'a' * length}"
    messages = told([member(1, url=url), member(2)], Limits(0, 4_096))
    said = "\n".join(message.body for message in messages).split("\n")
    assert url in said or "(the link is too long for this service; it leads to example.org)" in said


def test_members_stand_for_their_own_watches_only() -> None:
    both = replace(member(1), watches=("hama",))
    assert digest_alert("d", [both], NAMES, now=NOW).watches == ("hama",)
    assert digest_alert("d", [both], NAMES, now=NOW, discreet=True).text == "1 alert: hama 1"
