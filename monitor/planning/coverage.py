"""Which feeds are not heard as they should be, and who is told: one message for an incident, and one for its end.

Blips raise nothing: a feed has failed over more than two hours, and so have its later polls, before anybody hears of
it. A feed is asked on for ever all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median

from monitor.model import Alert, Channel, Reason, Severity
from monitor.planning.cadence import read_history, silence_of
from monitor.planning.deliveries import to_operators
from monitor.planning.identity import digest
from monitor.planning.noticed import Incident, Kind, Noticed, Trouble
from monitor.planning.telling import close_text, finding_text, many_text
from monitor.planning.work import FeedState, NewAlert

BLIP = timedelta(hours=2)  # what passes by itself within this time is nobody's business.
PATIENCE_CAP = timedelta(days=1)  # a feed that comes and goes is told of less often, but it is.
LATELY = timedelta(days=7)  # how long an incident that is over makes us more patient with the next one.
HEAVY = 3.0  # the weight of failures that is told of: three time-outs, or two answers that will not change.
OVERDUE = timedelta(hours=12)  # since a feed fell due, and its answer was not taken down, whyever.
OUTAGE = timedelta(hours=36)  # a night and a working day, in which one message is told for all that fail.
ONSET = timedelta(hours=1)  # in which some polls still succeed while a network breaks down.
LONG = timedelta(hours=12)  # after which a second failure is told of, whatever they weigh.
GAP_OVER = timedelta(days=3)  # without another gap, before one is over: who gives all new each day is told of once.
AHEAD_LEAST = 3  # new entries in a row.
RIGHTED = timedelta(hours=3)  # longer than most feeds are silent by day, so that one story is not all we go by.
MANY = 3  # incidents of one kind found together are one message.
DAMAGE_SHOWN = timedelta(days=7)  # how long `status` reminds of a damaged database.

# Of the newest articles of a feed so many are held against the others.
NEW_BODIES, LEAST_BODIES = 6, 12
SHORT = 0.25  # of the usual length is a body that collapsed,
LEAST_LENGTH = 600  # characters, where that is anything to collapse from.
HABITUAL_SHORT = 0.1  # if no more of the others were as short.

UNREADABLE = frozenset({Kind.FAILING, Kind.GONE, Kind.PAGE})


@dataclass(frozen=True, slots=True)
class CoverageWork:
    """What a look at the coverage starts from: the configured feeds, what was noticed of them, and open incidents.

    `lately` are the incidents that were closed in the last days. `bodies` are lengths of a feed's newest texts, the
    newest first, 0 where its page gave none; of the feeds that are looked at closely this time, and of no other.
    """

    states: tuple[FeedState, ...]
    noticed: Mapping[str, Noticed] = field(default_factory=dict)
    open: tuple[Incident, ...] = ()
    lately: tuple[Incident, ...] = ()
    bodies: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CoveragePlan:
    """Incidents that begin and end now, and the messages about them; all in one transaction."""

    opened: tuple[Incident, ...] = ()
    closed: tuple[Incident, ...] = ()
    alerts: tuple[NewAlert, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """How many of the configured feeds answered in the last 24 h."""

    heard: int
    total: int

    def __str__(self) -> str:
        feeds = "feed" if self.total == 1 else "feeds"
        return f"{self.heard:,} of {self.total:,} {feeds} heard from in the last 24 h"


def count_heard(states: Iterable[FeedState], *, now: datetime) -> Heard:
    """Count the feeds that answered with something usable, "nothing new" included, in the last 24 h."""
    listed = tuple(states)
    day = timedelta(hours=24)
    return Heard(sum(1 for one in listed if one.last_success_at and now - one.last_success_at <= day), len(listed))


def plan_coverage(
    work: CoverageWork,
    names: Mapping[str, str],
    operators: Sequence[Channel],
    *,
    now: datetime,
    since: datetime | None = None,
) -> CoveragePlan:
    """Hold what was noticed against what was told, and say what is new. `names` are the feeds' by id.

    `since` is from when on feeds have been asked as they fall due; None: always.
    """
    found = dict((*_find(work, now=now), *_overdue(work, since, now=now)))
    known = {(one.kind, one.feed_id): one for one in work.open}
    opened = tuple(
        _incident(kind, feed_id, finding, now=now)
        for (kind, feed_id), finding in found.items()
        if finding is not None and (kind, feed_id) not in known
    )
    configured = {state.feed_id for state in work.states}
    dropped = tuple(one for one in work.open if one.feed_id and one.feed_id not in configured)
    over = tuple(known[key] for key, finding in found.items() if finding is None and key in known)
    over = tuple(one for one in over if one not in dropped)
    closed = tuple(replace(one, closed_at=now) for one in (*over, *dropped))
    worse = {one.feed_id for one in opened if one.kind in UNREADABLE}
    told_over = tuple(one for one in over if not _goes_on(one, worse, now=now))
    alerts = (*_begun(opened, names, operators, now=now), *_ended(told_over, work, names, operators, now=now))
    return CoveragePlan(opened, closed, tuple(alerts))


def _goes_on(one: Incident, worse: set[str], *, now: datetime) -> bool:
    """Say whether an incident ends unheard: reminded of no more, or told of as other ones now, of the feeds `worse`."""
    if one.kind is Kind.NETWORK:
        return bool(worse) and now - one.opened_at >= OUTAGE
    return one.kind is Kind.STATE or (one.kind in UNREADABLE and one.feed_id in worse)


# --- what is found: a sentence, None where all is well, nothing where that is not known -----------------------------

Found = tuple[tuple[Kind, str], str | None]


def _find(work: CoverageWork, *, now: datetime) -> Iterator[Found]:
    known = {(one.kind, one.feed_id) for one in work.open}
    patience = _patience(work.lately)
    unreadable = dict(_unreadable(work, patience, now=now))
    ripe = [key for key, text in unreadable.items() if text is not None and key not in known]
    failing = _failing(work)
    down = next((one for one in work.open if one.kind is Kind.NETWORK), None)
    # What lasts for so long is not the network only, or somebody has to look whom that message did not move.
    is_long = bool(ripe and down and now - down.opened_at >= OUTAGE)
    asked = [state for state in work.states if state.last_poll_at is not None]
    most = len(failing) >= max(MANY, len(asked) / 2)
    if most and (ripe or down) and not is_long:
        yield (Kind.NETWORK, ""), f"{len(failing)} of {len(asked)} feeds fail: is the network down?"
    elif down:
        yield (Kind.NETWORK, ""), None
    if ((most and ripe) or down) and not is_long:
        own = {state.feed_id for state in failing if down and _was_heard_since(state, down)}
        hidden = {key for key in ripe if key[0] is not Kind.GONE and key[1] not in own}
        unreadable = {key: text for key, text in unreadable.items() if key not in hidden}
    yield from unreadable.items()
    yield from _ahead(work, known)
    for state in work.states:
        if not state.failures and state.last_success_at is not None:
            yield from _of_feed(work, state, patience, now=now)
    for one in work.open:
        if one.kind is Kind.STATE and now - one.opened_at >= DAMAGE_SHOWN:
            yield (Kind.STATE, one.feed_id), None


def _was_heard_since(state: FeedState, down: Incident) -> bool:
    """Say whether a feed answered well after the network's trouble began: what it fails of now is another trouble."""
    return state.last_success_at is not None and state.last_success_at - down.opened_at > ONSET


