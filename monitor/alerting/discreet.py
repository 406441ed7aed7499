"""Word an alert for a channel that others may look at: watch ids and links, and nothing that was read."""

from __future__ import annotations

from monitor.alerting.words import IDS, alert_number, link_line, lists_alerts, marks, speaks
from monitor.model import Alert, Limits

MAX_IDS = 5  # of watches in the title.


def discreet_title(alert: Alert, watches: tuple[str, ...], *, repeat: bool) -> str:
    """Name the watches by their ids, or the kind of a message that brings its own text; never its words."""
    named = ", ".join(IDS.watch(watch) for watch in watches[:MAX_IDS])
    named += f" and {len(watches) - MAX_IDS} more" if len(watches) > MAX_IDS else ""
    if lists_alerts(alert):
        named = f"{len(alert.headlines)} alerts{': ' if named else ''}{named}"
    elif speaks(alert) or not named:
        named = f"News monitor: {alert.reason.value}"
    return f"{marks(alert, repeat=repeat)}{named}"


def discreet_lines(alert: Alert, watches: tuple[str, ...], limits: Limits) -> tuple[str, ...]:
    """Write the watches' ids and each link on a line of its own, and how to read the rest."""
    lines = [f"{'Watch' if len(watches) == 1 else 'Watches'}: {', '.join(IDS.watch(each) for each in watches)}"]
    if not watches:
        lines = []
    if not speaks(alert) or lists_alerts(alert):
        lines += [link_line(headline.url, limits.body // 2) or "(no link)" for headline in alert.headlines]
    return (*lines, f"Alert: {alert_number(alert)}")
