from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import trafilatura

from monitor.errors import ExtractError
from monitor.planning.work import Extracted, Fetched, NoText
from monitor.sources.articles import ChildExtractor, extract_page
from monitor.sources.children import Bounds, Children
from monitor.sources.pagehead import clean_title

URL = "https://news.example.org/world/bridge-at-rastan"
STORY = (
    "A bridge on the motorway north of the city was hit overnight, residents said on Friday.",
    "Families left for the coast in cars and lorries, and queues formed at the last petrol station before the hills.",
    "An officer who asked not to be named said that the road would stay closed until engineers had looked at it.",
    "The governor's office did not answer questions. A hospital in the old town asked for blood of all groups.",
)
RELATED = "Homs in pictures: ten years of a city under siege"


def page(body: str, *, head: str = "", lang: str = "en") -> bytes:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">{head}</head><body>'
        f'<a class="skip-link" href="#main">Skip to content</a><nav><a href="/">Home</a><a href="/w">World</a></nav>'
        f"<main>{body}</main><footer>Imprint and privacy</footer></body></html>"
    ).encode()


def story(*extra: str, title: str = "Bridge at Rastan hit", lead: str = "") -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in STORY)
    return f"<article><header><h1>{title}</h1>{lead}</header>{paragraphs}{''.join(extra)}</article>"


def read(body: bytes, url: str = URL, content_type: str = "text/html") -> Extracted:
    found = extract_page(body, url, content_type)
    assert isinstance(found, Extracted)
    return found


def test_the_text_is_the_story_a_paragraph_a_line() -> None:
    found = read(page(story()))
    assert found.text == "\n".join(STORY)
    assert (found.title, found.language) == ("Bridge at Rastan hit", "en")


CARDS = "".join(
    f'<div class="card"><h3><a href="/s/{n}">{RELATED} {n}</a></h3><p>Teaser {n}</p></div>' for n in range(4)
)


@pytest.mark.parametrize(
    "beside",
    [
        f"<aside><h2>More</h2><p>{RELATED} and much more of it in a long paragraph that looks like text.</p></aside>",
        f'<div class="related-stories"><h2>Related</h2><p>{RELATED}</p><p>{RELATED}</p></div>',
        f'<div class="relatedStories"><p>{RELATED}, a long teaser with a full sentence in it.</p></div>',
        f'<ul><li><a href="/1">{RELATED} one</a></li><li><a href="/2">{RELATED} two</a></li></ul>',
        f'<p>Read also: <a href="/1">{RELATED} and what came of it since</a></p>',
        f'<article class="teaser"><a href="/1"><h3>{RELATED}</h3><p>A teaser of another story.</p></a></article>',
        f"<div>{CARDS}</div>",
        f'<div class="newsletter-signup"><p>{RELATED}: our newsletter brings it each morning.</p></div>',
        f'<figure><img src="x.jpg"><figcaption>{RELATED}. Photo: Somebody/AFP</figcaption></figure>',
        f'<div class="image__caption">{RELATED}</div>',
        f"<p>Photo: {RELATED}</p>",
        "<p>© 2024 Homs Pictures</p>",
        "<p>ab/cd (AFP, Reuters)</p>",
        '<div class="cookie-consent"><p>Homs readers, we use cookies to make your visit better and safer.</p></div>',
    ],
)
def test_what_stands_beside_the_story_is_not_in_its_text(beside: str) -> None:
    text = read(page(story(beside))).text
    assert "Homs" not in text
    assert "AFP" not in text
    assert [paragraph for paragraph in STORY if paragraph not in text] == []


def test_another_article_appended_to_the_page_is_not_in_the_text() -> None:
    second = (
        f"<article><h1>{RELATED}</h1>"
        + "".join(f"<p>{RELATED}, part {n} of a long series.</p>" for n in range(9))
        + "</article>"
    )
    filler = "".join(f"<p>{text} Number {n}.</p>" for n in range(2) for text in STORY)
    text = read(page(story(filler) + second)).text
    assert "Homs" not in text
    assert STORY[3] in text


