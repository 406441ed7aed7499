from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.watching.fold import fold
from monitor.watching.scripts import scripts_of, unmixed
from monitor.watching.skeletons import skeleton, tells
from monitor.watching.tokens import words
from monitor.watching.variants import (
    MOST,
    family_names,
    has_more_variants,
    letter_variants,
    org_variants,
    person_variants,
)


@pytest.mark.parametrize(
    ("name", "variants"),
    [
        ("al-Golani", {"al-Jolani", "al-Julani", "al-Joulani", "el-Golani", "الجولاني"}),
        ("الجولاني", {"al-Golani", "al-Jolani", "al-Julani", "al-Joulani"}),
        (
            "Volodymyr Zelensky",
            {"Volodymyr Zelenskyy", "Wladimir Zelenski", "Володимир Зеленський"},
        ),
        ("Володимир Зеленський", {"Volodymyr Zelensky", "Volodymyr Selenskyj"}),
        ("Muhammad Ali", {"Mohammed Ali", "Mohamed Aly", "محمد علي"}),
        ("Viktor Orbán", {"Orbán Viktor"}),
        ("Xi Jinping", {"Jinping Xi"}),
        ("Angela Müller", {"Angela Mueller"}),
        (
            "Rami Abdel Rahman",
            {"Rami Abdulrahman", "Rami Abd al-Rahman", "Rami Abdurrahman", "رامي عبد الرحمن", "Рами Абдель Рахман"},
        ),
        ("رامي عبد الرحمن", {"Rami Abdel Rahman", "Rami Abdulrahman", "Рами Абдель Рахман"}),
        (
            "Abu Mohammed al-Golani",
            {
                "Abu Muhammad al-Jolani",
                "Ebu Muhammed el-Colani",
                "ابو محمد الجولاني",
                "Абу Мухаммед аль-Джулани",
                "Абу Мухаммад аль-Джолани",
            },
        ),
        ("Ahmed al-Sharaa", {"Ahmad al-Shara", "Ahmed ash-Sharaa", "Ahmed el-Şaraa", "Ахмед аш-Шараа"}),
        ("Bashar al-Assad", {"Bachar al-Assad", "Bashar el-Asad", "بشار الاسد", "Башар аль-Асад"}),
        ("Lee Hsien Loong", {"Hsien Loong Lee"}),
        ("Hsien Loong Lee", {"Lee Hsien Loong"}),
    ],
)
def test_a_name_is_spelled_as_others_spell_it(name: str, variants: set[str]) -> None:
    assert variants <= set(person_variants(name))


@given(st.text(max_size=30))
def test_variants_are_few_and_none_is_the_name_itself(name: str) -> None:
    found = person_variants(name)
    assert len(found) <= MOST
    assert fold(name).text not in {fold(one).text for one in found}


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Volodymyr Zelensky", ("Zelensky",)),
        ("Ahmad al-Golani", ("al-Golani", "Golani")),
        ("Xi Jinping", ("Xi",)),
        ("Martin Luther King, Jr.", ("King",)),
        ("Golani", ()),
        ("习近平", ()),
        ("Rami Abdel Rahman", ("Abdel Rahman",)),
        ("Orbán Viktor", ("Orbán",)),
        ("Lee Hsien Loong", ("Lee",)),
        ("Hsien Loong Lee", ("Lee",)),
    ],
)
def test_the_family_name_is_known(name: str, family: tuple[str, ...]) -> None:
    assert family_names(name) == family


@pytest.mark.parametrize(
    ("name", "variants"),
    [
        ("Rheinmetall AG", ("Rheinmetall",)),
        ("The World Food Programme", ("World Food Programme",)),
        ("Procter & Gamble Co.", ("Procter & Gamble", "Procter and Gamble")),
        ("Oxfam", ()),
        ("AG", ()),
    ],
)
def test_an_organisation_goes_without_its_legal_form(name: str, variants: tuple[str, ...]) -> None:
    assert set(org_variants(name)) >= set(variants)
    assert all(one.strip() for one in org_variants(name))


def test_it_is_known_when_more_spellings_could_be_made() -> None:
    assert has_more_variants("Abu Mohammed al-Golani")
    assert not has_more_variants("Angela Müller")
    assert not has_more_variants("")


def test_a_name_in_katakana_is_written_without_its_dot() -> None:
    assert letter_variants("ポルトー・プランス") == ("ポルトープランス",)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Talbiseh", "Talbisseh", "Tal Bisah", "Tel Bisseh", "Tell Biseh"),
        ("Khan Sheikhoun", "Khan Shaykhun", "Chan Scheichun", "Han Shaykhoun"),
        ("Deir ez-Zor", "Dayr az-Zawr", "Deir al-Zour"),
        ("Jisr al-Shughur", "Jisr ash-Shughour", "Djisr el Shoughour"),
    ],
)
def test_romanisations_of_one_name_have_one_skeleton(spellings: tuple[str, ...]) -> None:
    [bones] = {skeleton(words(spelling)) for spelling in spellings}
    assert bones


def test_a_skeleton_of_three_consonants_tells_nothing() -> None:
    assert tells(skeleton(("talbiseh",)))
    assert not tells(skeleton(("idlib",)))
    assert not tells(skeleton(("حمص",)))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Lviv", ()), ("Lvіv", ("lviv",)), ("Кiев", ("кіев",)), ("Львів", ()), ("Αthens", ("athens",))],
)
def test_only_words_that_mix_scripts_are_read_anew(written: str, meant: tuple[str, ...]) -> None:
    assert unmixed(fold(written).text, written) == meant


def test_a_stray_letter_makes_no_script_of_a_text() -> None:
    assert scripts_of("Взрыв в городе, сообщает агентство N") == frozenset({"Cyrillic"})
