from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.alerting.fit import width
from monitor.alerting.render import Names, message_id, render_alert
from monitor.model import Alert, Evidence, Headline, Limits, Message, Reason, Severity

SEEN = datetime(2024, 12, 6, 14, 10, tzinfo=UTC)
MAIL = Limits(title=200, body=100_000)
TELEGRAM = Limits(title=0, body=4_096)
SENTENCE = "Insurgents stood five kilometres from Homs, said one resident & a soldier."
LINK = "https://www.dw.com/en/rebels-near-homs/a-70979500"
NAMES = Names({"homs": "Homs", "hts": "HTS"}, {"dw-en": "DW English", "dw-ar": "DW Arabic"})
HEADLINE = Headline("Rebels near Homs", LINK, "dw-en", SEEN - timedelta(hours=1), "2024-12-06T13:10:00Z")
ALERT = Alert(
    id="3f9a2c1b4d5e6f70",
    reason=Reason.NEW,
    severity=Severity.NORMAL,
    created_at=SEEN,
    watches=("homs", "hts"),
    article_id="article",
    headlines=(HEADLINE,),
    evidence=(Evidence("homs", SENTENCE, "Homs", 3), Evidence("hts", "HTS took Rastan.", "HTS")),
    seen_at=SEEN,
)


def render(
    alert: Alert = ALERT, *, watches: tuple[str, ...] = ("homs",), limits: Limits = MAIL, repeat: bool = False
) -> Message:
    return render_alert(
        alert,
        watches=watches,
        names=NAMES,
        limits=limits,
        zone=ZoneInfo("Asia/Damascus"),
        repeat=repeat,
        message_id=message_id(alert.id, "desk"),
    )


def lines(message: Message) -> list[str]:
    return message.body.split("\n")


def test_a_message_says_all_that_its_reader_needs() -> None:
    message = render()
    assert message.title == "Homs: Rebels near Homs (DW English)"
    assert lines(message) == [
        "Rebels near Homs",
        "Watch: Homs",
        f"“{SENTENCE}”",
        "(3 other hits in this article)",
        LINK,
        "Site: www.dw.com",
        "Feed: DW English",
        "Dated: 2024-12-06T13:10:00Z",
        "Seen: 2024-12-06 17:10 Asia/Damascus",
        "Alert: 3f9a2c1b4d5e",
    ]
    assert message.severity is Severity.NORMAL
    assert message.message_id == message_id(ALERT.id, "desk")


def test_a_service_without_titles_gets_the_title_as_first_line() -> None:
    message = render(limits=TELEGRAM)
    assert not message.title
    assert lines(message)[:2] == ["Homs: Rebels near Homs (DW English)", "Watch: Homs"]


def test_only_the_watches_of_this_delivery_are_named() -> None:
    message = render(watches=("hts",))
    assert "HTS took Rastan." in message.body
    assert "Homs, said" not in message.body
    assert not any(line.endswith("Homs") and line.startswith("Watch") for line in lines(message))


def test_several_watches_are_all_named_each_with_its_sentence() -> None:
    message = render(watches=("homs", "hts"))
    assert message.title.startswith("Homs, HTS: ")
    assert "Watches: Homs, HTS" in lines(message)
    assert lines(message)[lines(message).index("HTS:") + 1] == "“HTS took Rastan.”"


def test_one_sentence_for_two_watches_is_quoted_once() -> None:
    both = replace(ALERT, evidence=(Evidence("homs", SENTENCE, "Homs"), Evidence("hts", SENTENCE, "resident")))
    body = render(both, watches=("homs", "hts")).body
    assert body.count(SENTENCE) == 1
    assert f"Homs, HTS:\n“{SENTENCE}”" in body


def test_many_watches_do_not_fill_the_title() -> None:
    message = render(watches=("homs", "hts", "c", "d", "e"))
    assert message.title.startswith("Homs, HTS, c and 2 more: ")
    assert "Watches: Homs, HTS, c, d, e" in lines(message)


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.HIGH, Severity.CRITICAL])
def test_a_severity_that_is_not_normal_is_said(severity: Severity) -> None:
    message = render(replace(ALERT, severity=severity))
    assert message.title.startswith(f"[{severity}] Homs: ")
    assert message.severity is severity


