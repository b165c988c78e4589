"""Puts the built front end into the wheel and the sdist, building it first where that is needed and possible.

In this order: the build that is already there; `npm ci && npm run build`; none at all, but only if
`RINGCARD_SKIP_WEB=1` says so. Anything else fails the build: hatchling ships an empty directory without a word.
An editable install needs no front end, because whoever works on the sources runs `npm run dev` or `make web`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = "src/ringcard/web/static"


class FrontEndMissing(Exception):
    """The web front end is not built, and it could not be built here."""


class FrontEndHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's generic has no public parameter
    """The `custom` hook of pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make sure of the front end before the files are collected; `version` is `standard` or `editable`."""
        root = Path(self.root)
        if version == "editable":
            return
        if not (root / STATIC / "index.html").is_file():
            if os.environ.get("RINGCARD_SKIP_WEB") == "1":
                self.app.display_warning("RINGCARD_SKIP_WEB=1: building ringcard without its web front end.")
                return
            self._build(root / "frontend")
            if not (root / STATIC / "index.html").is_file():
                raise FrontEndMissing(f"`npm run build` ended well but wrote no {STATIC}/index.html.")
        # The directory is git-ignored; an artifact is taken all the same.
        build_data["artifacts"].append(f"/{STATIC}/**")

    def _build(self, frontend: Path) -> None:
        npm = shutil.which("npm")
        if npm is None or not (frontend / "package-lock.json").is_file():
            raise FrontEndMissing(
                "The web front end is not built and there is no npm here to build it. Do one of these: "
                "install Node 20.19 or newer and build again; "
                f"put a finished build into {STATIC}/ (`make web` on a machine with Node); "
                "or set RINGCARD_SKIP_WEB=1 to install the server without its screens."
            )
        self.app.display_info("Building the web front end (npm ci && npm run build) …")
        for command in (["ci"], ["run", "build"]):
            finished = subprocess.run([npm, *command], cwd=frontend, check=False)  # noqa: S603  # npm's own path
            if finished.returncode != 0:
                raise FrontEndMissing(
                    f"`npm {' '.join(command)}` in frontend/ failed (its words are above). "
                    "Set RINGCARD_SKIP_WEB=1 to install the server without its screens."
                )
