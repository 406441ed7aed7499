"""`monitor places`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from monitor.cli import main
from monitor.config import values
from monitor.gazetteer.index import Index
from monitor.gazetteer.layout import Contents, write
from monitor.watching.places import Place, resolve


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["places", *words])


def test_a_search_lists_the_places_of_a_name_with_ids_that_can_be_copied() -> None:
    answer = run("search", "Homs")
    assert answer.exit_code == 0
    assert "geonames:169577  Homs, Homs Governorate, Syria  775,404 people" in answer.stdout
    assert "geonames:2219905  Al Khums" in answer.stdout
    assert "Humus (tr)" in answer.stdout
    assert max(cell_len(line) for line in answer.stdout.splitlines()) <= 80  # combining marks take no column.


def test_every_id_that_a_search_shows_is_one_that_a_watch_accepts() -> None:
    found = json.loads(run("search", "Georgia", "--json").stdout)["places"]
    assert [(one["id"], one["kind"]) for one in found] == [("geonames:US.GA", "region"), ("geonames:GE", "country")]
    index = Index()
    for one in found:
        place = resolve(values.place(one["id"]), index).place
        assert place is not None
        assert place.name == one["name"]


def test_a_search_for_programs_gives_spellings_by_language() -> None:
    (homs,) = json.loads(run("search", "Homs, SY", "--json").stdout)["places"][1:]
    assert (homs["country"], homs["region"], homs["population"]) == ("SY", "11", 775404)
    assert (homs["region_name"], homs["country_name"]) == ("Homs Governorate", "Syria")
    assert "Humus" in homs["spellings"]["tr"]
    assert "Хомс" in homs["spellings"]["ru"]


@pytest.mark.parametrize("name", ["geonames:169577", "Talbisse, SY"])
def test_a_search_understands_what_a_watch_does(name: str) -> None:
    assert len(json.loads(run("search", name, "--json").stdout)["places"]) == 1


def test_a_name_of_no_place_fails_with_a_guess() -> None:
    answer = run("search", "Alepppo")
    assert answer.exit_code == 1
    assert "did you mean “Aleppo, SY”" in answer.stderr


def test_another_index_is_asked_when_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.sqlite"
    write(path, Contents(places=[Place(7, "Kafr Ad", "SY", names=("Kafr Ad",), labels=((),))]))
    assert "geonames:7  Kafr Ad" in run("search", "Kafr Ad", "--gazetteer", str(path)).stdout


def test_a_file_that_is_no_index_is_a_plain_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.sqlite"
    path.write_text("not a database, but long enough to be taken for the header of one" * 20)
    answer = run("search", "Homs", "--gazetteer", str(path))
    assert answer.exit_code == 1
    assert answer.stderr.startswith("monitor: the place index")
