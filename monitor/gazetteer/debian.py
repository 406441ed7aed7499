"""Read GeoNames' names with their languages out of Debian's package libgeonames-common.

The package carries one gettext catalogue a language; a message's key is a place's GeoNames id, a country's code, or a
region's: "169577", "SY", "SY.11". Nothing here is imported by the daemon.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from struct import unpack_from

PACKAGE = "libgeonames-common"
VERSION = "0.3.0-1"
SHA256 = "6446f39dbc93451804903f8f88fd6a893bf585509ea85ed90182984038131930"
GIVEN = "MONITOR_GEONAMES_DEB"  # names a file that was downloaded before.

_MEMBER = 60  # bytes of the header of a member of an ar archive.
_MAGIC = 0x950412DE

# What gettext calls otherwise than language detection does.
_LANGUAGES = {"nb": "no", "fil": "tl", "cmn": "zh"}


def fetch(folder: Path) -> Path:
    """Return the package's file: the one that MONITOR_GEONAMES_DEB names, else downloaded with apt into a folder.

    Raises: SystemExit if it cannot be had, or is another one.
    """
    given = os.environ.get(GIVEN)
    path = Path(given) if given else _download(folder)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{path} is not {PACKAGE} {VERSION}: its SHA-256 is {found}")
    return path


def _download(folder: Path) -> Path:
    download = ("apt-get", "download", "-qq", f"{PACKAGE}={VERSION}")
    # A machine that has no lists of packages yet gets them first.
    for command in (download, ("apt-get", "update", "-qq"), download):
        if _succeeds(command, folder) and command is download:
            return next(folder.glob(f"{PACKAGE}_*.deb"))
    hint = f"download {PACKAGE} {VERSION} from Debian and name its file in {GIVEN}"
    raise SystemExit(f"{PACKAGE} cannot be had from apt: {hint}")


def _succeeds(command: tuple[str, ...], folder: Path) -> bool:
    try:
        return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0  # noqa: S603 - our own words.
    except OSError:
        return False


def labelled_names() -> dict[str, dict[str, list[str]]]:
    """Return the names of each place, country and region by language: {"169577": {"tr": ["Humus"], ...}, ...}."""
    with tempfile.TemporaryDirectory() as folder:
        package = fetch(Path(folder)).read_bytes()
    names: dict[str, dict[str, list[str]]] = {}
    for language, catalogue in sorted(_catalogues(package)):
        for key, name in _messages(catalogue).items():
            some = names.setdefault(key, {}).setdefault(language, [])
            some.extend(one for one in _split(name) if one not in some)
    return names


def _split(text: str) -> list[str]:
    """Take "Sham, Siriya" and "Xi-ri (Syria)" apart into names."""
    parts = text.replace("/", ",").replace(";", ",").replace("(", ",").replace(")", ",").split(",")
    return [" ".join(part.split()) for part in parts if part.strip()]


def _catalogues(package: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield language and gettext catalogue. Source: deb(5), an ar archive that holds data.tar.xz."""
    at = len(b"!<arch>\n")
    while at < len(package):
        name = package[at : at + 16].decode().strip().rstrip("/")
        size = int(package[at + 48 : at + 58])
        if name.startswith("data.tar"):
            with tarfile.open(fileobj=io.BytesIO(package[at + _MEMBER : at + _MEMBER + size])) as archive:
                yield from _in_archive(archive)
        at += _MEMBER + size + size % 2


def _in_archive(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in archive:
        path = PurePosixPath(member.name)
        file = archive.extractfile(member) if path.name == "geonames.mo" else None
        if file is not None:
            language = path.parts[-3].split("_")[0]
            yield _LANGUAGES.get(language, language), file.read()


def _messages(catalogue: bytes) -> Mapping[str, str]:
    """Return the messages of a catalogue, all but its header. Source: the GNU gettext manual, 10.3."""
    magic, _, count, keys, values = unpack_from("<5I", catalogue)
    if magic != _MAGIC:
        raise SystemExit("a catalogue of names is not written by gettext, low byte first")

    def text(table: int, number: int) -> str:
        length, start = unpack_from("<2I", catalogue, table + 8 * number)
        return catalogue[start : start + length].decode()

    pairs = ((text(keys, number), text(values, number)) for number in range(count))
    return {key: value for key, value in pairs if key}