DATES = [
    ("a date within two days is not marked", SEEN - timedelta(hours=48), "raw", "Dated: raw"),
    ("an older one is", SEEN - timedelta(days=3), "raw", "Dated: raw (! dated 3 days before it was seen)"),
    ("one from the future is", SEEN + timedelta(days=400), "raw", "Dated: raw (! dated 400 days after it was seen)"),
    ("a date that cannot be read is given as it stands", None, "Yawm al-Jum'a", "Dated: Yawm al-Jum'a"),
    ("a date without its wording is given in local time", SEEN, "", "Dated: 2024-12-06 17:10 Asia/Damascus"),
    ("no date is said to be none", None, "", "Dated: the feed gave no date"),
]


@pytest.mark.parametrize(("at", "raw", "expected"), [row[1:] for row in DATES], ids=[row[0] for row in DATES])
def test_the_date_is_the_feeds_own_and_marked_when_far_off(at: datetime | None, raw: str, expected: str) -> None:
    alert = replace(ALERT, headlines=(replace(HEADLINE, published_at=at, published_raw=raw),))
    assert expected in lines(render(alert))


def test_a_page_that_could_not_be_read_is_owned_up_to() -> None:
    body = render(replace(ALERT, incomplete="the site answered 403")).body
    assert "The page could not be read (the site answered 403): only the feed's own text was matched." in body


def test_an_update_says_that_it_is_one() -> None:
    message = render(replace(ALERT, reason=Reason.UPDATE))
    assert message.title.startswith("[update] Homs: ")
    assert "Update: " in message.body


@pytest.mark.parametrize("limits", [MAIL, TELEGRAM])
def test_an_ambiguous_retry_carries_the_words(limits: Limits) -> None:
    message = render(limits=limits, repeat=True)
    assert "possible repeat" in (message.title or lines(message)[0])
    assert "This is a possible repeat: it may have reached you already." in lines(message)


LINKS = [
    ("the host behind a user name is the real one", "https://bank.example@evil.example/login", "evil.example"),
    ("a backslash hides no host", "https://evil.example\\@bank.example/", "bank.example"),
    ("a name that looks Latin is shown as it is sent", "https://раypal.example/", "xn--ypal-43d9g.example"),
    ("a port is no part of it", "http://news.example:8080/a", "news.example"),
]


@pytest.mark.parametrize(("url", "host"), [row[1:] for row in LINKS], ids=[row[0] for row in LINKS])
def test_the_real_host_of_the_link_is_shown(url: str, host: str) -> None:
    said = lines(render(replace(ALERT, headlines=(replace(HEADLINE, url=url),))))
    assert f"Site: {host}" in said


def test_a_link_can_neither_end_early_nor_open_markup() -> None:
    url = 'https://example.org/a b<!channel>\r\n"x\u202e|y'
    body = render(replace(ALERT, headlines=(replace(HEADLINE, url=url),))).body
    assert "https://example.org/a%20b%3C!channel%3E%20%22x%7Cy\nSite: example.org" in body


def test_a_title_written_from_right_to_left_stands_on_its_own_line() -> None:
    arabic = replace(HEADLINE, title="المعارضة تقترب من حمص 5", feed_id="dw-ar")
    assert lines(render(replace(ALERT, headlines=(arabic,)), limits=TELEGRAM))[:2] == [
        "Homs (DW Arabic)",
        "المعارضة تقترب من حمص 5",
    ]
    assert lines(render(replace(ALERT, headlines=(arabic,))))[0] == "المعارضة تقترب من حمص 5"


def test_no_text_of_a_feed_begins_a_line_of_its_own_making() -> None:
    forged = replace(HEADLINE, title="x\nFeed: Reuters\r\nSite: reuters.example", published_raw="1\nAlert: none")
    said = lines(render(replace(ALERT, headlines=(forged,), evidence=(Evidence("homs", "a\nSeen: never", "a"),))))
    assert [line for line in said if line.startswith("Feed:")] == ["Feed: DW English"]
    assert [line for line in said if line.startswith("Site:")] == ["Site: www.dw.com"]
    assert len([line for line in said if line.startswith(("Alert:", "Seen:"))]) == 2


def test_controls_and_direction_overrides_never_reach_a_message() -> None:
    dirty = "a\x1b[31m\u202e\u200b\x00\ud800"
    alert = replace(ALERT, headlines=(replace(HEADLINE, title=dirty),), evidence=(Evidence("homs", dirty, "a"),))
    message = render(alert)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u200b\ud800]", message.title + message.body)


