from __future__ import annotations

from pathlib import Path

import pytest
from support.traps import ROOT, said_of, shown

PAGES = shown()


def test_the_docs_show_five_traps_of_the_newsroom() -> None:
    assert len(PAGES) == 5
    assert all((ROOT / page).is_file() for page in PAGES)
    assert not [page for page, said in PAGES.items() if "MATCH  " in said]


@pytest.mark.parametrize("page", PAGES)
def test_the_docs_show_what_is_really_said_of_a_trap(page: str, tmp_path: Path) -> None:
    # After a change of weights or words: python tests/support/traps.py
    assert said_of(page, tmp_path) == PAGES[page]


@pytest.mark.parametrize("page", PAGES)
def test_what_is_said_of_a_trap_is_readable_at_80_columns(page: str) -> None:
    assert max(map(len, PAGES[page].splitlines())) <= 80
