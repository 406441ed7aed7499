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
_PLAIN = (  # said of every hit, or again what the word is.
    "spelled like the place",
    "a big place is called so",
    "often an ordinary word that is spelled alike",
)
_NAMESAKE = "another place of that name, "
_MEANS = ", which means something else"
_MOST_REASONS = 4
_MOST_MEANINGS = 3
_MOST_SENTENCES = 3
_MOST_TOLD = 2
_WORTH_TELLING = 0.5  # points.
_EVEN = 0.5


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
        "instead": account.instead,
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


def explain(
    article: Article,
    answers: Sequence[Match],
    watches: Mapping[str, Watch],
    watchlist: Watchlist,
    *,
    with_points: bool = False,
) -> None:
    """Show the article and what was made of the hits in it; every point and offset only if asked for."""
    from rich.console import Console
    from rich.text import Text

    from monitor.alerting.clean import clean
    from monitor.watching.tongues import language_name

    out = Console(highlight=False)
    out.print(Text(clean(article.title) or "(no title)", style="bold"))
    language = f"in {language_name(article.language)}" if article.language else "in an unknown language"
    out.print(Text(f"{len(article.body):,} characters of text, {language}", "dim"))
    if not answers:
        out.print("No watch applies: none of their spellings was found.")
    for answer in answers:
        out.print()
        looked_for = Text.assemble((f"{answer.verdict.upper():8} ", _STYLES[answer.verdict]), (answer.watch_id, "bold"))
        out.print(looked_for.append(clean(_looked_for(watches.get(answer.watch_id), watchlist))), overflow="fold")
        _Shown(out, answer, article, with_points=with_points).show()


def _looked_for(watch: Watch | None, watchlist: Watchlist) -> str:
    """Say what a watch looks for: “, the place Homs (Syria)”."""
    if watch is None:
        return ""
    named = [f"{place.name} ({watchlist.where(place)})" for place in watchlist.places(watch.id)] or list(watch.names)
    more = " and more" if len(named) > 1 else ""
    kind = {"org": "organisation"}.get(watch.kind.value, watch.kind.value)
    return f", the {kind} {named[0]}{more}"


