"""A body that has cost a child is left alone for a while, each time for longer; equal ones do not cost many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from monitor.sources import poison
from monitor.sources.children import Bounds, ChildError, Children
from monitor.sources.poison import FIRST, LONGEST, Poison

NAUGHTY = "support.naughty"


@dataclass(slots=True)
class Hands:
    """A clock that is turned by hand."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    made = Children(2, bounds=Bounds(cpu=timedelta(seconds=1)))
    yield made
    await made.close()


def fail(cause: str, *, harmful: bool) -> None:
    if cause:
        raise ChildError(cause, harmful=harmful)


async def eat(watched: Poison, body: bytes, cause: str = "", *, harmful: bool = True) -> str:
    """Let a body do what it does; return what is said of it."""
    try:
        async with watched.tasting(body):
            fail(cause, harmful=harmful)
    except ChildError as exc:
        return str(exc)
    return "eaten"


async def test_a_body_that_cost_a_child_is_left_alone_for_longer_each_time() -> None:
    hands = Hands()
    watched = Poison(hands)
    for times in range(12):
        assert await eat(watched, b"bad", "crashed") == "crashed"
        rest = min(FIRST * 2**times, LONGEST).total_seconds()
        hands.seconds += rest - 1
        assert await eat(watched, b"bad") == "left alone for a while: crashed"
        assert await eat(watched, b"good") == "eaten"
        hands.seconds += 1


async def test_a_body_that_does_no_harm_any_more_is_forgotten() -> None:
    hands = Hands()
    watched = Poison(hands)
    await eat(watched, b"bad", "crashed")
    hands.seconds += FIRST.total_seconds()
    assert await eat(watched, b"bad") == "eaten"
    assert len(watched) == 0


async def test_a_refusal_does_no_harm() -> None:
    watched = Poison(Hands())
    assert await eat(watched, b"odd", "KeyError", harmful=False) == "KeyError"
    assert await eat(watched, b"odd") == "eaten"


async def test_no_more_bodies_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poison, "MOST", 3)
    watched = Poison(Hands())
    for number in range(10):
        await eat(watched, b"%d" % number, "crashed")
    assert len(watched) == 3
    assert await eat(watched, b"0") == "eaten"
    assert (await eat(watched, b"9")).startswith("left alone")


@pytest.mark.parametrize(("name", "values"), [("burn", ()), ("eat", (900_000_000,)), ("crash", ())])
async def test_equal_bodies_that_come_at_once_cost_one_child(
    children: Children, name: str, values: tuple[object, ...]
) -> None:
    watched = Poison(Hands())

    async def one() -> str:
        try:
            async with watched.tasting(b"the same bytes"):
                await children.run(f"{NAUGHTY}:{name}", values)
        except ChildError as exc:
            return str(exc)
        return "eaten"

    said = await asyncio.gather(*(one() for _ in range(8)))
    assert [text.startswith("left alone for a while: ") for text in said] == [False] + [True] * 7


async def test_one_who_stops_waiting_holds_up_nobody() -> None:
    watched, release = Poison(Hands()), asyncio.Event()

    async def slow() -> str:
        async with watched.tasting(b"slow"):
            await release.wait()
        return "eaten"

    first, second, third = (asyncio.create_task(slow()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    release.set()
    assert (await first, await third) == ("eaten", "eaten")
