"""What an administrator is told when the PBX will not have us, or not wholly."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.unit.pbx.asterisk.connector_stage import PING_S, stage
from tests.unit.pbx.asterisk.fake_manager import CLASSES, FakeManager, event

from ringcard.pbx.asterisk.login import major_of
from ringcard.pbx.asterisk.settings import Auth, Tls
from ringcard.pbx.connector import LinkState
from ringcard.pbx.link import LinkCause


async def problem_of(manager: FakeManager, state: LinkState, **changes: Any) -> str:
    async with stage(manager, **changes) as s:
        status = await s.status()
        assert status.state is state
        assert status.problem is not None
        assert "s3cret" not in status.problem
        return status.problem


async def test_the_secret_is_proved_and_not_sent() -> None:
    async with stage() as s:
        await s.up()
    login = s.manager.all_asked("Login")[0].headers
    assert login["Key"] == hashlib.md5(b"271828182s3cret", usedforsecurity=False).hexdigest()
    assert not any("s3cret" in value for message in s.manager.heard for value in message.headers.values())


@pytest.mark.parametrize("manager", [FakeManager(secret="other"), FakeManager(user="other")])
async def test_a_wrong_secret_and_an_unknown_user_say_what_to_check(manager: FakeManager) -> None:
    problem = await problem_of(manager, LinkState.REFUSED)
    assert "Authentication failed" in problem
    assert "[ringcard] in manager.conf" in problem
    assert "permit and deny lines let 127.0.0.1 in" in problem


async def test_a_refusal_is_tried_again_slowly_and_recovers_when_somebody_acted() -> None:
    async with stage(FakeManager(secret="other")) as s:
        assert (await s.status()).state is LinkState.REFUSED
        assert await s.retries() == 90.0  # 60 s and half as much by lot
        assert await s.retries() == 90.0
        await s.manager.asked("Login", times=3)
        s.manager.secret = "s3cret"
        assert await s.retries() == 90.0
        assert (await s.up()).problem is None
    assert "connected" in s.translator.told


@pytest.mark.parametrize("version", ["11.25.3", "1.8.32.3", "12.8.2"])
async def test_an_old_asterisk_is_refused_by_name(version: str) -> None:
    problem = await problem_of(FakeManager(version=version), LinkState.REFUSED)
    assert problem == f"Asterisk too old: ringcard needs Asterisk 13 or newer, and this is Asterisk {version}"


async def test_a_manager_of_asterisk_11_is_not_even_told_who_we_are() -> None:
    manager = FakeManager(banner="Asterisk Call Manager/1.3")
    problem = await problem_of(manager, LinkState.REFUSED)
    assert "Asterisk too old" in problem
    assert [message.headers["Action"] for message in manager.heard] == ["Logoff"]


@pytest.mark.parametrize(
    ("version", "major"),
    [
        ("22.10.1+dfsg+~cs6.17.60671434-1", 22),
        ("16.28.0~dfsg-0+deb11u4", 16),
        ("certified/18.9-cert2", 18),
        ("GIT-20-abcdef0", 20),
        ("SVN-branch-13-r400000", 13),
        ("something else", None),
    ],
)
def test_versions_are_read_in_every_spelling_that_asterisk_uses(version: str, major: int | None) -> None:
    assert major_of(version) == major


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "pbx..example.com"},
        {"host": ".pbx"},
        {"host": f"{'p' * 64}.example.com"},
        {"port": 99_999},
        {"port": -1},
        {"tls": Tls(server_name="a..b")},
        {"tls": Tls(ca_file="ca\0.pem")},
    ],
    ids=str,
)
@pytest.mark.parametrize("own_loop", [False, True], ids=["asyncio", "uvloop"])
def test_what_is_no_address_is_told_and_ends_nothing(changes: dict[str, Any], own_loop: bool) -> None:
    factory = uvloop.new_event_loop if own_loop else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        problem = runner.run(problem_of(FakeManager(), LinkState.DOWN, **changes))
    assert any(what in problem for what in ("check host", "check that Asterisk runs", "TLS port", "cannot be read"))


@pytest.mark.parametrize("changes", [{"user": "ringcard\n"}, {"secret": "s3c\nret", "auth": Auth.PLAIN}])
async def test_a_line_break_in_the_account_is_told(changes: dict[str, Any]) -> None:
    problem = await problem_of(FakeManager(), LinkState.REFUSED, **changes)
    assert "line break" in problem
    assert "check the user and the secret" in problem


async def test_a_port_where_no_manager_is_says_so() -> None:
    problem = await problem_of(FakeManager(banner="SSH-2.0-OpenSSH_9.2"), LinkState.DOWN)
    assert "no Asterisk manager" in problem


async def test_without_a_challenge_the_secret_goes_over_loopback_only_if_auth_lets_it() -> None:
    async with stage(FakeManager(has_challenge=False)) as s:
        await s.up()
        assert s.manager.all_asked("Login")[0].headers["Secret"] == "s3cret"
    problem = await problem_of(FakeManager(has_challenge=False), LinkState.REFUSED, auth=Auth.MD5)
    assert "no MD5 challenge" in problem


async def test_plain_is_plain_when_it_is_asked_for() -> None:
    async with stage(auth=Auth.PLAIN) as s:
        await s.up()
    assert s.manager.all_asked("Challenge") == []


async def test_no_call_events_is_found_out_at_once_and_names_the_class_and_the_line() -> None:
    manager = FakeManager(read=CLASSES - {"call"})
    problem = await problem_of(manager, LinkState.REFUSED, timing={"probe_s": 0.05})
    assert "'ringcard' lacks read = call (" in problem
    assert "under [ringcard] set 'read = system,call,agent,dialplan'" in problem


async def test_an_account_that_hears_nothing_lacks_both() -> None:
    manager = FakeManager(read=frozenset())
    problem = await problem_of(manager, LinkState.REFUSED, timing={"probe_s": 0.05, "booted_s": 0.05})
    assert "read = system" in problem
    assert "read = call" in problem


async def test_the_probe_is_not_shown_to_the_translator_and_cannot_ring_anything() -> None:
    async with stage() as s:
        await s.up()
    probe = s.manager.all_asked("Originate")[0].headers
    assert (probe["Channel"], probe["Application"]) == ("RingcardProbe/none", "NoOp")
    assert "OriginateResponse" not in s.translator.told


async def test_the_probe_can_be_turned_off() -> None:
    async with stage(probe_events=False) as s:
        await s.up()
    assert s.manager.all_asked("Originate") == []


@pytest.mark.parametrize("lacks", ["system", "call", "originate", "agent"])
async def test_a_missing_write_class_is_named_and_the_rest_works(lacks: str) -> None:
    async with stage(FakeManager(write=CLASSES - {lacks})) as s:
        status = await s.up()
        assert status.problem is not None
        assert f"lacks write = {lacks} (" in status.problem
        assert (status.cause, status.about) == (LinkCause.PERMISSION_MISSING, (f"write.{lacks}",))
        assert "set 'write = system,call,originate,agent'" in status.problem
        s.manager.emit("Newchannel", {"Channel": "PJSIP/101-1"})
        await s.heard("Newchannel")
    assert s.events


async def test_where_we_may_not_originate_deafness_shows_when_the_pbx_counts_a_call_we_did_not_hear() -> None:
    manager = FakeManager(read=CLASSES - {"call"}, write=CLASSES - {"originate"}, processed_calls=7)
    async with stage(manager) as s:
        first = await s.up()
        assert first.problem is not None
        assert "read = call" not in first.problem
        manager.processed_calls = 8
        await s.naps.end(PING_S)
        problem = (await s.status()).problem
        assert problem is not None
        assert "read = call" in problem
        assert "CoreStatus" not in [m.get("ActionID") for m in manager.heard]
    # What we ask for ourselves is not part of the story that the translator hears.
    assert s.translator.told.count("CoreShowChannelsComplete") == 1


async def test_deafness_to_queues_shows_when_somebody_waits_whom_we_did_not_hear_come() -> None:
    manager = FakeManager(read=CLASSES - {"agent"})
    async with stage(manager) as s:
        assert (await s.up()).problem is None
        s.now[0] += 60
        manager.items["QueueStatus"] = [event("QueueEntry", {"Queue": "sales", "Wait": "20"})]
        await s.naps.end(PING_S)
        problem = (await s.status()).problem
        assert problem is not None
        assert "read = agent" in problem


async def test_who_waited_in_the_queue_before_we_came_is_no_sign_of_deafness() -> None:
    manager = FakeManager(items={"QueueStatus": [event("QueueEntry", {"Queue": "sales", "Wait": "120"})]})
    async with stage(manager) as s:
        await s.up()
        s.now[0] += 60
        await s.naps.end(PING_S)
        await s.manager.asked("QueueStatus", times=2)
        await s.naps.end(PING_S)
        assert s.connector.status.problem is None


async def test_a_recording_whose_file_was_not_named_shows_that_variables_are_not_heard() -> None:
    async with stage(FakeManager(read=CLASSES - {"dialplan"})) as s:
        await s.up()
        s.manager.emit("VarSet", {"Variable": "MIXMONITOR_FILENAME", "Uniqueid": "1.1"}, "dialplan")
        s.manager.emit("MixMonitorStart", {"Uniqueid": "1.1"})
        await s.heard("MixMonitorStart")
        await s.naps.end(PING_S)
        problem = (await s.status()).problem
        assert problem is not None
        assert "read = dialplan" in problem


async def test_after_a_reload_an_account_that_lacked_something_logs_in_anew() -> None:
    async with stage(FakeManager(write=CLASSES - {"originate"})) as s:
        assert (await s.up()).problem is not None
        s.manager.write = CLASSES
        s.manager.emit("Reload", {"Module": "manager"}, "system")
        assert (await s.status()).state is LinkState.DOWN
        await s.retries()
        assert (await s.up()).problem is None


async def test_a_reload_is_nothing_to_an_account_that_has_all() -> None:
    async with stage() as s:
        await s.up()
        s.manager.emit("Reload", {"Module": "manager"}, "system")
        await s.heard("Reload")
        assert s.manager.connections == 1
        assert s.connector.status.state is LinkState.UP


async def test_filters_that_are_refused_are_left_out_the_next_time() -> None:
    async with stage(FakeManager(refusals={"Filter": "Filter did not compile."})) as s:
        down = await s.status()
        assert (
            down.problem == "the PBX does not take our event filters (Filter did not compile.): going on without them"
        )
        await s.retries()
        assert (await s.up()).state is LinkState.UP
        assert all(not visitor.filters for visitor in s.manager.visitors)


async def test_a_certificate_that_nobody_vouches_for_is_refused_unless_we_are_told_to_take_it(
    certificate: tuple[str, ssl.SSLContext],
) -> None:
    ca_file, context = certificate
    async with FakeManager().running(context) as manager:
        assert "not trusted" in await problem_of(manager, LinkState.DOWN, tls=Tls())
        for tls in (Tls(ca_file=ca_file), Tls(verify=False)):
            async with stage(manager, tls=tls) as s:
                await s.up()


async def test_a_host_name_that_nobody_knows_says_so() -> None:
    assert "is not known" in await problem_of(FakeManager(port=1), LinkState.DOWN, host="no-such-host.invalid")


async def test_a_ca_file_that_is_missing_says_so() -> None:
    problem = await problem_of(FakeManager(port=1), LinkState.DOWN, tls=Tls(ca_file="/nowhere/ca.pem"))
    assert "'/nowhere/ca.pem' cannot be read" in problem


async def test_tls_to_a_port_without_tls_says_so() -> None:
    async with FakeManager().running() as manager:
        assert "does not speak TLS" in await problem_of(manager, LinkState.DOWN, tls=Tls())


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, ssl.SSLContext]:
    """A self-signed certificate for 127.0.0.1, and a server's context that uses it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pbx")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "pbx.pem"
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return str(path), context
