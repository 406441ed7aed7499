"""No text of a feed is ever live: each is sent as every part of an alert, through every service, and read as there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.chatservers import ChatServers, WebhookServer
from support.injecting import OWN, SERVICES, Bench, bench_of
from support.mailserver import MailServer


@pytest.fixture
def bench(chats: ChatServers, mail: MailServer, webhook: tuple[WebhookServer, str]) -> Bench:
    return bench_of(chats, mail, *webhook)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.__name__)
async def test_no_text_of_our_own_making_is_live(bench: Bench, service: object) -> None:
    assert callable(service)
    for text in OWN:
        await service(bench, text)


VECTORS = ["xss.json", "naughty.json"]
SAMPLE = 23  # with every change each 23rd is sent, beginning with another one for each service; all before a release.


def vectors(corpus: Path, name: str) -> list[str]:
    texts: list[str] = json.loads((corpus / "strings" / name).read_text(encoding="utf-8"))
    assert len(texts) > 400
    return texts


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.__name__)
async def test_no_vector_of_a_sample_is_live(bench: Bench, service: object, name: str, corpus: Path) -> None:
    assert callable(service)
    for text in vectors(corpus, name)[SERVICES.index(service) :: SAMPLE]:
        await service(bench, text)


@pytest.mark.release
@pytest.mark.corpus
@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.__name__)
async def test_no_known_vector_is_live(bench: Bench, service: object, name: str, corpus: Path) -> None:
    assert callable(service)
    for text in vectors(corpus, name):
        await service(bench, text)
