"""The daemon and a worker on one PostgreSQL state, as processes: what is shared, what is told, what a kill costs."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from support.daemon import Daemon, Worker, call
from support.farm import Farm, Told, farm
from support.pollers import wait_until, write_config
from support.postgres import running_server

from monitor.store import upgrade

FEEDS = 270  # more than one process asks for at once.
SHARED = "Quxtonville: {name} is cut off by the flood"


@dataclass(frozen=True, slots=True)
class Place:
    """A state, a farm that is polled into it, and what two processes are configured with."""

    state: str
    farm: Farm
    config: Path

    def count(self, condition: str) -> int:
        with psycopg.connect(self.state) as connection:
            found = connection.execute(f"SELECT count(*) FROM {condition}").fetchone()  # noqa: S608 - our own text.
            assert found is not None
            return int(found[0])

    def change(self, statement: str) -> None:
        with psycopg.connect(self.state) as connection:
            connection.execute(statement)

    def wait_for(self, number: int, condition: str) -> None:
        wait_until(lambda: self.count(condition) >= number, what=condition, seconds=90)

    def told(self, *, of: int) -> Told:
        """Wait until every feed has been polled since its last due time, then return what was asked of the farm."""
        self.wait_for(of, "feeds WHERE last_success_at IS NOT NULL AND leased_until IS NULL AND next_poll_at > now()")
        return self.farm.tell()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with running_server() as server, farm() as farmed:
        state = server.make("monitor_workers")
        upgrade(state)
        farmed.put(FEEDS, delay=1)
        config = write_config(tmp_path, farmed, ["12h"] * FEEDS, state=state)
        # Learning where each is at home would take longer than all else.
        config.write_text(config.read_text().replace("full_text = false", 'full_text = false\nhome = "SY"'))
        yield Place(state, farmed, config)


def polls(process: Daemon) -> list[str]:
    return [found[1] for line in process.lines if "event=poll" in line and (found := re.search(r"subject=(\S+)", line))]


@pytest.mark.slow
@pytest.mark.postgres
def test_a_worker_shares_the_work_tells_nothing_twice_and_may_be_killed(place: Place) -> None:
    with Worker(place.config) as worker, Daemon(place.config) as daemon:
        # All feeds are polled for the first time, each by one of the two.
        told = place.told(of=FEEDS)
        assert {len(times) for times in told.times.values()} == {1}
        assert len(told.times) == FEEDS
        assert polls(worker)
        assert sorted(polls(worker) + polls(daemon)) == sorted(f"f{index}" for index in range(FEEDS))
        # What is new is told once, by the one that delivers, whoever has read it.
        names = [f"ward {number}" for number in range(12)]
        for number, name in enumerate(names):
            place.farm.publish(number * 20, SHARED.format(name=name))
        place.change("UPDATE feeds SET next_poll_at = now()")
        told = place.told(of=FEEDS)
        assert {len(times) for times in told.times.values()} == {1}
        place.wait_for(len(names), "deliveries WHERE state = 'delivered' AND reason = 'new'")
        messages = [*told.taken, *place.farm.tell().taken]
        assert [sum(f"{name} is cut off" in text for _, text in messages) for name in names] == [1] * len(names)
        # A worker that is killed while it asks: the daemon takes up what it had, when its leases end.
        daemon.process.send_signal(signal.SIGSTOP)
        place.farm.put(FEEDS, delay=60)
        place.change("UPDATE feeds SET next_poll_at = now()")
        place.wait_for(200, "feeds WHERE leased_until > now()")
        worker.kill()
        place.farm.put(FEEDS)
        place.change("UPDATE feeds SET leased_until = now() WHERE leased_until IS NOT NULL")  # five minutes later.
        daemon.process.send_signal(signal.SIGCONT)
        place.told(of=FEEDS)
        assert daemon.stop() == 0


def test_a_worker_on_sqlite_says_in_one_line_what_to_do_and_ends(tmp_path: Path) -> None:
    with farm() as farmed:
        done = call("worker", "--config", str(write_config(tmp_path, farmed, ["12h"])))
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if "postgresql://" in line]
    assert len(lines) == 1, done.stderr
