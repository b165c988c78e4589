"""Who is at the terminal, for the audit trail."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping

from ringcard.people.audit import COMMAND_LINE, Actor


def who(environ: Mapping[str, str] = os.environ) -> Actor:
    """The operating system's user, by command line; of `sudo` also who asked for it."""
    user = _name_of(os.getuid())
    behind = environ.get("SUDO_USER", "") if os.getuid() == 0 else ""
    return Actor(name=f"{behind} ({user})" if behind and behind != user else user, address=COMMAND_LINE)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)  # in a container
