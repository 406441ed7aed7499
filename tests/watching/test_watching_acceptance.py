"""The traps that a watch on a place must see: namesakes, everyday words, persons, foods and songs."""

from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Match, Salience, Strictness, Verdict, Watch
from monitor.watching.watchlist import Watchlist, compile_watchlist

INDEX = Index()
IDS = {
    "homs": 169577,
    "hama": 170017,
    "aleppo": 170063,
    "damascus": 170654,
    "gaza": 281133,
    "goma": 216281,
    "kyiv": 703448,
    "tripoli": 266826,
    "paris": 2988507,
    "nice": 2990440,
    "reading": 2639577,
    "split": 3190261,
    "odesa": 698740,
    "jenin": 283506,
    "rafah": 281109,
    "aden": 415189,
    "bath": 2656173,
    "mobile": 4076598,
    "van": 298117,
    "batman": 321836,
    "orange": 5379513,
    "washington": 4140963,
    "new york": 5128581,
    "tbilisi": 611717,
    "brest": 3030300,
}


def watchlist(*names: str, strictness: Strictness = Strictness.NORMAL, context: tuple[str, ...] = ()) -> Watchlist:
    watches = [
        Watch(name, name, ConceptKind.PLACE, (f"geonames:{IDS[name]}",), strictness=strictness, context=context)
        for name in names
    ]
    compiled = compile_watchlist(watches, INDEX)
    assert [one for one in compiled.problems if not one.warning] == []
    return compiled.watchlist


ALL = watchlist(*IDS)


def article(text: str, *, title: str = "", lang: str | None = None, home: str | None = None) -> Article:
    return Article("1", "feed", "", title, body=text, language=lang, home=home)


def matched(text: str, *, title: str = "", lang: str | None = None, home: str | None = None) -> set[str]:
    found = ALL.match(article(text, title=title, lang=lang, home=home))
    return {one.watch_id for one in found if one.verdict is Verdict.MATCH}


def one(name: str, some: Article) -> Match:
    (answer,) = watchlist(name).explain(some)
    return answer


@pytest.mark.parametrize(
    ("lang", "text", "wanted"),
    [
        ("en", "Hamas fighters fired rockets, the Bahamas protested, Yokohama was calm.", set()),
        ("en", "The army left Hama, Syria, on Friday.", {"hama"}),
        ("en", "Tankers wait at the port of Homs in Libya.", set()),
        ("ru", "Порт Хомс в Ливии закрыт.", set()),
        ("ar", "إغلاق ميناء الخمس في ليبيا", set()),
        ("en", "The conductor Peter Homs returned to Ohio.", set()),
        ("en", "A Homsi doctor and other Homsis spoke of the Syrian army.", {"homs"}),
        ("ar", "طريقة تحضير حمص بالطحينة", set()),
        ("ar", "قصف عنيف على أحياء حمص", {"homs"}),
        ("ar", "فوائد الحمص للصحة", set()),
        ("tr", "Suriye'nin Humus kentinde patlama oldu.", {"homs"}),
        ("de", "Der Humus im Gartenboden ist wichtig.", set()),
        ("en", "She hums a tune, and the hims and hers of it.", set()),
        ("he", "מתכון לחומוס ביתי עם טחינה", set()),
        ("he", "צבא סוריה נכנס לחומס", {"homs"}),
        ("he", "מוצרי חלב ויוגורט במבצע", set()),
        ("he", "רוח עזה וגשמים בצפון", set()),
        ("ar", "قصف على غزة", {"gaza"}),
        ("ru", "Газа в хранилищах стало меньше, цена газа выросла.", set()),
        ("ru", "Израиль нанес удар по сектору Газа.", {"gaza"}),
        ("pl", "Jałowa gaza i bandaż w apteczce.", set()),
        ("cs", "Sterilní gáza v lékárničce.", set()),
        ("id", "Harga goma naik.", set()),
        ("ja", "ごまとゴマ油のレシピ", set()),
        ("ko", "가자, 집으로 가자", set()),
        ("ja", "シャーロック・ホームズの新作", set()),
        ("ja", "シリア中部ホムスで爆発があった", {"homs"}),
        ("ko", "홈스쿨링이 늘고 있다", set()),
        ("zh", "福尔摩斯探案集", set()),
        ("zh", "叙利亚霍姆斯发生爆炸", {"homs"}),
        ("ar", "نشيد حماة الديار عليكم سلام", set()),
        ("ar", "الجنين في رحم أمه", set()),
        ("ar", "اقتحام مخيم جنين", {"jenin"}),
        ("ar", "رفح العلم فوق المبنى", set()),
        ("ar", "جنات عدن تجري من تحتها الأنهار", set()),
        ("en", "Clashes in Tripoli, Lebanon.", {"tripoli"}),
        ("en", "Clashes in Tripoli, Libya.", set()),
        ("en", "A storm hit Paris, Texas. Paris was without power.", set()),
        ("en", "Paris Hilton launches a perfume.", set()),
        ("en", "A fire broke out in Paris, Tennessee.", set()),
        ("en", "Protests in Paris, France.", {"paris"}),
        ("en", "A well ran dry in Odessa, Texas.", set()),
        ("en", "Knives of Damascus steel sold online.", set()),
        ("en", "A church in Damascus, Maryland, was sold.", set()),
        ("en", "Aleppo pepper and olive oil recipe.", set()),
        ("en", "Chicken Kiev for dinner.", set()),
        ("en", "Nice weather today. Reading books is fun. Split the bill. Bath towels on sale.", set()),
        ("en", "Mobile phones sell. Van drivers strike. Batman returns. Orange juice is dear.", set()),
        ("en", "Police in Reading, England, charged a man.", {"reading"}),
        ("en", "A truck attack in Nice, France.", {"nice"}),
        ("be", "Выбух у Брэсце ў Беларусі.", set()),
        ("en", "The border at Brest, Belarus, was closed.", set()),
        ("ka", "აქცია თბილისში", {"tbilisi"}),
        ("tr", "DIŞİŞLERİ: ŞAM'DA TOPLANTI, SURİYE", {"damascus"}),
        ("el", "Έκρηξη στη Χομς της Συρίας.", {"homs"}),
        ("ru", "Сектор газа и нефти растет.", set()),
        ("es", "La pelota de goma rodó hasta la calle.", set()),
        ("zh", "敘利亞荷姆斯發生襲擊", {"homs"}),
        ("fr", "Un incendie à Brest, en Bretagne, en France.", {"brest"}),
        ("el", "ΕΚΡΗΞΗ ΣΤΗ ΔΑΜΑΣΚΟ ΤΗΣ ΣΥΡΙΑΣ", {"damascus"}),
        ("el", "Ο κυβερνήτης της Δαμασκός, στη Συρία.", {"damascus"}),
        ("tr", "HALEP'TE ÇATIŞMA: SURİYE ORDUSU ÇEKİLDİ", {"aleppo"}),
        ("fa", "انفجار در کی\u200cیف", {"kyiv"}),
    ],
)
def test_a_trap_is_seen_for_what_it_is(lang: str, text: str, wanted: set[str]) -> None:
    assert matched(text, lang=lang) == wanted


