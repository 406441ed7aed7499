"""Pings against a real server: what is asked for, what counts as taken, and that the address stays secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from support.chatservers import Answer, Fault, WebhookServer, refused_port

from monitor.errors import FetchError
from monitor.model import Secret
from monitor.sources.ping import HttpPinger

PATH = "/ping/secret-4711"


@pytest.fixture
def server() -> Iterator[tuple[WebhookServer, str]]:
    served = WebhookServer()
    try:
        yield served, served.start().replace("json://", "http://").replace("/alerts", "")
    finally:
        served.stop()


@pytest.mark.parametrize(
    ("claim", "path", "well", "asked"),
    [
        ("all is well: the address as it stands", PATH, True, PATH),
        ("something is not: its /fail", PATH, False, f"{PATH}/fail"),
        ("a slash at the end makes no second one", f"{PATH}/", False, f"{PATH}/fail"),
        ("a query stays behind the path", f"{PATH}?rid=1", False, f"{PATH}/fail?rid=1"),
    ],
)
async def test_what_is_asked_for(
    server: tuple[WebhookServer, str], claim: str, path: str, *, well: bool, asked: str
) -> None:
    served, url = server
    await HttpPinger("ops@example.org").ping(Secret(url + path), well=well)
    (posted,) = served.hook.posted
    assert (posted.method, posted.path) == ("GET", asked), claim
    agent = {name.lower(): value for name, value in posted.headers.items()}["user-agent"]
    assert "ops@example.org" in agent


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_only_a_yes_counts_as_taken(server: tuple[WebhookServer, str], status: int) -> None:
    served, url = server
    served.hook.always(Answer(status, b"no", (("Location", "/elsewhere"),)))
    with pytest.raises(FetchError, match=f"answered {status}"):
        await HttpPinger().ping(Secret(url + PATH), well=True)
    assert len(served.hook.posted) == 1


async def test_no_word_of_the_address_is_in_an_error_or_a_log(
    server: tuple[WebhookServer, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    served, url = server
    served.hook.script(Answer(404), Answer(fault=Fault.RESET_AFTER))
    said: list[str] = []
    with refused_port() as port:
        refused = f"http://127.0.0.1:{port}{PATH}"
        for address in (url + PATH, url + PATH, refused, f"nonsense:{PATH}", f"http://127.0.0.1:99999{PATH}"):
            with pytest.raises(FetchError) as caught:
                await HttpPinger().ping(Secret(address), well=True)
            assert caught.value.__cause__ is None
            said.append(f"{caught.value!r} {caught.value}")
    assert "secret-4711" not in "\n".join((*said, caplog.text))


async def test_an_answer_without_end_is_not_read(server: tuple[WebhookServer, str]) -> None:
    served, url = server
    served.hook.always(Answer(200, b"x" * 5_000_000))
    await HttpPinger().ping(Secret(url + PATH), well=True)