def _failing(work: CoverageWork) -> list[FeedState]:
    """Return the feeds that fail, without those whose trouble is told of as their own."""
    own = {one.feed_id for one in work.open if one.kind in UNREADABLE}
    return [state for state in work.states if state.failures and state.feed_id not in own]


def _patience(lately: Sequence[Incident]) -> Mapping[tuple[Kind, str], timedelta]:
    counts = Counter((one.kind, one.feed_id) for one in lately)
    return {key: min(BLIP * 2 ** min(count, 8), PATIENCE_CAP) for key, count in counts.items()}


def _unreadable(
    work: CoverageWork, patience: Mapping[tuple[Kind, str], timedelta], *, now: datetime
) -> Iterator[Found]:
    known = {one.feed_id: one.kind for one in work.open if one.kind in UNREADABLE}
    # What failed while the network was down has to show that it still does.
    up_at = max((one.closed_at for one in work.lately if one.kind is Kind.NETWORK and one.closed_at), default=None)
    for state in work.states:
        feed_id = state.feed_id
        if not state.failures:
            if feed_id in known and state.last_success_at is not None:
                yield (known[feed_id], feed_id), None
            continue
        noticed = work.noticed.get(feed_id, Noticed(feed_id))
        kind = known.get(feed_id, _kind_of(noticed.trouble))
        if kind is not Kind.GONE and noticed.trouble is Trouble.GONE:
            # Worse than what was told: that is over, and this begins.
            yield (kind, feed_id), None
            kind = Kind.GONE
        since = max(filter(None, (state.failing_since, up_at)), default=None)
        lasted = _lasted(state, since, now=now)
        is_heavy = noticed.weight >= HEAVY or (lasted > LONG and state.failures > 1)
        tired = is_heavy and lasted > patience.get((kind, feed_id), BLIP)
        if feed_id in known or kind is Kind.GONE or tired:
            yield (kind, feed_id), finding_text(kind, state, noticed)


