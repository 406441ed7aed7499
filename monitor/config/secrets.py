"""Resolve secrets: from the environment, from files and from systemd's credentials. None is ever put into a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.config.files import reason
from monitor.config.stamps import Stamp, stamp_of
from monitor.config.values import Wrong, credential, did_you_mean, env_name, secret_path
from monitor.model import Secret

REFERENCE = re.compile(r"\$\{([^}:]*)(:?)([^}]*)\}")
LARGEST = 65_536  # bytes: what is longer is the wrong file.


@dataclass(slots=True)
class Resolver:
    """Look secrets up. `folder` is where relative paths start; `stamps` are of all that were read."""

    environ: Mapping[str, str]
    folder: Path
    stamps: list[Stamp] = field(default_factory=list)

    def expand(self, text: str) -> Secret:
        """Replace `${env:NAME}`, `${file:PATH}` and `${cred:NAME}` in a text. Raises: Wrong."""
        parts: list[str] = []
        end = 0
        for found in REFERENCE.finditer(text):
            parts += (text[end : found.start()], self._lookup(found[1], found[3]))
            end = found.end()
        rest = text[end:]
        if "${" in "".join((*parts[::2], rest)):
            raise Wrong("holds a ${ that is never closed", "write ${env:NAME}, ${file:PATH} or ${cred:NAME}")
        return Secret("".join((*parts, rest)))

    def _lookup(self, form: str, name: str) -> str:
        readers: dict[str, Callable[[str], Secret]] = {
            "env": lambda value: self.env(env_name(value)),
            "file": lambda value: self.file(secret_path(value)),
            "cred": lambda value: self.credential(credential(value)),
        }
        if form not in readers or not name:
            hint = did_you_mean(form, readers) or "write ${env:NAME}, ${file:PATH} or ${cred:NAME}"
            raise Wrong("holds a ${…} that is none of the three known forms", hint)
        return readers[form](name).reveal

    def env(self, name: str) -> Secret:
        """Return an environment variable. Raises: Wrong."""
        found = self.environ.get(name, "").strip()
        if not found:
            state = "is empty" if name in self.environ else "is not set"
            raise Wrong(f"the environment variable {name} {state}", f"export {name}=… before starting")
        return Secret(found)

    def file(self, name: str) -> Secret:
        """Return a file's content without the white space around it. Raises: Wrong."""
        return self._content(self.folder / name, f"the file {name}")

    def credential(self, name: str) -> Secret:
        """Return a credential that systemd hands over. Raises: Wrong."""
        folder = self.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            hint = f"systemd sets CREDENTIALS_DIRECTORY for a unit with LoadCredential={name}:…"
            raise Wrong(f"the credential {name} is there only under systemd", hint)
        return self._content(Path(folder) / name, f"the credential {name}")

    def _content(self, path: Path, what: str) -> Secret:
        try:
            if not path.is_file():
                state = "is no regular file" if path.exists() else "does not exist"
                raise Wrong(f"{what} {state}")
            stamp = stamp_of(path)
            with path.open("rb") as file:
                found = file.read(LARGEST + 1)
        except (OSError, ValueError) as exc:
            if isinstance(exc, Wrong):
                raise
            raise Wrong(f"{what} cannot be read: {reason(exc)}") from exc
        self.stamps.append(stamp)
        if len(found) > LARGEST:
            raise Wrong(f"{what} is longer than {LARGEST} bytes")
        try:
            secret = found.decode().strip()
        except UnicodeDecodeError:
            secret = ""
        if not secret or "\n" in secret:
            raise Wrong(f"{what} does not hold one line of text")
        return Secret(secret)
