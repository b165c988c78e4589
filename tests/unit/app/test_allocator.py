"""The C library's allocator, in processes of their own: what is set holds for a process as long as it lives."""

import os
import platform
import subprocess
import sys

GLIBC = platform.libc_ver()[0] == "glibc"

ASKED = "from ringcard.app import allocator; print(allocator.settle_for_little())"

KEPT_KB = """
import sys
from ringcard.app import allocator
largest = b"x" * 20_000_000
del largest
texts, between = [], []
for _ in range(200):
    texts.append(bytes(300_000))
    between.append(bytes(1_000))
del texts
if sys.argv[1] == "given back":
    allocator.give_back()
with open("/proc/self/statm") as file:
    print(int(file.read().split()[1]) * 4)
"""
"""What a process has in memory when texts are forgotten between which there is something that is not.

`bytes(1_000)` is another object each time. `b"x" * 1_000` is one constant: nothing was between the texts then, and
glibc gave them back by itself or not, as the size of the environment had it.
"""


def said(program: str, *arguments: str, **environment: str) -> str:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=bare | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_it_is_set_up_where_it_can_be() -> None:
    assert said(ASKED) == str(GLIBC)


def test_whoever_set_it_up_by_environment_is_obeyed() -> None:
    assert said(ASKED, MALLOC_ARENA_MAX="4") == "False"
    assert said(ASKED, GLIBC_TUNABLES="glibc.malloc.arena_max=4") == "False"


def test_what_is_free_is_given_back() -> None:
    as_it_was, given_back = int(said(KEPT_KB, "as it was")), int(said(KEPT_KB, "given back"))
    assert (as_it_was - given_back > 10_000) == GLIBC