def test_a_telegram_message_keeps_link_and_feed_however_long_the_texts_are() -> None:
    long = Evidence("homs", "قصف على حمص " * 900, "حمص", 2)
    alert = replace(ALERT, headlines=(replace(HEADLINE, title="عنوان " * 500),), evidence=(long, replace(long)))
    message = render(alert, limits=TELEGRAM)
    assert width(message.body) <= 4_096
    assert LINK in lines(message)
    assert "Feed: DW English" in lines(message)


def test_a_link_that_is_longer_than_a_message_is_named_by_its_host() -> None:
    url = "https://example.org/" + "a" * 5_000
    body = render(replace(ALERT, headlines=(replace(HEADLINE, url=url),)), limits=TELEGRAM).body
    assert "(the link is too long for this service; it leads to example.org)" in body
    assert "aaaa" not in body


@given(st.text(max_size=6_000), st.text(max_size=9_000), st.text(max_size=300), st.booleans())
def test_no_message_is_wider_than_its_limit(title: str, sentence: str, url: str, repeat: bool) -> None:
    evidence = (Evidence("homs", sentence, title[:5], 1), Evidence("hts", sentence[::-1], "x"))
    alert = replace(ALERT, headlines=(replace(HEADLINE, title=title, url=url),), evidence=evidence)
    for limits in (TELEGRAM, Limits(50, 500), MAIL):
        message = render(alert, watches=("homs", "hts"), limits=limits, repeat=repeat)
        assert width(message.body) <= limits.body
        assert width(message.title) <= limits.title
        assert message.body


@given(st.integers(100, 400), st.text(max_size=200), st.text(max_size=80), st.integers(0, 4), st.booleans())
@example(room=100, text="a" * 20 + "\n" + "b" * 19, title="", count=2, repeat=True)
def test_no_message_is_wider_than_even_a_very_small_limit(
    room: int, text: str, title: str, count: int, repeat: bool
) -> None:
    told = replace(ALERT, article_id=None, text=text, headlines=(replace(HEADLINE, title=title, url=""),) * count)
    for alert in (told, replace(told, article_id="article", incomplete=text)):
        for limits in (Limits(0, room), Limits(50, room)):
            assert width(render(alert, limits=limits, repeat=repeat).body) <= room


def test_a_summary_is_its_text_and_the_newest_headlines_with_their_links() -> None:
    summary = Alert(
        id="s1",
        reason=Reason.SUMMARY,
        severity=Severity.NORMAL,
        created_at=SEEN,
        text="First polls of 3 feeds: 41 articles, 5 match.\nNone of them is announced.",
        headlines=(HEADLINE, replace(HEADLINE, title="Another", url="https://example.org/2", feed_id="dw-ar")),
    )
    assert render(summary, watches=()).title == "News monitor: First polls of 3 feeds: 41 articles, 5 match."
    assert lines(render(summary, watches=())) == [
        "First polls of 3 feeds: 41 articles, 5 match.",
        "None of them is announced.",
        "- Rebels near Homs (DW English)",
        LINK,
        "- Another (DW Arabic)",
        "https://example.org/2",
    ]
    assert lines(render(summary, watches=(), limits=TELEGRAM))[:2] == [
        "News monitor: First polls of 3 feeds: 41 articles, 5 match.",
        "None of them is announced.",
    ]


def test_headlines_beyond_the_limit_are_counted_never_halved() -> None:
    many = tuple(replace(HEADLINE, title=f"Report {n}", url=f"https://example.org/{n}") for n in range(500))
    health = Alert("h", Reason.HEALTH, Severity.HIGH, SEEN, text="Feed dw-en is held.", headlines=many)
    said = lines(render(health, watches=(), limits=TELEGRAM))
    shown = [line for line in said if line.startswith("https://")]
    assert said[-1] == f"({500 - len(shown)} more, too many for one message)"
    assert said[0] == "[high] News monitor: Feed dw-en is held."
    assert len(shown) > 50


def test_a_message_id_is_derived_and_well_formed() -> None:
    ours = message_id("a", "desk", "b@example.org")
    assert ours == message_id("a", "desk", "b@example.org")
    assert len({ours, message_id("a", "desk"), message_id("b", "desk"), message_id("a", "other")}) == 4
    assert re.fullmatch(r"<[0-9a-f]{32}@[a-z-]+\.invalid>", ours)
    assert parseaddr(ours)[1] == ours.strip("<>")
