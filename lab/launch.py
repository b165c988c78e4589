"""`python -m lab.launch ROOT USER -- PROGRAM ARGUMENT…`: become PROGRAM inside ROOT, as USER, and leave nothing behind.

The mount of /proc, which Asterisk needs, lives in a mount namespace of its own, so it vanishes with the process; the
process is killed when its parent dies, however the parent dies. No process stays in between: the pid is Asterisk's.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

# linux/sched.h, sys/mount.h, linux/prctl.h
CLONE_NEWNS = 0x00020000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: bytes, target: bytes, flags: int) -> None:
    _checked(_libc.mount(source, target, None, ctypes.c_ulong(flags), None), f"mounting {target.decode()}")


def _ids_of(user: str, passwd: Path) -> tuple[int, int]:
    """The user's and its group's number by the root's own list, which is not this machine's."""
    for line in passwd.read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == user:
            return int(uid), int(gid)
    raise LookupError(f"no user {user} in {passwd}")


def main() -> None:
    """Never returns."""
    root, user, dashes, *command = sys.argv[1:]
    if dashes != "--" or not command:
        raise SystemExit(__doc__)
    parent = os.getppid()
    uid, gid = _ids_of(user, Path(root, "etc/passwd"))
    _checked(_libc.unshare(CLONE_NEWNS), "a mount namespace of our own (needs root)")
    _mount(b"none", b"/", MS_REC | MS_PRIVATE)
    _mount(b"/proc", os.fsencode(Path(root, "proc")), MS_BIND | MS_REC)
    os.chroot(root)
    os.chdir("/")
    os.setgroups([gid])
    os.setgid(gid)
    os.setuid(uid)
    # After setuid: changing credentials clears it.
    _checked(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    if os.getppid() != parent:
        raise SystemExit("the parent died meanwhile")
    os.environ["HOME"] = "/var/lib/asterisk"
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
