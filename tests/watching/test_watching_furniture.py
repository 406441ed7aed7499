from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Part, Salience, Verdict, Watch
from monitor.watching.furniture import is_around, is_furniture
from monitor.watching.rules import Spot
from monitor.watching.watchlist import compile_watchlist

HOMS = compile_watchlist([Watch("homs", "Homs", ConceptKind.PLACE, ("Homs, SY",))], Index()).watchlist
TEXT = "The mayor spoke for an hour about schools and roads. Nobody asked him about the budget of the coming year."


@pytest.mark.parametrize(
    ("why", "line"),
    [
        ("a caption", "Image: A street in Homs in May"),
        ("a German caption", "Bild: Eine Straße in Homs"),
        ("an Arabic caption", "صورة: شارع في حمص"),
        ("a credit behind a caption", "Smoke over Homs on Friday. © Firas Doe | DPA Images"),
        ("an agency behind a caption", "Smoke over Homs on Friday / Reuters"),
        ("a Korean credit", "28일 홈스 시내에서 시민들이 이동하고 있다. 홈스=연합뉴스"),
        ("a Chinese credit", "这是霍姆斯的一条街道。新华社记者 李明 摄"),
        ("a byline", "By: Peter Doe in Homs"),
        ("who reported", "Reporting by Maya Doe in Homs and Peter Roe in London; Editing by Ann Poe."),
        ("who helped", "Additional reporting by Maya Doe in Homs"),
        ("who took pictures", "(Photos by Maya Doe in Homs)"),
        ("a related story", "Related: Homs falls to rebels"),
        ("another", "Lesen Sie auch: Homs ist gefallen"),
        ("a Russian one", "Читайте также: Хомс взят"),
        ("a pointer", "> A Homs, la vie reprend"),
        ("a video's title", "Video: Homs after the battle"),
        ("a video's length", "Nach dem Angriff auf Homs verließen viele Menschen die Stadt. 18.04.2024 | 0:21 min"),
        ("an embedded post", "— City of Homs (@homs) February 11, 2025"),
        ("a broadcast", "Dieses Thema im Programm: Radio Homs | Nachrichten | 28. April"),
        ("agencies", "kb/ac (AFP, dpa, Reuters)"),
        ("an appeal", "Sign up for our letter from Homs."),
    ],
)
def test_a_line_that_is_not_the_article_is_known_by_its_form(why: str, line: str) -> None:
    assert is_furniture(line), why


@pytest.mark.parametrize(
    ("why", "line"),
    [
        ("a sentence", "Rebels took Homs on Friday."),
        ("a heading", "Iraq closes its crossing"),
        ("a heading with a colon", "Seilbahn Duisburg: Haltestelle und Trassenverlauf"),
        ("a liveblog's entry", "10.31 Uhr: Farbanschlag in Berlin"),
        ("an agency's dateline", "HOMS, April 25 (Reuters) - Nepal's civil aviation authority disputed on"),
        ("another", "HOMS (AFP) — Rebels said that they took the town"),
        ("an agency named in a sentence", "A witness told Reuters that Homs was calm."),
        ("a quotation's speaker", "„Der zweite Papst aus Amerika“"),
        ("a key point", "- Palästinenser mutmaßlich von Siedlern erschossen (11.13 Uhr)"),
        ("a photo in a sentence", "Photos of Homs show empty streets."),
        ("a picture in a sentence", "By Friday Homs had fallen."),
        ("reporting as a subject", "Reporting from Homs is dangerous."),
    ],
)
def test_a_line_of_the_article_is_not_taken_for_furniture(why: str, line: str) -> None:
    assert not is_furniture(line), why


def around(body: str, word: str = "Homs") -> bool:
    start = body.index(word)
    return is_around(Spot(Part.BODY, start, start + len(word)), Article("1", "", "", "x", body=body))


@pytest.mark.parametrize(
    ("why", "body", "expected"),
    [
        ("below a heading of a box", f"{TEXT}\nRelated stories\nTrams in Lyon\nHoms falls", True),
        ("a paragraph below it", f"{TEXT}\nRead more\n{TEXT} It rained in Homs.", False),
        ("after the box", f"{TEXT}\nRead more\nTrams in Lyon\n{TEXT}\nCalm in Homs", False),
        ("a short sentence below it", f"{TEXT}\nRead More\nHoms is calm.", False),
        ("breadcrumbs", f"- News\n- Syria\n- Homs\n- Homs schools reopen after months\n{TEXT}", True),
        ("key points", f"- Rebels took the town of Homs on Friday\n- The army left without a fight\n{TEXT}", False),
        ("a list in the text", f"{TEXT}\n- Hama\n- Homs", False),
        ("all there is", "Photo: Homs", False),
    ],
)
def test_boxes_and_paths_are_known_by_the_lines_around(why: str, body: str, *, expected: bool) -> None:
    assert around(body) is expected, why


@pytest.mark.parametrize(
    ("why", "body", "tail"),
    [
        ("a caption in the text", f"{TEXT}\nPhoto: Rain in Homs, Syria", ""),
        ("a box of five", f"{TEXT}\nRelated stories\n" + "Homs again in Syria\n" * 5, ""),
        ("a byline", f"{TEXT}\nReporting by Maya Doe in Homs, Syria; Editing by Ann Poe.", ""),
        ("the tail", TEXT, "Image: Homs, Syria"),
    ],
)
def test_what_stands_around_an_article_is_a_trace_and_no_match(why: str, body: str, tail: str) -> None:
    (match,) = HOMS.match(Article("1", "", "", "Budget", body=body, tail=tail, language="en"))
    assert (match.verdict, match.salience) == (Verdict.POSSIBLE, Salience.TRACE), why
    assert any("only around the article" in reason for reason in match.reasons), why