def _lasted(state: FeedState, since: datetime | None, *, now: datetime) -> timedelta:
    """Return how long a feed has failed, as its polls say: it may be well again since the last one.

    One that is asked again after half a day only, because it wants that, is not heard meanwhile.
    """
    if since is None or state.last_poll_at is None:
        return timedelta(0)
    again_at = state.next_poll_at or state.last_poll_at
    waits = again_at - state.last_poll_at >= LONG
    return (min(now, again_at) if waits else state.last_poll_at) - since


def _overdue(work: CoverageWork, since: datetime | None, *, now: datetime) -> Iterator[Found]:
    """Find the feeds whose polls come to no end that is written down, neither a success nor a failure."""
    told = {one.feed_id for one in work.open if one.kind in UNREADABLE}
    for state in work.states:
        due_at = max(filter(None, (state.next_poll_at, since)), default=now)
        if state.next_poll_at is None or now - due_at <= OVERDUE:
            yield (Kind.OVERDUE, state.feed_id), None
        elif state.feed_id not in told:
            yield (Kind.OVERDUE, state.feed_id), finding_text(Kind.OVERDUE, state, Noticed(state.feed_id))


def _kind_of(trouble: Trouble) -> Kind:
    return {Trouble.GONE: Kind.GONE, Trouble.PAGE: Kind.PAGE}.get(trouble, Kind.FAILING)


def _ahead(work: CoverageWork, known: set[tuple[Kind, str]]) -> Iterator[Found]:
    """Find feeds whose new entries are dated in the future; if most are, it is our clock that is behind."""
    usable = [state for state in work.states if not state.failures and state.last_success_at is not None]
    rows = [(state, work.noticed.get(state.feed_id, Noticed(state.feed_id))) for state in usable]
    ahead = [(state, row) for state, row in rows if row.ahead >= AHEAD_LEAST]
    # What was ahead while our clock was behind has to show that it still is.
    right_at = max((one.closed_at for one in work.lately if one.kind is Kind.CLOCK and one.closed_at), default=None)
    ripe = [
        state
        for state, row in ahead
        if row.ahead_since
        and state.last_success_at
        and state.last_success_at - max(filter(None, (row.ahead_since, right_at))) > RIGHTED
    ]
    ours = len(ahead) >= max(MANY, len(rows) / 2)
    is_open = (Kind.CLOCK, "") in known
    if ours and (ripe or is_open):
        text = f"{len(ahead)} of {len(rows)} feeds date what is new in the future: is this machine's clock behind?"
        yield (Kind.CLOCK, ""), text
    elif is_open:
        yield (Kind.CLOCK, ""), None
    for state, row in rows:
        key = (Kind.AHEAD, state.feed_id)
        if not row.ahead:
            yield key, None
        elif key in known or (state in ripe and not ours and not is_open):
            yield key, finding_text(Kind.AHEAD, state, row)


def _of_feed(
    work: CoverageWork, state: FeedState, patience: Mapping[tuple[Kind, str], timedelta], *, now: datetime
) -> Iterator[Found]:
    """Find what is wrong with a feed that answers."""
    feed_id = state.feed_id
    noticed = work.noticed.get(feed_id, Noticed(feed_id))
    asked_at = state.last_success_at or now
    dry = asked_at - noticed.empty_since if noticed.empty_since else None
    bearable = max(patience.get((Kind.EMPTY, feed_id), BLIP), 3 * noticed.empty_longest)
    if dry is None:
        yield (Kind.EMPTY, feed_id), None
    elif dry > bearable or any(one.kind is Kind.EMPTY and one.feed_id == feed_id for one in work.open):
        yield (Kind.EMPTY, feed_id), finding_text(Kind.EMPTY, state, noticed)
    is_gap = noticed.gap_at is not None and now - noticed.gap_at < GAP_OVER
    # What was lost while a feed could not be read is told with its return.
    is_gap = is_gap and not any(_explains(one, noticed) for one in (*work.open, *work.lately))
    yield (Kind.GAP, feed_id), finding_text(Kind.GAP, state, noticed) if is_gap else None
    if feed_id in work.bodies and dry is None:
        silence = silence_of(read_history(noticed.history), asked_at)
        text = finding_text(Kind.SILENT, state, noticed, silence) if silence else None
        yield (Kind.SILENT, feed_id), text
        is_open = any(one.kind is Kind.BODIES and one.feed_id == feed_id for one in work.open)
        collapsed = bodies_collapsed(work.bodies[feed_id], is_open=is_open)
        if collapsed is not None:
            yield (Kind.BODIES, feed_id), finding_text(Kind.BODIES, state, noticed) if collapsed else None


def _explains(one: Incident, noticed: Noticed) -> bool:
    """Say whether a feed lost entries because of an incident, of which its readers know."""
    if one.kind not in UNREADABLE | {Kind.EMPTY, Kind.NETWORK} or one.feed_id not in {"", noticed.feed_id}:
        return False
    return bool(noticed.gap_since and noticed.gap_at and noticed.gap_since <= one.opened_at <= noticed.gap_at)


