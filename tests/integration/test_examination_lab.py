"""Looking at a real Asterisk before it is ours: what it is, what each account may do and hear, and who is on it."""

from __future__ import annotations

import pytest
from lab.system import Lab

from ringcard.pbx.asterisk.examination import examine
from ringcard.pbx.asterisk.settings import AsteriskSettings, Tls
from ringcard.pbx.examination import Check, Verdict

pytestmark = pytest.mark.lab


async def looked_at(settings: AsteriskSettings) -> dict[str, Check]:
    return {check.name: check async for check in examine(settings)}


def account(lab: Lab, name: str = "ringcard", secret: str | None = None, port: int | None = None) -> AsteriskSettings:
    ami = lab.asterisk.ami_as(name)
    return AsteriskSettings("office", ami.host, ami.user, secret or ami.secret, port or ami.port)


def verdicts(found: dict[str, Check]) -> dict[str, str]:
    return {name: check.verdict.value for name, check in found.items()}


async def test_an_account_that_may_everything(each_lab: Lab) -> None:
    found = await looked_at(account(each_lab))
    assert verdicts(found) == {
        "reach": "fine",
        "login": "fine",
        "version": "fine",
        "write.system": "fine",
        "write.call": "fine",
        "write.originate": "fine",
        "write.agent": "fine",
        "read.system": "fine",
        "read.call": "fine",
        "read.dialplan": "fine",
        "read.agent": "unknown",
        "devices": "fine",
        "queues": "fine",
    }
    assert str(found["version"].facts["major"]) == each_lab.asterisk.series
    assert found["version"].facts["freepbx"] is False
    assert found["devices"].facts["drivers"] == [each_lab.asterisk.technology]
    assert found["devices"].facts["ranges"] == "101-110"
    assert found["devices"].facts["names"]["101"] == "Alice One"
    assert "sales" in found["queues"].facts["queues"]


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("deaf", {"read.system", "read.call", "read.dialplan"}),
        ("no-call", {"read.call"}),
        ("mute", {"write.system", "write.call", "write.originate", "write.agent"}),
        ("no-originate", {"write.originate"}),
    ],
)
async def test_a_permission_that_is_missing_is_named(lab22: Lab, name: str, lacking: set[str]) -> None:
    found = await looked_at(account(lab22, name))
    assert {check.name for check in found.values() if check.reason == "lacking"} == lacking


async def test_a_wrong_secret_ends_it(each_lab: Lab) -> None:
    found = await looked_at(account(each_lab, secret="wrong"))
    assert verdicts(found) == {"reach": "fine", "login": "wrong"}
    assert found["login"].reason == "denied"


async def test_the_web_server_of_asterisk_is_no_manager(lab22: Lab) -> None:
    found = await looked_at(account(lab22, port=lab22.asterisk.ports.http))
    assert (found["reach"].verdict, found["reach"].reason) == (Verdict.WRONG, "http")


async def test_tls_where_there_is_none_and_none_where_there_is(lab22: Lab) -> None:
    plain = account(lab22)
    tls_port = lab22.asterisk.ports.ami_tls
    without = await looked_at(account(lab22, port=tls_port))
    assert without["reach"].reason == "tls_wanted"
    unneeded = await looked_at(AsteriskSettings("office", plain.host, plain.user, plain.secret, plain.port, Tls()))
    assert unneeded["reach"].reason == "no_tls"
    untrusted = await looked_at(AsteriskSettings("office", plain.host, plain.user, plain.secret, tls_port, Tls()))
    assert untrusted["reach"].reason == "certificate"
    trusted = Tls(ca_file=str(lab22.asterisk.certificate))
    found = await looked_at(AsteriskSettings("office", plain.host, plain.user, plain.secret, tls_port, trusted))
    assert found["devices"].verdict is Verdict.FINE
