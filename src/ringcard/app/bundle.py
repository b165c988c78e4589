"""The support bundle: what somebody needs who helps from afar, without secrets and with numbers masked.

What is personal is left out rather than hidden: no contact, no call, no name of an employee. What is written is masked
as the log is; every secret that the configuration holds is also looked for by its value, wherever it stands.
"""

from __future__ import annotations

import platform
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ringcard import __version__
from ringcard.app.administration import is_secret, without_secrets
from ringcard.app.config import SECTIONS, Config
from ringcard.app.doctor import Finding
from ringcard.app.logs import mask

LOG_BYTES = 2_000_000
HIDDEN = "…"
_SHORTEST_SECRET = 3


def write_bundle(path: Path, config: Config, findings: Iterable[Finding], log_file: Path | None = None) -> None:
    """Write the zip file. Raises `OSError`."""
    secrets = sorted(set(_secrets_of(config)), key=len, reverse=True)

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, HIDDEN)
        return mask(text)

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("doctor.txt", clean("\n".join(_line(finding) for finding in findings) + "\n"))
        bundle.writestr("configuration.json", clean(_configuration(config)))
        bundle.writestr("versions.txt", _versions())
        if log_file is not None:
            bundle.writestr("log.txt", clean(_end_of(log_file)))


def _line(finding: Finding) -> str:
    took = "" if finding.took_ms is None else f"  ({finding.took_ms:.0f} ms)"
    return f"{finding.verdict.value:8}{finding.about}: {finding.text}{took}"


def _configuration(config: Config) -> str:
    shown: dict[str, Any] = {name: msgspec.to_builtins(getattr(config, name)) for name in SECTIONS}
    if config.store.url is not None:
        shown["store"]["url"] = urlsplit(config.store.url).scheme
    shown["pbx"] = [{"name": pbx.name, "type": pbx.type, "settings": pbx.settings} for pbx in config.pbx]
    shown = {name: without_secrets(section, name) for name, section in shown.items()}
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()


def _secrets_of(config: Config) -> Iterator[str]:
    """Every secret we were told, by value."""
    sections = [msgspec.to_builtins(getattr(config, name)) for name in SECTIONS]
    found = list(_named_secrets([*sections, *(pbx.settings for pbx in config.pbx)]))
    if config.store.url is not None:
        found.append(urlsplit(config.store.url).password or "")
    yield from (secret for secret in found if len(secret) >= _SHORTEST_SECRET)


def _named_secrets(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if is_secret(str(key)) and isinstance(each, str):
                yield each
            else:
                yield from _named_secrets(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _named_secrets(each)


def _versions() -> str:
    packages = sorted(f"{each.metadata['Name']} {each.version}" for each in distributions())
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return "\n".join([f"ringcard {__version__}", f"Python {sys.version.split()[0]}", system, "", *packages]) + "\n"


def _end_of(log_file: Path) -> str:
    """Its last part, from the beginning of a line."""
    with log_file.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LOG_BYTES))
        data = file.read()
    if size > LOG_BYTES:
        data = data.partition(b"\n")[2]
    return data.decode("utf-8", "replace")
