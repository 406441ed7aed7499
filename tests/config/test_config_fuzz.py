from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.config import WHOLE

from monitor.config.load import load
from monitor.config.loaded import Loaded
from monitor.config.models import LISTS, NOT_YET, TABLES, keys_of
from monitor.config.positions import Positions
from monitor.config.syntax import parse
from monitor.errors import ConfigError

KEYS = sorted({key for model in (*TABLES.values(), *LISTS.values()) for key in keys_of(model)})
HEADERS = [
    *(f"[{name}]" for name in TABLES),
    *(f"[[{name}]]" for name in LISTS),
    *(f"[{name}]" for name in NOT_YET[""]),
]

values = st.one_of(
    st.integers(-5, 10**20).map(str),
    st.sampled_from(
        [
            *("true", "1.5", "nan", "1979-05-27", "5m", '"5m"', "[]", "{}", '""', '"*"', "bare", '"all"', '"sentence"'),
            *('["a", 1]', "[[1], [2]]", '{ a = { b = "c" } }', '"""\n[[feed]]\n"""', '["x",', '"open', '"${env:HOME}"'),
            *('"https://[::1/"', '"https://a:b@c/"', '"console://"', '"\\u0000"', '"../../.."', '"/"', '"20/min"'),
        ]
    ),
    st.text(max_size=20).map(lambda text: '"' + text.replace("\\", "").replace('"', "") + '"'),
)
lines = st.one_of(
    st.sampled_from([*HEADERS, "[[watch.when]]", "[watch.sub]", "# comment", "", "[["]),
    st.tuples(st.sampled_from([*KEYS, '"\\u001b[31m"', "id", "url", "include", "when", '"a.b"', "a.b"]), values).map(
        " = ".join
    ),
    st.text(max_size=30),
)
documents = st.one_of(st.text(), st.lists(lines, max_size=25).map("\n".join))
quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def attempt(content: bytes) -> Loaded | ConfigError:
    """Load some bytes as a configuration; anything else that is raised is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_bytes(content)
        try:
            return load(path, environ={"HOME": "/root"})
        except ConfigError as error:
            return error


@quick
@given(documents)
def test_whatever_stands_in_a_file_is_a_configuration_or_its_mistakes(text: str) -> None:
    found = attempt(text.encode(errors="surrogatepass"))
    if isinstance(found, ConfigError):
        assert found.mistakes
        assert all(str(mistake).isprintable() for mistake in found.mistakes)


@quick
@given(st.binary(max_size=200))
def test_whatever_bytes_stand_in_a_file_they_raise_nothing_else(content: bytes) -> None:
    attempt(content)


@quick
@given(st.integers(0, len(WHOLE)), st.integers(0, 12), st.text(max_size=5))
def test_a_sound_file_with_a_wound_is_told_within_its_lines(at: int, cut: int, put: str) -> None:
    text = WHOLE[:at] + put + WHOLE[at + cut :]
    found = attempt(text.encode(errors="surrogatepass"))
    if isinstance(found, ConfigError):
        count = len(text.split("\n"))
        assert all(0 <= mistake.line <= count for mistake in found.mistakes)


@quick
@given(documents)
def test_what_is_sound_is_parsed_as_it_stands(text: str) -> None:
    parsed = parse(text)
    if not parsed.faults:
        assert repr(tomllib.loads(text.removeprefix("\ufeff"))) == repr(parsed.data)


plain_values = st.sampled_from(
    [
        "1",
        '"x"',
        '"ключ"',
        '"""\n[a]\nb = 1\n"""',
        "'''\n[[watch]]\n'''",
        '[ "é", # c\n "z",\n]',
        '{ u = "ü", v = [1] }',
    ]
)
plain_keys = st.sampled_from(["a", "b", "value", "key_raw", '"q.x"', "d.e", "meta"])
tables = st.sampled_from(["[t]", "  [ u . v ]", "[[list]]", "[[list.sub]]", "[list.one]", "\t[[ other ]] # c"])


@quick
@given(st.lists(st.one_of(tables, st.tuples(plain_keys, st.sampled_from(["=", " = "]), plain_values).map("".join))))
def test_every_value_is_found_where_it_stands(parts: list[str]) -> None:
    text = "\n".join(parts)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    positions = Positions(text)
    rows = text.split("\n")

    def walk(value: object, address: tuple[str | int, ...]) -> None:
        if address in positions.values:
            line, column = positions.values[address]
            rest = "\n".join([rows[line - 1][column - 1 :], *rows[line:]])
            # An array of tables stands where its name does, in its first header.
            head = {str: ('"', "'"), int: ("1",), list: ("[", str(address[-1])), dict: ("[", "{")}[type(value)]
            assert rest.startswith(head), address
        else:
            assert isinstance(value, dict | list), address
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, (*address, key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, (*address, index))

    walk(data, ())
