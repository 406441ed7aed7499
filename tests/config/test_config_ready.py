"""What shows only when places are looked up: homes, indexes of places, and cases that cannot be looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.config import CHANNEL, FEED, WATCH, shown, write

from monitor.app import ready
from monitor.delivery.notifier import ChannelNotifier
from monitor.errors import ConfigError
from monitor.model import Channel, Message, Outcome, Secret


def refused(path: Path, folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        ready(path)
    return shown(caught.value.mistakes, folder)


def test_a_home_becomes_a_code(tmp_path: Path) -> None:
    path = write(tmp_path, FEED + 'home = "Texas, US"\n' + CHANNEL + WATCH)
    assert [feed.home for feed in ready(path)[1].settings.feeds] == ["US.TX"]


def test_a_home_that_does_not_exist_is_told_at_its_place(tmp_path: Path) -> None:
    assert refused(write(tmp_path, FEED + 'home = "Atlantis"\n' + CHANNEL + WATCH), tmp_path) == [
        (
            "config.toml:4:8: feed.dw.home: “Atlantis” is no country or region known here "
            '(write it like "DE", "US.TX" or "Texas, US")'
        )
    ]


@pytest.mark.parametrize("content", [None, b"not an index"], ids=["missing", "something else"])
def test_an_index_of_places_that_cannot_be_read_is_told_at_its_place(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "all.sqlite").write_bytes(content)
    (found,) = refused(write(tmp_path, '[monitor]\ngazetteer = "all.sqlite"\n' + CHANNEL + WATCH), tmp_path)
    assert found.startswith("config.toml:2:13: monitor.gazetteer: the place index all.sqlite cannot be read: ")


def test_a_phrase_of_a_case_that_cannot_be_looked_for_is_told_at_its_place(tmp_path: Path) -> None:
    text = CHANNEL + WATCH + '[[watch.when]]\nin = "title"\n[[watch.when]]\nnone = ["x", "y"]\nany = ["a*b"]\n'
    assert refused(write(tmp_path, text), tmp_path) == [
        "config.toml:11:7: watch.homs.when[1].any: “a*b” has a star inside (a star may only end a phrase)"
    ]


def test_watches_know_their_countries_and_what_they_lie_within(tmp_path: Path) -> None:
    text = FEED + CHANNEL + WATCH + '[[watch]]\nid = "syria"\nplace = "Syria"\n'
    homs, syria = ready(write(tmp_path, text))[1].settings.watches
    assert (homs.countries, homs.within) == (("SY",), ("syria",))
    assert (syria.countries, syria.within) == (("SY",), ())


def test_countries_of_routes_become_codes(tmp_path: Path) -> None:
    text = FEED + CHANNEL + WATCH + '[[route]]\ncountry = ["Syria", "sy"]\nnotify = "desk"\n'
    assembled = ready(write(tmp_path, '[network]\ncontact = "ops@example.org"\n' + text))[1]
    assert [route.countries for route in assembled.settings.routes] == [("SY",)]
    assert assembled.warnings == ()


def test_a_country_of_a_route_that_does_not_exist_is_told_at_its_place(tmp_path: Path) -> None:
    text = '[[route]]\nnotify = "desk"\n[[route.route]]\nnotify = "desk"\ncountry = ["SY", "Texas, US"]\n'
    assert refused(write(tmp_path, FEED + CHANNEL + WATCH + text), tmp_path) == [
        (
            "config.toml:14:18: route[0].route[0].country: “Texas, US” is no country known here "
            '(write it like "SY" or "Syria")'
        )
    ]


def test_a_country_in_which_nothing_is_watched_is_warned_of(tmp_path: Path) -> None:
    text = '[network]\ncontact = "ops@example.org"\n' + FEED + CHANNEL + WATCH
    assembled = ready(write(tmp_path, text + '[[route]]\nnotify = "desk"\ncountry = "LB"\n'))[1]
    assert shown(assembled.warnings, tmp_path) == [
        "config.toml:14:11: route[0].country: no watched place lies in LB (a watch with place says where it is)"
    ]


ODD = '[[channel]]\nid = "odd"\nurl = "nosuchservice://somewhere"\n'


def test_an_address_that_leads_nowhere_is_a_mistake_in_a_check_and_no_obstacle_to_serving(tmp_path: Path) -> None:
    path = write(tmp_path, FEED + CHANNEL + ODD + WATCH)
    (said,) = refused(path, tmp_path)
    assert said.startswith("config.toml:9:7: channel.odd.url: ")
    assembled = ready(path, to_serve=True)[1]
    assert shown(tuple(assembled.refused.values()), tmp_path) == [said]
    assert [channel.id for channel in assembled.settings.channels] == ["desk", "odd"]


def test_a_channel_that_was_refused_before_is_no_obstacle_to_a_reload_and_another_is(tmp_path: Path) -> None:
    before = ready(write(tmp_path, FEED + CHANNEL + ODD + WATCH), to_serve=True)[1].refused_channels
    assert before == {"odd": Secret("nosuchservice://somewhere")}
    path = write(tmp_path, FEED + CHANNEL + ODD + WATCH + '[[watch]]\nid = "hama"\nplace = "Hama, SY"\n')
    assembled = ready(path, refused=before)[1]
    assert [watch.id for watch in assembled.settings.watches] == ["homs", "hama"]
    assert list(assembled.refused) == ["odd"]
    changed = ODD.replace("somewhere", "elsewhere")
    with pytest.raises(ConfigError) as caught:
        ready(write(tmp_path, FEED + CHANNEL + changed + WATCH), refused=before)
    assert [mistake.key for mistake in caught.value.mistakes] == ["channel.odd.url"]
    with pytest.raises(ConfigError):
        ready(write(tmp_path, FEED + ODD + WATCH), refused=before)


@pytest.mark.parametrize(
    ("why", "text", "mistakes"),
    [
        ("no channel is left", FEED + ODD + WATCH, ["channel.odd.url"]),
        ("something else is wrong too", FEED + CHANNEL + ODD + "[poll]\nmin = 5\n", ["channel.odd.url", "poll.min"]),
    ],
)
def test_what_cannot_serve_is_refused_with_all_that_is_wrong(
    why: str, text: str, mistakes: list[str], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        ready(write(tmp_path, text), to_serve=True)
    assert [mistake.key for mistake in caught.value.mistakes] == mistakes, why


async def test_whatever_is_sent_to_a_channel_that_leads_nowhere_fails_for_good() -> None:
    odd = Channel("odd", Secret("nosuchservice://somewhere"))
    notifier = ChannelNotifier((odd,), refused={"odd": "no service is known"})
    receipt = await notifier.send("odd", "", Message("Title", "Body", "<1@x>"))
    assert (receipt.outcome, receipt.text) == (Outcome.PERMANENT, "no service is known")
    assert notifier.limits("odd").body > 0
