"""No text, however it repeats itself, costs more than its length: each of these took seconds to minutes."""

from __future__ import annotations

import time

import pytest
from support.telling import alert_of, said

from monitor.alerting.clean import clean
from monitor.alerting.fit import around, shorten
from monitor.model import Limits

FIELD = 65_536  # characters, the most that is kept of a feed's field.
MOST = 1.0  # seconds of work; it takes a few hundredths.
RUNS = (" ", "\t", "x", ".", '."', "a://", "Ýù", "\u200b", "e\u0301", "<", ":")


@pytest.mark.parametrize("run", RUNS, ids=[ascii(run) for run in RUNS])
def test_a_field_of_one_thing_over_and_over_costs_no_more_than_its_length(run: str) -> None:
    text = (run * FIELD)[:FIELD]
    begun = time.process_time()
    clean(text)
    shorten(text, 300)
    around(f"in {text} Homs {text}", "Homs", 1_000)
    said(alert_of(title=text, sentence=f"{text} Homs {text}", raw=text), limits=Limits(0, 4_096))
    assert time.process_time() - begun < MOST
