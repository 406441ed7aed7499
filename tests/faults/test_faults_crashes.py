"""A power cut at each of sixteen points on the way of an alert, for each of three channels: nothing is lost."""

from __future__ import annotations

import signal
import threading
import tomllib
from pathlib import Path

import pytest
from support.daemon import PATIENCE, Daemon
from support.rig import Rig, channel_of, rig
from support.shim import Shim

from monitor.failpoints import VARIABLE

_TABLE = tomllib.loads(Path(__file__).with_name("crashes.toml").read_text(encoding="utf-8"))
POINTS = _TABLE["points"]
OFTEN = ("mail-read-committed", "mail-claimed", "mail-half-sent", "mail-sent-unanswered", "mail-checkpoint")
CELLS = [
    # A dozen seconds of work each: a few are run with every change, all before a release.
    pytest.param(f"{channel}-{point}", marks=pytest.mark.slow if f"{channel}-{point}" in OFTEN else pytest.mark.release)
    for channel in _TABLE["channels"]
    for point in POINTS
]


@pytest.mark.parametrize("cell", CELLS)
def test_a_power_cut_loses_nothing_and_every_further_copy_says_so(cell: str, tmp_path: Path) -> None:
    name, _, point = cell.partition("-")
    with channel_of(name) as channel, rig(channel, tmp_path) as made:
        _crash(made, point, tmp_path)
        made.check_database()
        with made.daemon() as healed:
            made.wait_until_all_arrived()
            # A dead daemon is silent too: one more report shows that this one is not.
            made.report()
            made.wait_until_all_arrived()
            assert healed.stop() == 0
        made.check_copies(at_most=POINTS[point]["copies"])


def _crash(made: Rig, point: str, folder: Path) -> None:
    """Let the daemon die at `point` while a report is under way."""
    if point == "recovering":
        _crash(made, "claimed", folder)
    shim = Shim(folder)
    by = POINTS[point]["by"]
    armed = {VARIABLE: point} if by == "failpoint" else shim.environment if by == "write" else {}
    _pass_first_poll(made)
    daemon = made.daemon(armed)
    daemon.start_process()
    if by == "server":
        made.channel.set_tap(lambda reached: reached == point and _killed(daemon))
    if point == "draining":
        _stop_when_connected(made, daemon)
    if point != "recovering":
        made.report()
    if by == "write":
        shim.kill_at_write("monitor.db", 2)
        _stop_with_a_message_unsent(made, daemon)
    assert daemon.wait_for_end() == -signal.SIGKILL
    made.channel.set_tap(lambda _: False)


def _pass_first_poll(made: Rig) -> None:
    """Let a first poll pass without a fault, so that what is reported next is news."""
    if made.database.exists():
        return
    with made.daemon() as daemon:
        daemon.wait_for("event=poll", "first")
        assert daemon.stop() == 0


def _killed(daemon: Daemon) -> bool:
    daemon.process.kill()
    daemon.process.wait(10)
    return True


def _stop_when_connected(made: Rig, daemon: Daemon) -> None:
    """Ask the daemon to stop while a message is under way, which its end then meets."""

    def stop(reached: str) -> bool:
        if reached == "connected":
            daemon.process.send_signal(signal.SIGTERM)
        return False

    made.channel.set_tap(stop)


def _stop_with_a_message_unsent(made: Rig, daemon: Daemon) -> None:
    """Ask the daemon to stop when the channel has turned a message away: its end writes the log into the database."""
    turned_away = threading.Event()

    def turn_away(_: str) -> bool:
        turned_away.set()
        return True

    made.channel.set_tap(turn_away)
    assert turned_away.wait(30 * PATIENCE)
    daemon.process.send_signal(signal.SIGTERM)
