"""Asking every source whose number it is: at once, in parallel, under a deadline, each isolated from the others.

Sources that answer without waiting are asked on the spot (`look_up_now`), so that the first thing an employee sees can
be the whole card. The others are given until the deadline, and each answer is told as it comes; what comes after the
deadline is handed to a callback. Whatever a source does (raise, hang, answer with something else, ignore cancellation)
the others' answers are not touched.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from ringcard.contacts.model import Contact, contact_as_json
from ringcard.contacts.source import (
    AnswerStatus,
    ContactSource,
    ImmediateContactSource,
    Match,
    NearContactSource,
    SourceAnswer,
    SourceUnavailable,
)
from ringcard.contacts.sources import SourceProblem
from ringcard.numbers import MatchQuality

DEADLINE_S = 0.8
PATIENCE_S = 10.0
MOST_UNDER_WAY = 64

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LookupResult:
    """What is known so far of these numbers.

    `answers` has one entry a source, in the order of the sources. A look-up without numbers (withheld) has neither
    answers nor matches.
    """

    numbers: tuple[str, ...]
    answers: tuple[SourceAnswer, ...]
    matches_by_source: Mapping[str, tuple[Match, ...]]

    @property
    def matches(self) -> tuple[Match, ...]:
        """All matches, the best first: exact before similar, then in the order of the sources and as each ranked."""
        found = [match for answer in self.answers for match in self.matches_by_source.get(answer.source, ())]
        return tuple(sorted(found, key=lambda match: _RANK[match.quality]))

    @property
    def best(self) -> Contact | None:
        """The likeliest caller."""
        return self.matches[0].contact if self.matches else None

    @property
    def others(self) -> tuple[Contact, ...]:
        """Who else has the number, each once."""
        contacts = {match.contact.contact_id: match.contact for match in self.matches}
        return tuple(contacts.values())[1:]

    @property
    def pending(self) -> bool:
        """Whether a source has still to answer."""
        return any(answer.status is AnswerStatus.PENDING for answer in self.answers)

    def answered(self, answer: SourceAnswer, matches: Sequence[Match]) -> LookupResult:
        """With the answer of one source in place of what it had."""
        return replace(
            self,
            answers=tuple(answer if held.source == answer.source else held for held in self.answers),
            matches_by_source={**self.matches_by_source, answer.source: tuple(matches)},
        )


_RANK = {quality: place for place, quality in enumerate(MatchQuality)}

_Answered = tuple[SourceAnswer, Sequence[Match]]


@dataclass(frozen=True, slots=True)
class _Question:
    """One source being asked; `due` is when it becomes late, both times of the lookup's timer."""

    source: str
    began: float
    due: float
    task: asyncio.Task[_Answered]


OnAnswer = Callable[[LookupResult], None]
"""Takes the whole result so far, with one more answer in it. Quick; must not raise."""

OnLate = Callable[[LookupResult], None]
"""Takes the whole result again, with an answer in it that came after the deadline. Quick; must not raise."""


