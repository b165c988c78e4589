"""What a question about the API can name: cards, imports, people; calls that live, are over, were missed or handed on.

Made anew for each operation, as only its path needs it. When a call is needed, `FakeConnector`, which takes every
service, is put in the simulated PBX's place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpx
from web_site import Site

from ringcard.calls.causes import Outcome
from ringcard.calls.events import Party
from ringcard.calls.identifiers import PbxId
from ringcard.testing.connector import FakeConnector

CALL_IMPORTS = "/api/v1/call-imports/"


@dataclass
class There:
    """Who makes things, and the server's loop, on which calls happen. Anna is at 101, Boris at 102."""

    here: Site
    loop: asyncio.AbstractEventLoop
    adm: httpx.Client
    anna: httpx.Client
    boris: httpx.Client
    made: int = 0

    def ids(self, path: str, names: Iterable[str]) -> list[dict[str, str]]:
        """For the names in a path: of a call also those of one that is over, when there is one."""
        wanted = set(names)
        self.made += 1
        if "handover_id" in wanted:
            return [self._handed_over()]
        if "call_id" in wanted or "conversation_id" in wanted:
            return [self._talking(), self._over()]
        if path.endswith("/pick-up"):
            return [self._ringing_at_boris()]
        found: dict[str, str] = {}
        if "contact_id" in wanted:
            found |= self._of_a_card(wanted)
        if "import_id" in wanted:
            found |= self._call_import() if path.startswith(CALL_IMPORTS) else self._import()
        if "missed_id" in wanted:
            found |= self._missed()
        for name, make in self._simple().items():
            if name in wanted:
                found[name] = make()
        missing = wanted - found.keys()
        assert not missing, f"{path}: nothing is made for {missing}"
        return [found]

    def _simple(self) -> dict[str, Callable[[], str]]:
        place = self.made
        return {
            "employee_id": lambda: self.post("/employees", {"login": f"e{place}", "name": "E"})["employee_id"],
            "team_id": lambda: self.post("/teams", {"name": f"Team {place}"})["team_id"],
            "role_id": lambda: self.post("/roles", {"name": f"Role {place}", "permissions": []})["role_id"],
            "token_id": lambda: self.post("/tokens", {"name": "t", "scopes": ["calls.read"]})["token"]["token_id"],
            "device": lambda: "101",
            "pbx": lambda: "office",
            "section": lambda: "company",
        }

    def post(self, path: str, body: dict[str, Any], who: httpx.Client | None = None) -> dict[str, Any]:
        answer = (who or self.adm).post(f"/api/v1{path}", json=body)
        assert answer.status_code in (200, 201, 202), (path, answer.status_code, answer.text)
        return dict(answer.json())

    def _of_a_card(self, wanted: set[str]) -> dict[str, str]:
        card = self.post("/contacts", {"name": f"Petrov {self.made}", "phones": [{"number": f"+7495{self.made:07}"}]})
        contact_id = card["contact_id"]
        found = {"contact_id": contact_id}
        if "reminder_id" in wanted:
            reminder = self.post(
                f"/contacts/{contact_id}/reminders", {"text": "call", "due_at": "2030-01-01T09:00:00Z"}
            )
            found["reminder_id"] = reminder["reminder_id"]
        if "note_id" in wanted:
            found["note_id"] = self.post(f"/contacts/{contact_id}/notes", {"text": "called"})["note_id"]
        if "attachment_id" in wanted:
            stored = self.adm.post(
                f"/api/v1/contacts/{contact_id}/attachments?name=a.txt",
                content=b"hello",
                headers={"Content-Type": "application/octet-stream"},
            )
            assert stored.status_code == 201, stored.text
            found["attachment_id"] = stored.json()["attachment_id"]
        if "change_id" in wanted:
            changes = self.adm.get(f"/api/v1/contacts/{contact_id}/changes").json()["items"]
            found["change_id"] = changes[0]["change_id"]
        return found

    def _import(self) -> dict[str, str]:
        return {"import_id": self.post("/imports", {"file_name": "a.csv", "size": 30})["import_id"]}

    def _call_import(self) -> dict[str, str]:
        wanted = {"file": {"name": "Master.csv", "size": 30}, "pbx": "office", "zone": "Europe/Moscow"}
        return {"import_id": self.post("/call-imports", wanted)["import_id"]}

    def _talking(self) -> dict[str, str]:
        """Anna talks, has asked for hold and has typed."""
        call = self._happens(lambda: self._begins("101", answered=True))
        asked = self.post(f"/calls/{call}/services", {"service": "HoldCall"}, self.anna)
        return {"call_id": call, "conversation_id": call, "request_id": asked["request_id"]}

    def _over(self) -> dict[str, str]:
        def both() -> str:
            call = self._begins("101", answered=True)
            self.here.calls.ends(call, "101", outcome=Outcome.ANSWERED)
            return call

        call = self._happens(both)
        return {"call_id": call, "conversation_id": call, "request_id": "none"}

    def _handed_over(self) -> dict[str, str]:
        call = self._happens(lambda: self._begins("102", answered=True))
        packet = {"to": {"device": "101"}, "how": "blind", "note": "wants an invoice"}
        handover = self.post(f"/calls/{call}/handover", packet, self.boris)
        return {"call_id": call, "handover_id": handover["handover_id"]}

    def _ringing_at_boris(self) -> dict[str, str]:
        self._happens(lambda: self._begins("102", answered=False))
        return {"device": "102"}

    def _missed(self) -> dict[str, str]:
        def both() -> str:
            call = self._begins("101", answered=False)
            self.here.calls.ends(call, "101")
            return call

        self._happens(both)
        number = self._number()
        entries = self.anna.get("/api/v1/missed").json()["items"]
        return {"missed_id": next(each["missed_id"] for each in entries if each["number"] == number)}

    def _number(self) -> str:
        return f"+7499{self.made:07}"

    def _begins(self, device: str, *, answered: bool) -> str:
        """On the server's loop. Whatever rang or talked before is over: a desk has a handful of calls, not hundreds."""
        connectors = self.here.up.links.connectors
        if not isinstance(connectors.get(PbxId("office")), FakeConnector):  # a change of the settings makes a real one
            connectors[PbxId("office")] = FakeConnector("office")
        for live in self.here.up.rooms.desk.live_calls():
            self.here.calls.ends(live.record.call_id, *{stint.device for stint in live.record.devices})
        number = self._number()
        call = self.here.calls.starts(Party(number=number, presented=number))
        self.here.calls.rings(call, device)
        if answered:
            self.here.calls.answers(call, device)
        return call

    def _happens(self, do: Callable[[], str]) -> str:
        async def now() -> str:
            return do()

        return asyncio.run_coroutine_threadsafe(now(), self.loop).result(timeout=10)
