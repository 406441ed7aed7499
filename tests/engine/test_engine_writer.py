from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from monitor.engine.writer import StoreThread


class Book:
    """A place to write to, in transactions: what fails inside one takes all of it back."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.groups: list[int] = []
        self.hold = threading.Event()
        self.begun = threading.Event()

    @contextmanager
    def grouped(self) -> Iterator[None]:
        before = list(self.written)
        try:
            yield
        except BaseException:
            self.written = before
            raise
        self.groups.append(len(self.written) - len(before))

    def write(self, text: str) -> str:
        self.written.append(text)
        return text.upper()

    def refuse(self, text: str) -> str:
        self.write(text)
        raise LookupError(text)

    def wait(self) -> None:
        """Keep the thread busy while calls gather."""
        self.begun.set()
        assert self.hold.wait(5)


@pytest.fixture
def thread() -> Iterator[StoreThread]:
    made = StoreThread()
    yield made
    made.close()


async def gathered(thread: StoreThread, book: Book, *calls: tuple[Callable[[str], str], str]) -> list[object]:
    """Let calls gather behind one that is under way, and return what each of them gave or raised."""
    first = asyncio.ensure_future(thread(book.wait))
    assert await asyncio.to_thread(book.begun.wait, 5)
    others = [asyncio.ensure_future(thread(function, text)) for function, text in calls]
    await asyncio.sleep(0)
    book.hold.set()
    await first
    return list(await asyncio.gather(*others, return_exceptions=True))


async def test_calls_that_have_gathered_are_one_transaction(thread: StoreThread) -> None:
    book = Book()
    thread.group(book.grouped)
    answers = await gathered(thread, book, *((book.write, letter) for letter in "abcd"))
    assert answers == ["A", "B", "C", "D"]
    assert book.written == ["a", "b", "c", "d"]
    assert book.groups == [4]


async def test_a_call_that_fails_fails_alone_and_the_others_are_written(thread: StoreThread) -> None:
    book = Book()
    thread.group(book.grouped)
    answers = await gathered(thread, book, (book.write, "a"), (book.refuse, "b"), (book.write, "c"))
    assert [answers[0], answers[2]] == ["A", "C"]
    assert isinstance(answers[1], LookupError)
    assert [text for text in book.written if text != "b"] == ["a", "c"]
    assert book.groups == []


async def test_one_call_alone_needs_no_group(thread: StoreThread) -> None:
    book = Book()
    thread.group(book.grouped)
    assert await thread(book.write, "a") == "A"
    assert book.groups == []


async def test_without_a_group_each_call_is_its_own(thread: StoreThread) -> None:
    book = Book()
    assert await gathered(thread, book, (book.write, "a"), (book.write, "b")) == ["A", "B"]
    assert book.groups == []


async def test_a_group_takes_no_more_calls_than_it_may(thread: StoreThread) -> None:
    book = Book()
    thread.group(book.grouped)
    answers = await gathered(thread, book, *((book.write, str(number)) for number in range(150)))
    assert answers == [str(number) for number in range(150)]
    assert book.written == answers
    assert len(book.groups) >= 2
    assert max(book.groups) <= 64