class ContactLookup:
    """Asks `sources`, in the order in which their answers count; `problems` are told of in every result.

    `deadline_s` applies to sources that have none of their own. A late source has `patience_s` in all before it is
    given up; of one that hangs at most `MOST_UNDER_WAY` questions are kept open, more are failed at once.
    Close it.
    """

    def __init__(
        self,
        sources: Sequence[ContactSource],
        *,
        problems: Sequence[SourceProblem] = (),
        deadline_s: float = DEADLINE_S,
        patience_s: float = PATIENCE_S,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        names = [source.name for source in sources]
        doubles = [name for name, count in Counter(names).items() if count > 1]
        if doubles:
            raise ValueError(f"two contact sources are called {doubles[0]!r}")
        self._immediate = [source for source in sources if isinstance(source, ImmediateContactSource)]
        self._waited = [source for source in sources if not isinstance(source, ImmediateContactSource)]
        self._sources = tuple(sources)
        self.near = {source.name: source.first_frame_s for source in sources if isinstance(source, NearContactSource)}
        """The sources that a first frame waits for, and for how many seconds each."""
        self._blank = (
            *(SourceAnswer.pending(name) for name in names),
            *(
                SourceAnswer(problem.source, AnswerStatus.FAILED, None, problem=problem.problem)
                for problem in problems
                if problem.source not in names
            ),
        )
        self._deadline_s = deadline_s
        self._patience_s = patience_s
        self._timer = timer
        self._under_way: Counter[str] = Counter()
        # Not a task group: a late source outlives the look-up that asked it. `close` ends what is left here.
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def sources(self) -> tuple[ContactSource, ...]:
        """The sources that are asked."""
        return self._sources

    def look_up_now(self, numbers: Sequence[str]) -> LookupResult:
        """Ask the sources that answer at once; the others are pending in the result. Never raises."""
        asked = tuple(dict.fromkeys(numbers))
        result = LookupResult(asked, self._blank if asked else (), {})
        if not asked:
            return result
        for source in self._immediate:
            began = self._timer()
            try:
                found: object = source.lookup_now(asked)
            except Exception as error:  # a source may raise anything
                answered = self._failed(source.name, began, error)
            else:
                answered = self._heard(source.name, began, asked, found)
            result = result.answered(*answered)
        return result

    async def look_up(
        self,
        numbers: Sequence[str],
        *,
        so_far: LookupResult | None = None,
        on_answer: OnAnswer | None = None,
        on_late: OnLate | None = None,
    ) -> LookupResult:
        """Ask all sources; returns when all have answered, or at the last deadline.

        `so_far` is what `look_up_now` gave for the same numbers, if it was asked before. `on_answer` gets the result
        with each answer as it comes; the last one is what this returns. A source that answers after
        its deadline is `late` in the result, and `on_late` gets the result with its answer when it comes: its status
        stays `late`, its matches are there. Never raises, but for its own cancellation, which leaves nothing running.
        """
        result = self.look_up_now(numbers) if so_far is None else so_far
        questions: list[_Question] = []
        for source in self._waited:
            if not any(answer == SourceAnswer.pending(source.name) for answer in result.answers):
                continue
            if self._under_way[source.name] >= MOST_UNDER_WAY:
                problem = f"{MOST_UNDER_WAY} earlier questions are still unanswered"
                result = result.answered(SourceAnswer(source.name, AnswerStatus.FAILED, 0.0, problem=problem), ())
            else:
                questions.append(self._question(source, result.numbers))
        late: list[_Question] = []
        open_questions = sorted(questions, key=lambda asked: asked.due)
        try:
            while open_questions:
                left_s = max(0.0, open_questions[0].due - self._timer())
                done, _ = await asyncio.wait(
                    [question.task for question in open_questions], timeout=left_s, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    question = open_questions[0]
                    late.append(question)
                    result = result.answered(
                        SourceAnswer(question.source, AnswerStatus.LATE, (self._timer() - question.began) * 1000), ()
                    )
                    open_questions = open_questions[1:]
                for task in done:
                    result = result.answered(*task.result())
                open_questions = [question for question in open_questions if question.task not in done]
                if open_questions and on_answer is not None:
                    on_answer(result)
        except asyncio.CancelledError:
            for question in questions:
                question.task.cancel()
            raise
        if late:
            waiting = asyncio.create_task(self._wait_for(late, result, on_late))
            self._tasks.add(waiting)
            waiting.add_done_callback(self._tasks.discard)
        return result

    async def close(self) -> None:
        """Give up what is still under way and close the sources. One that fails to close does not keep the others."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        for source in self._sources:
            try:
                await source.close()
            except Exception:  # a source may raise anything
                log.exception("contacts.source_not_closed", action="source_not_closed", source=source.name)

    def _question(self, source: ContactSource, numbers: tuple[str, ...]) -> _Question:
        began = self._timer()
        deadline_s = self._deadline_s if source.deadline_s is None else source.deadline_s
        task = asyncio.create_task(self._ask(source, numbers, began), name=f"contacts of {source.name}")
        self._under_way[source.name] += 1
        self._tasks.add(task)

        def done(task: asyncio.Task[Any]) -> None:
            self._under_way[source.name] -= 1
            self._tasks.discard(task)

        task.add_done_callback(done)
        return _Question(source.name, began, began + deadline_s, task)

    async def _ask(self, source: ContactSource, numbers: tuple[str, ...], began: float) -> _Answered:
        try:
            found: object = await source.lookup(numbers)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Nobody cancelled us: something inside the source was, and that is the source's failure.
            return self._failed(source.name, began, SourceUnavailable("its own work was cancelled"))
        except Exception as error:  # a source may raise anything
            return self._failed(source.name, began, error)
        return self._heard(source.name, began, numbers, found)

    async def _wait_for(self, late: Sequence[_Question], result: LookupResult, on_late: OnLate | None) -> None:
        waiting = {question.task for question in late}
        give_up_at = min(question.began for question in late) + self._patience_s
        while waiting:
            left_s = max(0.0, give_up_at - self._timer())
            done, waiting = await asyncio.wait(waiting, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                for task in waiting:
                    task.cancel()
                return
            for task in done:
                if task.cancelled():
                    continue
                answer, matches = task.result()
                if answer.status is not AnswerStatus.FAILED:
                    answer = replace(answer, status=AnswerStatus.LATE)
                result = result.answered(answer, matches)
            if on_late is not None:
                try:
                    on_late(result)
                except Exception:
                    log.exception("contacts.late_answer_not_taken", action="late_answer_not_taken")

    def _heard(self, source: str, began: float, numbers: tuple[str, ...], found: object) -> _Answered:
        ms = (self._timer() - began) * 1000
        problem = _what_is_wrong_with(found, numbers)
        if problem is not None or not isinstance(found, list | tuple):
            log.warning("contacts.source_answered_garbage", action="source_failed", source=source, problem=problem)
            return SourceAnswer(source, AnswerStatus.FAILED, ms, problem=problem), ()
        if not found:
            return SourceAnswer(source, AnswerStatus.NOTHING, ms), ()
        first: Match = found[0]
        return SourceAnswer(source, AnswerStatus.FOUND, ms, first.matched, first.as_of), tuple(found)

    def _failed(self, source: str, began: float, error: Exception) -> _Answered:
        ms = (self._timer() - began) * 1000
        # Only the type of what was not meant for people: an unforeseen error's text can hold a number or a password.
        problem = str(error) if isinstance(error, SourceUnavailable) else type(error).__name__
        log.warning("contacts.source_failed", action="source_failed", source=source, problem=problem)
        return SourceAnswer(source, AnswerStatus.FAILED, ms, problem=problem), ()


def _what_is_wrong_with(found: object, numbers: tuple[str, ...]) -> str | None:
    """Why this is no answer to these numbers; None if it is one."""
    if not isinstance(found, list | tuple):
        return f"it answered with {type(found).__name__}, not with a list of matches"
    for match in found:
        if not isinstance(match, Match):
            return f"it answered with {type(match).__name__} in place of a match"
        contact: Any = match.contact
        if not isinstance(contact, Contact):
            return f"it answered with {type(contact).__name__} in place of a contact"
        if match.matched not in numbers:
            return "it answered for a number that was not asked"
        name: Any = contact.name
        if not isinstance(name, str) or not name:
            return "it answered with a contact without a name"
        try:
            contact_as_json(contact)
        except Exception as error:  # whatever lies in the fields
            return f"it answered with a contact that cannot be written: {type(error).__name__}"
    return None
