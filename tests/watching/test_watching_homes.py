"""Where a publisher is at home: learned from three articles and more, only if it is clear, and never of the world."""

from __future__ import annotations

import pytest

from monitor.gazetteer.index import Index
from monitor.model import Article
from monitor.watching.homes import home_of, learn_homes

TEXAS = (
    "The council of Bonham met on Monday. A man from Sherman spoke.",
    "Rain fell in Denison and in Paris. Roads near Bonham were closed.",
    "A school in Greenville opened. Buses leave from Sherman and McKinney.",
    "The hospital in Paris is full, as is the one in Denison.",
)
WORLD = (
    "Talks were held in Geneva. Envoys came from Cairo and from Moscow.",
    "The fair in Frankfurt opened. Guests came from Lagos and from Lima.",
    "Flights from Tokyo to Sydney were late. Storms reached Manila.",
    "Elections were held in Nairobi. Observers flew in from Brussels and from Ottawa.",
)


def learned(*bodies: str, host: str = "news.example") -> str:
    url = f"https://{host}/a"
    articles = [Article(str(at), "paper", url, title="", body=body, language="en") for at, body in enumerate(bodies)]
    return learn_homes(articles, Index()).get("paper", "")


@pytest.mark.parametrize(
    ("why", "bodies", "host", "home"),
    [
        ("its towns lie together only there", TEXAS, "news.example", "US.TX"),
        ("two articles are too few", TEXAS[:2], "news.example", ""),
        ("it writes about the whole world", WORLD, "news.example", ""),
        ("one name alone tells no region", ("A man from Springfield fled.",) * 5, "news.example", "US"),
        ("nothing is named", ("It rained.",) * 5, "news.example", ""),
    ],
)
def test_a_home_is_learned_only_if_it_is_clear(why: str, bodies: tuple[str, ...], host: str, home: str) -> None:
    assert learned(*bodies, host=host) == home, why


def test_a_home_that_is_configured_stands_before_what_was_learned_and_that_before_the_address() -> None:
    article = Article("a", "paper", "https://www.paper.fr/a", title="", body="")
    assert home_of(article, {}) == "FR"
    assert home_of(article, {"paper": "US.TX"}) == "US.TX"
    assert home_of(article, {"paper.fr": "US.TN"}) == "US.TN"
