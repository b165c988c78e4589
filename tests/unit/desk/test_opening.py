"""Pages of other systems that open with a call."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringcard.calls.causes import Direction
from ringcard.calls.events import Party
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.contacts.model import Contact, ContactId, Kind
from ringcard.desk.opening import LONGEST_URL, Callers, OpeningInvalid, OpeningRule, OpenWhen, openings_of
from ringcard.desk.pop import Findings, Mark, Pop, PopState, SourceReport, SourceStatus

from .fakes import START

NUMBER = "+74959195557"
URL = "https://crm.example.com/find?phone={number}&name={name}&call={call_id}"
IVANOV = Contact(ContactId("k/1?"), 1, Kind.PERSON, "Иванов & Co", START, START)


def pop(contact: Contact | None = None, *, pending: bool = False, **changed: object) -> Pop:
    sources = (SourceReport("crm", SourceStatus.PENDING),) if pending else ()
    base = Pop(
        pop_id="c1.101",
        call_id=CallId("c1"),
        conversation_id=ConversationId("c1"),
        device=DeviceId("101"),
        state=PopState.RINGING,
        revision=1,
        direction=Direction.INBOUND,
        caller=Party(number=NUMBER, presented=NUMBER),
        called=Party(number="+74951234567", presented="74951234567"),
        queue="sales",
        started_at=START,
        ringing_at=START,
        answered_at=None,
        ended_at=None,
        transferred_by=None,
        consulted_by=None,
        answered_by=None,
        mark=Mark.KNOWN if contact else Mark.UNKNOWN,
        colleague=None,
        findings=Findings(contact=contact, sources=sources),
    )
    return replace(base, **changed)  # type: ignore[arg-type]  # one field or another of a pop


def url_of(rule: OpeningRule, pop: Pop) -> str | None:
    opening = rule.opening(pop)
    return None if opening is None else opening.url


def test_values_are_percent_encoded() -> None:
    url = url_of(OpeningRule("CRM", URL), pop(IVANOV))
    assert url is not None
    assert "%2B74959195557" in url
    assert parse_qs(urlsplit(url).query) == {"phone": [NUMBER], "name": ["Иванов & Co"], "call": ["c1"]}


def test_an_id_cannot_climb_out_of_its_place_in_the_path() -> None:
    assert url_of(OpeningRule("CRM", "https://crm.example.com/c/{id}/edit"), pop(IVANOV)) == (
        "https://crm.example.com/c/k%2F1%3F/edit"
    )


@given(name=st.text(min_size=1, max_size=60))
def test_no_name_leads_to_another_host(name: str) -> None:
    url = url_of(OpeningRule("CRM", "https://crm.example.com/{name}?q={name}"), pop(replace(IVANOV, name=name)))
    assert url is not None
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path.count("/")) == ("https", "crm.example.com", 1)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert({number})",
        "data:text/html,{name}",
        "file:///etc/passwd",
        "ftp://crm.example.com/{number}",
        "//crm.example.com/{number}",
        "crm.example.com/{number}",
        "https://{name}/",
        "https://{name}.example.com/",
        "https://crm.example.com{number}",
        "https://anna:secret@crm.example.com/{number}",
        "https://crm.example.com/{numbre}",
        "https://crm.example.com/{number",
        "https://crm.example.com/ {number}",
        "https://crm.example.com\\@evil.example/{number}",
        "https:///{number}",
        "",
    ],
)
def test_an_address_that_could_lead_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(OpeningInvalid):
        OpeningRule("CRM", url)


def test_a_page_of_a_card_waits_until_there_is_one() -> None:
    rule = OpeningRule("CRM", "https://crm.example.com/{id}")
    assert url_of(rule, pop()) is None
    assert url_of(rule, pop(IVANOV)) is not None


def test_a_page_of_a_number_does_not_open_for_a_withheld_one() -> None:
    assert url_of(OpeningRule("CRM", URL), pop(caller=Party(number=None, presented=None), mark=Mark.WITHHELD)) is None


def test_a_page_for_the_unknown_waits_for_the_slow_sources() -> None:
    rule = OpeningRule("New", URL, callers=Callers.UNKNOWN)
    assert url_of(rule, pop(pending=True)) is None
    assert url_of(rule, pop()) is not None
    assert url_of(rule, pop(IVANOV)) is None


def test_a_page_for_the_known_is_for_them_only() -> None:
    rule = OpeningRule("CRM", URL, callers=Callers.KNOWN)
    assert (url_of(rule, pop()), url_of(rule, pop(IVANOV)) is not None) == (None, True)


def test_a_rule_for_a_queue_or_a_direction_is_for_no_other() -> None:
    assert url_of(OpeningRule("CRM", URL, queues=("service",)), pop()) is None
    assert url_of(OpeningRule("CRM", URL, queues=("sales",)), pop()) is not None
    assert url_of(OpeningRule("CRM", URL, direction=Direction.OUTBOUND), pop()) is None


def test_our_own_call_gives_the_number_we_dialled() -> None:
    dialled = pop(direction=Direction.OUTBOUND, called=Party(number="+79265550101", presented="89265550101"))
    url = url_of(OpeningRule("CRM", "https://crm.example.com/{number}"), dialled)
    assert url == "https://crm.example.com/%2B79265550101"


def test_a_colleague_opens_nothing() -> None:
    assert openings_of(pop(direction=Direction.INTERNAL), [OpeningRule("CRM", URL)]) == ()


def test_the_rules_keep_their_order_and_say_when() -> None:
    rules = [OpeningRule("CRM", URL, OpenWhen.RING), OpeningRule("Wiki", URL, OpenWhen.ANSWER)]
    assert [(each.rule, each.when) for each in openings_of(pop(), rules)] == [("CRM", "ring"), ("Wiki", "answer")]


def test_an_address_that_no_browser_would_take_is_left_out() -> None:
    rule = OpeningRule("CRM", URL)
    assert url_of(rule, pop(replace(IVANOV, name="я" * LONGEST_URL))) is None
