"""Places in English local news (LGL) and in reports on viruses (GeoVirus), read where they lie: never shipped."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from monitor.model import Article

LEAST_ARTICLES = 3  # of gold, for a city to be made a watch.


@dataclass(frozen=True, slots=True)
class Named:
    """A place that a reader found in a text: offsets, GeoNames id (0: none), degrees."""

    start: int
    end: int
    id: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Read:
    """An article with the places that a reader found in it; its publisher stands in `feed_id`."""

    article: Article
    named: tuple[Named, ...]


def _parse(path: Path) -> etree._ElementTree:
    with gzip.open(path) as file:
        return etree.parse(file, None)


def read_lgl(folder: Path) -> tuple[Read, ...]:
    """Read the 588 articles of LGL, publishers as feeds."""
    tree = _parse(folder / "places" / "lgl.xml.gz")
    return tuple(_lgl(one) for one in tree.iterfind(".//article"))


def _lgl(one: etree._Element) -> Read:
    domain = one.findtext("domain") or ""
    url = one.findtext("url") or ""
    article = Article(one.get("docid") or "", domain, url, title="", body=one.findtext("text") or "", language="en")
    return Read(article, tuple(_toponym(named) for named in one.iterfind(".//toponym")))


def _toponym(one: etree._Element) -> Named:
    start, end = int(one.findtext("start") or 0), int(one.findtext("end") or 0)
    gaz = one.find("gaztag")
    if gaz is None:
        return Named(start, end, 0, 0.0, 0.0)
    return Named(
        start, end, int(gaz.get("geonameid") or 0), float(gaz.findtext("lat") or 0), float(gaz.findtext("lon") or 0)
    )


def read_geovirus(folder: Path) -> tuple[Read, ...]:
    """Read the 229 texts of GeoVirus: the places have degrees, not ids."""
    tree = _parse(folder / "places" / "GeoVirus.xml.gz")
    return tuple(_geovirus(number, one) for number, one in enumerate(tree.iterfind(".//article")))


def _geovirus(number: int, one: etree._Element) -> Read:
    url = one.findtext("source") or ""
    article = Article(str(number), "wikinews", url, title="", body=one.findtext("text") or "", language="en")
    named = tuple(
        Named(
            int(place.findtext("start") or 0),
            int(place.findtext("end") or 0),
            0,
            float(place.findtext("lat") or 0),
            float(place.findtext("lon") or 0),
        )
        for place in one.iterfind(".//location")
    )
    return Read(article, named)


@dataclass(frozen=True, slots=True)
class Score:
    """How well watches were matched to articles: right, wrong and missed pairs of both."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Return the share of right matches among all matches."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Return the share of the pairs that should match and do."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)

    def __str__(self) -> str:
        """Write precision, recall and F1."""
        return f"P {self.precision:.3f}, R {self.recall:.3f}, F1 {self.f1:.3f}"


def compare(found: Mapping[str, set[str]], wanted: Mapping[str, set[str]]) -> Score:
    """Count over articles which watches were found and which should have been."""
    counts = Counter[str]()
    for article in {*found, *wanted}:
        one, other = found.get(article, set()), wanted.get(article, set())
        counts.update(right=len(one & other), wrong=len(one - other), missed=len(other - one))
    return Score(counts["right"], counts["wrong"], counts["missed"])


def cities(some: Sequence[Read]) -> Mapping[int, set[str]]:
    """Return the ids that three articles or more name, with these articles."""
    by_id: dict[int, set[str]] = defaultdict(set)
    for read in some:
        for named in read.named:
            by_id[named.id].add(read.article.id)
    return {number: found for number, found in by_id.items() if number and len(found) >= LEAST_ARTICLES}
