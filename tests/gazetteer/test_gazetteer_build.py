from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import struct
import tarfile
import zlib
from pathlib import Path

import pytest

from monitor.gazetteer import build, debian
from monitor.gazetteer.index import SHIPPED, Index
from monitor.gazetteer.labels import can_be, derive
from monitor.gazetteer.layout import Contents, write
from monitor.gazetteer.peoples import inflect
from monitor.watching.places import Place

HOMS = Place(
    1,
    "Homs",
    "SY",
    "11",
    775_404,
    names=("Homs", "Humus", "حمص"),
    labels=(("de", "en"), ("tr",), ("ar", "fa")),
    latitude=34.724,
    longitude=36.7256,
)
KHUMS = Place(2, "Al Khums", "LY", "82", 201_943, ("Al Khums", "Homs"), ((), ()), -1.5, -170.25)


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("Homsz", ()),
        ("Łódź", ("pl", "szl")),
        ("Kırşehir", ("az", "crh", "tr")),
        ("Győr", ("hu",)),
        ("Київ", ("uk",)),
        ("Минск", ("ba", "bg", "ce", "cv", "kk", "ky", "mk", "mn", "os", "ru", "sr", "tg", "tt", "uk", "uz")),
        ("Бејрут", ("mk", "sr")),
        ("حمص", ("ar", "ckb", "fa", "ku", "ps", "sd", "ug", "ur")),
        ("حماة", ("ar",)),
        ("کراچی", ("ckb", "fa", "ku", "ps", "ur")),
        ("پشاور", ("ckb", "fa", "ku", "ps", "sd", "ug", "ur")),
        ("חומס", ("he", "yi")),
        ("霍姆斯", ("ja", "zh")),
        ("キーウ", ("ja",)),
        ("홈스", ("ko",)),
        ("ჰომსი", ("ka",)),
        ("होम्स", ("hi", "mr", "ne")),
        ("", ()),
    ],
)
def test_the_letters_of_a_name_say_which_languages_it_can_belong_to(name: str, languages: tuple[str, ...]) -> None:
    assert derive(name) == languages


def test_a_romanised_name_in_the_arabic_catalogue_is_not_arabic() -> None:
    assert not can_be("Rābigh", "ar")
    assert can_be("رابغ", "ar")
    assert can_be("Humus", "tr")


def test_stems_become_the_forms_that_a_language_writes() -> None:
    forms = inflect({"en": "Syrian", "de": "syrisch Syrer", "fr": "grec", "ru": "сирийск", "en_": "North_Korean"})
    assert forms["en"] == ("Syrian", "Syrians")
    assert {"syrisch", "syrischem", "Syrerinnen"} <= set(forms["de"])
    assert forms["fr"] == ("grec", "greque", "greques", "grecs")
    assert {"сирийский", "сирийскую"} <= set(forms["ru"])
    assert forms["en_"] == ("North Korean",)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    target = tmp_path / "index.sqlite"
    contents = Contents(
        places=[HOMS, KHUMS],
        codes={"sy": [("SY", "")]},
        null_phrases={"any": ["Homs Cup", "Damascus steel"], "1": ["Peter Homs"]},
        dominant={"Homs": 1},
    )
    write(target, contents)
    index = Index(target)
    assert index.place(1) == HOMS
    assert index.place(2) == KHUMS
    assert index.search("HUMUS") == (HOMS,)
    assert index.search("homs") == (HOMS, KHUMS)
    assert index.namesakes(HOMS) == (KHUMS,)
    assert index.null_phrases(HOMS) == ("Peter Homs", "Homs Cup")
    assert index.null_phrases(KHUMS) == ("Homs Cup",)
    assert index.dominant("HOMS") == 1
    assert [(area.country, area.region) for area in index.areas("SY")] == [("SY", "")]


def test_the_same_contents_give_the_same_bytes(tmp_path: Path) -> None:
    for name, places in (("a", [HOMS, KHUMS]), ("b", [KHUMS, HOMS])):
        write(tmp_path / name, Contents(places=places))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def catalogue(messages: dict[str, str]) -> bytes:
    """Write a gettext catalogue."""
    pairs = sorted({"": "Content-Type: text/plain", **messages}.items())
    texts = [text.encode() for key, _ in pairs for text in (key,)] + [value.encode() for _, value in pairs]
    start = 28 + 16 * len(pairs)
    places, body = [], b""
    for text in texts:
        places.append((len(text), start + len(body)))
        body += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + b"".join(struct.pack("<2I", *place) for place in places) + body


def package(catalogues: dict[str, bytes]) -> bytes:
    """Write a Debian package, as far as it is read."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as archive:
        for language, content in catalogues.items():
            member = tarfile.TarInfo(f"./usr/share/locale/{language}/LC_MESSAGES/geonames.mo")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    members = (("debian-binary", b"2.0\n"), ("data.tar.xz", data.getvalue()))
    return b"!<arch>\n" + b"".join(
        f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        + content
        + b"\n" * (len(content) % 2)
        for name, content in members
    )


def test_names_are_read_out_of_a_package_by_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"169577": "Humus", "SY": "Sham, Siriya", "SY.11": "Humus (il)"}
    content = package({"tr": catalogue(names), "nb": catalogue({"169577": "Homs"})})
    path = tmp_path / "package.deb"
    path.write_bytes(content)
    monkeypatch.setenv(debian.GIVEN, str(path))
    monkeypatch.setattr(debian, "SHA256", hashlib.sha256(content).hexdigest())
    assert debian.labelled_names() == {
        "169577": {"no": ["Homs"], "tr": ["Humus"]},
        "SY": {"tr": ["Sham", "Siriya"]},
        "SY.11": {"tr": ["Humus", "il"]},
    }


def test_a_package_that_is_another_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "package.deb"
    path.write_bytes(b"!<arch>\n")
    monkeypatch.setenv(debian.GIVEN, str(path))
    with pytest.raises(SystemExit, match="is not libgeonames-common"):
        debian.fetch(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(
    debian.GIVEN not in os.environ and "CI" not in os.environ,
    reason=f"needs Debian's package: {debian.GIVEN} names its file, or apt downloads it where CI is set",
)
def test_building_again_gives_the_shipped_bytes(tmp_path: Path) -> None:
    target = tmp_path / "places.sqlite"
    build.build(target)
    connection = sqlite3.connect(SHIPPED)
    (made_with,) = connection.execute("SELECT value FROM fact WHERE name = 'zlib'").fetchone()
    connection.close()
    if made_with == zlib.ZLIB_RUNTIME_VERSION:
        assert target.read_bytes() == SHIPPED.read_bytes()
    assert Index(target).contents().places == Index().contents().places


@pytest.mark.release
def test_an_index_of_all_places_knows_villages_and_what_ships(tmp_path: Path) -> None:
    target = tmp_path / "all.sqlite"
    count = build.build_all(target)
    index, shipped = Index(target), Index()
    assert count > 200_000
    assert index.place(169577) == shipped.place(169577)
    assert index.place(163843) == shipped.place(163843)
    village = next(place for place in index.search("Oradour-sur-Glane") if place.country == "FR")
    assert shipped.place(village.id) is None
    assert index.dominant("Washington") == 4140963
