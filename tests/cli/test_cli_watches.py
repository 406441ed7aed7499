from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.config import CHANNEL, FEED, WATCH, write
from support.storing import alert, with_alerts

from monitor.cli import main
from monitor.model import Evidence
from monitor.planning.work import NewAlert
from monitor.store import open_store
from monitor.store.judgements import list_judgements

PARIS = '[[watch]]\nid = "paris"\nplace = "Paris, Texas, US"\n'


def run(folder: Path, *words: str) -> Result:
    config = write(folder, FEED + CHANNEL + WATCH + PARIS)
    return CliRunner().invoke(main, [*words, "--config", str(config)])


def tried(folder: Path, watch: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(run(folder, "try", watch, "--json").stdout)
    return found


def flags(folder: Path, watch: str) -> dict[object, object]:
    return {one["form"]: one["flags"] for one in tried(folder, watch)["spellings"]}


def test_trying_a_watch_lists_its_spellings_and_namesakes(tmp_path: Path) -> None:
    found = tried(tmp_path, "homs")
    assert [place["id"] for place in found["places"]] == ["geonames:169577"]
    assert {"Homs", "حمص", "Хомс"} <= {one["form"] for one in found["spellings"]}
    assert ("Al Khums", "LY") in [(place["name"], place["country"]) for place in found["namesakes"]]


def test_a_spelling_of_one_language_and_one_of_bigger_places_are_flagged(tmp_path: Path) -> None:
    assert flags(tmp_path, "homs")["Humus"] == ["belongs to tr only: needs context elsewhere"]
    assert flags(tmp_path, "homs")["Homs"] == []
    assert flags(tmp_path, "paris")["Paris"] == ["also names bigger places: needs context"]


def test_a_place_that_is_not_configured_can_be_tried(tmp_path: Path) -> None:
    assert tried(tmp_path, "Hama, SY")["places"][0]["country"] == "SY"
    refused = run(tmp_path, "try", "Qwrtville, SY")
    assert refused.exit_code == 1
    assert "configured watches: homs, paris" in refused.stderr


def test_what_a_person_is_shown_of_a_watch_fits_80_columns(tmp_path: Path) -> None:
    shown = run(tmp_path, "try", "paris").stdout
    assert "Also name bigger places and need context" in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A state with one alert, from a surname."""
    proof = Evidence("homs", "The singer Peter Homs is from Utah.", "Homs")
    with open_store(tmp_path / "state" / "monitor.db") as store:
        made = alert("3f2a9c01d4", article_id="a1", created_at=datetime.now(UTC))
        with_alerts(store, NewAlert(replace(made, evidence=(proof,)), ()))
    return tmp_path


def test_a_wrong_alert_is_recorded_and_a_phrase_proposed(told: Path) -> None:
    done = run(told, "alerts", "wrong", "3f2a", "--note", "a surname")
    assert done.exit_code == 0, done.output
    assert 'not = ["Peter Homs"]' in done.stdout
    (found,) = list_judgements(told / "state" / "monitor.db")
    assert (found.alert_id, found.watch_id, found.note) == ("3f2a9c01d4", "homs", "a surname")


def test_a_proposal_can_be_read_by_a_program(told: Path) -> None:
    answer = json.loads(run(told, "alerts", "wrong", "3f2a9c01d4", "--json").stdout)
    assert answer == {
        "alert": "3f2a9c01d4",
        "watches": ["homs"],
        "proposals": [
            {
                "watch": "homs",
                "key": "not",
                "values": ["Peter Homs"],
                "why": "“Peter Homs” is something else than homs",
            }
        ],
    }


def test_an_alert_that_does_not_exist_cannot_be_wrong(told: Path) -> None:
    done = run(told, "alerts", "wrong", "ffff")
    assert done.exit_code == 1
    assert "there is no such alert" in done.stderr


def test_an_alerts_id_is_shown_so_that_it_can_be_named(told: Path) -> None:
    assert run(told, "alerts").stdout.startswith("3f2a9c01  ")
