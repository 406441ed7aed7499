from __future__ import annotations

from itertools import permutations

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Verdict, Watch
from monitor.watching.watchlist import compile_watchlist

INDEX = Index()


def found(watch: Watch, body: str, lang: str | None = "en", title: str = "") -> list[str]:
    """What was taken of an article, as written."""
    article = Article("1", "", "", title, body=body, language=lang)
    matches = compile_watchlist([watch], INDEX).watchlist.match(article)
    return [hit.text for match in matches if match.verdict is Verdict.MATCH for hit in match.hits]


def person(name: str, *aliases: str) -> Watch:
    return Watch("w", "w", ConceptKind.PERSON, (name,), aliases=aliases)


def org(name: str, *aliases: str) -> Watch:
    return Watch("w", "w", ConceptKind.ORG, (name,), aliases=aliases)


RAMI = person("Rami Abdel Rahman")
GOLANI = person("Abu Mohammed al-Golani")


@pytest.mark.parametrize(
    ("lang", "text", "hit"),
    [
        ("en", "so Rami Abdel Rahman said", "Rami Abdel Rahman"),
        ("en", "so Rami Abdel-Rahman said", "Rami Abdel-Rahman"),
        ("en", "so Rami Abdulrahman said", "Rami Abdulrahman"),
        ("en", "so Rami Abdul Rahman's group said", "Rami Abdul Rahman"),
        ("fr", "selon Rami Abdel Rahmane, a dit Rami Abdel Rahman", "Rami Abdel Rahman"),
        ("ar", "قال رامي عبد الرحمن", "رامي عبد الرحمن"),
        ("ar", "قال رامي عبدالرحمن", "رامي عبدالرحمن"),
        ("ar", "قال رَامِي عبد الرّحمن", "رَامِي عبد الرّحمن"),
        ("ru", "сообщил Рами Абдель Рахман", "Рами Абдель Рахман"),
        ("ru", "по словам Рами Абдель Рахмана", "Рами Абдель Рахмана"),
        ("ru", "сообщил Рами Абдуррахман", "Рами Абдуррахман"),
        ("pl", "według Ramiego Abdel Rahmana", "Ramiego Abdel Rahmana"),
        ("tr", "müdürü Rami Abdurrahman'ın açıklaması", "Rami Abdurrahman"),
        ("tr", "müdürü Rami Abdul Rahman'a göre", "Rami Abdul Rahman"),
    ],
)
def test_a_person_is_found_as_the_press_of_other_languages_writes_the_name(lang: str, text: str, hit: str) -> None:
    assert hit in found(RAMI, text, lang)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "rebel chief Abu Mohammad al-Jolani spoke"),
        ("en", "rebel chief Abu Muhammad al-Julani spoke"),
        ("en", "rebel chief Abu Mohammed Al Golani spoke"),
        ("fr", "le chef Abou Mohammed al-Joulani a parlé"),
        ("tr", "lideri Ebu Muhammed el-Colani'nin sözleri"),
        ("ru", "лидер Абу Мухаммед аль-Джулани заявил"),
        ("ru", "заявление Абу Мухаммеда аль-Джулани"),
        ("ar", "قال أبو محمد الجولاني إن"),
    ],
)
def test_an_arabic_name_is_found_in_its_transliterations(lang: str, text: str) -> None:
    assert found(GOLANI, text, lang) != []


@pytest.mark.parametrize(
    ("name", "lang", "text"),
    [
        ("Vladimir Putin", "ru", "встретился с Владимиром Путиным"),
        ("Vladimir Putin", "pl", "spotkał się z Władimirem Putinem"),
        ("Vladimir Putin", "tr", "Vladimir Putin'in sözcüsü"),
        ("Volodymyr Zelensky", "uk", "зустріч з Володимиром Зеленським"),
        ("Donald Tusk", "pl", "powiedział Donaldowi Tuskowi"),
        ("Viktor Orbán", "hu", "beszélt Orbán Viktorral"),
        ("Orbán Viktor", "en", "met Viktor Orbán"),
        ("Recep Tayyip Erdoğan", "tr", "Recep Tayyip Erdoğan'ın sözleri"),
        ("Recep Tayyip Erdoğan", "en", "met Recep Tayyip Erdogan"),
        ("Jinping Xi", "en", "met Xi Jinping"),
        ("Xi Jinping", "en", "met Jinping Xi"),
        ("习近平", "zh", "国家主席习近平表示"),
        ("Jong-un Kim", "en", "met Kim Jong Un"),
        ("김정은", "ko", "김정은은 말했다"),
        ("Fumio Kishida", "en", "met Kishida Fumio"),
        ("岸田文雄", "ja", "岸田文雄首相は"),
    ],
)
def test_a_name_is_found_inflected_and_in_either_order(name: str, lang: str, text: str) -> None:
    assert found(person(name), text, lang) != []


