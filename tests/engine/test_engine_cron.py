from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.engine.cron import check, next_after

FRIDAY = datetime(2024, 12, 6, 7, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("because", "line", "expected"),
    [
        ("the minute that has come is over", "0 7 * * *", "2024-12-07 07:00"),
        ("1 is Monday, as in cron", "0 7 * * 1", "2024-12-09 07:00"),
        ("0 is Sunday", "0 7 * * 0", "2024-12-08 07:00"),
        ("7 is Sunday too", "0 7 * * 7", "2024-12-08 07:00"),
        ("a range of numbers", "0 7 * * 1-5", "2024-12-09 07:00"),
        ("a range that ends on Sunday", "0 7 * * 6-7", "2024-12-07 07:00"),
        ("a range over the week's end", "0 7 * * fri-mon", "2024-12-07 07:00"),
        ("every second day of a range", "0 7 * * 1-5/2", "2024-12-09 07:00"),
        ("a list of names", "0 7 * * MON,wed", "2024-12-09 07:00"),
        ("steps", "*/15 * * * *", "2024-12-06 07:15"),
        ("a day of the month", "30 6 1 * *", "2025-01-01 06:30"),
        ("a leap day", "0 0 29 2 *", "2028-02-29 00:00"),
    ],
)
def test_a_cron_line_fires_when_cron_would(because: str, line: str, expected: str) -> None:
    fires = next_after(line, FRIDAY, zone=UTC)
    assert fires is not None, because
    assert f"{fires:%Y-%m-%d %H:%M}" == expected, because
    assert check(line) == ""


def test_a_cron_line_goes_by_the_wall_clock_of_its_zone() -> None:
    summer = datetime(2024, 7, 1, tzinfo=UTC)
    fires = [next_after("0 7 * * *", moment, zone=BERLIN) for moment in (FRIDAY, summer)]
    assert [f"{moment.astimezone(UTC):%m-%d %H:%M}" for moment in fires if moment] == ["12-07 06:00", "07-01 05:00"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("daily", "has 1 fields and not five"),
        ("0 7 1 * 1", "names both a day of the month and a day of the week"),
        ("0 7 31 2 *", "names a day that never comes"),
        ("61 7 * * *", "higher than the maximum"),
        ("0 7 * * 8", "higher than the maximum"),
        ("0 7 * * xyz", "Invalid weekday"),
        ("a 7 * * *", "Unrecognized expression"),
    ],
)
def test_what_is_no_cron_line_is_told(line: str, expected: str) -> None:
    assert expected in check(line)
