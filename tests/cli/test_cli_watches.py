from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
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


def flags(folder: Path, watch: str) -> dict[str, list[str]]:
    return {
        str(one["form"]): [str(flag) for flag in as_list(one["flags"])] for one in tried(folder, watch)["spellings"]
    }


def as_list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_trying_a_watch_lists_its_spellings_and_namesakes(tmp_path: Path) -> None:
    found = tried(tmp_path, "homs")
    assert [place["id"] for place in found["places"]] == ["geonames:169577"]
    assert {"Homs", "حمص", "Хомс"} <= {one["form"] for one in found["spellings"]}
    assert ("Al Khums", "LY") in [(place["name"], place["country"]) for place in found["namesakes"]]


def test_what_is_to_be_known_of_a_spelling_is_flagged(tmp_path: Path) -> None:
    found = flags(tmp_path, "homs")
    assert "belongs to tr only" in found["Humus"]
    assert any("ordinary word in" in flag and " de," in flag for flag in found["Humus"])
    assert found["حمص"] == ["an ordinary word in ar, fa, ur"]
    assert found["Homs"] == []


def test_what_needs_context_is_what_the_judging_would_not_take_alone(tmp_path: Path) -> None:
    homs = {one["form"]: one for one in tried(tmp_path, "homs")["spellings"]}
    assert homs["Humus"]["needs"] == "context in other languages than tr"
    assert (homs["Homs"]["alone"], homs["Homs"]["needs"], homs["Homs"]["never"]) == ("match", "", "")
    paris = {one["form"]: one for one in tried(tmp_path, "paris")["spellings"]}
    assert paris["Paris"]["alone"] == "no"
    assert str(paris["Paris"]["needs"]).startswith("context: Paris, Île-de-France")
    for form in ("Paris", "Homs"):
        article = json.dumps({"id": 1, "text": f"3 {form} 3", "lang": "en"})
        config = write(tmp_path, FEED + CHANNEL + WATCH + PARIS)
        options = ["match", "--jsonl", "--config", str(config)]
        (line,) = CliRunner().invoke(main, options, input=article).stdout.splitlines()
        assert json.loads(line)["verdict"] == {"Paris": paris, "Homs": homs}[form][form]["alone"]


def test_what_can_never_match_says_why(tmp_path: Path) -> None:
    config = write(tmp_path, FEED + CHANNEL + WATCH + 'not = ["Hims"]\n')
    done = CliRunner().invoke(main, ["try", "homs", "--config", str(config)])
    assert "Never a match\n  Hims: inside “Hims”, which the watch's “not” names\n" in done.stdout


PERSON = """
[[watch]]
id = "man"
person = "Abu Mohammed al-Golani"
aliases = ["Ahmed al-Sh*", "HTS", "Ivan Lvіv"]
"""


def test_a_person_is_tried_with_its_variants_family_name_and_the_note_that_more_are_not_made(tmp_path: Path) -> None:
    config = write(tmp_path, FEED + CHANNEL + PERSON)
    done = CliRunner().invoke(main, ["try", "man", "--json", "--config", str(config)])
    found = json.loads(done.stdout)
    by_form = {one["form"]: one for one in found["spellings"]}
    assert by_form["Abu Mohammad al-Jolani"]["alone"] == "match"
    assert by_form["Golani"]["flags"] == ["a family name"]
    assert by_form["Golani"]["needs"] == "the full name in the same article"
    assert by_form["Ahmed al-Sh*"]["flags"] == ["any ending"]
    assert by_form["HTS"]["flags"] == ["in capitals only"]
    assert by_form["Ivan Lvіv"]["flags"] == ["“Lvіv” mixes letters of two scripts that look alike"]
    assert found["notes"] == [
        "of “Abu Mohammed al-Golani” the 79 likeliest spellings are looked for; name others in aliases"
    ]
    assert found["namesakes"] == found["places"] == []


def test_a_place_that_is_not_configured_can_be_tried(tmp_path: Path) -> None:
    assert tried(tmp_path, "Hama, SY")["places"][0]["country"] == "SY"
    refused = run(tmp_path, "try", "Qwrtville, SY")
    assert refused.exit_code == 1
    assert "configured watches: homs, paris" in refused.stderr


def test_what_a_person_is_shown_of_a_watch_fits_80_columns(tmp_path: Path) -> None:
    shown = run(tmp_path, "try", "paris").stdout
    assert "Need more than themselves; alone they are no match" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_watch_of_ninety_names_is_shown_with_each_of_them_within_80_columns(tmp_path: Path) -> None:
    found = tried(tmp_path, "Damascus, SY")
    shown = run(tmp_path, "try", "Damascus, SY").stdout
    assert len(found["spellings"]) > 85
    assert max(map(cell_len, shown.splitlines())) <= 80
    flat = " ".join(shown.split())
    assert [one["form"] for one in found["spellings"] if " ".join(str(one["form"]).split()) not in flat] == []


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
