from __future__ import annotations

from dataclasses import replace

import pytest
from support.chatparse import html_seen
from support.telling import alert_of, digest_of, said

from monitor.alerting.render import Names
from monitor.model import Reason

ARABIC = "المعارضة تقترب من حمص"
NAMES = Names({"homs": "حمص"}, {"dw-en": "عربي"})


def test_every_foreign_text_sets_its_own_direction() -> None:
    alert = alert_of(title=ARABIC, sentence=f"قال المرصد: {ARABIC}.", form="حمص")
    html = said(alert, names=NAMES).html
    assert f'<p dir="auto" style="font-weight:bold">{ARABIC}</p>' in html
    assert '<bdi dir="auto">حمص</bdi></h1>' in html
    assert '<p>Feed: <bdi dir="auto">عربي</bdi></p>' in html
    assert '<blockquote dir="auto"' in html
    assert f'<bdi dir="auto">{ARABIC}</bdi>' in said(digest_of(alert, alert), names=NAMES).html


MARKS = [
    ("as it stands", "Troops near Homs today.", "Homs", "near <mark>Homs</mark> today"),
    ("in another case", "Troops near HOMS today.", "homs", "near <mark>HOMS</mark> today"),
    ("escaped around it", "a <b> & Homs <i>", "Homs", "a &lt;b&gt; &amp; <mark>Homs</mark> &lt;i&gt;"),
    ("escaped itself", "the <Homs> club", "<Homs>", "the <mark>&lt;Homs&gt;</mark> club"),
    ("nothing where it is not", "Troops near Hama.", "Homs", "Troops near Hama."),
    ("nothing for nothing", "Troops near Hama.", "", "Troops near Hama."),
]


@pytest.mark.parametrize(("sentence", "form", "expected"), [row[1:] for row in MARKS], ids=[row[0] for row in MARKS])
def test_the_hit_is_marked(sentence: str, form: str, expected: str) -> None:
    assert expected in said(alert_of(sentence=sentence, form=form)).html


LINKS = [
    ("https://www.dw.com/a?b=1&c=2", "https://www.dw.com/a?b=1&c=2", "www.dw.com"),
    ("https://bank.example@evil.example:8443/x", "https://evil.example:8443/x", "evil.example"),
    ("https://раypal.example/x", "https://xn--ypal-43d9g.example/x", "xn--ypal-43d9g.example"),
    ("http://[::1]:8080/x", "http://[::1]:8080/x", "::1"),
]


@pytest.mark.parametrize(("url", "href", "host"), LINKS)
def test_a_link_is_called_by_the_host_it_leads_to(url: str, href: str, host: str) -> None:
    html = said(alert_of(url=url)).html
    assert html_seen(html).links == (href,)
    assert f">{host}</a>" in html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example/", "//a.example", "x", ""])
def test_what_is_no_address_of_the_web_is_no_link(url: str) -> None:
    assert html_seen(said(alert_of(url=url)).html).links == ()


def test_a_health_message_is_told_line_by_line() -> None:
    health = replace(alert_of(), article_id=None, reason=Reason.HEALTH, text="Feed <x> is gone.\nSince Monday.")
    seen = html_seen(said(health).html)
    assert seen.foreign == ()
    assert "Feed <x> is gone." in seen.text
    assert "Since Monday." in seen.text
