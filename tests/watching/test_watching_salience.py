from __future__ import annotations

import pytest

from monitor.model import Article, Part, Salience
from monitor.watching.rules import Spot
from monitor.watching.salience import Standing, weigh

TITLE = Spot(Part.TITLE, 0, 4)
BODY = "Homs is calm. Homs sleeps. Nobody speaks. Nobody walks. Homs is shelled. Homs again."
SPOTS = tuple(Spot(Part.BODY, at, at + 4) for at in range(len(BODY)) if BODY.startswith("Homs", at))
ARTICLE = Article("1", "", "", "Homs today", body=BODY)
EVENT = Spot(Part.BODY, BODY.index("shelled"), BODY.index("shelled") + len("shelled"))
MANY = 100  # names of other places.


@pytest.mark.parametrize(
    ("why", "standing", "points", "salience"),
    [
        ("the title", Standing((TITLE,), others=MANY), 40, Salience.MENTION),
        ("the first sentence", Standing(SPOTS[:1], others=MANY), 25, Salience.MENTION),
        ("the second", Standing(SPOTS[1:2], others=MANY), 12, Salience.MENTION),
        ("later", Standing(SPOTS[2:3], others=MANY), 0, Salience.MENTION),
        ("two later", Standing(SPOTS[2:4], others=MANY), 8, Salience.MENTION),
        ("four of them", Standing(SPOTS, others=MANY), 41, Salience.MENTION),
        ("title and first sentence", Standing((TITLE, SPOTS[0]), others=MANY), 73, Salience.ABOUT),
        ("the only place", Standing(SPOTS[2:3], others=0), 10, Salience.MENTION),
        ("a third of all places", Standing(SPOTS[2:3], others=2), 10, Salience.MENTION),
        ("less than a third", Standing(SPOTS[2:3], others=3), 0, Salience.MENTION),
        (
            "beside an event word",
            Standing(SPOTS[2:3], others=MANY, events=(EVENT,)),
            10,
            Salience.MENTION,
        ),
        ("a dateline only", Standing(SPOTS[:1], datelines=frozenset(SPOTS[:1]), others=0), 5, Salience.MENTION),
        ("around only", Standing((TITLE, *SPOTS), around=frozenset((TITLE, *SPOTS))), 10, Salience.TRACE),
        (
            "in organisations' names only",
            Standing((TITLE, *SPOTS), orgs=frozenset((TITLE, *SPOTS))),
            20,
            Salience.TRACE,
        ),
        ("one free beside them", Standing(SPOTS[:2], orgs=frozenset(SPOTS[:1]), others=MANY), 12, Salience.MENTION),
    ],
)
def test_points_add_up_to_how_much_an_article_is_about_it(
    why: str, standing: Standing, points: int, salience: Salience
) -> None:
    weight = weigh(standing, ARTICLE)
    assert (weight.points, weight.salience) == (points, salience), why
    assert weight.reason.startswith(f"salience {points} of 100"), why


def test_a_hundred_points_are_the_most() -> None:
    events = (Spot(Part.BODY, 8, 12),)
    weight = weigh(Standing((TITLE, *SPOTS * 8), others=0, events=events), ARTICLE)
    assert weight.points == 100
