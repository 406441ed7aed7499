from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.sources.charset import decode_text, detect_charset
from monitor.sources.dates import parse_date
from monitor.sources.language import page_language
from monitor.sources.plaintext import html_to_text, plain

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-12-06T10:00:00Z", datetime(2024, 12, 6, 10, tzinfo=UTC)),
        ("2024-12-06T10:00:00.123+03:00", datetime(2024, 12, 6, 7, tzinfo=UTC)),
        ("2024-12-06", datetime(2024, 12, 6, tzinfo=UTC)),
        ("2024-12", datetime(2024, 12, 1, tzinfo=UTC)),
        ("20241206T1000Z", datetime(2024, 12, 6, 10, tzinfo=UTC)),
        ("2024-12-05T24:00:00Z", datetime(2024, 12, 6, tzinfo=UTC)),
        ("2024-11-30T23:59:60Z", datetime(2024, 11, 30, 23, 59, 59, tzinfo=UTC)),
        ("Fri, 06 Dec 2024 10:00:00 GMT", datetime(2024, 12, 6, 10, tzinfo=UTC)),
        ("6 Dec 2024 10:00 EST", datetime(2024, 12, 6, 15, tzinfo=UTC)),
        ("6 Dec 2024", datetime(2024, 12, 6, tzinfo=UTC)),
        ("1733479200", datetime(2024, 12, 6, 10, tzinfo=UTC)),
        ("1733479200000", datetime(2024, 12, 6, 10, tzinfo=UTC)),
        ("2024-12-08T11:00:00Z", datetime(2024, 12, 8, 11, tzinfo=UTC)),
        ("2024-12-08T13:00:00Z", None),
        ("1989-11-09", None),
        ("2024-13-01", None),
        ("2024-02-30", None),
        ("06/12/2024", None),
        ("99999999999999999999", None),
        ("", None),
        ("Fri, 99 Dec 2024 10:00:00 GMT", None),
    ],
)
def test_a_date_is_right_or_none(written: str, read: datetime | None) -> None:
    assert parse_date(written, now=NOW) == read


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    found = parse_date(text, now=NOW)
    assert found is None or datetime(1990, 1, 1, tzinfo=UTC) <= found <= NOW + timedelta(hours=48)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("5 < 6 &amp; 7", "5 < 6 & 7"),
        ("a<b>b</b><script>x()</script> c", "ab c"),
        ("one<br>two<p>three", "one two three"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&nbsp;&copy;&hellip;\u3000x", "©… x"),
        ("<!-- hidden -->seen", "seen"),
        ("<style>p{}</style>", ""),
        ("x\x00y<i>z</i>", "xyz"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<svg/onload=alert(1)>", ""),
    ],
)
def test_markup_becomes_text_with_entities_decoded_once(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


def test_blocks_become_lines() -> None:
    assert html_to_text("<h2>Head</h2><p>One\ntwo</p><ul><li>a<li>b</ul>c", paragraphs=True) == "Head\nOne two\na\nb\nc"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>/&;#!-abp \"'=\x00\ud800é")))
def test_no_markup_breaks_the_making_of_text(markup: str) -> None:
    assert "\n" not in html_to_text(markup)


def test_a_hundred_thousand_open_tags_are_no_burden() -> None:
    assert html_to_text("<b>" * 100_000 + "x") == ""
    assert html_to_text("<div>" * 1_500 + "deep") == "deep"


def test_plain_text_keeps_what_only_looks_like_markup() -> None:
    assert plain(" a <b\u00a0 &amp;\n c ") == "a <b &amp; c"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Российские войска нанесли удар по городу Хомс, жители уходят.", "cp1251"),
        ("Обстрел Хомса", "cp1251"),
        ("Обстрел Хомса", "koi8-r"),
        ("Ο στρατός βομβάρδισε τη Χομς και οι κάτοικοι φεύγουν", "cp1253"),
        ("قصف الجيش السوري مدينة حمص القديمة ليلة أمس", "cp1256"),
        ("Größe und Übermut: «Köln» – “so ist es”…", "cp1252"),
        ("São Paulo é a maior; não há dúvida, 2º turno", "cp1252"),
        ("Wałęsa jedzie do Łodzi, będzie mówił o źródłach", "cp1250"),
        ("İstanbul'da ışıklar söndü, şehir çağrı yaptı", "cp1254"),
        ("ホムスで戦闘が続いている。市民は避難した。", "cp932"),
        ("霍姆斯的战斗仍在继续，居民已经撤离。", "gb18030"),
    ],
)
def test_an_undeclared_charset_is_told_by_its_letters(text: str, charset: str) -> None:
    body = f"<rss><channel><title>{text}</title></channel></rss>".encode(charset)
    assert detect_charset(body) is not None
    assert text in decode_text(body)


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=utf-8", "text/xml; charset=nonsense"]))
@settings(max_examples=50, deadline=None)
def test_no_bytes_break_the_decoding(body: bytes, content_type: str) -> None:
    assert isinstance(decode_text(body, content_type), str)


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (
            "Families left for the coast in cars and lorries, and queues formed at the last petrol station. " * 3,
            "ar",
            "en",
        ),
        (
            "غادرت عائلات كثيرة المدينة نحو الساحل بالسيارات والشاحنات، وقال سكان إن الطريق مغلق منذ الليل. " * 3,
            None,
            "ar",
        ),
        (
            "Familiene dro mot kysten i biler og lastebiler, og køen ved den siste bensinstasjonen var lang. " * 3,
            "nb",
            "nb",
        ),
        ("Homs", "tr", "tr"),
        ("Homs", None, None),
    ],
)
def test_a_sure_detection_wins_over_a_declaration(text: str, declared: str | None, language: str | None) -> None:
    assert page_language(text, declared=declared) == language
