from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Article
from monitor.watching.languages import base_code, guess_language, with_main_languages
from monitor.watching.morphology import Morphology, tables
from monitor.watching.tokens import words

FEWEST_LANGUAGES = 30


def _bases(word: str, language: str, *names: str) -> list[str]:
    known = {word for name in names for word in words(name)}
    return [base.text for base in Morphology([language]).bases(words(word)[0], known)]


@pytest.mark.parametrize(
    ("language", "word", "name"),
    [
        ("ru", "Вологде", "Вологда"),
        ("ru", "Ростовом", "Ростов"),
        ("uk", "Львові", "Львів"),
        ("uk", "Одесі", "Одеса"),
        ("pl", "Poznaniu", "Poznań"),
        ("pl", "Warszawie", "Warszawa"),
        ("cs", "Praze", "Praha"),
        ("cs", "Olomouci", "Olomouc"),
        ("hr", "Zagrebu", "Zagreb"),
        ("sr", "Нишу", "Ниш"),
        ("fi", "Helsingissä", "Helsinki"),
        ("fi", "Turussa", "Turku"),
        ("fi", "Vilnaan", "Vilna"),
        ("et", "Tallinnas", "Tallinn"),
        ("hu", "Szegeden", "Szeged"),
        ("hu", "Debrecenből", "Debrecen"),
        ("lt", "Vilniuje", "Vilnius"),
        ("lv", "Rīgā", "Rīga"),
        ("el", "Αθήνας", "Αθήνα"),
        ("tr", "Ankaralı", "Ankara"),
        ("az", "Gəncədə", "Gəncə"),
        ("ka", "ბათუმში", "ბათუმი"),
        ("hy", "Գյումրիում", "Գյումրի"),
        ("ko", "부산에서", "부산"),
        ("ar", "وببغداد", "بغداد"),
        ("ar", "للقاهرة", "القاهرة"),
        ("ar", "للاذقية", "اللاذقية"),
        ("he", "ובחיפה", "חיפה"),
        ("bn", "ঢাকায়", "ঢাকা"),
        ("eu", "Bilbon", "Bilbo"),
        ("kk", "Алматыда", "Алматы"),
    ],
)
def test_a_name_is_seen_through_the_affixes_of_its_language(language: str, word: str, name: str) -> None:
    if words(word) == words(name):
        return
    assert words(name)[0] in _bases(word, language, name)


@pytest.mark.parametrize(
    ("language", "word", "name", "why"),
    [
        ("ar", "الموصل", "موصل", "a name without its article never takes it"),
        ("ar", "رياض", "الرياض", "a name with its article never loses it"),
        ("ru", "Омана", "Ом", "a name too short for endings"),
        ("en", "Osloban", "Oslo", "the ending of another language"),
        ("tr", "Izmirova", "Izmir", "no ending at all"),
    ],
)
def test_a_word_that_only_looks_inflected_is_left_alone(language: str, word: str, name: str, why: str) -> None:
    assert not _bases(word, language, name), why


def test_enough_languages_have_tables() -> None:
    inflecting = [code for code, table in tables().items() if table.endings or table.starts]
    assert len(inflecting) >= FEWEST_LANGUAGES
    assert all(table.words for table in tables().values())


def test_a_detail_says_how_the_word_was_made() -> None:
    [base] = Morphology(["ar"]).bases("ببغداد", {"بغداد"})
    assert base.detail == "ب + بغداد"
    [base] = Morphology(["ru"]).bases("вологде", {"вологда"})
    assert base.detail == "вологд(а) + е"


@given(st.text(max_size=50), st.sampled_from(sorted(tables())))
def test_any_word_may_be_asked_about_in_any_language(word: str, language: str) -> None:
    if word:
        found = Morphology([language]).bases(word, {word[:4], word[1:]})
        assert all(base.text in {word[:4], word[1:]} for base in found)


@pytest.mark.parametrize(
    ("text", "declared", "languages"),
    [
        ("The army said that the city was quiet on Monday and the road is open.", None, ("en",)),
        ("Армія заявила, що у місті тихо, та дорога відкрита.", None, ("uk",)),
        ("Армия заявила, что в городе тихо и дорога открыта, но ветер.", None, ("ru",)),
        ("Wojsko podało, że w mieście jest spokój, a droga została otwarta przez władze.", None, ("pl",)),
        ("قال الجيش إن الطريق من المدينة مفتوح بعد المعارك", "en", ("ar",)),
        ("Şehirde durum sakin.", "tr-TR", ("tr",)),
        ("Lviv", None, ()),
    ],
)
def test_the_language_is_taken_from_the_feed_or_from_the_words(
    text: str, declared: str | None, languages: tuple[str, ...]
) -> None:
    article = Article("1", "feed", "", title="", body=text, language=declared)
    assert guess_language(article)[: len(languages) or None] == languages


def test_every_script_has_main_languages_but_for_the_one_that_is_known() -> None:
    assert {"ru", "ar", "he", "ko"} <= set(with_main_languages(("de",)))
    assert "en" not in with_main_languages(("de",))
    assert "ru" not in with_main_languages(("uk",))


def test_a_language_tag_is_read_however_it_is_written() -> None:
    assert [base_code(tag) for tag in ("pt-BR", "zh_CN", "nb", "iw", "")] == ["pt", "zh", "no", "he", ""]