@pytest.mark.parametrize(
    "title", ["NICE WORK FOR ALL", "READING IS GOOD FOR YOU", "BATH TIME FOR DOGS", "ORANGE IS THE NEW BLACK"]
)
def test_a_headline_in_capitals_proves_no_name(title: str) -> None:
    assert matched("It was so.", title=title, lang="en") == set()


def test_a_dateline_proves_which_one_and_not_that_it_is_the_story() -> None:
    text = "HOMS, Syria (Reuters) — Rebels took Aleppo, the army said. Aleppo fell at noon.\nAleppo was calm."
    match = one("homs", article(text, lang="en"))
    assert (match.verdict, match.salience) == (Verdict.MATCH, Salience.MENTION)
    assert any("dateline" in reason for reason in match.reasons)


def test_a_box_of_related_stories_is_not_the_article() -> None:
    box = "\n".join(f"Homs: story number {number}" for number in range(5))
    text = f"Olive farmers hope for rain this year.\nRelated stories\n{box}"
    match = one("homs", article(text, lang="en"))
    assert (match.verdict, match.salience) == (Verdict.POSSIBLE, Salience.TRACE)


def test_the_capital_is_not_the_state() -> None:
    assert "washington" in matched("In Washington, D.C., the Senate met.", lang="en")
    assert "washington" not in matched("Fires burn near Spokane, Seattle and Tacoma in Washington state.", lang="en")


def test_the_city_is_not_the_state() -> None:
    assert "new york" in matched("Police in New York City closed Brooklyn Bridge.", lang="en")
    assert "new york" not in matched("Snow fell on Buffalo and Syracuse in New York state.", lang="en")


@pytest.mark.parametrize(
    ("text", "home", "wanted"),
    [
        ("Protesters in Georgia filled Tbilisi, and police used tear gas.", None, {"country"}),
        ("Voters in Georgia queued for hours.", "US.GA", {"state"}),
    ],
)
def test_the_country_is_not_the_state_of_that_name(text: str, home: str | None, wanted: set[str]) -> None:
    named = {"country": "geonames:614540", "state": "geonames:4197000"}
    watches = [Watch(id_, id_, ConceptKind.PLACE, (name,)) for id_, name in named.items()]
    compiled = compile_watchlist(watches, INDEX)
    assert [one for one in compiled.problems if not one.warning] == []
    found = compiled.watchlist.match(article(text, lang="en", home=home))
    assert {one.watch_id for one in found if one.verdict is Verdict.MATCH} == wanted


def test_the_publisher_s_home_decides_between_namesakes() -> None:
    text = "A man was arrested in Paris on Monday."
    assert matched(text, lang="en", home="FR") == {"paris"}
    assert matched(text, lang="en", home="US.TX") == set()


def test_the_watch_s_own_context_speaks_for_its_place() -> None:
    plain = article("Clashes in Tripoli went on.", lang="en")
    (without,) = watchlist("tripoli").explain(plain)
    (with_,) = watchlist("tripoli", context=("clashes",)).explain(plain)
    assert without.score < with_.score
    assert any("own context" in reason for reason in with_.reasons)


def test_the_stricter_a_watch_the_surer_its_matches() -> None:
    some = article("Talks in Tripoli ended.", lang="en")
    verdicts = [watchlist("tripoli", strictness=one).explain(some)[0].verdict for one in Strictness]
    order = [Verdict.NO, Verdict.POSSIBLE, Verdict.MATCH]
    assert sorted(verdicts, key=order.index, reverse=True) == verdicts


def test_every_point_is_a_sentence_with_its_weight() -> None:
    match = one("homs", article("Shelling hit Homs, Syria, on Monday.", lang="en"))
    assert any(reason.startswith("+") and "Syria" in reason for reason in match.reasons)
    assert any(reason.startswith("probability") for reason in match.reasons)
    refused = one("tripoli", article("A storm hit Tripoli, Libya.", lang="en"))
    assert refused.verdict is Verdict.NO
    assert any(" favours " in reason and "Libya" in reason for reason in refused.reasons)