def test_captions_are_kept_as_the_tail() -> None:
    found = read(page(story("<figure><img src='x'><figcaption>Soldiers near Talbiseh</figcaption></figure>")))
    assert found.tail == "Soldiers near Talbiseh"
    assert "Talbiseh" not in found.text


def test_the_standfirst_stands_before_the_text_once() -> None:
    lead = "The crossing of the Orontes is gone, and with it the short way to the north of the country."
    marked = read(page(story(lead=f'<p class="standfirst">{lead}</p>')))
    assert marked.text.splitlines() == [lead, *STORY]


def test_tables_and_lists_of_the_story_are_kept() -> None:
    table = "<table><tr><th>Town</th><th>Fell on</th></tr><tr><td>Talbiseh</td><td>6 December</td></tr></table>"
    text = read(page(story(table, "<ul><li>Water is short in the east</li><li>Bread is rationed</li></ul>"))).text
    assert "Talbiseh" in text
    assert "Water is short in the east" in text


# --- when the first way fails -------------------------------------------------------------------------------------


def test_text_within_a_thousand_tags_is_found_which_the_naive_call_does_not_find() -> None:
    deep = "<div>" * 1_000 + "".join(f"<p>{text}</p>" for text in STORY) + "</div>" * 1_000
    assert STORY[1] not in (trafilatura.extract(page(f"<h1>T</h1>{deep}")) or "")
    assert STORY[1] in read(page(f"<h1>T</h1>{deep}")).text


def test_text_that_stands_in_json_ld_only_is_found() -> None:
    data = {"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle", "articleBody": "\n".join(STORY * 2)}]}
    body = page('<div id="app"></div>', head=f'<script type="application/ld+json">{json.dumps(data)}</script>')
    assert STORY[2] in read(body).text


def test_text_that_stands_in_a_script_s_data_only_is_found() -> None:
    html = "".join(f"<p>{text}</p>" for text in STORY)
    state = json.dumps(json.dumps({"story": {"headline": "T", "contentHtml": html}}))
    found = read(page(f'<div id="app"></div><script>window.state.push([1,{state}])</script>'))
    assert found.text.splitlines() == list(STORY)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "text/html"),
        (b" \n ", "text/html"),
        (b"<html><body><script>app()</script></body></html>", "text/html"),
        (b"%PDF-1.4 ...", "application/pdf"),
        (b"\x89PNG\r\n", "image/png"),
    ],
)
def test_a_page_without_text_says_why(body: bytes, content_type: str) -> None:
    found = extract_page(body, URL, content_type)
    assert isinstance(found, NoText)
    assert found.reason


# --- what the page says of itself -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "site", "host", "clean"),
    [
        ("Syria: Rebels near Homs – DW – 06.12.2024", "dw.com", "www.dw.com", "Syria: Rebels near Homs"),
        ("سوريا: معارك قرب حمص – DW – 2024/12/06", "", "www.dw.com", "سوريا: معارك قرب حمص"),
        ("Bridge hit | Example News", "Example News", "example.org", "Bridge hit"),
        ("Bridge hit - Example", "", "www.example.org", "Bridge hit"),
        ("Bridge hit | World | The Example", "The Example", "example.org", "Bridge hit | World"),
        ("Brücke zerstört | Börsen-Blatt", "", "www.boersen-blatt.example", "Brücke zerstört"),
        ("Example: Bridge hit", "Example", "example.org", "Example: Bridge hit"),
        ("Assad – the end of an era", "Example News", "example.org", "Assad – the end of an era"),
        ("Live - Rastan - Talbiseh", "Example News", "example.org", "Live - Rastan - Talbiseh"),
        ("Hama-Homs road closed", "Homs Post", "homspost.example", "Hama-Homs road closed"),
    ],
)
def test_a_title_loses_its_publisher_and_no_dash_of_its_own(title: str, site: str, host: str, clean: str) -> None:
    assert clean_title(title, site=site, host=host) == clean


