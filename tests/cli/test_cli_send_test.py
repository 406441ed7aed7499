"""`monitor send-test` names every channel that cannot be used, and tries the others all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.config import CHANNEL, FEED, WATCH, write

from monitor.cli import main

ODD = '[[channel]]\nid = "odd"\nurl = "nosuchservice://somewhere"\n'
FAR = '[[channel]]\nid = "far"\nurl = "json://127.0.0.1:9/hook"\n'  # nothing answers there.


def run(folder: Path, *words: str) -> Result:
    config = write(folder, FEED + CHANNEL + ODD + FAR + WATCH)
    return CliRunner().invoke(main, ["send-test", *words, "--config", str(config)])


def test_channels_that_lead_nowhere_and_services_that_do_not_answer_are_named(tmp_path: Path) -> None:
    done = run(tmp_path, "--json")
    found = {one["channel"]: one["outcome"] for one in json.loads(done.stdout.splitlines()[-1])["results"]}
    assert (done.exit_code, found) == (1, {"desk": "accepted", "odd": "permanent", "far": "not_sent"})


@pytest.mark.parametrize(
    ("channel", "said", "advice"),
    [
        ("odd", "no service is known by how this URL begins", "check the token, the address and the chat"),
        ("far", "connection refused", "check the host, the port and the network"),
    ],
)
def test_a_person_is_told_what_to_do(channel: str, said: str, advice: str, tmp_path: Path) -> None:
    shown = run(tmp_path, channel)
    assert (shown.exit_code, said in shown.stdout, advice in shown.stdout) == (1, True, True)


def test_a_channel_that_works_is_tried_whatever_the_others_are(tmp_path: Path) -> None:
    assert run(tmp_path, "desk").exit_code == 0


def test_a_channel_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    refused = run(tmp_path, "dusk")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "monitor: no channel is called 'dusk'; there are: desk, odd, far\n",
    )
