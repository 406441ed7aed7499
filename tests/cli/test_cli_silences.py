"""Silences and acknowledgements, made beside a daemon that may have the state."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support.config import CHANNEL, FEED, WATCH, write
from support.storing import alert, delivery, with_alerts

from monitor.cli import main
from monitor.cli.moments import read_moment
from monitor.model import DeliveryState, Silence
from monitor.planning.work import NewAlert
from monitor.store import open_store
from monitor.store.silences import list_silences

CONFIG = '[monitor]\ntimezone = "Asia/Damascus"\n' + FEED + CHANNEL + WATCH
LAST = ("--for", "2h", "--reason", "exercise")


@pytest.fixture(autouse=True)
def state(tmp_path: Path) -> Path:
    """A state that somebody has made, beside its configuration."""
    write(tmp_path, CONFIG)
    path = tmp_path / "state/monitor.db"
    path.parent.mkdir()
    open_store(str(path)).close()
    return path


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(folder / "config.toml")])


def answer(folder: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, *words, "--json").stdout)
    return found


def only(state: Path) -> Silence:
    (found,) = list_silences(str(state))
    return found


def test_a_silence_has_an_author_a_reason_and_an_end(tmp_path: Path, state: Path) -> None:
    done = run(tmp_path, "silence", "add", "--watch", "homs", "--author", "Lina", *LAST)
    assert done.exit_code == 0, done.output
    made = only(state)
    assert (made.author, made.reason, made.watches) == ("Lina", "exercise", ("homs",))
    assert made.ends_at - made.starts_at == timedelta(hours=2)
    assert f"{made.id[:8]}: watch homs muted until " in done.stdout


def test_the_author_is_who_is_logged_in_unless_it_is_said(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "rami")
    run(tmp_path, "silence", "add", "--watch", "homs", *LAST)
    assert only(state).author == "rami"


def test_a_silence_for_a_place_names_the_watches_in_it(tmp_path: Path) -> None:
    shown = run(tmp_path, "silence", "add", "--place", "Syria", *LAST).stdout
    assert "Watches in Syria: homs." in shown


def test_all_that_a_silence_asks_for_is_kept(tmp_path: Path) -> None:
    words = ("--place", "Homs, SY", "--feed", "dw", "--severity", "normal", *LAST)
    made = answer(tmp_path, "silence", "add", *words)["silence"]
    assert (made["places"], made["feeds"], made["severity"]) == (["Homs, SY"], ["dw"], "normal")


@pytest.mark.parametrize(
    ("why", "words", "expected"),
    [
        ("nothing is named", LAST, "name what to mute"),
        ("there is no such watch", ("--watch", "hams", *LAST), 'there is no watch "hams" (did you mean "homs"?)'),
        ("there is no such feed", ("--feed", "bbc", *LAST), 'there is no feed "bbc" (known: dw)'),
        ("there is no such place", ("--place", "Homz, SY", *LAST), "“Homz” is no place known in SY"),
        ("it has no end", ("--all", "--reason", "x"), "say how long"),
        ("it has two ends", ("--all", "--until", "08:00", *LAST), "say how long"),
        ("it is over already", ("--all", "--until", "2020-01-01 08:00", "--reason", "x"), "is over already"),
        ("it lasts for ever", ("--all", "--for", "900d", "--reason", "x"), "a year at most"),
        ("its end is no time", ("--all", "--until", "soon", "--reason", "x"), "is no time"),
        ("its length is none", ("--all", "--for", "soon", "--reason", "x"), "is no duration"),
        ("it says no reason", ("--all", "--for", "1h"), "Missing option '--reason'"),
        ("its reason is empty", ("--all", "--for", "1h", "--reason", " "), "say why"),
    ],
)
def test_a_silence_that_cannot_be_meant_is_refused(
    why: str, words: tuple[str, ...], expected: str, tmp_path: Path, state: Path
) -> None:
    refused = run(tmp_path, "silence", "add", *words)
    assert refused.exit_code == 2, why
    assert expected in " ".join(refused.stderr.replace("│", "").split()), why
    assert list_silences(str(state)) == (), why


def test_everything_is_muted_only_if_that_is_said(tmp_path: Path, state: Path) -> None:
    assert "everything muted until" in run(tmp_path, "silence", "add", "--all", *LAST).stdout
    assert (only(state).watches, only(state).places, only(state).feeds) == ((), (), ())


def test_a_silence_is_listed_until_it_is_over_and_can_be_ended_early(tmp_path: Path, state: Path) -> None:
    run(tmp_path, "silence", "add", "--watch", "homs", *LAST)
    (listed,) = answer(tmp_path, "silence", "list")["silences"]
    assert (listed["id"], listed["muted"]) == (only(state).id, 0)
    ended = run(tmp_path, "silence", "expire", listed["id"][:6])
    assert ended.stdout == f"{listed['id'][:8]}: watch homs no longer muted.\n"
    assert answer(tmp_path, "silence", "list")["silences"] == []
    assert [one["id"] for one in answer(tmp_path, "silence", "list", "--all")["silences"]] == [listed["id"]]
    again = run(tmp_path, "silence", "expire", listed["id"])
    assert (again.exit_code, "is over already" in again.stderr) == (1, True)


def test_a_silence_that_there_is_not_cannot_be_ended(tmp_path: Path) -> None:
    refused = run(tmp_path, "silence", "expire", "nothing")
    assert (refused.exit_code, "there is no such silence" in refused.stderr) == (1, True)


def test_a_silence_can_be_made_while_a_daemon_holds_the_state(tmp_path: Path, state: Path) -> None:
    with open_store(str(state)):
        assert run(tmp_path, "silence", "add", "--watch", "homs", *LAST).exit_code == 0
        assert run(tmp_path, "silence", "expire", only(state).id).exit_code == 0


def test_what_a_person_is_shown_of_silences_fits_80_columns(tmp_path: Path) -> None:
    run(tmp_path, "silence", "add", "--watch", "homs", "--for", "2h", "--reason", "a long reason " * 12)
    shown = run(tmp_path, "silence", "list").stdout
    assert "(Asia/Damascus)" in shown
    assert max(map(len, shown.splitlines())) <= 80


# --- acknowledgements ---------------------------------------------------------------------------------------------


def test_an_acknowledged_alert_is_shown_with_who_took_note(tmp_path: Path, state: Path) -> None:
    with open_store(str(state)) as store:
        with_alerts(store, NewAlert(alert("3f2a9c01dead"), ()))
    assert "3f2a9c01: acknowledged by Lina" in run(tmp_path, "ack", "3f2a", "--by", "Lina").stdout
    assert "already acknowledged by Lina" in run(tmp_path, "ack", "3f2a9c01dead", "--by", "Rami").stdout
    (told,) = answer(tmp_path, "alerts")["alerts"]
    assert (told["acked_by"], told["acked_at"] is None) == ("Lina", False)
    assert "acknowledged by Lina" in run(tmp_path, "alerts").stdout


@pytest.mark.parametrize("named", ["beef", "3f2a"])
def test_an_id_that_names_no_alert_or_several_is_refused(named: str, tmp_path: Path, state: Path) -> None:
    with open_store(str(state)) as store:
        with_alerts(store, *(NewAlert(alert(id_), ()) for id_ in ("3f2a01", "3f2a02")))
    refused = run(tmp_path, "ack", named)
    assert (refused.exit_code, "no alert begins so, or several do" in refused.stderr) == (1, True)


def test_alerts_say_what_became_of_each_delivery(tmp_path: Path, state: Path) -> None:
    told = alert("a1")
    due = datetime(2030, 1, 1, 4, 30, tzinfo=UTC)
    rows = (
        replace(delivery("d1", told, channel_id="held", due_at=due), state=DeliveryState.HELD),
        replace(delivery("d2", told, channel_id="mute"), state=DeliveryState.MUTED, silence_id="5ca1ab1e00"),
        replace(delivery("d3", told, channel_id="duty"), fallback_for="desk", grouped=True),
        replace(delivery("d4", told, channel_id="digest"), carried_by="d3"),
    )
    with open_store(str(state)) as store:
        with_alerts(store, NewAlert(told, rows))
    shown = run(tmp_path, "alerts").stdout
    assert "held: held, until 01.01.2030 at 07:30 (Asia/Damascus)" in shown
    assert "mute: muted, by silence 5ca1ab1e" in shown
    assert "duty: pending, in place of desk" in shown
    assert "digest: pending, in a digest" in shown
    (found,) = answer(tmp_path, "alerts")["alerts"]
    named = {row["channel"]: row for row in found["deliveries"]}
    assert (named["mute"]["silence_id"], named["digest"]["carried_by"]) == ("5ca1ab1e00", "d3")
    assert (named["duty"]["fallback_for"], named["duty"]["grouped"]) == ("desk", True)


# --- times --------------------------------------------------------------------------------------------------------

FRIDAY = datetime(2024, 12, 6, 21, 30, tzinfo=UTC)  # half past midnight on Saturday in Damascus.


@pytest.mark.parametrize(
    ("because", "written", "expected"),
    [
        ("a time is meant by the zone's clock", "2024-12-10 08:00", "2024-12-10 05:00"),
        ("an offset wins", "2024-12-10T08:00+00:00", "2024-12-10 08:00"),
        ("a day alone is its midnight", "2024-12-10", "2024-12-09 21:00"),
        ("a time of day is the next one: today", "08:00", "2024-12-07 05:00"),
        ("a time of day is the next one: tomorrow", "00:15", "2024-12-07 21:15"),
    ],
)
def test_a_time_is_read_by_a_wall_clock(because: str, written: str, expected: str) -> None:
    assert f"{read_moment(written, 'Asia/Damascus', now=FRIDAY):%Y-%m-%d %H:%M}" == expected, because
