"""Which articles a watch is for, whatever they hold."""

from __future__ import annotations

from monitor.model.configured import Watch


def is_for(watch: Watch, *, feed_id: str, class_: str | None, language: str | None) -> bool:
    """Say whether a watch is for articles of this feed, class and language; an unknown language is every one.

    "en" stands for "en-GB" too.
    """
    if (watch.feeds and feed_id not in watch.feeds) or (watch.classes and class_ not in watch.classes):
        return False
    if not watch.langs or not language:
        return True
    tag = language.lower()
    return any(tag == lang.lower() or tag.startswith(f"{lang.lower()}-") for lang in watch.langs)
