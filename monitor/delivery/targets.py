"""Turn a channel's URL into apprise objects that do only what we ask: one recipient, one request, no throttle."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, unquote

from monitor.delivery import letters, recorder
from monitor.delivery.keeping import keeping
from monitor.delivery.quiet import quiet_libraries
from monitor.delivery.receipts import Service
from monitor.errors import DeliveryError
from monitor.model import Channel, Limits

CONNECT_TIME = 10.0  # seconds to reach a service, TLS included.
TITLE = 200  # characters; what mail programs and Slack show of a title.
NTFY_JSON = 100_000  # bytes of a request before apprise takes it for a file.
NTFY_BODY = 1_365  # of 4,096 bytes: a UTF-16 unit takes three at most.
DISCORD_BODY = 1_980  # of 2,000 characters, less the frame of a block of code.
MATRIX_BODY = 12_000  # of 65,536 bytes for a whole event, in its longest encoding and encrypted.
MAIL_BODY = 100_000  # characters; no server refuses 100 KB of text.
MIN_KEY = 8  # characters of a path's part that may be a webhook's key.
SLACK_BODY = 30_000  # of the 35,000 that apprise knows as Slack's limit, less our title and its frame.
# What we do ourselves, or never do: an option in the URL does not bring it back.
_OURS = ("format", "overflow", "retry", "wait", "optional", "emojis", "attach")
_SERVICES = {
    "slack": Service.SLACK,
    "tgram": Service.TELEGRAM,
    "discord": Service.DISCORD,
    "ntfy": Service.NTFY,
    "ntfys": Service.NTFY,
    "matrix": Service.MATRIX,
    "matrixs": Service.MATRIX,
    "mailto": Service.MAIL,
    "mailtos": Service.MAIL,
    **dict.fromkeys(("json", "jsons"), Service.JSON),
    **dict.fromkeys(("xml", "xmls", "form", "forms"), Service.POST),
}
# Their plugins are loaded when a channel needs them: Matrix alone takes 9 MB, all that apprise has take 30 MB, and ten
# times as long as these.
_PLUGINS = {
    Service.SLACK: ("slack",),
    Service.TELEGRAM: ("telegram",),
    Service.DISCORD: ("discord",),
    Service.NTFY: ("ntfy",),
    Service.MATRIX: ("matrix",),
    Service.MAIL: ("email",),
    Service.JSON: ("custom_json",),
    Service.POST: ("custom_xml", "custom_form"),
}
_SCHEME = re.compile(r"([A-Za-z0-9][A-Za-z0-9+.-]{0,31})://")
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Target:
    """One recipient of one channel, ready to be sent to. `apprise` is its own object, never shared."""

    apprise: Any
    service: Service
    limits: Limits
    secrets: tuple[str, ...]


@cache
def _library() -> Any:  # noqa: ANN401 - a module.
    """Import apprise (only when a channel needs it), silence it, and put our recorder around it."""
    quiet_libraries()
    with _without_warnings():
        import apprise
    recorder.install()
    return apprise


@cache
def _load(service: Service) -> None:
    """Load the plugins of a service."""
    # apprise loads what it finds in a folder by the names alone.
    with TemporaryDirectory() as folder, _without_warnings():
        for name in _PLUGINS[service]:
            Path(folder, name).touch()
        _module("manager_plugins").NotificationManager().load_modules(path=folder)
    if service is Service.MAIL:
        mail = _module("plugins.email.base")
        letters.install(mail)
        mail.AppriseSMTPController = keeping(mail.AppriseSMTPController)


@cache
def _load_all() -> None:
    """Load every plugin there is, for a service that we know nothing special of."""
    _load(Service.MAIL)
    with _without_warnings():
        _module("manager_plugins").NotificationManager().load_modules()


@contextmanager
def _without_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        # Its mail plugin imports a module that Python 3.13 drops, and guards against that itself.
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _module(name: str) -> Any:  # noqa: ANN401 - a module; apprise's own are untyped.
    return import_module(f"apprise.{name}")


def open_channel(channel: Channel) -> Channel:
    """Return the channel with its recipients. Raises: DeliveryError with what to do, never with the secret."""
    plugin, parsed = _plugin(channel)
    return replace(channel, recipients=tuple(name for name, _ in _aims(channel, plugin, parsed)))


def targets_of(channel: Channel, *, timeout: timedelta) -> dict[str, Target]:
    """Return a target for each recipient of the channel; no part of one send lasts longer than `timeout`.

    Raises: DeliveryError.
    """
    targets: dict[str, Target] = {}
    plugin, parsed = _plugin(channel)
    for name, aim in _aims(channel, plugin, parsed):
        each, _ = _plugin(channel)
        service = _service(each, parsed)
        for attribute, value in aim.items():
            setattr(each, attribute, value)
        _tame(each, service, timeout)
        holder = _library().Apprise(asset=each.asset)
        holder.add(each)
        targets[name] = Target(holder, service, _limits(each, service), _secrets(channel, each, service))
    return targets


# --- reading the URL ----------------------------------------------------------------------------------------------


def _plugin(channel: Channel) -> tuple[Any, dict[str, Any]]:
    """Let apprise read the URL. Raises: DeliveryError."""
    library = _library()
    url = channel.url.reveal.strip()
    scheme = _SCHEME.match(url)
    # What has no scheme no plugin reads; but if apprise had no plugin at all, it would load every one to ask.
    service = _SERVICES.get(scheme[1].lower()) if scheme else Service.JSON
    if service is None:
        _load_all()
    else:
        _load(service)
    try:
        parsed = _module("plugins").url_to_dict(url, secure_logging=True)
        if parsed:
            parsed["targets"] = _all_targets(url, parsed)
            kept = {key: value for key, value in parsed.items() if key not in _OURS}
            plugin = library.Apprise.instantiate(kept, asset=_asset(), suppress_exceptions=True)
            if plugin is not None and plugin.enabled:
                return plugin, parsed
    except Exception as error:  # noqa: BLE001 - plugins raise anything over a URL; none of it may show the URL.
        raise DeliveryError(channel.id, f"apprise cannot read this URL ({type(error).__name__})") from None
    raise DeliveryError(channel.id, _refusal(url))


def _all_targets(url: str, parsed: dict[str, Any]) -> Any:  # noqa: ANN401 - apprise's own.
    """Return what the URL names as targets, with every `to=`: apprise itself keeps only the last."""
    named = re.findall(r"[?&]to=([^&#]*)", url)
    targets = parsed.get("targets")
    if len(named) < 2 or not isinstance(targets, list):  # noqa: PLR2004 - one is what apprise expects.
        return targets
    return [*dict.fromkeys((*(unquote(each) for each in named), *targets))]


def _asset() -> Any:  # noqa: ANN401 - apprise is untyped for us.
    return _library().AppriseAsset(
        app_id="News monitor",
        app_desc="News monitor",
        app_url="",
        async_mode=False,
        http_redirects=False,
        interpret_emojis=False,
        interpret_escapes=False,
        pgp_autogen=False,
        pem_autogen=False,
        default_service_retry=0,
        service_timeout=0,  # our own deadline ends a send; this keeps it in the thread that we started.
        storage_mode="memory",
    )


def _refusal(url: str) -> str:
    """Say why a URL is refused and how its kind is written, without repeating any of it."""
    found = _SCHEME.match(url)
    if found is None:
        return "this is no URL: it begins like mailto://, slack://, tgram:// or json://"
    scheme = found[1].lower()
    known = _known(scheme)
    if known is None:
        return "no service is known by how this URL begins; a webhook is written json://host/path"
    templates = [str(template) for template in getattr(known, "templates", ())[:2]]
    shapes = " or ".join(template.replace("{schema}", scheme) for template in templates)
    return f"this {scheme}:// URL is not complete or holds a wrong part; it is written {shapes}"


def _known(scheme: str) -> Any:  # noqa: ANN401 - a plugin class of apprise, or None.
    manager = _module("manager_plugins").NotificationManager()
    return manager[scheme] if scheme in manager else None  # noqa: SIM401 - it is no dict and has no get.


def _service(plugin: Any, parsed: dict[str, Any]) -> Service:  # noqa: ANN401 - a plugin of apprise.
    if "workflow" in str(getattr(plugin, "mode", "")):
        return Service.POST  # Slack's workflows answer 200 and nothing else.
    return _SERVICES.get(str(parsed.get("schema", "")).lower(), Service.OTHER)


# --- recipients ---------------------------------------------------------------------------------------------------


def _aims(channel: Channel, plugin: Any, parsed: dict[str, Any]) -> tuple[tuple[str, dict[str, Any]], ...]:  # noqa: ANN401 - a plugin.
    """Return each recipient's name and what to set on a plugin so that it writes to this one only.

    An only recipient has its name too: what is pending for it must find it when a second one is configured.
    """
    match _service(plugin, parsed):
        case Service.MAIL:
            _refuse_bad_addresses(channel, parsed)
            return tuple((address, {"targets": [(name, address)]}) for name, address in _distinct(plugin.targets))
        case Service.TELEGRAM:
            return _chats(channel, plugin, parsed)
        case Service.SLACK:
            # A webhook that names no channel writes to its own, which has no name here.
            return tuple((str(each or ""), {"channels": [each]}) for each in plugin.channels)
        case Service.NTFY:
            return tuple((topic, {"topics": [topic]}) for topic in dict.fromkeys(plugin.topics))
        case Service.MATRIX if [*plugin.rooms, *plugin.users]:
            rooms = [(room, {"rooms": [room], "users": []}) for room in dict.fromkeys(plugin.rooms)]
            return (*rooms, *((user, {"rooms": [], "users": [user]}) for user in dict.fromkeys(plugin.users)))
        case _:
            return (("", {}),)


def _distinct(targets: list[tuple[Any, str]]) -> tuple[tuple[Any, str], ...]:
    return tuple({address: (name, address) for name, address in reversed(targets)}.values())[::-1]


def _refuse_bad_addresses(channel: Channel, parsed: dict[str, Any]) -> None:
    """Refuse what apprise would drop without a word: a mistyped address would never be told anything."""
    parse = _module("utils.parse")
    targets = parsed.get("targets") or []
    bad = [address for address in parse.parse_emails(targets) if not parse.is_email(address)]
    # A piece without an @ is dropped even by its parser; a comma within quotes belongs to a name.
    pieces = re.split("[,;]", ",".join(_QUOTED.sub("", str(each)) for each in targets))
    bad += [piece for piece in pieces if piece.strip() and "@" not in piece and piece.strip() not in bad]
    if bad:
        raise DeliveryError(channel.id, f"{len(bad)} of its addresses is not one: write to=name@example.org")


def _chats(channel: Channel, plugin: Any, parsed: dict[str, Any]) -> tuple[tuple[str, dict[str, Any]], ...]:  # noqa: ANN401 - a plugin.
    if not plugin.targets:
        # Apprise would ask Telegram who wrote to the bot first, and send everything there.
        raise DeliveryError(channel.id, "it names no chat: write tgram://token/chat/, the chat as its number or @name")
    if len(plugin.targets) < len(_module("utils.parse").parse_list(parsed.get("targets") or [])):
        raise DeliveryError(channel.id, "one of its chats is neither a number nor an @name")
    return tuple(
        (f"{chat}:{topic}" if topic else f"{chat}", {"targets": [(chat, topic)]}) for chat, topic in plugin.targets
    )


# --- taming -------------------------------------------------------------------------------------------------------


def _tame(plugin: Any, service: Service, timeout: timedelta) -> None:  # noqa: ANN401 - a plugin of apprise.
    """Take from a plugin all that is ours to decide: pace, retries, splitting, pictures, patience."""
    plugin.request_rate_per_sec = 0
    plugin.throttle = _at_once  # else it waits as long as a service's headers say, before a message or after.
    plugin.retry = 0
    plugin.redirects = False
    # What is too long is cut by us. Where apprise converts to what we do not measure, it may cut, but never split.
    plugin.overflow_mode = "truncate" if service is Service.OTHER else "upstream"
    seconds = timeout.total_seconds()
    # For mail this is the patience with every step, not only with connecting.
    plugin.socket_connect_timeout = seconds if service is Service.MAIL else min(CONNECT_TIME, seconds)
    plugin.socket_read_timeout = seconds
    match service:
        case Service.MAIL:
            plugin._protocol_headers = letters.headers_of_ours  # noqa: SLF001 - what apprise has it for.
        case Service.NTFY:
            # It would make a file of what is over 8,000 bytes in ASCII; in UTF-8 ours never is.
            plugin.ntfy_json_upstream_size_limit = NTFY_JSON
        case Service.MATRIX:
            # It would log out whenever Python collects it: on the network, in whichever thread that is.
            plugin._logout = _at_once  # noqa: SLF001 - apprise leaves no other door.
        case _:
            pass  # nothing of its own.
    for extra in ("include_image", "include_footer", "avatar"):
        if hasattr(plugin, extra):
            setattr(plugin, extra, False)


def _at_once(*_: object, **__: object) -> None:
    """Wait for nothing: the pace of a channel is ours."""


def _limits(plugin: Any, service: Service) -> Limits:  # noqa: ANN401 - a plugin of apprise.
    match service:
        case Service.MAIL:
            return Limits(TITLE, MAIL_BODY)
        case Service.SLACK:
            return Limits(TITLE, SLACK_BODY)
        case Service.NTFY:
            return Limits(0, NTFY_BODY)
        case Service.DISCORD:
            return Limits(0, DISCORD_BODY)
        case Service.MATRIX:
            return Limits(0, MATRIX_BODY)
    titled = plugin.title_maxlen > 0 and not plugin.overflow_amalgamate_title
    return Limits(min(TITLE, plugin.title_maxlen) if titled else 0, plugin.body_maxlen)


def _secrets(channel: Channel, plugin: Any, service: Service) -> tuple[str, ...]:  # noqa: ANN401 - a plugin of apprise.
    """Collect every text that an answer must not carry into a log: what apprise itself calls private, and paths."""
    # An argument may be declared again as another name for a token, and no more as private.
    declared = (*plugin.template_tokens.items(), *plugin.template_args.items())
    private = [spec.get("map_to", name) for name, spec in declared if spec.get("private")]
    found: list[Any] = [channel.url.reveal, getattr(plugin, "password", None)]
    found += [getattr(plugin, name, None) for name in private]
    # A service may repeat a token in parts: Telegram's holds a colon.
    found += [
        piece for text in found[1:] if isinstance(text, str) for piece in text.split(":") if len(piece) >= MIN_KEY
    ]
    if service in (Service.JSON, Service.POST, Service.OTHER):
        # A webhook's path or query is its key; the words in it that are none are short.
        path = str(getattr(plugin, "fullpath", None) or "").split("/")
        found += [piece for piece in path if len(piece) >= MIN_KEY]
        for extra in ("params", "headers"):
            held = getattr(plugin, extra, None)
            found += held.values() if isinstance(held, dict) else ()
    texts = {text for text in found if isinstance(text, str) and len(text) >= 4}  # noqa: PLR2004 - shorter ones are words.
    return tuple(sorted(texts | {quote(text, safe="") for text in texts}))
