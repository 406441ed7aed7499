"""The real process among broken things: what is good arrives all the same."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.chatservers import Answer, WebhookServer, refused_port
from support.daemon import Daemon, answer, call
from support.feedsite import FeedSite, feed_site, page, rss

HEAD = """
[monitor]
state = "state/monitor.db"
[network]
contact = "test@example.org"
allow_private = ["127.0.0.0/8"]
timeout = "5s"
[delivery]
retry_first = "1s"
"""
WATCHES = """
[[watch]]
id = "homs"
place = "Homs, SY"
[[watch]]
id = "rastan"
place = "geonames:172946"
"""
TEXT = "The army left its posts near Homs on Friday, and Rastan fell in the night, residents said by telephone."


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as served:
        served.put("/feed", rss([("1", f"{served.url}/1", "An old report")]), "application/rss+xml")
        yield served


@pytest.fixture
def hook() -> Iterator[tuple[WebhookServer, str]]:
    server = WebhookServer()
    try:
        yield server, server.start()
    finally:
        server.stop()


def feed(id_: str, url: str) -> str:
    return f'[[feed]]\nid = "{id_}"\nurl = "{url}"\nevery = "1s"\n'


def channel(id_: str, url: str) -> str:
    return f'[[channel]]\nid = "{id_}"\nurl = "{url}"\nrate = "1000/1s"\n'


def write(folder: Path, *parts: str) -> Path:
    path = folder / "config.toml"
    path.write_text("\n".join((HEAD, *parts, WATCHES)))
    path.chmod(0o600)
    return path


def publish(site: FeedSite, *items: tuple[str, str]) -> None:
    """Serve the feed with these (path, title) on top of what stood there before, each with a page."""
    for path, title in items:
        site.put(path, page(title, TEXT))
    rows = [(path, site.url + path, title) for path, title in items]
    site.put("/feed", rss([*rows, ("1", f"{site.url}/1", "An old report")]), "application/rss+xml")


@pytest.mark.slow
def test_a_bad_feed_a_bad_entry_a_bad_page_and_a_bad_channel_hold_nobody_up(
    tmp_path: Path, site: FeedSite, hook: tuple[WebhookServer, str]
) -> None:
    server, url = hook
    site.put("/login", "<!doctype html><html><body><p>Please log in.</p></body></html>")
    with refused_port() as port:
        config = write(
            tmp_path,
            feed("wire", f"{site.url}/feed"),
            feed("login", f"{site.url}/login"),
            feed("missing", f"{site.url}/nothing"),
            feed("refused", f"http://127.0.0.1:{port}/feed"),
            channel("desk", url),
            channel("broken", f"json://127.0.0.1:{port}/x"),
        )
        with Daemon(config) as daemon:
            daemon.wait_for("event=poll", "subject=wire ", "first")
            for id_ in ("login", "missing", "refused"):
                daemon.wait_for("event=poll", f"subject={id_} ", "health=failing")
            # One entry with a character that XML does not know, one whose page is missing and whose title alone
            # names Homs, one that is whole.
            publish(site, ("/2", "Army pulls back"), ("/3", "Shops open in Homs"), ("/4", "A third report"))
            del site.pages["/3"]
            body = site.pages["/feed"].body.replace(b"A third report", b"A third &#xD800; report")
            site.put("/feed", body, "application/rss+xml")
            for path in ("/2", "/3", "/4"):
                daemon.wait_for("event=read", path, "alert=")
            daemon.wait_for("event=send", "channel=desk", "delivered")
            told = answer("alerts", "--config", str(config))["alerts"]
            fares = json.loads(call("status", "--json", "--config", str(config)).stdout)
    assert {one["articles"][0]["url"] for one in told if one["reason"] == "new"} == {
        f"{site.url}{path}" for path in ("/2", "/3", "/4")
    }
    assert {(one["id"], one["state"]) for one in fares["feeds"]} == {
        ("wire", "ok"),
        ("login", "failing"),
        ("missing", "failing"),
        ("refused", "failing"),
    }
    subjects = {(problem["kind"], problem["subject"]) for problem in fares["problems"]}
    assert {("feed", "login"), ("feed", "missing"), ("feed", "refused"), ("page", f"{site.url}/3")} <= subjects
    assert ("retry", "broken") in subjects
    assert not any("Traceback" in line for line in daemon.lines)
    assert len(server.hook.posted) >= 3


@pytest.mark.slow
def test_a_page_that_comes_back_gives_one_update_for_what_only_it_names(
    tmp_path: Path, site: FeedSite, hook: tuple[WebhookServer, str]
) -> None:
    _, url = hook
    config = write(tmp_path, feed("wire", f"{site.url}/feed"), channel("desk", url))
    with Daemon(config) as daemon:
        daemon.wait_for("event=poll", "subject=wire ", "first")
        publish(site, ("/2", "Shops open in Homs"))
        site.put("/2", "busy", status=503)
        daemon.wait_for("event=read", "/2", "matches=homs", "incomplete=")
        # The title changes, so the entry is read again, and this time the page is there.
        publish(site, ("/2", "Shops open in Homs again"))
        line = daemon.wait_for("event=read", "/2", "matches=rastan")
    assert "reason=update" in line
    told = answer("alerts", "--config", str(config))["alerts"]
    assert sorted((one["reason"], one["watches"]) for one in told if one["reason"] != "summary") == [
        ("new", ["homs"]),
        ("update", ["rastan"]),
    ]


@pytest.mark.slow
def test_a_kill_and_a_restart_lose_and_double_nothing(
    tmp_path: Path, site: FeedSite, hook: tuple[WebhookServer, str]
) -> None:
    server, url = hook
    config = write(tmp_path, feed("wire", f"{site.url}/feed"), channel("desk", url))
    daemon = Daemon(config)
    daemon.start()
    daemon.wait_for("event=poll", "subject=wire ", "first")
    daemon.wait_for("event=send", "delivered")
    publish(site, ("/2", "Army pulls back"))
    daemon.wait_for("event=poll", "new=1 changed=0", after=len(daemon.lines))
    daemon.kill()
    daemon.start()
    daemon.wait_for("event=send", "delivered", after=len(daemon.lines) - 1)
    daemon.wait_for_count(2, "event=poll", after=len(daemon.lines))
    assert daemon.stop() == 0
    told = [posted.json["title"] for posted in server.hook.posted]
    assert sum("Army pulls back" in title for title in told) == 1
    assert len(told) == 2


@pytest.mark.slow
def test_a_second_daemon_on_the_same_state_is_refused_with_one_line(
    tmp_path: Path, site: FeedSite, hook: tuple[WebhookServer, str]
) -> None:
    config = write(tmp_path, feed("wire", f"{site.url}/feed"), channel("desk", hook[1]))
    with Daemon(config) as daemon:
        for command in ("run", "once"):
            refused = call(command, "--config", str(config))
            assert refused.returncode == 1
            assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
        daemon.wait_for("event=poll")


@pytest.mark.slow
def test_a_reload_takes_a_good_configuration_and_keeps_the_old_one_of_a_bad(
    tmp_path: Path, site: FeedSite, hook: tuple[WebhookServer, str]
) -> None:
    config = write(tmp_path, feed("wire", f"{site.url}/feed"), channel("desk", hook[1]))
    good = config.read_text()
    with Daemon(config) as daemon:
        daemon.wait_for("event=poll", "subject=wire ", "first")
        config.write_text(good + '\n[[watch]]\nid = "broken"\nkeywrd = "x"\n')
        line = daemon.wait_for("the old one stays", "keywrd")
        assert "config.toml:" in line
        at = len(daemon.lines)
        daemon.wait_for("event=poll", "subject=wire ", after=at)
        config.write_text(good + '\n[[watch]]\nid = "army"\nkeyword = "army"\n')
        daemon.wait_for("configuration taken", "watches=3")
        publish(site, ("/2", "Army pulls back"))
        assert "army" in daemon.wait_for("event=read", "/2", "alert=")


@pytest.mark.slow
def test_a_channel_that_cannot_be_used_hinders_no_reload(
    tmp_path: Path, site: FeedSite, hook: tuple[WebhookServer, str]
) -> None:
    odd = channel("odd", "nosuchservice://somewhere")
    config = write(tmp_path, feed("wire", f"{site.url}/feed"), channel("desk", hook[1]), odd)
    good = config.read_text()
    with Daemon(config) as daemon:
        daemon.wait_for("event=poll", "subject=wire ", "first")
        config.write_text(good + '\n[[watch]]\nid = "army"\nkeyword = "army"\n')
        daemon.wait_for("configuration taken", "watches=3")
        config.write_text(good.replace("somewhere", "elsewhere"))
        daemon.wait_for("the old one stays", "odd")


@pytest.mark.slow
def test_without_any_network_the_daemon_says_so_and_goes_on(tmp_path: Path) -> None:
    config = write(
        tmp_path,
        feed("one", "http://one.invalid/feed"),
        feed("two", "https://two.invalid/feed"),
        channel("me", "console://"),
    )
    with Daemon(config) as daemon:
        for id_ in ("one", "two"):
            daemon.wait_for("event=poll", f"subject={id_} ", "health=failing", "error=")
        fares = call("status", "--config", str(config))
        assert "0 of 2 feeds heard from" in fares.stdout
        assert daemon.stop() == 0
    assert not any("Traceback" in line for line in daemon.lines)


@pytest.mark.slow
def test_once_polls_tells_and_ends(tmp_path: Path, site: FeedSite, hook: tuple[WebhookServer, str]) -> None:
    server, url = hook
    config = write(tmp_path, feed("wire", f"{site.url}/feed"), feed("bad", f"{site.url}/no"), channel("desk", url))
    assert call("once", "--config", str(config)).returncode == 0
    assert len(server.hook.posted) == 1, "the summary goes out before it ends"
    publish(site, ("/2", "Army pulls back"))
    assert call("--config", str(config), "once").returncode == 0
    assert call("once", "--config", str(config)).returncode == 0
    assert [posted.json["title"].count("Army pulls back") for posted in server.hook.posted] == [0, 1]


@pytest.mark.slow
def test_a_refused_message_is_a_dead_letter_until_somebody_acknowledges_it(
    tmp_path: Path, site: FeedSite, hook: tuple[WebhookServer, str]
) -> None:
    server, url = hook
    config = write(tmp_path, feed("wire", f"{site.url}/feed"), channel("desk", url))
    call("once", "--config", str(config))
    server.hook.always(Answer(status=404))
    publish(site, ("/2", "Army pulls back"))
    call("once", "--config", str(config))
    fares = call("status", "--json", "--config", str(config))
    assert fares.returncode == 1
    assert json.loads(fares.stdout)["deliveries"]["dead"] == 1
    assert call("alerts", "ack-dead", "--all", "--config", str(config)).returncode == 0
    assert call("status", "--config", str(config)).returncode == 0


@pytest.mark.slow
@pytest.mark.corpus
def test_dws_real_feed_gives_141_entries_with_their_numbers(
    tmp_path: Path, site: FeedSite, corpus: Path, hook: tuple[WebhookServer, str]
) -> None:
    body = gzip.decompress((corpus / "feeds" / "dw-rss-en-all.xml.gz").read_bytes())
    site.put("/rdf/rss-en-all", body, "application/rdf+xml")
    config = write(tmp_path, feed("dw-en", f"{site.url}/rdf/rss-en-all"), channel("desk", hook[1]))
    with Daemon(config) as daemon:
        line = daemon.wait_for("event=poll", "subject=dw-en ", "first")
        assert "new=141 " in line
        daemon.wait_for("event=send", "delivered")
        again = daemon.wait_for("event=poll", "subject=dw-en ", "new=0", after=len(daemon.lines))
        assert "health=ok" in again
    assert 304 in {status for path, status in site.requests if path == "/rdf/rss-en-all"}


@pytest.mark.slow
def test_an_entry_with_an_impossible_link_costs_nobody_else(
    tmp_path: Path, site: FeedSite, hook: tuple[WebhookServer, str]
) -> None:
    server, url = hook
    config = write(tmp_path, feed("wire", f"{site.url}/feed"), channel("desk", url))
    call("once", "--config", str(config))
    site.put("/2", page("Army pulls back", TEXT))
    rows = [("3", "http://h.example:99999/x", "A report on Hama"), ("2", f"{site.url}/2", "Army pulls back")]
    site.put("/feed", rss([*rows, ("1", f"{site.url}/1", "An old report")]), "application/rss+xml")
    call("once", "--config", str(config))
    assert [posted.json["title"].count("Army pulls back") for posted in server.hook.posted] == [0, 1]


@pytest.mark.slow
def test_once_polls_each_feed_once_however_slow_another_is(tmp_path: Path, site: FeedSite) -> None:
    gate = threading.Event()
    with feed_site() as slow:
        slow.put("/feed", rss([("1", f"{slow.url}/1", "A slow report")]), "application/rss+xml")
        slow.hold = gate
        config = write(
            tmp_path, feed("wire", f"{site.url}/feed"), feed("slow", f"{slow.url}/feed"), channel("me", "console://")
        )
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(call, "once", "--config", str(config))
            site.wait_for("/feed", 1)
            gate.wait(2.5)  # twice the interval of the quick feed.
            gate.set()
            assert running.result(60).returncode == 0
    assert (site.count("/feed"), slow.count("/feed")) == (1, 1)
