"""What a service's answer means: accepted, refused for good, refused for now, or unknown."""

from __future__ import annotations

import json
import math
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

from monitor.alerting.clean import clean
from monitor.delivery.record import Exchange, Record, Stage
from monitor.model import Outcome, Receipt

MAX_TEXT = 200  # characters of a service's own words that are kept.
MAX_WAIT = timedelta(days=1)  # a service that asks for years is asked again the next day.
# Refused for now, whatever else 4xx means; 407 is the proxy's word, not the service's. Source: RFC 9110 s.15.5.
FOR_NOW = frozenset({407, 408, 425, 429})
SLACK_FOR_NOW = frozenset({"ratelimited", "rate_limited"})
_SLACK_ERROR = re.compile(r"[a-z][a-z0-9_]{2,60}")  # how Slack words a refusal: `channel_not_found`.
_MASK = "***"


class Service(Enum):
    """Whose answers are read. JSON and POST are webhooks whose 2xx says all, OTHER is what only apprise can judge."""

    SLACK = "slack"
    TELEGRAM = "telegram"
    MAIL = "mail"
    DISCORD = "discord"
    NTFY = "ntfy"
    MATRIX = "matrix"
    JSON = "json"
    POST = "post"
    OTHER = "other"


# What names, in the answer, the message that was made of ours.
_YES = {Service.DISCORD: "id", Service.NTFY: "id", Service.MATRIX: "event_id"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome before its text is cleaned of secrets."""

    outcome: Outcome
    text: str
    status: int | None = None
    retry_after: timedelta | None = None


def classify(
    record: Record, service: Service, *, taken: bool | None, now: datetime, secrets: tuple[str, ...] = ()
) -> Receipt:
    """Say what one send came to. `taken` is apprise's own word, None if it gave none; `secrets` are masked.

    Where several requests were made, the first that was not accepted decides.
    """
    # Where one of the requests is the message itself, the others only prepared for it, or asked whether to encrypt.
    exchanges = [exchange for exchange in record.exchanges if exchange.main][-1:] or record.exchanges
    if service is Service.MATRIX:
        exchanges = exchanges[-1:]  # what came before were questions that may well be answered with 404.
    if not exchanges:
        verdict = _unrecorded(taken=taken)
    else:
        *before, last = exchanges
        # Apprise's word is about the last request; one before it, such as a login, stands by its status.
        verdicts = [_judge(exchange, service, taken=True, now=now) for exchange in before]
        verdicts.append(_judge(last, service, taken=taken, now=now))
        if last.aside and verdicts[-1].outcome is Outcome.AMBIGUOUS:
            verdicts[-1] = replace(verdicts[-1], outcome=Outcome.NOT_SENT)  # the message itself never went out.
        verdict = next((verdict for verdict in verdicts if verdict.outcome is not Outcome.ACCEPTED), verdicts[-1])
    return Receipt(verdict.outcome, scrub(verdict.text, secrets), verdict.status, verdict.retry_after)


def unexpected(record: Record, error: Exception) -> Receipt:
    """Say what a send came to that was ended by an error of our own: it may have arrived if any of it went out."""
    gone = any(exchange.stage >= Stage.SENDING for exchange in record.exchanges)
    outcome = Outcome.AMBIGUOUS if gone else Outcome.NOT_SENT
    return Receipt(outcome, f"an error of our own ended it ({type(error).__name__})")


def scrub(text: str, secrets: tuple[str, ...]) -> str:
    """Make a service's words fit for a log line: clean, on one line, short, each of `secrets` masked."""
    said = clean(text)
    for secret in sorted(secrets, key=len, reverse=True):
        said = said.replace(secret, _MASK)
    said = said.strip()
    return said if len(said) <= MAX_TEXT else said[: MAX_TEXT - 1] + "…"


def _unrecorded(*, taken: bool | None) -> Verdict:
    """Judge a send of which nothing was seen: another transport than HTTP and SMTP, or none at all."""
    if taken:
        return Verdict(Outcome.ACCEPTED, "the service took it")
    if taken is None:
        return Verdict(Outcome.NOT_SENT, "nothing was sent in time")
    return Verdict(Outcome.RETRY, "the service did not take it, and no more is known")


def _judge(exchange: Exchange, service: Service, *, taken: bool | None, now: datetime) -> Verdict:
    if exchange.protocol == "smtp":
        return _judge_smtp(exchange)
    if exchange.status is None:
        return _unanswered(exchange)
    return _judge_http(exchange, exchange.status, service, taken=taken, now=now)


# --- no answer ----------------------------------------------------------------------------------------------------


def _unanswered(exchange: Exchange) -> Verdict:
    """Tell what may have arrived from what cannot have."""
    if exchange.stage is Stage.SENT or (exchange.stage is Stage.SENDING and exchange.error is None):
        return Verdict(Outcome.AMBIGUOUS, f"{exchange.host}: sent whole, then {_trouble(exchange)}")
    return Verdict(Outcome.NOT_SENT, f"{exchange.host}: {_trouble(exchange)}")


def _trouble(exchange: Exchange) -> str:  # noqa: PLR0911 - one row for each kind of trouble.
    """Name what went wrong with a connection, in words that hold no address of ours."""
    causes = tuple(_causes(exchange.error))
    kinds = {type(cause).__name__ for cause in causes}
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                return f"its TLS certificate cannot be trusted ({cause.verify_message})"
            case socket.gaierror():
                return "its name cannot be resolved"
            case ConnectionRefusedError():
                return "connection refused"
    if exchange.late or not causes or any(isinstance(cause, TimeoutError) for cause in causes):
        return "no answer in time"
    if "ProxyError" in kinds and exchange.stage is Stage.OPENING:
        return "the proxy does not let us through"
    if any(isinstance(cause, ssl.SSLError) for cause in causes) and exchange.stage is Stage.OPENING:
        return "TLS could not be set up"
    if "SMTPNotSupportedError" in kinds or "SMTPException" in kinds:
        return clean(str(exchange.error)).strip().rstrip(".").lower()
    return "the connection was lost"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Walk from an error to all that it wraps, whichever way its library keeps it."""
    seen: set[int] = set()
    queue = [error]
    while queue:
        each = queue.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        queue += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]


# --- HTTP ---------------------------------------------------------------------------------------------------------


def _judge_http(exchange: Exchange, status: int, service: Service, *, taken: bool | None, now: datetime) -> Verdict:
    answer = _json(exchange.body)
    said = _words(exchange, answer)
    wait = _asked_wait(exchange, answer, now)
    match service:
        case Service.TELEGRAM if isinstance(answer, dict) and answer.get("ok") is False:
            code = answer.get("error_code")
            status = code if isinstance(code, int) and 100 <= code < 1_000 else status  # noqa: PLR2004 - HTTP's own.
        case Service.SLACK if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own numbers.
            return _judge_slack(exchange, answer, said, status, wait)
    outcome = _by_status(status)
    if outcome is not Outcome.ACCEPTED:
        return Verdict(outcome, f"{status} {said}".strip(), status, wait if outcome is Outcome.RETRY else None)
    return _judge_success(exchange, answer, service, said, status, taken=taken)


def _by_status(status: int) -> Outcome:
    """Judge a status alone. A redirect is no acceptance, and one may be gone tomorrow. Source: RFC 9110 s.15."""
    match status:
        case _ if status in FOR_NOW:
            return Outcome.RETRY
        case _ if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own numbers.
            return Outcome.ACCEPTED
        case _ if 400 <= status < 500:  # noqa: PLR2004 - HTTP's own numbers.
            return Outcome.PERMANENT
        case _:
            return Outcome.RETRY


def _judge_success(
    exchange: Exchange, answer: object, service: Service, said: str, status: int, *, taken: bool | None
) -> Verdict:
    """Judge a 2xx: it counts only with the service's own yes, where the service has one."""
    own_yes = isinstance(answer, dict) and answer.get("ok") is True
    if own_yes or service in {Service.JSON, Service.POST} or _is_yes(exchange, answer, service, taken=taken):
        return Verdict(Outcome.ACCEPTED, f"{status} {'ok' if own_yes else said}".strip(), status)
    if exchange.error is not None or taken is None:
        # It said 2xx and broke off before its own yes or no.
        return Verdict(Outcome.AMBIGUOUS, f"{status}, but its answer broke off", status)
    return Verdict(Outcome.RETRY, f"{status}, but no yes: {said}", status)


def _is_yes(exchange: Exchange, answer: object, service: Service, *, taken: bool | None) -> bool:
    """Say whether an answer names the message it made of ours; where no request is the message, apprise's word counts.

    Source: ntfy, "Publish as JSON"; Discord, "Execute Webhook" (204 without `wait`); Matrix, PUT .../send/{eventType}.
    """
    key = _YES.get(service)
    if key is None or (service is Service.MATRIX and not exchange.main):
        return bool(taken) and service not in {Service.SLACK, Service.TELEGRAM}
    if service is Service.DISCORD and exchange.status == 204:  # noqa: PLR2004 - HTTP's own number.
        return True
    return isinstance(answer, dict) and isinstance(answer.get(key), str)


def _judge_slack(exchange: Exchange, answer: object, said: str, status: int, wait: timedelta | None) -> Verdict:
    """Judge Slack's 2xx: `ok` from a webhook, `"ok": true` from the API, an error's name from both.

    Source: Slack, "Handling errors" of incoming webhooks; "Evaluating responses" of the Web API.
    """
    body = exchange.body.strip()
    if body == b"ok" or (isinstance(answer, dict) and answer.get("ok") is True):
        return Verdict(Outcome.ACCEPTED, f"{status} ok", status)
    if isinstance(answer, dict):
        error = answer.get("error") if answer.get("ok") is False else None
    else:
        # What broke off is no error's name, however much its start looks like one.
        error = body.decode("utf-8", "replace") if exchange.error is None else None
    if isinstance(error, str) and error in SLACK_FOR_NOW:
        return Verdict(Outcome.RETRY, f"{status} {error}", status, wait)
    if isinstance(answer, dict) and answer.get("ok") is False:
        return Verdict(Outcome.PERMANENT, f"{status} {said}", status)
    if isinstance(error, str) and _SLACK_ERROR.fullmatch(error):
        return Verdict(Outcome.PERMANENT, f"{status} {error}", status)
    if exchange.error is not None:
        return Verdict(Outcome.AMBIGUOUS, f"{status}, but its answer broke off", status)
    return Verdict(Outcome.RETRY, f"{status}, but no yes: {said}", status)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _words(exchange: Exchange, answer: object) -> str:
    """Return the service's own words: the telling field of its JSON, else the start of its body."""
    if exchange.status is not None and 300 <= exchange.status < 400:  # noqa: PLR2004 - HTTP's own numbers.
        return "redirected, which is no acceptance"
    if isinstance(answer, dict):
        for key in ("description", "error", "message", "detail"):
            if isinstance(answer.get(key), str):
                return str(answer[key])
    return exchange.body[: 4 * MAX_TEXT].decode("utf-8", "replace")


def _asked_wait(exchange: Exchange, answer: object, now: datetime) -> timedelta | None:
    """Return how long the service asks to be left alone: what its JSON says in seconds, else Retry-After.

    Source: Telegram Bot API, ResponseParameters; Discord, "Rate Limits"; Matrix, M_LIMIT_EXCEEDED; RFC 9110 s.10.2.3.
    """
    said = answer if isinstance(answer, dict) else {}
    parameters = said.get("parameters")
    for holder, key, unit in (
        (parameters, "retry_after", 1),
        (said, "retry_after", 1),
        (said, "retry_after_ms", 1_000),
    ):
        seconds = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            return _capped(min(seconds, 10**12) / unit)
    header = exchange.headers.get("retry-after", "").strip()
    if header.isascii() and header.isdigit():
        return _capped(int(header[:20]))
    moment = _http_date(header)
    if moment is None:
        return None
    # The service's own clock, where it tells it: ours may be wrong.
    return _capped((moment - (_http_date(exchange.headers.get("date", "")) or now)).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _capped(seconds: float) -> timedelta | None:
    if isinstance(seconds, float) and math.isnan(seconds):
        return None  # JSON as Python reads it may say NaN, which no comparison caps.
    return timedelta(seconds=min(max(seconds, 0.0), MAX_WAIT.total_seconds()))


# --- SMTP ---------------------------------------------------------------------------------------------------------

_SMTP_STEPS = {
    "connect": "refused at the greeting",
    "starttls": "refused to start TLS",
    "auth": "login refused",
    "mail": "refused the sender",
    "rcpt": "refused the recipient",
    "data": "refused the message",
    ".": "refused the message",
}


def _judge_smtp(exchange: Exchange) -> Verdict:
    """Judge an SMTP session by the reply that ended it; the first RCPT is our recipient, the others are copies.

    Source: RFC 5321 s.4.2.1 (4yz for now, 5yz for good), s.6.1 (the reply after the final dot takes responsibility).
    """
    final = next((reply for reply in exchange.replies if reply.to == "."), None)
    recipients = [reply for reply in exchange.replies if reply.to == "rcpt"]
    if final is not None and final.code // 100 == 2 and recipients and recipients[0].code // 100 != 2:  # noqa: PLR2004
        final = recipients[0]
    if final is None and exchange.stage >= Stage.SENDING:
        return _unanswered(exchange)
    last = final or next((reply for reply in reversed(exchange.replies) if reply.to in _SMTP_STEPS), None)
    if last is None or (last.code < 400 and last is not final):  # noqa: PLR2004 - SMTP's own numbers.
        return Verdict(Outcome.NOT_SENT, f"{exchange.host}: {_smtp_trouble(exchange)}")
    said = f"{last.code} {last.text}"
    match last.code // 100:
        case 2:
            return Verdict(Outcome.ACCEPTED, said, last.code)
        case 5:
            return Verdict(Outcome.PERMANENT, f"{_SMTP_STEPS[last.to]}: {said}", last.code)
        case _:
            return Verdict(Outcome.RETRY, f"{_SMTP_STEPS[last.to]}: {said}", last.code)


def _smtp_trouble(exchange: Exchange) -> str:
    """Tell a server that cannot be reached from one that cannot be logged in to."""
    trouble = _trouble(exchange)
    match exchange.failed_at or exchange.command:
        case "connect" | "ehlo" | "helo":
            return trouble if exchange.replies else f"no connection: {trouble}"
        case "auth":
            return f"no login: {trouble}"
        case "starttls":
            return f"no TLS: {trouble}"
        case _:
            return trouble
