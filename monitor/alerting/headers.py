"""What names a mail and says what it is: Message-ID, threading, and the headers of automatic mail."""

from __future__ import annotations

import hashlib
import re

_NO_LABEL = re.compile("[^A-Za-z0-9-]+")


def message_id(alert_id: str, channel_id: str, recipient: str = "") -> str:
    """Derive the Message-ID of an alert for one recipient of one channel: the same for every attempt.

    Source: RFC 5322 section 3.6.4 (msg-id), RFC 2606 section 2 (.invalid can belong to nobody).
    """
    digest = hashlib.sha256(f"{alert_id}\0{channel_id}\0{recipient}".encode("utf-8", "surrogatepass"))
    return f"<{digest.hexdigest()[:32]}@news-monitor.invalid>"


def mail_headers(channel_id: str, *, message_id: str, first_id: str = "") -> tuple[tuple[str, str], ...]:
    """Return the headers of a mail beyond the usual: its list, that no person wrote it, and what it follows.

    `first_id` is the Message-ID of the first alert of the same article to the same recipient; "" if there is none.
    Source: RFC 2919 (List-Id), RFC 3834 section 5 (Auto-Submitted), RFC 5322 section 3.6.4 (threading).
    """
    label = _NO_LABEL.sub("-", channel_id).strip("-")[:63] or "alerts"
    headers = [("List-Id", f"News monitor <{label}.news-monitor.invalid>"), ("Auto-Submitted", "auto-generated")]
    if first_id and first_id != message_id:
        headers += [("In-Reply-To", first_id), ("References", first_id)]
    return tuple(headers)
