"""Asking every source: what arrives, what is late, and that no source can spoil the others' answers."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts import source as port
from ringcard.contacts.lookup import MOST_UNDER_WAY, ContactLookup, LookupResult
from ringcard.contacts.model import Contact, ContactDraft, ContactId, Kind, Phone
from ringcard.contacts.source import AnswerStatus, Match, SourceAnswer, SourceContext, SourceUnavailable, answer_as_json
from ringcard.contacts.sources import GROUP, SourceProblem, load_sources
from ringcard.contacts.sources.own import OwnContacts
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.contacts.store import ContactStore
from ringcard.numbers import MatchQuality, NumberingPlan
from ringcard.storage import sqlite_path

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NUMBER, OTHER = "+74959195557", "+79161234567"


def contact(name: str = "Анна", contact_id: str = "crm:1") -> Contact:
    return Contact(ContactId(contact_id), 1, Kind.PERSON, name, NOW, NOW)


ANNA = Match(contact(), NUMBER)


class FakeSource:
    """Answers with whatever `answer` returns or raises."""

    capabilities: frozenset[port.Capability] = frozenset()

    def __init__(
        self,
        name: str,
        answer: Callable[[Sequence[str]], Awaitable[Any]],
        deadline_s: float | None = None,
    ) -> None:
        self.name = name
        self.deadline_s = deadline_s
        self.closed = 0
        self.asked: list[Sequence[str]] = []
        self._answer = answer

    async def lookup(self, numbers: Sequence[str]) -> Any:
        self.asked.append(numbers)
        return await self._answer(numbers)

    async def close(self) -> None:
        self.closed += 1


def answering(found: Any) -> Callable[[Sequence[str]], Awaitable[Any]]:
    async def answer(_numbers: Sequence[str]) -> Any:
        return found

    return answer


def raising(error: BaseException) -> Callable[[Sequence[str]], Awaitable[Any]]:
    async def answer(_numbers: Sequence[str]) -> Any:
        raise error

    return answer


async def hanging(_numbers: Sequence[str]) -> Any:
    await asyncio.Event().wait()


def statuses(result: LookupResult) -> dict[str, str]:
    return {answer.source: answer.status.value for answer in result.answers}


def answer_of(result: LookupResult, source: str) -> SourceAnswer:
    return next(answer for answer in result.answers if answer.source == source)


class TestAnswers:
    async def test_each_source_is_asked_and_its_answer_told(self) -> None:
        lookup = ContactLookup([FakeSource("crm", answering([ANNA])), FakeSource("ldap", answering([]))])
        result = await lookup.look_up([NUMBER])
        assert statuses(result) == {"crm": "found", "ldap": "nothing"}
        assert result.best == ANNA.contact
        assert not result.pending
        assert answer_of(result, "crm").matched == NUMBER
        assert answer_of(result, "ldap").matched is None

    async def test_a_call_without_a_number_asks_nobody(self) -> None:
        crm = FakeSource("crm", answering([ANNA]))
        result = await ContactLookup([crm]).look_up([])
        assert result.answers == ()
        assert result.best is None
        assert crm.asked == []

    async def test_the_same_number_twice_is_asked_once(self) -> None:
        crm = FakeSource("crm", answering([ANNA]))
        await ContactLookup([crm]).look_up([NUMBER, NUMBER, OTHER])
        assert crm.asked == [(NUMBER, OTHER)]

    async def test_an_exact_match_of_a_later_source_beats_a_similar_one(self) -> None:
        similar = Match(contact("Похожая", "crm:2"), NUMBER, MatchQuality.SUFFIX)
        lookup = ContactLookup([FakeSource("crm", answering([similar])), FakeSource("ldap", answering([ANNA]))])
        result = await lookup.look_up([NUMBER])
        assert result.best == ANNA.contact
        assert result.others == (similar.contact,)

    async def test_the_time_of_each_answer_is_measured(self) -> None:
        times = iter([1.0, 1.0, 1.25])
        lookup = ContactLookup([FakeSource("crm", answering([ANNA]))], timer=lambda: next(times, 1.25))
        assert answer_of(await lookup.look_up([NUMBER]), "crm").ms in (0.0, 250.0)

    def test_json_has_exactly_the_shape_of_the_contract(self) -> None:
        answer = SourceAnswer("crm", AnswerStatus.FOUND, 1.23456, NUMBER, NOW, "problem")
        assert answer_as_json(answer) == {
            "source": "crm",
            "status": "found",
            "ms": 1.235,
            "matched": NUMBER,
            "as_of": "2026-11-23T09:00:00.000Z",
        }

    def test_two_sources_of_one_name_are_refused(self) -> None:
        with pytest.raises(ValueError, match="two contact sources"):
            ContactLookup([FakeSource("crm", hanging), FakeSource("crm", hanging)])


class TestAnswersAsTheyCome:
    async def test_each_answer_but_the_last_is_told_when_it_comes(self) -> None:
        gate = asyncio.Event()

        async def after_the_gate(_numbers: Sequence[str]) -> Any:
            await gate.wait()
            return [ANNA]

        told: list[dict[str, str]] = []

        def tell(result: LookupResult) -> None:
            told.append(statuses(result))
            gate.set()

        lookup = ContactLookup([FakeSource("crm", after_the_gate), FakeSource("ldap", answering([]))])
        result = await lookup.look_up([NUMBER], on_answer=tell)
        assert told == [{"crm": "pending", "ldap": "nothing"}]
        assert statuses(result) == {"crm": "found", "ldap": "nothing"}

    def test_it_knows_whom_a_first_frame_waits_for(self) -> None:
        class NearSource(FakeSource):
            first_frame_s = 0.03

        lookup = ContactLookup([NearSource("own", hanging), FakeSource("crm", hanging)])
        assert lookup.near == {"own": 0.03}


class TestOwnFirst:
    async def test_our_own_answer_is_there_before_anything_is_waited_for(
        self, sqlite_store_url: str, open_store: Callable[[str], AsyncEngine]
    ) -> None:
        cards = SqliteCardReader(sqlite_path(sqlite_store_url))
        store = ContactStore(open_store(sqlite_store_url), cards, NumberingPlan("RU"))
        anna = await store.create(ContactDraft("Анна", phones=(Phone(None, NUMBER),)))
        lookup = ContactLookup([FakeSource("crm", answering([ANNA])), OwnContacts(cards, NumberingPlan("RU"))])
        now = lookup.look_up_now([NUMBER])
        assert statuses(now) == {"crm": "pending", "own": "found"}
        assert now.pending
        assert now.best == anna
        finished = await lookup.look_up([NUMBER], so_far=now)
        assert statuses(finished) == {"crm": "found", "own": "found"}
        assert finished.best == ANNA.contact
        assert finished.others == (anna,)
        await lookup.close()

    async def test_with_our_own_store_alone_nothing_is_pending(self, sqlite_store_url: str) -> None:
        lookup = ContactLookup([OwnContacts(SqliteCardReader(sqlite_path(sqlite_store_url)), NumberingPlan("RU"))])
        now = lookup.look_up_now([NUMBER])
        assert statuses(now) == {"own": "nothing"}
        assert not now.pending
        await lookup.close()

    async def test_our_own_store_failing_leaves_the_others(self, tmp_path: Path) -> None:
        broken = SqliteCardReader(tmp_path / "empty.db")
        own = OwnContacts(broken, NumberingPlan("RU"))
        result = await ContactLookup([own, FakeSource("crm", answering([ANNA]))]).look_up([NUMBER])
        await broken.close()
        assert statuses(result) == {"own": "failed", "crm": "found"}
        assert "not migrated" in (answer_of(result, "own").problem or "")


class TestIsolation:
    @pytest.mark.parametrize(
        "found",
        [
            None,
            "Анна",
            {"name": "Анна"},
            [{"name": "Анна"}],
            [None],
            42,
            [Match(contact(), OTHER)],
            [Match(contact(""), NUMBER)],
            [Match(None, NUMBER)],  # type: ignore[arg-type]
            [Match(Contact(ContactId("x"), 1, Kind.PERSON, 7, NOW, NOW), NUMBER)],  # type: ignore[arg-type]
            [Match(Contact(ContactId("x"), 1, Kind.PERSON, "Анна", "today", NOW), NUMBER)],  # type: ignore[arg-type]
        ],
    )
    async def test_a_source_that_answers_garbage_has_failed(self, found: Any) -> None:
        lookup = ContactLookup([FakeSource("bad", answering(found)), FakeSource("crm", answering([ANNA]))])
        result = await lookup.look_up([NUMBER])
        assert statuses(result) == {"bad": "failed", "crm": "found"}
        assert result.best == ANNA.contact
        assert (answer_of(result, "bad").problem or "").startswith("it answered")

    @pytest.mark.parametrize("error", [RuntimeError("password=hunter2"), asyncio.CancelledError(), TimeoutError()])
    async def test_a_source_that_raises_has_failed(self, error: BaseException) -> None:
        lookup = ContactLookup([FakeSource("bad", raising(error)), FakeSource("crm", answering([ANNA]))])
        result = await lookup.look_up([NUMBER])
        assert statuses(result) == {"bad": "failed", "crm": "found"}
        assert "hunter2" not in (answer_of(result, "bad").problem or "")

    async def test_a_source_that_says_what_is_wrong_is_quoted(self) -> None:
        lookup = ContactLookup([FakeSource("crm", raising(SourceUnavailable("the licence has run out: renew it")))])
        assert answer_of(await lookup.look_up([NUMBER]), "crm").problem == "the licence has run out: renew it"

    async def test_a_source_that_hangs_is_late_and_holds_nobody_up(self) -> None:
        lookup = ContactLookup(
            [FakeSource("slow", hanging), FakeSource("crm", answering([ANNA]))], deadline_s=0.02, patience_s=0.02
        )
        result = await lookup.look_up([NUMBER])
        assert statuses(result) == {"slow": "late", "crm": "found"}
        assert result.best == ANNA.contact
        await lookup.close()

    async def test_a_source_may_have_a_deadline_of_its_own(self) -> None:
        lookup = ContactLookup([FakeSource("slow", hanging, deadline_s=0.01)], deadline_s=60)
        assert statuses(await lookup.look_up([NUMBER])) == {"slow": "late"}
        await lookup.close()

    async def test_a_source_that_hangs_for_ever_is_asked_no_more_than_so_often(self) -> None:
        slow = FakeSource("slow", hanging)
        lookup = ContactLookup([slow], deadline_s=0)
        for _ in range(MOST_UNDER_WAY):
            assert statuses(await lookup.look_up([NUMBER])) == {"slow": "late"}
        result = await lookup.look_up([NUMBER])
        assert statuses(result) == {"slow": "failed"}
        assert len(slow.asked) == MOST_UNDER_WAY
        await lookup.close()

    async def test_a_look_up_given_up_leaves_nothing_running(self) -> None:
        given_up = asyncio.Event()

        async def until_cancelled(_numbers: Sequence[str]) -> Any:
            try:
                await asyncio.Event().wait()
            finally:
                given_up.set()

        slow = FakeSource("slow", until_cancelled)
        lookup = ContactLookup([slow], deadline_s=60)
        asking = asyncio.create_task(lookup.look_up([NUMBER]))
        while not slow.asked:
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(given_up.wait(), 5)

    async def test_closing_closes_every_source_even_if_one_cannot(self) -> None:
        class Stubborn(FakeSource):
            async def close(self) -> None:
                raise RuntimeError("no")

        crm = FakeSource("crm", hanging)
        lookup = ContactLookup([Stubborn("bad", hanging), crm], deadline_s=0)
        await lookup.look_up([NUMBER])
        await lookup.close()
        assert crm.closed == 1


class TestLate:
    async def test_a_late_answer_is_handed_over_when_it_comes(self) -> None:
        release, came = asyncio.Event(), asyncio.Event()
        results: list[LookupResult] = []

        async def slowly(_numbers: Sequence[str]) -> Any:
            await release.wait()
            return [ANNA]

        def on_late(result: LookupResult) -> None:
            results.append(result)
            came.set()

        lookup = ContactLookup([FakeSource("slow", slowly)], deadline_s=0, patience_s=60)
        result = await lookup.look_up([NUMBER], on_late=on_late)
        assert statuses(result) == {"slow": "late"}
        assert result.best is None
        release.set()
        await asyncio.wait_for(came.wait(), 5)
        assert [late.best for late in results] == [ANNA.contact]
        assert statuses(results[0]) == {"slow": "late"}
        assert answer_of(results[0], "slow").matched == NUMBER

    async def test_a_late_failure_is_handed_over_as_one(self) -> None:
        release, came = asyncio.Event(), asyncio.Event()
        results: list[LookupResult] = []

        async def fail_slowly(_numbers: Sequence[str]) -> Any:
            await release.wait()
            raise SourceUnavailable("gone: start it")

        def on_late(result: LookupResult) -> None:
            results.append(result)
            came.set()
            raise RuntimeError("a listener's own mistake")

        lookup = ContactLookup([FakeSource("slow", fail_slowly)], deadline_s=0, patience_s=60)
        await lookup.look_up([NUMBER], on_late=on_late)
        release.set()
        await asyncio.wait_for(came.wait(), 5)
        assert statuses(results[0]) == {"slow": "failed"}

    async def test_at_the_end_of_patience_it_is_given_up(self) -> None:
        given_up = asyncio.Event()

        async def until_cancelled(_numbers: Sequence[str]) -> Any:
            try:
                await asyncio.Event().wait()
            finally:
                given_up.set()

        lookup = ContactLookup([FakeSource("slow", until_cancelled)], deadline_s=0, patience_s=0.01)
        await lookup.look_up([NUMBER])
        await asyncio.wait_for(given_up.wait(), 5)


class TestLoading:
    @pytest.fixture
    def context(self, sqlite_store_url: str) -> Callable[[str], SourceContext]:
        return lambda name: SourceContext(NumberingPlan("RU"), sqlite_store_url, {"name": name})

    async def test_our_own_comes_through_the_same_door_as_others(self, context: Callable[[str], SourceContext]) -> None:
        own = EntryPoint("own", "ringcard.contacts.sources.own:OwnContacts", GROUP)
        loaded = load_sources(["own", "own"], context, installed=[own])
        assert [source.name for source in loaded.sources] == ["own"]
        assert loaded.problems == ()
        await loaded.sources[0].close()
        assert all(point.value == own.value for point in entry_points(group=GROUP) if point.name == "own")

    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            ("ringcard_no_such_plugin:Source", "ModuleNotFoundError"),
            ("ringcard.contacts.sources.own:Nothing", "AttributeError"),
            ("ringcard_broken_plugin:Source", "SyntaxError"),
            ("json:dumps", "no contact source"),
            ("ringcard_half_plugin:Half", "without capabilities, deadline_s, lookup, close"),
        ],
    )
    def test_a_plugin_that_fails_to_load_is_a_status(
        self,
        context: Callable[[str], SourceContext],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        value: str,
        problem: str,
    ) -> None:
        (tmp_path / "ringcard_broken_plugin.py").write_text("def (:\n")
        (tmp_path / "ringcard_half_plugin.py").write_text(
            "class Half:\n    name = 'half'\n    from_context = classmethod(lambda cls, context: cls())\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        loaded = load_sources(["acme"], context, installed=[EntryPoint("acme", value, GROUP)])
        for module in ("ringcard_broken_plugin", "ringcard_half_plugin"):
            sys.modules.pop(module, None)
        assert loaded.sources == ()
        assert [found.source for found in loaded.problems] == ["acme"]
        assert problem in loaded.problems[0].problem

    def test_a_source_that_is_not_installed_is_told_with_those_that_are(
        self, context: Callable[[str], SourceContext]
    ) -> None:
        installed = [EntryPoint("own", "x:Y", GROUP)]
        assert load_sources(["odoo"], context, installed=installed).problems == (
            SourceProblem("odoo", "no source 'odoo' is installed; there are: own"),
        )

    async def test_it_is_told_in_every_look_up(self) -> None:
        lookup = ContactLookup([FakeSource("crm", answering([]))], problems=[SourceProblem("odoo", "not installed")])
        result = await lookup.look_up([NUMBER])
        assert statuses(result) == {"crm": "nothing", "odoo": "failed"}
        assert answer_of(result, "odoo").problem == "not installed"
