"""How an answer of `monitor match` looks: for a person every hit in its sentence, for a program the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from monitor.model import Account, Article, Hit, Match, Watch
    from monitor.watching.watchlist import Watchlist

FIELDS = {"title": "title", "lead": "lead", "body": "text", "tail": "tail"}
_STYLES = {"match": "bold green", "possible": "yellow", "no": "red"}
_HIT = "bold reverse"


# --- for programs -------------------------------------------------------------------------------------------------


def as_json(id_: object, answer: Match) -> dict[str, object]:
    """Return an answer as `--json` and `--jsonl` give it; `rejected` are all hits that do not count."""
    accounts = {(one.hit.part, one.hit.start, one.hit.end): one for one in reversed(answer.accounts)}
    return {
        "id": id_,
        "watch": answer.watch_id,
        "verdict": answer.verdict.value,
        "salience": answer.salience.value if answer.salience else None,
        "severity": answer.severity.value,
        "score": answer.score,
        "hits": [_hit(hit) | _told(accounts.get((hit.part, hit.start, hit.end))) for hit in answer.hits],
        "rejected": [_hit(one.hit) | _told(one) for one in answer.accounts if not one.is_taken],
        "reasons": [*answer.reasons, *(_sentence(group) for group in grouped(answer.accounts))],
    }


def _hit(hit: Hit) -> dict[str, object]:
    return {
        "field": FIELDS[hit.part],
        "start": hit.start,
        "end": hit.end,
        "text": hit.text,
        "form": hit.form,
        "rule": hit.rule,
    }


def _told(account: Account | None) -> dict[str, object]:
    if account is None:
        return {}
    return {
        "taken": account.is_taken,
        "reason": "; ".join(filter(None, (account.how, account.why))),
        "points": list(account.points),
        "score": account.score,
    }


def _sentence(group: Group) -> str:
    one = group.accounts[0]
    where = ", ".join(_place(account.hit) for account in group.accounts)
    said = "; ".join(filter(None, (one.how, one.why, *one.points)))
    return f"{'taken' if one.is_taken else 'refused'}: “{one.hit.text}” ({where}) {said}"


def _place(hit: Hit) -> str:
    return f"{FIELDS[hit.part]} {hit.start}-{hit.end}"


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of which the same is to be said."""

    accounts: Sequence[Account]


def grouped(accounts: Iterable[Account]) -> tuple[Group, ...]:
    """Put together the hits that are written alike and were judged alike, those that were taken first."""
    found: dict[tuple[object, ...], list[Account]] = {}
    for one in sorted(accounts, key=lambda one: not one.is_taken):
        found.setdefault((one.is_taken, one.hit.text, one.how, one.why, one.points), []).append(one)
    return tuple(Group(some) for some in found.values())


# --- for a person -------------------------------------------------------------------------------------------------


def explain(article: Article, answers: Sequence[Match], watches: Mapping[str, Watch], watchlist: Watchlist) -> None:
    """Show the article and what was made of every hit in it."""
    from rich.console import Console
    from rich.text import Text

    from monitor.alerting.clean import clean

    out = Console(highlight=False)
    out.print(Text(clean(article.title) or "(no title)", style="bold"))
    out.print(Text(f"{len(article.body):,} characters of text, language {article.language or 'unknown'}", "dim"))
    if not answers:
        out.print("No watch applies: none of their spellings was found.")
    for answer in answers:
        out.print()
        looked_for = Text.assemble((f"{answer.verdict.upper():8} ", _STYLES[answer.verdict]), (answer.watch_id, "bold"))
        out.print(looked_for.append(clean(_looked_for(watches.get(answer.watch_id), watchlist))), overflow="fold")
        _show(out, answer, article)


def _looked_for(watch: Watch | None, watchlist: Watchlist) -> str:
    """Say what a watch looks for: “, the place Homs (SY)”."""
    if watch is None:
        return ""
    named = [f"{place.name} ({place.country})" for place in watchlist.places(watch.id)] or list(watch.names)
    more = " and more" if len(named) > 1 else ""
    kind = {"org": "organisation"}.get(watch.kind.value, watch.kind.value)
    return f", the {kind} {named[0]}{more}"


def _show(out: Console, answer: Match, article: Article) -> None:
    points = {point for account in answer.accounts for point in account.points}
    for reason in answer.reasons:
        if reason not in points:
            _line(out, reason, indent=9)
    if not answer.hits:
        _line(out, "none of its spellings was found", indent=9)
    if answer.verdict == "possible":
        _line(out, "nobody is told; `monitor alerts --possible` would list it", indent=9)
    verb = "possible" if answer.verdict == "possible" else "taken"
    for group in grouped(answer.accounts):
        out.print()
        for line, indent, style in _of_group(group, article, verb=verb, is_coloured=out.is_terminal):
            _line(out, line, indent=indent, style=style)


def _of_group(group: Group, article: Article, *, verb: str, is_coloured: bool) -> Iterator[tuple[str | Text, int, str]]:
    one = group.accounts[0]
    for account in group.accounts:
        yield _marked(account, article, is_coloured=is_coloured), 2, ""
    verb, style = (verb, "green") if one.is_taken else ("refused", "red")
    where = ", ".join(_place(account.hit) for account in group.accounts)
    yield f"{verb}: {where}", 4, style
    yield f"“{one.hit.text}” {'; '.join(filter(None, (one.how, one.why)))}", 4, ""
    block: list[str] = []
    for point in one.points:
        if point.startswith("="):
            # The sum first: who is content with it need not read what it was made of.
            yield point.removeprefix("=").strip() + (":" if block else ""), 4, ""
            yield from ((part, 6, "dim") for part in block)
            block = []
        else:
            block.append(point)
    yield from ((part, 6, "dim") for part in block)
    if one.score is not None:
        yield f"{one.score:.2f} together", 4, ""


def _marked(account: Account, article: Article, *, is_coloured: bool) -> Text:
    """Quote the sentence of a hit, the hit in colour; in a file and a mail, where there is none, in brackets."""
    from rich.text import Text

    from monitor.alerting.clean import clean
    from monitor.watching.evidence import quoted

    before, hit, after = (clean(piece) if piece.strip() else piece for piece in quoted(account.hit, article))
    pieces = (before, (hit, _HIT), after) if is_coloured else (f"{before}[[{hit}]]{after}",)
    return Text.assemble(*pieces)


def _line(out: Console, line: str | Text, *, indent: int, style: str = "") -> None:
    from rich.text import Text

    from monitor.alerting.clean import clean

    text = Text(clean(line), style) if isinstance(line, str) else line
    for part in text.wrap(out, max(20, out.width - indent)):
        part.rstrip()
        out.print(Text(" " * indent).append_text(part))