def bodies_collapsed(lengths: Sequence[int], *, is_open: bool = False) -> bool | None:
    """Say whether the newest texts, which come first, are far shorter than the others; None if that is not known.

    While an incident is open, the others are short ones too, more and more: the longest fifth tells what was usual.
    """
    new, old = lengths[:NEW_BODIES], lengths[NEW_BODIES:]
    if len(old) < LEAST_BODIES:
        return None
    if is_open:
        usual = sorted(old)[-len(old) // 5]
        long = sum(1 for length in new if length >= usual * SHORT)
        return None if usual < LEAST_LENGTH else long <= NEW_BODIES // 2
    bar = median(old) * SHORT
    habitual = sum(1 for length in old if length < bar) <= HABITUAL_SHORT * len(old)
    return median(old) >= LEAST_LENGTH and habitual and sum(1 for length in new if length < bar) >= NEW_BODIES - 1


# --- who is told -----------------------------------------------------------------------------------------------------


def _incident(kind: Kind, feed_id: str, text: str, *, now: datetime) -> Incident:
    return Incident(digest("incident", kind, feed_id, now.isoformat()), kind, feed_id, now, text)


def _begun(
    opened: Sequence[Incident], names: Mapping[str, str], operators: Sequence[Channel], *, now: datetime
) -> Iterator[NewAlert]:
    for group in _together(opened):
        first = group[0]
        text = many_text(group, names) if len(group) > 1 else _named(first, first.text, names)
        yield health_alert(text, operators, *(one.id for one in group), "begun", now=now)


def _ended(
    over: Sequence[Incident],
    work: CoverageWork,
    names: Mapping[str, str],
    operators: Sequence[Channel],
    *,
    now: datetime,
) -> Iterator[NewAlert]:
    well = sum(1 for state in work.states if not state.failures and state.last_success_at is not None)
    for group in _together(over):
        first = group[0]
        counted = f"{well} of {len(work.states)} feeds"
        noticed = (work.noticed.get(one.feed_id) for one in group)
        lossy = [row for one, row in zip(group, noticed, strict=True) if row and _explains(one, row)]
        text = close_text(group, counted, names, lossy, now=now)
        yield health_alert(_named(first, text, names) if len(group) == 1 else text, operators,
                           *(one.id for one in group), "ended", now=now)  # fmt: skip


def _together(incidents: Sequence[Incident]) -> Iterator[Sequence[Incident]]:
    """Yield what makes one message: three or more of a kind, else each alone."""
    kinds: dict[Kind, list[Incident]] = {}
    for one in incidents:
        kinds.setdefault(one.kind, []).append(one)
    for group in kinds.values():
        if len(group) >= MANY:
            yield group
        else:
            yield from ([one] for one in group)


def _named(one: Incident, text: str, names: Mapping[str, str]) -> str:
    if not one.feed_id:
        return text
    name = names.get(one.feed_id, one.feed_id)
    return f"{name} ({one.feed_id}) {text}" if name != one.feed_id else f"{one.feed_id} {text}"


def health_alert(text: str, operators: Sequence[Channel], *about: str, now: datetime) -> NewAlert:
    """Return a health message to the operator channels; `about` names what it is about, once and for all."""
    alert = Alert(
        id=digest("health", *about),
        reason=Reason.HEALTH,
        severity=Severity.NORMAL,
        created_at=now,
        seen_at=now,
        text=text,
    )
    return to_operators(alert, operators, now=now)


def plan_damage(
    reason: str, aside: str, restored: str, operators: Sequence[Channel], *, now: datetime, replaced: str = ""
) -> CoveragePlan:
    """Return the incident and the message of a damaged database; `restored` is the backup in its place, or "".

    `aside` is where the damaged file is, "" if there was none; `replaced` tells this replacement from all others:
    however often it is planned, it is told once.
    """
    place = f"The backup {restored} took its place." if restored else "There was no sound backup: it began anew."
    lost = (
        "Alerts that waited since that backup may be lost; what waited before is sent again, marked as a repeat."
        if restored
        else "Alerts that waited may be lost, and so are all that was known of articles, and silences."
    )
    if reason:
        begin = f"The database was {'damaged' if aside else 'lost'}, and has been replaced."
        end = f"The damaged file is {aside}: {reason}" if aside else f"What was found of it: {reason}."
    else:
        begin, end = "The database was replaced by hand.", f"What was there is now {aside}." if aside else ""
    text = f"{begin}\n{place}\n{lost}\nThe feeds' next polls announce nothing; a summary names what matches.\n{end}"
    id_ = digest("incident", Kind.STATE, replaced or aside or now.isoformat())
    incident = Incident(id_, Kind.STATE, "", now, text.rstrip())
    return CoveragePlan(opened=(incident,), alerts=(health_alert(text, operators, incident.id, "begun", now=now),))
