from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from support.watching_load import articles, watches

from monitor.gazetteer.index import Index
from monitor.model import Article, ConceptKind, Rule, Verdict, Watch
from monitor.watching.watchlist import Watchlist, compile_watchlist

MOST_GROWTH = 1.2  # from 10 to 10,000 watches.
MOST_SECONDS = 20  # it takes two; comparing every hit with every other would take minutes.
ROUNDS = 9


def _cost(watchlist: Watchlist, some: Sequence[Article]) -> float:
    begin = time.process_time()
    for one in some:
        watchlist.match(one)
    return time.process_time() - begin


def test_a_text_that_repeats_itself_is_judged_all_the_same() -> None:
    rule = Rule(any=("shelling",), near=0)
    same = Watch("same", "same", ConceptKind.KEYWORD, ("homs",), not_=("homs shelled",), rule=rule)
    near = Watch("near", "near", ConceptKind.KEYWORD, ("homs",), rule=Rule(any=("shelling",), near=3))
    article = Article(
        "1", "feed", "", title="Homs", body="Homs. " * 20_000 + "Homs shelled. " * 5_000 + "Shelling. " * 20_000
    )
    begin = time.process_time()
    verdicts = [match.verdict for match in compile_watchlist([same, near], Index()).watchlist.explain(article)]
    assert verdicts == [Verdict.NO, Verdict.NO]
    assert time.process_time() - begin < MOST_SECONDS


@pytest.mark.slow
def test_ten_thousand_watches_cost_what_ten_cost() -> None:
    some = articles(60)
    few = compile_watchlist(watches(10), Index()).watchlist
    many = compile_watchlist(watches(10_000), Index()).watchlist
    assert [few.match(one) for one in some] == [many.match(one) for one in some]
    # Taken in turns and the best of each, for the machine has other things to do.
    costs = [(_cost(few, some), _cost(many, some)) for _ in range(ROUNDS)]
    assert min(cost for _, cost in costs) <= MOST_GROWTH * min(cost for cost, _ in costs)
