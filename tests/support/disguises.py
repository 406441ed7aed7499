"""URLs that lead to this machine, its network or its cloud's secrets, in every disguise that we know of."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

TARGETS = ("127.0.0.1", "169.254.169.254", "10.0.0.1", "100.100.100.200", "192.168.1.1")
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
SCHEMES = [
    "file",
    "gopher",
    "dict",
    "ftp",
    "ftps",
    "sftp",
    "tftp",
    "ldap",
    "ldaps",
    "jar",
    "netdoc",
    "data",
    "javascript",
    "ws",
    "wss",
    "unix",
    "smb",
    "mailto",
    "blob",
]
NAMES = (
    *("localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "a.localhost"),
    *("ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "loc\u00adalhost", "local\u200bhost", "metadata.google.internal", "instance-data"),
    *(
        "kubernetes.default.svc",
        "host.docker.internal",
        "127.0.0.1.nip.io",
        "localtest.me",
        "spoofed.burpcollaborator.net",
    ),
)


def hosts(address: str) -> Iterator[str]:
    """Yield one IPv4 address in the ways in which libraries read it."""
    number = int(ipaddress.IPv4Address(address))
    parts = [int(part) for part in address.split(".")]
    yield from (address, f"{address}.", str(number), hex(number), f"{number:o}".zfill(13), hex(number).upper())
    yield from (f"0x{number:016x}", str(number + 2**32), str(number + 2**64), f"0{number:o}", f"00{number:o}")
    yield ".".join(f"0x{part:02x}" for part in parts)
    yield ".".join(f"{part:04o}" for part in parts)
    yield ".".join(f"{part:08o}" for part in parts)
    yield ".".join(str(part + 256) for part in parts)
    yield f"0x{parts[0]:x}.{parts[1]}.{parts[2]:#o}.{parts[3]}"
    yield f"{parts[0]}.{number & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield f"{parts[0]}.0x{number & 0xFFFFFF:x}"
    for table in (FULL_WIDTH, CIRCLED, BOLD):
        yield address.translate(table)
    for dot in ("。", "．", "｡", "%2e", "%E3%80%82"):
        yield address.replace(".", dot)
    yield "".join(f"%{ord(letter):02x}" for letter in address)
    yield address.replace("1", "%31", 1)
    for hidden in ("\u00ad", "\u200b", "\u2060", "\u180e"):
        yield address[:2] + hidden + address[2:]
    yield from six_forms(ipaddress.IPv4Address(address))


def six_forms(address: ipaddress.IPv4Address) -> Iterator[str]:
    """Yield the IPv6 addresses that lead to an IPv4 one: mapped, compatible, translated, 6to4, Teredo, ISATAP."""
    number = int(address)
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    yield from (
        f"[::ffff:{address}]",
        f"[::ffff:{high}:{low}]",
        f"[0:0:0:0:0:ffff:{address}]",
        f"[::FFFF:{high}:{low}]",
    )
    yield from (f"[::{address}]", f"[::ffff:0:{address}]", f"[64:ff9b::{address}]", f"[64:ff9b:1::{address}]")
    yield from (
        f"[2002:{high}:{low}::1]",
        f"[2001:0:{high}:{low}::]",
        f"[fe80::5efe:{address}]",
        f"[::ffff:{address}%25lo]",
    )


def urls() -> tuple[str, ...]:
    """Return all disguises, each once: hundreds, `PORT` standing for the port of who must not be reached."""
    found: list[str] = []
    for target in TARGETS:
        for host in hosts(target):
            found += (f"http://{host}:PORT/", f"http://news.example.org@{host}:PORT/", f"https://{host}:PORT/feed")
    for host in (
        *NAMES,
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::1%25lo]",
        "[fe80::1%25lo]",
        "[fd00:ec2::254]",
        "0",
        "0.0.0.0",  # noqa: S104 - who must not be reached.
    ):
        found += (f"http://{host}:PORT/", f"http://{host}:PORT/latest/meta-data/")
    found += [f"{scheme}://127.0.0.1:PORT/etc/passwd" for scheme in SCHEMES]
    found += CONFUSED
    return tuple(dict.fromkeys(found))


# What one library takes for the host is for another a user, a path or a fragment.
CONFUSED = [
    "http://127.0.0.1:PORT\\@news.example.org/",
    "http://news.example.org\\@127.0.0.1:PORT/",
    "http://news.example.org:80\\@127.0.0.1:PORT/",
    "http://news.example.org#@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@news.example.org/",
    "http://news.example.org?@127.0.0.1:PORT/",
    "http://a:b@127.0.0.1:PORT/",
    "http://a@b@127.0.0.1:PORT/",
    "http://a@b:c@127.0.0.1:PORT@news.example.org/",
    "http://127.0.0.1:PORT:80/",
    "http://127.0.0.1:PORT%00.example.org/",
    "http://127.0.0.1:PORT\t.example.org/",
    "http://127.0.0.1\r\n:PORT/",
    "http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "http:\\\\127.0.0.1:PORT\\",
    "http:/127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "http:///127.0.0.1:PORT/",
    "http:////127.0.0.1:PORT/",
    "//127.0.0.1:PORT/",
    "///127.0.0.1:PORT/",
    "\\\\127.0.0.1:PORT\\share",
    "127.0.0.1:PORT",
    "http://127.0.0.1:+PORT/",
    "http://127.0.0.1:0PORT/",
    "http://[127.0.0.1]:PORT/",
    "http://[::1]@127.0.0.1:PORT/",
    "http://127.0.0.1!:PORT/",
    "http://127.0.0.1%2f@news.example.org:PORT/",
    "http://127.0.0.1%23.example.org:PORT/",
    "http://0:PORT/",
    "http://0x0:PORT/",
    "http://127.0.0.0:PORT/",
    "http://127.127.127.127:PORT/",
    "http://user:pass@[::ffff:127.0.0.1]:PORT/",
    "hTTp://127.0.0.1:PORT/",
    " http://127.0.0.1:PORT/",
    "\x00http://127.0.0.1:PORT/",
    "view-source:http://127.0.0.1:PORT/",
    "url:http://127.0.0.1:PORT/",
    "feed:http://127.0.0.1:PORT/",
    "feed://127.0.0.1:PORT/",
]
