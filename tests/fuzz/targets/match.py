"""Any article against any watches: each hit is what its offsets slice, and what is quoted stands in the text."""

from __future__ import annotations

from functools import cache

from fuzz.mutation import CHARACTERS, texts
from fuzz.spending import Target, always
from hypothesis import strategies as st

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Match, Rule, Salience, Severity, Strictness, Watch, When
from monitor.watching.evidence import quoted
from monitor.watching.rules import text_of
from monitor.watching.watchlist import Watchlist, compile_watchlist

NAMES = (
    *("Homs", "Homs, SY", "Hama, SY", "Idlib", "Paris, FR", "geonames:169577", "Al-Rastan, SY", "Tripoli, LY", "Syria"),
    *(
        "HTS",
        "Hayat Tahrir al-Sham",
        "هيئة تحرير الشام",
        "Ahmed al-Sharaa",
        "أحمد الشرع",
        "WHO",
        "Kim",
        "上海",
        "さくら",
    ),
    *(
        "shell*",
        "a*",
        "*",
        "قصف*",
        "don’t",
        "U.S.",
        "M23",
        "!!!",
        "",
        " ",
        "x" * 300,
        "а b c",
        "İstanbul",
        "ﬁ",
        "e\u0301",
    ),
)
PIECES = (
    *(
        "Homs",
        "HOMS",
        "homs",
        "حمص",
        "بحمص",
        "وحمص",
        "Хомс",
        "Хомсе",
        "ホムス",
        "霍姆斯",
        "Homs'ta",
        "Homs-based",
        "Hims",
    ),
    *("Hama", "حماة", "Paris", "Paris, Texas", "Tripoli", "Syria", "in", "near", "of", "the", "shelling", "shelled"),
    *("HOMS, Syria (Reuters) —", "Mr", "Dr. Homs", "Homs Street", "Homs FC", "said", "5 km from", "قصف", "обстрел"),
    *("Hayat Tahrir al-Sham", "HTS", "Ahmed al-Sharaa", "al-Sharaa", "أحمد الشرع", "الشرع", "WHO", "who", "U.S."),
    *(".", ",", "\n", "\n\n", "…", "“", "”", "?", "!", ";", ":", "-", "–", "(", ")", "\u200f", "\u00ad", "\u0651", "ـ"),
    *("Related:", "Photo:", "©", "http://homs.example/Homs", "@homs", "#Homs", "\t", "\u2028", "\x00", "\ud800", "ﷺ"),
)
# Beside each other; what a long run of one sign costs shows in the third kind.
short_texts = texts.map(lambda text: text[:200])
prose = st.one_of(
    st.lists(st.one_of(st.sampled_from(PIECES), short_texts), max_size=60).map(" ".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(CHARACTERS, max_size=3)), max_size=120).map("".join),
    st.tuples(
        st.sampled_from(PIECES), st.sampled_from(["", " ", ". ", "\n"]), st.sampled_from([2, 9, 30, 99, 300, 2_000])
    ).map(lambda one: (one[0] + one[1]) * one[2]),
)
languages = st.sampled_from([None, "en", "ar", "ru", "uk", "tr", "de", "fa", "zh", "ja", "ko", "xx"])
articles = st.builds(
    Article,
    id=st.just("a"),
    feed_id=st.just("wire"),
    url=st.sampled_from(["", "https://wire.example/homs", "http://[::1"]),
    title=st.one_of(prose.map(lambda text: text[:400]), texts.map(lambda text: text[:4_000])),
    lead=st.one_of(st.just(""), prose),
    body=prose,
    tail=st.one_of(st.just(""), prose),
    language=languages,
    home=st.sampled_from([None, "DE", "US.TX", "SY", "??"]),
)
names = st.lists(st.one_of(st.sampled_from(NAMES), st.text(CHARACTERS, max_size=12)), min_size=1, max_size=3).map(tuple)
phrases = st.lists(st.one_of(st.sampled_from(NAMES), st.sampled_from(PIECES)), max_size=3).map(tuple)
rules = st.builds(Rule, any=phrases, all=phrases, none=phrases, near=st.sampled_from([None, 0, 1, 5]))
watches = st.builds(
    Watch,
    id=st.just("drawn"),
    name=st.just("drawn"),
    kind=st.sampled_from(ConceptKind),
    names=names,
    aliases=phrases,
    not_=phrases,
    rule=rules,
    include=st.one_of(st.just(()), names),
    context=phrases,
    match=st.sampled_from(Salience),
    strictness=st.sampled_from(Strictness),
    when=st.lists(st.builds(When, rule=rules, severity=st.sampled_from(Severity)), max_size=2).map(tuple),
)
INPUTS = st.tuples(st.one_of(st.none(), watches), articles)


@cache
def index() -> Index:
    """Return the places, opened once."""
    return Index()


@cache
def usual() -> Watchlist:
    """Return a watchlist as people write them."""
    some = (
        Watch("homs", "Homs", ConceptKind.PLACE, ("Homs, SY",), rule=Rule()),
        Watch("hama", "Hama", ConceptKind.PLACE, ("Hama, SY",), strictness=Strictness.WIDE, match=Salience.TRACE),
        Watch("paris", "Paris", ConceptKind.PLACE, ("Paris, FR",), strictness=Strictness.STRICT),
        Watch("syria", "Syria", ConceptKind.PLACE, ("Syria",)),
        Watch("hts", "HTS", ConceptKind.ORG, ("Hayat Tahrir al-Sham",), aliases=("HTS", "هيئة تحرير الشام")),
        Watch("sharaa", "Sharaa", ConceptKind.PERSON, ("Ahmed al-Sharaa", "أحمد الشرع")),
        Watch("war", "War", ConceptKind.KEYWORD, ("shell*", "قصف*", "обстрел*"), rule=Rule(any=("Homs",), near=0)),
    )
    return compile_watchlist(some, index()).watchlist


def check(value: tuple[Watch | None, Article]) -> str:
    """Match an article, and have each verdict explained."""
    watch, article = value
    watchlist = usual() if watch is None else compile_watchlist((watch,), index()).watchlist
    found = watchlist.match(article)
    assert found == watchlist.match(article), "matching twice is not matching once"
    for match in found:
        check_match(match, article)
    explained = watchlist.explain(article)
    for match in explained:
        check_match(match, article)
    return "matched" if found else "rejected" if explained else "nothing found"


def check_match(match: Match, article: Article) -> None:
    """Check that all offsets slice what they say, and that the sentence is the article's own."""
    assert 0 <= match.score <= 1
    for hit in (*match.hits, *(account.hit for account in match.accounts)):
        text = text_of(article, hit.part)
        assert 0 <= hit.start < hit.end <= len(text), "a hit without characters, or beyond the text"
        assert text[hit.start : hit.end] == hit.text, "a hit is not what its offsets slice"
        assert hit.text in "".join(quoted(hit, article)), "what is quoted does not hold the hit"
    whole = (article.title, article.lead, article.body, article.tail)
    kept = match.sentence.strip("… ")
    assert any(kept in text for text in whole), "the sentence is not the article's"


TARGET = Target("match", INPUTS, always(check), cpu=5.0)
