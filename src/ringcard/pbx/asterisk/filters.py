"""Which of its events Asterisk sends us: classes by the `Events` action, single events by `Filter`. Pure.

Filters only concern events that the PBX broadcasts; answers, and the items of a list we asked for, always come
through. One filter that includes excludes everything that no such filter includes (22.10 `should_send_event`, and 16
the same).

Two dialects:
- 22 and newer: a filter a name, compared by hash. `MatchCriteria` on an older one is ignored, and a filter with no
  pattern then lets *everything* through (seen on 16.28), so the version decides and not a trial.
- older: POSIX extended regular expressions over the event's whole text, in as many filters as its line limit of 1,025
  bytes needs.

Source: main/manager.c of Asterisk 22 (`manager_add_filter`) and documentation/core-en_US.xml, action Filter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringcard.pbx.asterisk.messages import WANTED, WANTED_VARIABLES

EVENT_CLASSES = "system,call,agent,dialplan"
"""The classes of the events we read (their `Privilege`). What else there is, DTMF, RTCP, CDR, security, never leaves
the PBX."""

OUR_VARIABLES_BEGIN_WITH = "RINGCARD_"
"""Channel variables of this name carry a call's data: the dialplan sets them for us, and we for it."""

ADVANCED_SINCE = 22

_ONLY_IN_LISTS = frozenset(
    {
        "ContactList",
        "CoreShowChannel",
        "DBGetResponse",
        "DBGetTreeResponse",
        "ExtensionStatus",
        "QueueMember",
        "BridgeListItem",
        "BridgeInfoChannel",
        "QueueEntry",
        "Status",
        "PeerEntry",
        "QueueParams",
    }
)
_LINE_LIMIT_BYTES = 900
"""Below Asterisk's 1,025 with the header's name; what is longer is refused: "line too long" (seen on 16.28 and
22.10)."""


def broadcast(events: Iterable[str] = WANTED) -> list[str]:
    """Of `events` those that come by themselves, in order of name."""
    return sorted(
        name for name in events if name not in _ONLY_IN_LISTS and not name.endswith("Complete") and name != "VarSet"
    )


def filters(
    major: int | None, events: Iterable[str] = WANTED, variables: Iterable[str] = WANTED_VARIABLES
) -> Iterator[dict[str, str]]:
    """The headers of each `Filter` action to send to an Asterisk of version `major` (None: unknown)."""
    names, variables = broadcast(events), list(variables)
    if major is not None and major >= ADVANCED_SINCE:
        yield from _advanced(names, variables)
    else:
        yield from _regular(names, variables)


def _advanced(names: list[str], variables: list[str]) -> Iterator[dict[str, str]]:
    for name in names:
        yield {"Operation": "Add", "MatchCriteria": f"action(include),name({name})"}
    which = "action(include),name(VarSet),header(Variable)"
    for variable in variables:
        yield {"Operation": "Add", "MatchCriteria": f"{which},method(exact)", "Filter": variable}
    for underscores in ("", "_", "__"):  # as the dialplan wrote it, to be inherited by further channels or not
        ours = underscores + OUR_VARIABLES_BEGIN_WITH
        yield {"Operation": "Add", "MatchCriteria": f"{which},method(starts_with)", "Filter": ours}


def _regular(names: list[str], variables: list[str]) -> Iterator[dict[str, str]]:
    part: list[str] = []
    for name in names:
        if part and sum(map(len, part)) + len(part) + len(name) > _LINE_LIMIT_BYTES:
            yield _named(part)
            part = []
        part.append(name)
    if part:
        yield _named(part)
    ours = "|".join([*(f"{variable}[[:space:]]" for variable in variables), f"_*{OUR_VARIABLES_BEGIN_WITH}"])
    yield {"Operation": "Add", "Filter": f"^Event: VarSet[[:space:]].*[[:space:]]Variable: ({ours})"}


def _named(names: list[str]) -> dict[str, str]:
    return {"Operation": "Add", "Filter": f"^Event: ({'|'.join(names)})[[:space:]]"}