@pytest.mark.parametrize(
    ("stated", "canonical"),
    [
        ("https://news.example.org/world/bridge", "https://news.example.org/world/bridge"),
        ("/world/bridge", "https://news.example.org/world/bridge"),
        ("https://www.example.org/world/bridge", "https://www.example.org/world/bridge"),
        ("https://elsewhere.example.com/world/bridge", None),
        ("https://news.example.org/", None),
        ("javascript:alert(1)", None),
        ("https://[broken", None),
    ],
)
def test_a_canonical_address_is_believed_on_the_same_site_only(stated: str, canonical: str | None) -> None:
    assert read(page(story(), head=f'<link rel="canonical" href="{stated}">')).url == canonical


@pytest.mark.parametrize(
    ("head", "published_at"),
    [
        (
            '<meta property="article:published_time" content="2024-12-06T10:00:00+03:00">',
            datetime(2024, 12, 6, 7, tzinfo=UTC),
        ),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2024-12-06"}</script>',
            datetime(2024, 12, 6, tzinfo=UTC),
        ),
        ('<meta property="article:published_time" content="soon">', None),
        ("", None),
    ],
)
def test_a_date_is_the_page_s_own_statement_or_none(head: str, published_at: datetime | None) -> None:
    assert read(page(story(), head=head)).published_at == published_at


RUSSIAN = (
    "Ночью был разрушен мост к северу от города, сообщили жители. Семьи уезжают к побережью на машинах и грузовиках."
)


def test_the_language_is_that_of_the_text_whatever_the_template_declares() -> None:
    body = page(f"<article><h1>Мост</h1><p>{RUSSIAN}</p><p>{RUSSIAN[::-1]}</p><p>{RUSSIAN} {RUSSIAN}</p></article>")
    assert read(body).language == "ru"


@pytest.mark.parametrize(
    ("charset", "content_type"),
    [
        ("cp1251", "text/html; charset=windows-1251"),
        ("cp1251", "text/html"),
        ("utf-8", "text/html; charset=iso-8859-1"),
    ],
)
def test_letters_arrive_whatever_is_declared(charset: str, content_type: str) -> None:
    paragraphs = "".join(f"<p>{RUSSIAN} Абзац {n}.</p>" for n in range(4))
    body = f"<html><body><article><h1>Мост у Растана</h1>{paragraphs}</article></body></html>".encode(charset)
    found = read(body, content_type=content_type)
    assert "разрушен мост" in found.text
    assert found.title == "Мост у Растана"


def tag_of(attributes: int) -> bytes:
    stated = " ".join(f"a{number}='{number}'" for number in range(attributes))
    return page(f"<div {stated}>Homs</div><p>{STORY[0]}</p>")


def naive(attributes: int) -> float:
    """Return the seconds of work that trafilatura takes."""
    begun = time.process_time()
    trafilatura.extract(tag_of(attributes))
    return time.process_time() - begun


async def test_many_attributes_cost_the_naive_call_their_square_and_us_a_child_at_most() -> None:
    naive(4_000)  # what it loads at first is no part of the cost.
    assert naive(16_000) > 6 * naive(4_000)
    children = Children(1, bounds=Bounds(cpu=timedelta(seconds=1)))
    extractor = ChildExtractor(children)
    try:
        with pytest.raises(ExtractError, match="stopped after 1 s of work"):
            await extractor.extract(Fetched(URL, tag_of(100_000)))
        assert isinstance(await extractor.extract(Fetched(URL, page(story()))), Extracted)
    finally:
        await children.close()


async def test_a_page_that_poisons_its_child_does_not_cost_the_next_one() -> None:
    children = Children(1)
    extractor = ChildExtractor(children)
    attributes = " ".join(f"a{n}='{n}'" for n in range(3_000))
    try:
        await extractor.extract(Fetched(URL, page(f"<div {attributes}>x</div>" * 3)))
        found = await extractor.extract(Fetched(URL, page(story())))
    finally:
        await children.close()
    assert isinstance(found, Extracted)
    assert found.text == "\n".join(STORY)
