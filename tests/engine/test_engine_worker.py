from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from monitor.engine.worker import Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("tested")
    yield made
    made.close()


async def test_functions_are_called_in_order_in_one_thread_that_is_not_the_loops(worker: Worker) -> None:
    called: list[int] = []

    def call(number: int) -> int:
        called.append(number)
        return threading.get_ident()

    threads = await asyncio.gather(*(worker(call, number) for number in range(50)))
    assert called == list(range(50))
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads


async def test_what_a_function_raises_is_raised_to_who_asked_and_to_nobody_else(worker: Worker) -> None:
    def refuse(number: int) -> int:
        raise LookupError(number)

    answers = await asyncio.gather(worker(int, "1"), worker(refuse, 2), worker(int, "3"), return_exceptions=True)
    assert [answers[0], answers[2]] == [1, 3]
    assert isinstance(answers[1], LookupError)


async def test_who_no_longer_waits_is_not_answered_and_the_others_are(worker: Worker) -> None:
    hold, begun = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert hold.wait(5)

    first = asyncio.ensure_future(worker(wait))
    assert await asyncio.to_thread(begun.wait, 5)
    given_up, other = asyncio.ensure_future(worker(int, "1")), asyncio.ensure_future(worker(int, "2"))
    await asyncio.sleep(0)
    given_up.cancel()
    hold.set()
    await asyncio.gather(first, given_up, other, return_exceptions=True)
    assert given_up.cancelled()
    assert other.result() == 2


async def test_closing_waits_for_what_was_given(worker: Worker) -> None:
    done = threading.Event()
    task = asyncio.ensure_future(worker(done.set))
    await asyncio.sleep(0)
    worker.close()
    assert done.is_set()
    await task


def test_a_worker_outlives_a_loop_that_was_closed_while_it_worked(worker: Worker) -> None:
    begun, hold = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert hold.wait(5)

    async def leave() -> None:
        asyncio.ensure_future(worker(wait)).add_done_callback(lambda _: None)
        assert await asyncio.to_thread(begun.wait, 5)

    asyncio.run(leave())
    hold.set()
    assert asyncio.run(_twice(worker)) == 8


async def _twice(worker: Worker) -> int:
    return await worker(int, "4") + await worker(int, "4")


def test_a_process_ends_although_its_worker_is_at_something_long() -> None:
    code = """
import asyncio, time
from monitor.engine.worker import Worker

async def leave():
    asyncio.ensure_future(Worker("long")(time.sleep, 600))
    await asyncio.sleep(0.1)

asyncio.run(leave())
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0


def test_a_worker_that_finds_no_thread_to_spare_finds_one_later() -> None:
    # In a process of its own, whose threads have no room for their stacks at first.
    code = """
import asyncio, resource, threading
from monitor.engine.worker import Worker

async def work():
    worker = Worker("one")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(open("/proc/self/statm").read().split()[0])
    threading.stack_size(512_000_000)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 50_000_000, hard))
    try:
        await worker(int, "4")
    except MemoryError as error:
        print(error)
    threading.stack_size(0)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    print(await worker(int, "4"))
    worker.close()

asyncio.run(work())
"""
    done = subprocess.run([sys.executable, "-c", code], timeout=30, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["the machine has no thread to spare", "4"]