@dataclass(frozen=True, slots=True)
class _Shown:
    """One answer, as it is shown."""

    out: Console
    answer: Match
    article: Article
    with_points: bool

    def show(self) -> None:
        """Show the verdict's reasons, then the hits, those of which the same is to be said together."""
        for reason in self._reasons():
            _line(self.out, reason, indent=9)
        for some in self._groups():
            self.out.print()
            for line, indent, style in self._of_group(some):
                _line(self.out, line, indent=indent, style=style)

    def _reasons(self) -> Iterator[str]:
        instead = self._instead()
        if instead:
            yield instead
        points = {point for account in self.answer.accounts for point in account.points}
        for reason in self.answer.reasons:
            if reason not in points and not (instead and reason.endswith("means something else")):
                yield reason
        if not self.answer.hits:
            yield "none of its spellings was found"
        if self.answer.verdict == "possible":
            yield "nobody is told of what is only possible; `monitor alerts --possible` lists what was recorded"

    def _instead(self) -> str:
        """Say in a sentence what is meant instead: “Here it is a person, “Mr Homs”.”."""
        found = list(self._meanings())
        if not found or self.answer.verdict == "match":
            return ""
        start = "It may also be" if self.answer.verdict == "possible" else "Here it is"
        return f"{start} {'; and '.join(found[:_MOST_MEANINGS])}."

    def _meanings(self) -> Iterable[str]:
        return dict.fromkeys(one.instead for one in self.answer.accounts if one.instead)

    def _groups(self) -> Sequence[Sequence[Account]]:
        if self.with_points:
            return [one.accounts for one in grouped(self.answer.accounts)]
        found: dict[tuple[object, ...], list[Account]] = {}
        for one in sorted(self.answer.accounts, key=lambda one: not one.is_taken):
            key = one.instead or (one.why, one.how, _telling(one)) if not one.is_taken else _how(one)
            found.setdefault((one.is_taken, key), []).append(one)
        return list(found.values())

    def _of_group(self, some: Sequence[Account]) -> Iterator[tuple[str | Text, int, str]]:
        quotes = list({text.plain: text for text in (self._marked(one) for one in some)}.values())
        most = len(quotes) if self.with_points else _MOST_SENTENCES
        for quote in quotes[:most]:
            yield quote, 2, ""
        if quotes[most:]:
            yield f"… and {len(quotes) - most} more of which the same is to be said", 2, "dim"
        taken = "possible" if self.answer.verdict == "possible" else "taken"
        verb, style = (taken, "green") if some[0].is_taken else ("refused", "red")
        if self.with_points:
            yield from self._in_full(some, verb, style)
        else:
            yield f"{verb}: {'; '.join(self._briefly(some))}".rstrip(": "), 4, style

    def _briefly(self, some: Sequence[Account]) -> Iterable[str]:
        """Say why hits were taken or refused: what they are, if not said above, and the weightiest of what told so."""
        one = some[0]
        first: tuple[str, ...] = (_how(one), one.why) if one.is_taken else (one.why.partition(_MEANS)[0],)
        if one.instead and one.points and not one.is_taken:
            first = (one.instead,) if len(list(self._meanings())) > 1 else ()
        told = dict.fromkeys(text for one in some for text in _telling(one))
        return [*filter(None, first), *list(told)[:_MOST_REASONS]]

    def _in_full(self, some: Sequence[Account], verb: str, style: str) -> Iterator[tuple[str | Text, int, str]]:
        one = some[0]
        yield f"{verb}: {', '.join(_place(account.hit) for account in some)}", 4, style
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

    def _marked(self, account: Account) -> Text:
        """Quote the sentence of a hit, the hit in colour; in a file and a mail, where there is none, in brackets."""
        from rich.text import Text

        from monitor.alerting.clean import clean
        from monitor.watching.evidence import quoted

        before, hit, after = (clean(part) if part.strip() else part for part in quoted(account.hit, self.article))
        pieces = (before, (hit, _HIT), after) if self.out.is_terminal else (f"{before}[[{hit}]]{after}",)
        return Text.assemble(*pieces)


def _how(one: Account) -> str:
    """Say how a hit spells the name, where that is not plain to see."""
    return "" if one.how == "is a listed spelling" else f"“{one.hit.text}” {one.how}"


def _telling(one: Account) -> tuple[str, ...]:
    """Return the weightiest points of the stage that decided, without their figures."""
    stages: list[list[str]] = [[]]
    for point in one.points:
        if point.startswith("="):
            stages.append([])
        else:
            stages[-1].append(point)
    place = [point for point in stages[0] if not point.endswith(_PLAIN)]
    against = [point for point in place if point.startswith("−")]
    namesakes = [] if len(stages) == 1 else stages[1]
    favours = [point for point in namesakes if " favours " in point and " favours this one: " not in point]
    if one.is_taken:
        told = [point for point in place if point.startswith("+")]
    elif one.instead:
        told = (
            against
            if any(float(point.split()[1]) < _EVEN for point in one.points if "a place at all" in point)
            else favours
        )
    else:
        told = [*against, *favours]
    told = [point for point in told if _figure(point) >= _WORTH_TELLING]
    named = f"favours {one.instead.partition(_NAMESAKE)[2]}: "
    return tuple(
        point.partition(" ")[2].removeprefix(named) for point in sorted(told, key=_figure, reverse=True)[:_MOST_TOLD]
    )


def _figure(point: str) -> float:
    return float(point.partition(" ")[0].lstrip("+−"))


def _line(out: Console, line: str | Text, *, indent: int, style: str = "") -> None:
    """Print a line, wrapped behind its indent."""
    from rich.text import Text

    from monitor.alerting.clean import clean

    text = Text(clean(line), style) if isinstance(line, str) else line
    for part in text.wrap(out, max(20, out.width - indent)):
        part.rstrip()
        out.print(Text(" " * indent).append_text(part))
