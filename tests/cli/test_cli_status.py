"""`monitor status`: for people, for programs, for Prometheus."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from prometheus_client.parser import text_string_to_metric_families
from support.config import FEED, WATCH, write
from support.storing import alert, delivery, with_alerts

from monitor.cli import main
from monitor.model import DeliveryState
from monitor.planning.work import NewAlert
from monitor.store import open_store

QUIET = '[[channel]]\nid = "desk"\nurl = "console://"\nquiet = { from = "00:00", to = "23:59" }\ntimezone = "UTC"\n'
LOUD = '[[channel]]\nid = "duty"\nurl = "console://"\n'


@pytest.fixture(autouse=True)
def state(tmp_path: Path) -> Path:
    """A state in which something is held, muted and delivered."""
    write(tmp_path, FEED + QUIET + LOUD + WATCH)
    path = tmp_path / "state/monitor.db"
    path.parent.mkdir()
    now = datetime.now(UTC)
    told = replace(alert("a1", created_at=now), seen_at=now - timedelta(seconds=1.5))
    rows = (
        replace(delivery("d1", told, channel_id="desk"), state=DeliveryState.HELD),
        replace(delivery("d2", told, channel_id="mute"), state=DeliveryState.MUTED),
        replace(delivery("d3", told, channel_id="duty"), state=DeliveryState.DELIVERED, delivered_at=now),
    )
    with open_store(str(path)) as store:
        with_alerts(store, NewAlert(told, rows))
    return path


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(folder / "config.toml")])


def answer(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, "status", "--json").stdout)
    return found


def test_what_is_held_and_muted_is_counted(tmp_path: Path) -> None:
    counts = answer(tmp_path)["deliveries"]
    assert counts == {"pending": 0, "inflight": 0, "delivered": 1, "dead": 0, "held": 1, "muted": 1}


def test_channels_that_are_quiet_now_are_named(tmp_path: Path) -> None:
    if datetime.now(UTC).strftime("%H:%M") == "23:59":
        return  # the one minute in which it is not.
    (quiet,) = answer(tmp_path)["quiet"]
    assert quiet["channel"] == "desk"
    assert quiet["until"].endswith("T23:59:00Z")


def test_silences_that_last_are_named(tmp_path: Path) -> None:
    words = ("--watch", "homs", "--for", "2h", "--reason", "exercise", "--author", "Lina")
    run(tmp_path, "silence", "add", *words)
    (silence,) = answer(tmp_path)["silences"]
    assert (silence["author"], silence["reason"]) == ("Lina", "exercise")
    assert "by Lina ends in 2 h: exercise" in run(tmp_path, "status").stdout


def test_the_latency_of_a_channel_is_told(tmp_path: Path) -> None:
    (latency,) = answer(tmp_path)["latency"]
    assert (latency["channel"], latency["count"], latency["p50"], latency["p99"]) == ("duty", 1, 1.5, 1.5)
    assert [bucket["count"] for bucket in latency["buckets"] if bucket["le"] in {1.0, 2.0}] == [0, 1]
    assert "half within 1.5 s, 99 % within 1.5 s" in " ".join(run(tmp_path, "status").stdout.split())


def test_a_page_for_prometheus_holds_the_same_figures(tmp_path: Path) -> None:
    page = run(tmp_path, "status", "--metrics")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.stdout)
        for sample in family.samples
    }
    assert found["monitor_ok",] == 1
    assert found["monitor_feeds", "new"] == 1
    assert found["monitor_feed_failures", "dw"] == 0
    assert (found["monitor_deliveries", "held"], found["monitor_deliveries", "muted"]) == (1, 1)
    assert found["monitor_silences",] == 0
    assert found["monitor_delivery_latency_seconds_bucket", "duty", "1.0"] == 0
    assert found["monitor_delivery_latency_seconds_bucket", "duty", "2.0"] == 1
    assert found["monitor_delivery_latency_seconds_bucket", "duty", "+Inf"] == 1


def test_a_page_for_prometheus_and_json_are_not_asked_for_at_once(tmp_path: Path) -> None:
    assert run(tmp_path, "status", "--metrics", "--json").exit_code == 2


def test_what_a_person_is_shown_of_the_status_fits_80_columns(tmp_path: Path) -> None:
    run(tmp_path, "silence", "add", "--all", "--for", "2h", "--reason", "a long reason " * 12)
    shown = run(tmp_path, "status").stdout
    assert "1 held, 1 muted" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80


def test_a_trouble_that_many_deliveries_share_is_said_once_to_a_person(tmp_path: Path, state: Path) -> None:
    told = [alert(f"dead{number}") for number in range(3)]
    dead = [replace(delivery(f"x{one.id}", one), state=DeliveryState.DEAD, error="no such chat") for one in told]
    with open_store(str(state)) as store:
        with_alerts(store, *(NewAlert(one, (row,)) for one, row in zip(told, dead, strict=True)))
    shown = " ".join(run(tmp_path, "status").stdout.split())
    assert shown.count("no such chat") == 1
    assert "and 2 more: dead after 0 attempts to desk: no such chat" in shown
    assert len(answer(tmp_path)["problems"]) == 3
