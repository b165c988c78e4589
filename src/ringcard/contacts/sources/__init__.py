"""Finding the sources that are installed, ours and those of others, through the entry point group `ringcard.contacts`.

A source that cannot be loaded becomes a status that an administrator sees; the others work on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import structlog

from ringcard.contacts.source import ContactSource, SourceContext, SourceMisconfigured

GROUP = "ringcard.contacts"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A source that is asked for but not there. `problem` says why, in one sentence."""

    source: str
    problem: str


@dataclass(frozen=True, slots=True)
class LoadedSources:
    """The sources in the order in which they were asked for, and those that could not be loaded."""

    sources: tuple[ContactSource, ...]
    problems: tuple[SourceProblem, ...]


def load_sources(
    names: Sequence[str],
    context_of: Callable[[str], SourceContext],
    *,
    installed: Iterable[EntryPoint] | None = None,
) -> LoadedSources:
    """Load the sources of these names, each with the context that `context_of` gives for it. Never raises.

    `installed` is what is installed in this environment, unless a test says otherwise.
    """
    available: Mapping[str, EntryPoint] = {
        point.name: point for point in (entry_points(group=GROUP) if installed is None else installed)
    }
    sources: list[ContactSource] = []
    problems: list[SourceProblem] = []
    for name in dict.fromkeys(names):
        try:
            if name not in available:
                raise SourceMisconfigured(f"no source {name!r} is installed; there are: {', '.join(sorted(available))}")
            sources.append(_made(available[name], context_of(name)))
        except Exception as error:  # a plugin may raise anything while it is imported or made
            problem = str(error) if isinstance(error, SourceMisconfigured) else f"{type(error).__name__}: {error}"
            log.warning("contacts.source_not_loaded", action="source_not_loaded", source=name, problem=problem)
            problems.append(SourceProblem(name, problem))
    return LoadedSources(tuple(sources), tuple(problems))


def _made(point: EntryPoint, context: SourceContext) -> ContactSource:
    factory: Any = point.load()
    if not callable(getattr(factory, "from_context", None)):
        raise SourceMisconfigured(f"{point.value} has no from_context: it is no contact source")
    source: Any = factory.from_context(context)
    missing = [name for name in ("name", "capabilities", "deadline_s", "lookup", "close") if not hasattr(source, name)]
    if missing:
        raise SourceMisconfigured(
            f"{point.value} makes something without {', '.join(missing)}: it is no contact source"
        )
    made: ContactSource = source
    return made
