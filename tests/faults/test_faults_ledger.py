"""Under load nothing is lost and nothing doubled: what was published, what a webhook took, and the ledger agree."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from support.daemon import answer
from support.farm import farm
from support.farmfeeds import WATCHED
from support.pollers import Ours, wait_until

AT_ONCE = 5  # entries that a feed brings at once; many more of thirty would be a storm, and held.
FLASH = re.compile(r"flash \d{5}")


@pytest.mark.parametrize(
    ("feeds", "rounds"),
    [
        pytest.param(6, 2, id="60 alerts", marks=pytest.mark.slow),
        pytest.param(100, 10, id="5,000 alerts", marks=pytest.mark.release),
    ],
)
def test_what_was_published_what_was_taken_and_the_ledger_agree(tmp_path: Path, feeds: int, rounds: int) -> None:
    published: set[str] = set()
    taken: Counter[str] = Counter()
    with farm() as farmed:
        farmed.put(feeds)
        ours = Ours(farmed, feeds, tmp_path, every=["2s"] * feeds)
        try:
            ours.first()
            for _ in range(rounds):
                for index in range(feeds):
                    for _ in range(AT_ONCE):
                        name = f"flash {len(published):05}"
                        farmed.publish(index, f"{WATCHED[0]} {name}")
                        published.add(name)

                def all_came() -> bool:
                    taken.update(name for _, body in farmed.tell().taken for name in set(FLASH.findall(body)))
                    return taken.keys() >= published

                wait_until(all_came, what="all messages have come", seconds=60 + len(published) / 2)
        finally:
            ours.close()
        taken.update(name for _, body in farmed.tell().taken for name in set(FLASH.findall(body)))
    assert taken == Counter(published)
    ledger = [
        (FLASH.findall(alert["articles"][0]["title"])[0], [one["state"] for one in alert["deliveries"]])
        for alert in answer("alerts", "--config", str(tmp_path / "config.toml"))["alerts"]
        if alert["reason"] == "new"
    ]
    assert sorted(ledger) == [(name, ["delivered"]) for name in sorted(published)]
