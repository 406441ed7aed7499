"""The text of a configuration: what is made of it, or its mistakes, each with its line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fuzz.mutation import wounded
from fuzz.spending import Check, Target
from hypothesis import strategies as st
from support.config import WHOLE
from support.house import ROOT

from monitor.app import assemble
from monitor.config.load import load
from monitor.config.models import LISTS, TABLES, keys_of
from monitor.errors import ConfigError

KEYS = sorted({key for model in (*TABLES.values(), *LISTS.values()) for key in keys_of(model)})
VALUES = (
    *("-1", "0", "99999999999999999999", "true", "1.5", "nan", "1979-05-27", "5m", '"5m"', "[]", "{}", '""', '"*"'),
    *('"all"', '"sentence"', '["a", 1]', "[[1], [2]]", '{ a = { b = "c" } }', '["x",', '"open', '"${env:HOME}"'),
    *('"${file:/nowhere}"', '"https://[::1/"', '"https://a:b@c/"', '"json://127.0.0.1"', '"mailto://x"', '"tgram://"'),
    *('"\\u0000"', '"\\u202e"', '"../../.."', '"20/min"', '"Homs, SY"', '"geonames:0"', '"Nowhere, ZZ"', '"a* b"'),
    *('"geonames:99999999999999999999"', '"10 km"', '"0 0 31 2 *"', '"Europe/Nowhere"', '{ from = "23:00" }', "'''"),
)
TOKENS = (
    *(f"\n[{name}]\n" for name in TABLES),
    *(f"\n[[{name}]]\n" for name in LISTS),
    *(f"\n{key} = " for key in KEYS),
    *VALUES,
    *("\n[[watch.when]]\n", "\n[watch.sub]\n", "[[", "\n[a.b.c]\n", '"""', "'''", "\\u0000", "\x1b[31m", "\ufeff"),
    *("\r", "\x00", "#", "=", "\n", 'id = "homs"\n', 'include = ["config.toml"]\n', "{" * 40, "[" * 200),
)
SOUND = (
    WHOLE,
    (ROOT / "config.toml").read_text(encoding="utf-8"),
    *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "seeds" / "watchlists").glob("*.toml"))),
    WHOLE + '\n[[watch.when]]\nany = ["shelling", "airstrike*"]\nnear = "sentence"\nseverity = "high"\n'
    '[[route]]\nseverity = "high"\nnotify = ["desk"]\n[heartbeat]\nalive = "daily"\ncanary = "0 6 * * *"\n'
    '[alerting]\nburst = 3\nburst_window = "1m"\n[poll]\nmin = "2m"\nmax = "1h"\n',
)
pairs = st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)).map(" = ".join)
headers = st.sampled_from([*(f"[{name}]" for name in TABLES), *(f"[[{name}]]" for name in LISTS), "[[watch.when]]"])
INPUTS = st.one_of(
    wounded([text.encode() for text in SOUND], [token.encode(errors="surrogatepass") for token in TOKENS]),
    st.lists(st.one_of(headers, pairs, st.text(max_size=30)), max_size=25).map(
        lambda lines: "\n".join(lines).encode(errors="surrogatepass")
    ),
    st.binary(max_size=200),
)


@contextmanager
def opened() -> Iterator[Check]:
    """Write each text to one file, in a folder of this round."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        path = Path(folder) / "config.toml"

        def check(body: bytes) -> str:
            path.write_bytes(body)
            try:
                # As `monitor check` does: channels are opened and watches compiled.
                load(path, environ={"HOME": folder}, inspect=lambda loaded: assemble(loaded).errors)
            except ConfigError as error:
                check_mistakes(error, path, lines=body.count(b"\n") + 1)
                return "refused"
            return "taken"

        yield check


def check_mistakes(error: ConfigError, path: Path, *, lines: int) -> None:
    """Check that each mistake says where, in a line that exists, and in characters that do nothing to a terminal."""
    assert error.mistakes, "refused without a reason"
    for mistake in error.mistakes:
        assert mistake.file == str(path), f"in another file: {mistake}"
        assert 1 <= mistake.line <= lines, f"without a line: {mistake}"
        assert mistake.text, "says nothing"
        assert str(mistake).isprintable(), f"would act on a terminal: {str(mistake)!r}"


TARGET = Target("config", INPUTS, opened)