FULL, BARE, TITLED = "Today Abu Mohammed al-Golani spoke.", "Then Golani left.", "Later Mr al-Jolani came back."


@pytest.mark.parametrize("order", list(permutations((FULL, BARE, TITLED))))
def test_a_family_name_counts_wherever_the_full_name_stands(order: tuple[str, str, str]) -> None:
    hits = found(GOLANI, " ".join(order))
    assert sorted(hits) == ["Abu Mohammed al-Golani", "Golani", "al-Jolani"]


@pytest.mark.parametrize("text", [BARE, TITLED, f"{BARE} {TITLED}", "Golani Heights", "the Golani Brigade"])
def test_a_family_name_alone_is_nobody(text: str) -> None:
    assert found(GOLANI, text) == []


def test_the_full_name_in_the_title_vouches_for_the_family_name_in_the_text() -> None:
    assert found(GOLANI, BARE, title="Abu Mohammed al-Golani speaks") == ["Abu Mohammed al-Golani", "Golani"]


@pytest.mark.parametrize(
    ("why", "text", "taken"),
    [
        ("another given name", "Then his cousin Peter Golani left.", False),
        ("an organisation", "Then the Golani Brigade left.", False),
        ("a title", "Then Mr Golani left.", True),
        ("the sentence begins", "Yesterday Golani left.", True),
        ("another of his own names", "Then Mohammed Golani left.", True),
    ],
)
def test_beside_the_full_name_a_family_name_may_still_be_somebody_else_s(why: str, text: str, *, taken: bool) -> None:
    hits = found(GOLANI, f"{FULL} {text}")
    assert ("Golani" in hits) is taken, why


def test_a_city_is_no_person_and_a_person_no_city() -> None:
    homs = Watch("w", "w", ConceptKind.PLACE, ("Homs, SY",))
    text = "The singer Peter Homs is from Utah. Homs sings well."
    assert found(homs, text) == []
    assert found(person("Peter Homs"), text) == ["Peter Homs", "Homs"]
    assert found(person("Peter Homs"), "The army left Homs, Syria.") == []


@pytest.mark.parametrize(
    ("name", "text", "taken"),
    [
        ("HTS", "fighters of HTS said", True),
        ("HTS", "fighters of hts said", False),
        ("HTS", "fighters of Hts said", False),
        ("HTS", "HTS FIGHTERS TAKE TOWN", True),
        ("WHO", "the WHO warned", True),
        ("WHO", "those who warned", False),
        ("WHO", "Who warned?", False),
        ("WHO", "WHO IS NEXT IN LINE FOR THE JOB", False),
        ("WHO", "WHO: Cholera spreads", True),
        ("Rheinmetall AG", "shares of Rheinmetall rose", True),
        ("Rheinmetall AG", "shares of Rheinmetall AG rose", True),
        ("Rheinmetall AG", "the AG rose", False),
        ("Procter & Gamble Co.", "so Procter and Gamble said", True),
        ("ООО Газпром", "заявил Газпром", False),
        ("Газпром ПАО", "заявили в Газпроме", True),
    ],
)
def test_an_organisation_is_found_as_it_is_written(name: str, text: str, *, taken: bool) -> None:
    assert bool(found(org(name), text, None)) is taken


@pytest.mark.parametrize(
    ("name", "text", "taken"),
    [
        ("airstrike*", "Airstrikes hit", True),
        ("airstrike*", "an airstrike", True),
        ("airstrike*", "the air strike", False),
        ("air strike*", "two air strikes", True),
        ("обстрел*", "после обстрела города", True),
        ("قصف*", "قصفت الطائرات", True),
    ],
)
def test_a_star_stands_for_any_ending(name: str, text: str, *, taken: bool) -> None:
    assert bool(found(Watch("w", "w", ConceptKind.KEYWORD, (name,)), text, None)) is taken
