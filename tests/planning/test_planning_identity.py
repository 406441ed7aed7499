from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model import Entry
from monitor.planning.identity import Candidate, find_known, identify, ids_of_new, same_texts, stated_keys
from monitor.planning.work import KnownEntry

HOMS = Entry("guid-1", "https://a.org/1", "https://a.org/1", "Rebels stand near Homs", "They took two towns on Friday.")
HAMA = Entry("guid-2", "https://a.org/2", "https://a.org/2", "Quiet returns to Hama", "Shops open again after a week.")


@pytest.mark.parametrize(
    "entries", [(), (HOMS, HAMA), (HOMS, replace(HAMA, guid="guid-1")), (HOMS, HOMS), (Entry(None, "", "", "Homs"),)]
)
def test_keys_that_were_found_elsewhere_name_entries_as_those_found_here(entries: tuple[Entry, ...]) -> None:
    assert identify("wire", entries, stated=stated_keys("wire", entries)) == identify("wire", entries)
    if any(stated_keys("wire", entries)):
        assert stated_keys("other", entries) != stated_keys("wire", entries)


def stored(entry: Entry, feed: str = "wire") -> dict[str, KnownEntry]:
    """Remember an entry as the store would after its first poll."""
    (candidate,) = identify(feed, (entry,))
    entry_id, article_id = ids_of_new(feed, candidate, {})
    return {
        key: KnownEntry(
            key,
            entry_id,
            article_id,
            feed,
            entry.guid,
            entry.url,
            entry.title,
            entry.teaser,
            entry.published_at,
            True,  # noqa: FBT003 - a row.
        )
        for key in candidate.keys
    }


def look_up(entry: Entry, known: dict[str, KnownEntry], feed: str = "wire") -> KnownEntry | None:
    (candidate,) = identify(feed, (entry,))
    return find_known(feed, candidate, known, frozenset())


SAME = [
    (replace(HOMS, guid="other"), "all GUIDs change over the same links"),
    (replace(HOMS, guid=None), "the GUIDs are dropped"),
    (replace(HOMS, url="http://www.a.org/1/?utm_source=x"), "http, www, a slash and a tracker"),
    (replace(HOMS, guid="other", url="https://a.org/99"), "GUID and link change over the same text"),
    (replace(HOMS, title="UPDATE: Rebels stand near Homs, residents flee"), "the title is edited"),
    (replace(HOMS, url="https://a.org/moved"), "the link changes under the same GUID and title"),
]


@pytest.mark.parametrize(("entry", "why"), SAME)
def test_the_same_article_is_known_though(entry: Entry, why: str) -> None:
    assert look_up(entry, stored(HOMS)) is not None, why


OTHER = [
    (HAMA, "it shares nothing"),
    (replace(HAMA, guid="guid-1"), "its GUID is used again"),
    (replace(HAMA, url=HOMS.url), "its link is a page that lists many, each with a GUID"),
    (replace(HAMA, guid=None, url="", link=""), "it has neither GUID nor link"),
]


@pytest.mark.parametrize(("entry", "why"), OTHER)
def test_another_article_is_new_though(entry: Entry, why: str) -> None:
    known = stored(HOMS)
    assert look_up(entry, known) is None, why
    (candidate,) = identify("wire", (entry,))
    assert ids_of_new("wire", candidate, known)[1] not in {row.article_id for row in known.values()}, why


def test_the_same_link_in_another_feed_is_the_same_article() -> None:
    found = look_up(replace(HOMS, guid="theirs"), stored(HOMS), feed="agency")
    assert found is not None
    assert found.feed_id == "wire"


def test_a_guid_names_nothing_in_another_feed() -> None:
    assert look_up(replace(HAMA, guid="guid-1"), stored(HOMS), feed="agency") is None


def test_a_guid_that_several_entries_share_names_none_of_them() -> None:
    twins = identify("wire", (HOMS, replace(HAMA, guid="guid-1")))
    assert not any(key.startswith("g:") for twin in twins for key in twin.keys)
    assert len(twins) == 2


def test_an_entry_repeated_in_its_document_counts_once() -> None:
    assert len(identify("wire", (HOMS, HOMS))) == 1


def test_entries_without_link_or_guid_are_told_apart_by_their_text() -> None:
    bare = [Entry(None, "", "", title) for title in ("One", "Two", "Two", "")]
    assert len(identify("wire", bare)) == 2


def test_a_text_that_still_stands_in_the_document_is_not_the_old_entry_renamed() -> None:
    known = stored(HOMS)
    again = Candidate(replace(HOMS, guid="2", url="https://a.org/2"), identify("wire", (HOMS,))[0].keys[-1:])
    assert find_known("wire", again, known, frozenset(row.entry_id for row in known.values())) is None


def test_white_space_and_case_do_not_change_a_text() -> None:
    (row,) = {row.entry_id: row for row in stored(HOMS).values()}.values()
    assert same_texts(replace(HOMS, title="  REBELS stand near  Homs "), row)
    assert not same_texts(replace(HOMS, teaser="They took three towns."), row)
