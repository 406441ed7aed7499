"""Write down what became of each hit, for whoever asks why: taken or refused, by which rule, for how many points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from monitor.model import Account, Article, Hit, Part
from monitor.watching.readings import How, Reading
from monitor.watching.rules import text_of

_ORDER = {part: number for number, part in enumerate(Part)}


@dataclass(frozen=True, slots=True)
class _Said:
    why: str
    is_taken: bool = False
    instead: str = ""


@dataclass(slots=True)
class Notes:
    """What was said of the readings of one watch in one article. Not `wanted`, nothing is kept: it costs nothing."""

    wanted: bool = False
    _said: dict[Reading, _Said] = field(default_factory=dict)
    _points: dict[Reading, tuple[tuple[str, ...], float, str]] = field(default_factory=dict)

    def refuse(self, some: Iterable[Reading], why: str, *, instead: str = "") -> None:
        """Say why readings were refused, and what they are instead. What was said of one first stands."""
        if self.wanted:
            for one in some:
                self._said.setdefault(one, _Said(why, instead=instead))

    def take(self, some: Iterable[Reading], why: str) -> None:
        """Say why readings were taken."""
        if self.wanted:
            for one in some:
                self._said.setdefault(one, _Said(why, is_taken=True))

    def weigh(self, one: Reading, points: tuple[str, ...], score: float, *, instead: str = "") -> None:
        """Note what spoke for and against a reading, and what it is if it is not what is watched."""
        if self.wanted:
            self._points[one] = (points, score, instead)

    def accounts(self, article: Article) -> tuple[Account, ...]:
        """Return what became of each reading, in the order of the article; of one stretch the taken first."""
        rows = sorted(self._said.items(), key=lambda row: (_ORDER[row[0].spot.part], *row[0].spot[1:], row[1].why))
        return tuple(self._account(one, said, article) for one, said in rows)

    def _account(self, one: Reading, said: _Said, article: Article) -> Account:
        points, score, weighed = self._points.get(one, ((), None, ""))
        instead = said.instead or weighed
        return Account(hit_of(one, article), said.is_taken, spelled(one, article), said.why, points, score, instead)


def hit_of(one: Reading, article: Article) -> Hit:
    """Return a reading as a hit in its article."""
    part, start, end = one.spot
    return Hit(part, start, end, text_of(article, part)[start:end], one.form, one.rule)


def spelled(one: Reading, article: Article) -> str:
    """Say how what stands in the article spells a name of the watch."""
    part, start, end = one.spot
    written = text_of(article, part)[start:end]
    match one.rule:
        case How.PREFIX:
            return f"begins like “{one.form}”"
        case How.AFFIX | How.INFLECTED:
            return f"is “{one.form}” with an ending or a word put on ({one.detail})"
        case How.SURNAME:
            return f"is the family name “{one.form}”"
        case How.SKELETON:
            return f"is like “{one.form}” in its consonants"
        case How.CONFUSABLE:
            return f"looks like “{one.form}”, with letters of another script in it ({one.detail})"
        case _:
            return "is a listed spelling" if written == one.form else f"is the listed spelling “{one.form}”"


def inside_others(some: Sequence[Reading], kept: Sequence[Reading]) -> Iterator[Reading]:
    """Yield the readings that were left out for a longer one around them; the same stretch is the same hit.

    The family name inside the full name is no hit of its own.
    """
    spots = {one.spot for one in kept}
    return (one for one in some if one.spot not in spots and one.rule != How.SURNAME)
