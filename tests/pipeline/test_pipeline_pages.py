"""Which pages a read fetches, with the real pipeline and store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.world import Outside, World, watches

from monitor.gazetteer.index import Index
from monitor.model import Feed, Network, Watch
from monitor.pipeline.services import Services
from monitor.planning.work import Fetched, Request
from monitor.watching.watchlist import compile_watchlist


class Counting(Outside):
    """Remember what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def fetch(self, request: Request) -> Fetched:
        self.asked.append(request.url)
        return await super().fetch(request)


class Bounded(World):
    """A world whose watches are bounded."""

    def __init__(self, folder: Path, some: tuple[Watch, ...], *, all_pages: bool) -> None:
        super().__init__(folder)
        self.outside = Counting()
        self._some, self._network = some, Network(all_pages=all_pages)
        self._watchlist = compile_watchlist(some, Index()).watchlist

    @property
    def services(self) -> Services:
        made = super().services
        settings = replace(made.settings, watches=self._some, network=self._network)
        return replace(made, settings=settings, watchlist=self._watchlist)


@pytest.mark.parametrize(
    ("feeds", "all_pages", "fetched"),
    [((), False, True), (("elsewhere",), False, False), (("elsewhere",), True, True), (("wire",), False, True)],
    ids=["a watch for all", "for another feed", "for another feed, all pages asked for", "for this feed"],
)
async def test_a_page_is_fetched_where_a_watch_may_apply(
    tmp_path: Path, feeds: tuple[str, ...], *, all_pages: bool, fetched: bool
) -> None:
    world = Bounded(tmp_path, tuple(replace(one, feeds=feeds) for one in watches()), all_pages=all_pages)
    world.feeds.append(Feed("wire", "https://wire.example.org/rss", "WIRE"))
    world.publish(*world.items(3, word="Town"))
    await world.poll()
    new = world.items(4, word="Town", start=0)[3]
    world.outside.pages[new.link] = "The whole story, in which Homs is named at last."
    world.publish(*world.items(4, word="Town"))
    await world.poll()
    assert isinstance(world.outside, Counting)
    assert (new.link in world.outside.asked) is fetched
