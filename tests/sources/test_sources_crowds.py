from __future__ import annotations

from datetime import timedelta

from monitor.sources.hosts import Crowds


async def test_who_comes_to_a_full_host_comes_back_after_the_others_by_the_pause_that_it_asks_for() -> None:
    crowds = Crowds(most=2, pause=timedelta(seconds=10))
    with crowds.joined("host"), crowds.joined("host"):
        first, second, third = (crowds.wait("host") for _ in range(3))
        assert first
        assert second
        assert third
        assert abs((second - first).total_seconds() - 10) < 1
        assert abs((third - second).total_seconds() - 10) < 1
        assert crowds.wait("elsewhere") is None
    assert crowds.wait("host") is None
