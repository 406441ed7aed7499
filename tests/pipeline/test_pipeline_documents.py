from __future__ import annotations

from pathlib import Path

from support.world import Outside, world

from monitor.pipeline.services import DOCUMENTS
from monitor.planning.work import Fetched, ParsedFeed


class Busy(Outside):
    """An outside that remembers how many documents were parsed at once."""

    now = most = 0

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        """Count, and parse."""
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await super().parse(fetched)
        finally:
            self.now -= 1


async def test_of_many_documents_that_come_at_once_few_are_taken_apart_at_a_time(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        made.outside = busy = Busy()
        feeds = 2 * DOCUMENTS
        for number in range(feeds):
            made.publish(*made.items(1, host=f"h{number}"), feed_id=f"f{number}")
        await made.poll()
        assert 1 < busy.most <= DOCUMENTS
        assert len(made.notifier.sent) == 0
        states = (made.services.store.load_poll(f"f{number}").state for number in range(feeds))
        assert all(state.last_success_at for state in states)
