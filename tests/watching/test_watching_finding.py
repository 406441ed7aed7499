from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Watch
from monitor.watching.readings import Reading
from monitor.watching.rules import text_of
from monitor.watching.watchlist import Watchlist, compile_watchlist

LVIV, LATAKIA, PORT, SPLIT, RAQQA = (
    Watch(name, name, ConceptKind.PLACE, (name,), aliases=aliases)
    for name, aliases in (
        ("geonames:702550", ("Львів", "Львов", "לבוב")),
        ("geonames:173576", ("اللاذقية",)),
        ("geonames:3718426", ("Порт-о-Пренс", "Port-au-Prince")),
        ("geonames:3190261", ("Split",)),
        ("geonames:172955", ("الرقة",)),
    )
)
GOLANI = Watch("golani", "g", ConceptKind.PERSON, ("Ahmad al-Golani",))
LEADER = Watch("leader", "l", ConceptKind.PERSON, ("Volodymyr Zelensky",))
MAKER = Watch("maker", "m", ConceptKind.ORG, ("Rheinmetall AG", "WFP"))
WORD = Watch("word", "w", ConceptKind.KEYWORD, ("обстрел",))
EVERYBODY = (LVIV, LATAKIA, PORT, SPLIT, RAQQA, GOLANI, LEADER, MAKER, WORD)


def _compile(*watches: Watch) -> Watchlist:
    return compile_watchlist(watches, Index()).watchlist


ALL = _compile(*EVERYBODY)


def _read(text: str, *watches: Watch, lang: str | None = None) -> list[tuple[str, str]]:
    """Return what was read as a name of one of the watches, and by which rule."""
    watchlist = _compile(*watches)
    article = Article("1", "feed", "", title="", body=text, language=lang)
    return [(text[one.spot.start : one.spot.end], one.rule) for one in watchlist.readings(article) if one.written]


@pytest.mark.parametrize(
    ("watch", "lang", "text", "found", "rule"),
    [
        (LVIV, "uk", "Вибухи у Львові.", "Львові", "affix"),
        (LVIV, "he", "פיצוץ בלבוב", "בלבוב", "affix"),
        (LVIV, "uk", "ВИБУХИ У ЛЬВОВІ", "ЛЬВОВІ", "affix"),
        (LVIV, None, "Взрывы во Львове, сообщили в городе.", "Львове", "affix"),
        (LVIV, "uk", "Мер міста Львiв", "Львiв", "confusable"),
        (LATAKIA, "ar", "وصلت القافلة للاذقية", "للاذقية", "inflected"),
        (LATAKIA, "ar", "قصف باللاذقية", "باللاذقية", "inflected"),
        (RAQQA, "ar", "قصف في الرّقّة", "الرّقّة", "exact"),
        (PORT, "ru", "Банды в Порт-о-Пренсе.", "Порт-о-Пренсе", "inflected"),
        (PORT, "tr", "Port-au-Prince'ta çatışma", "Port-au-Prince", "exact"),
        (SPLIT, "hr", "Prosvjed u Splitu.", "Splitu", "inflected"),
    ],
)
def test_a_place_is_found_inflected(watch: Watch, lang: str, text: str, found: str, rule: str) -> None:
    assert (found, rule) in _read(text, watch, lang=lang)


@pytest.mark.parametrize(
    ("watch", "lang", "text"),
    [
        (SPLIT, "en", "The Splits of the day."),
        (SPLIT, "en", "splitu"),
        (LVIV, "en", "Livid lions."),
        (WORD, "ru", "обстрелы"),
        (MAKER, "en", "The wfp of it."),
    ],
)
def test_what_is_no_name_is_not_found(watch: Watch, lang: str, text: str) -> None:
    assert not _read(text, watch, lang=lang)


def test_another_romanisation_is_found_by_its_skeleton() -> None:
    talbiseh = Watch("t", "t", ConceptKind.PLACE, ("geonames:163779",))
    assert ("Tol Bisseh", "skeleton") in _read("Shelling of Tol Bisseh", talbiseh, lang="en")
    assert ("Telbeesah", "skeleton") in _read("Shelling of Telbeesah", talbiseh, lang="en")
    assert not _read("A telbeesah", talbiseh, lang="en")


@pytest.mark.parametrize("text", ["Ahmed al-Jolani spoke.", "Ahmad al Julani", "أحمد الجولاني", "Ahmed el-Joulani"])
def test_a_person_is_found_as_others_spell_the_name(text: str) -> None:
    assert any(rule == "exact" for _, rule in _read(text, GOLANI))


def test_a_family_name_counts_only_beside_the_full_name() -> None:
    assert not _read("Zelensky spoke.", LEADER)
    found = _read("Volodymyr Zelensky spoke. Later Zelenskyy left; Zelenskys Rede.", LEADER, lang="de")
    assert [rule for _, rule in found] == ["exact", "surname", "surname", "surname"]
    assert ("Зеленского", "surname") in _read("Владимир Зеленский; речь Зеленского", LEADER, lang="ru")


def test_an_organisation_is_found_without_its_legal_form() -> None:
    assert _read("Rheinmetalls Gewinn", MAKER, lang="de") == [("Rheinmetalls", "inflected")]
    assert _read("WFP said", MAKER) == [("WFP", "exact")]


def _slices(readings: Sequence[Reading], article: Article) -> None:
    for one in readings:
        text = text_of(article, one.spot.part)
        assert 0 <= one.spot.start < one.spot.end <= len(text)
        if one.rule == "exact":
            assert text[one.spot.start : one.spot.end].strip()


SEEDS = [  # words that some watch finds, and what stands between words.
    "Львові",
    "باللاذقية",
    "Порт-о-Пренсе",
    "Ahmad al-Golani",
    "Golani",
    "WFP",
    "Splitu",
    "\u200c",
    "霍姆斯",
    "'",
    "-",
]
TEXTS = st.lists(st.one_of(st.sampled_from(SEEDS), st.text(max_size=12)), max_size=12).map(" ".join)
LANGUAGES = st.sampled_from([None, "ar", "ru", "uk", "tr", "he", "ko", "xx", "en-GB"])


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, LANGUAGES)
def test_offsets_slice_any_text(title: str, body: str, language: str | None) -> None:
    article = Article("1", "feed", "", title=title, body=body, language=language)
    _slices(ALL.readings(article), article)


@pytest.mark.release  # two minutes; a hundred of them with every change.
@settings(max_examples=10_000, deadline=None)
@given(TEXTS, LANGUAGES)
def test_offsets_slice_ten_thousand_texts(body: str, language: str | None) -> None:
    article = Article("1", "feed", "", title="", body=body, language=language)
    _slices(ALL.readings(article), article)


@given(st.text(max_size=40))
def test_no_name_breaks_the_variants(name: str) -> None:
    for kind in (ConceptKind.PERSON, ConceptKind.ORG):
        compile_watchlist([Watch("w", "w", kind, (name,))], Index())
