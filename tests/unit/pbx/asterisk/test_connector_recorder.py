"""`testing.recorder` and `ringcard trace record`: what was said is on disk, whole, and no secret with it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.unit.pbx.asterisk.connector_stage import settings
from tests.unit.pbx.asterisk.fake_manager import CLASSES, FakeManager

from ringcard.cli.trace_record import SECRET_VARIABLE, record
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message
from ringcard.pbx.asterisk.wire import LinkLost, Refused
from ringcard.testing.recorder import EVENT_CLASSES, TraceWriter
from ringcard.testing.recorder import record as record_trace

STREAM = b"Asterisk Call Manager/11.0.0\r\nResponse: Success\r\n\r\nEvent: Newchannel\r\nCallerIDName: \xd0\x90\r\n\r\n"


def index_of(path: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def check(folder: Path, name: str = "ami") -> list[Message]:
    """The index covers every byte, in order; the messages."""
    raw = (folder / f"{name}.raw").read_bytes()
    entries = index_of(folder / f"{name}.jsonl")
    off = 0
    for entry in entries:
        assert entry["off"] == off
        off += int(entry["len"])
    assert off == len(raw)
    assert [entry["t"] for entry in entries] == sorted(entry["t"] for entry in entries)
    return [message for message in AmiProtocol().receive(raw) if isinstance(message, Message)]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_however_the_bytes_come_the_files_are_the_same(tmp_path: Path, step: int) -> None:
    with TraceWriter(tmp_path, "ami", clock=lambda: 1.5) as writer:
        for start in range(0, len(STREAM), step):
            writer.take(STREAM[start : start + step])
    assert (tmp_path / "ami.raw").read_bytes() == STREAM
    assert index_of(tmp_path / "ami.jsonl") == [
        {"t": 1.5, "off": 0, "len": 30},
        {"t": 1.5, "off": 30, "len": 21},
        {"t": 1.5, "off": 51, "len": 39},
    ]


def test_a_message_without_its_end_is_in_neither_file(tmp_path: Path) -> None:
    with TraceWriter(tmp_path, "ami") as writer:
        writer.take(STREAM[:-1])
    assert (tmp_path / "ami.raw").read_bytes() == STREAM[:51]
    assert len(check(tmp_path)) == 1


def test_what_was_taken_is_on_disk_at_once(tmp_path: Path) -> None:
    with TraceWriter(tmp_path, "ami") as writer:
        writer.take(STREAM)
        assert len(check(tmp_path)) == 2


@pytest.mark.parametrize("step", [1, 5, 1000])
def test_a_secret_that_the_pbx_repeats_is_blotted_out(tmp_path: Path, step: int) -> None:
    stream = b"Asterisk Call Manager/11.0.0\r\nEvent: VarSet\r\nValue: s3cret\r\n\r\n"
    with TraceWriter(tmp_path, "ami", secret="s3cret") as writer:
        for start in range(0, len(stream), step):
            writer.take(stream[start : start + step])
    assert check(tmp_path)[0].headers["Value"] == "******"


def test_a_trace_is_never_written_over_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    with TraceWriter(tmp_path, "ami") as writer:
        writer.take(STREAM)
    assert (tmp_path / "ami.raw").stat().st_mode & 0o077 == 0
    (tmp_path / "ami.raw").unlink()
    with pytest.raises(FileExistsError):
        TraceWriter(tmp_path, "ami")
    assert not (tmp_path / "ami.raw").exists(), "half a trace is not left behind"


async def test_it_hears_all_classes_but_the_log_ins_of_others_and_begins_with_what_is_so(tmp_path: Path) -> None:
    stop, begun = asyncio.Event(), asyncio.Event()
    async with FakeManager(read=CLASSES | {"cdr"}).running() as manager:
        recording = asyncio.create_task(
            record_trace(settings(manager), tmp_path, "ami", stop=stop, began=lambda _: begun.set())
        )
        await begun.wait()
        assert manager.all_asked("Login")[0].headers["Events"] == EVENT_CLASSES
        assert "security" not in EVENT_CLASSES.split(",")
        assert not manager.all_asked("Filter")
        manager.emit("Cdr", {}, "cdr")
        while b"Event: Cdr" not in (tmp_path / "ami.raw").read_bytes():
            await asyncio.sleep(0)
        stop.set()
        writer = await recording
    messages = check(tmp_path)
    names = [message.name for message in messages]
    assert "FullyBooted" in names
    assert names.index("CoreShowChannelsComplete") < names.index("Cdr")
    assert writer.messages == len(messages) + 1  # the banner is one
    assert b"s3cret" not in (tmp_path / "ami.raw").read_bytes()


async def test_a_connection_that_breaks_leaves_whole_files_and_says_so(tmp_path: Path) -> None:
    begun = asyncio.Event()
    async with FakeManager().running() as manager:
        recording = asyncio.create_task(
            record_trace(settings(manager), tmp_path, "ami", stop=asyncio.Event(), began=lambda _: begun.set())
        )
        await begun.wait()
        manager.send(b"Event: Newchannel\r\nChannel: PJS")
        manager.hang_up()
        with pytest.raises(LinkLost, match="closed the connection"):
            await recording
    assert "Newchannel" not in [message.name for message in check(tmp_path)]


async def test_a_refusal_is_told(tmp_path: Path) -> None:
    async with FakeManager(secret="other").running() as manager:
        with pytest.raises(Refused, match="check user and secret"):
            await record_trace(settings(manager), tmp_path, "ami", stop=asyncio.Event())


async def test_it_ends_by_itself_after_so_many_seconds(tmp_path: Path) -> None:
    async with FakeManager().running() as manager:
        writer = await record_trace(settings(manager), tmp_path, "ami", stop=asyncio.Event(), seconds=0.01)
    assert writer.messages == len(check(tmp_path)) + 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_ends_at_ctrl_c_with_whole_files(tmp_path: Path, number: signal.Signals) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    async with FakeManager().running() as manager:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from ringcard.cli.trace_record import record; record()"),
            *("--port", str(manager.port), "--secret-file", str(secret), "--output", str(tmp_path / "trace")),
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stderr is not None
        async with asyncio.timeout(20):
            first = await process.stderr.readline()
            assert b"until Ctrl-C" in first
            manager.send(b"Event: Newchannel\r\nChannel: PJSIP/101-1\r\n\r\nEvent: Half")
            while b"Newchannel" not in (tmp_path / "trace" / "ami.raw").read_bytes():
                await asyncio.sleep(0.01)
            process.send_signal(number)
            said = await process.stderr.read()
            assert await process.wait() == 0
    assert b"ringcard trace replay" in said
    assert b"s3cret" not in first + said
    names = [message.name for message in check(tmp_path / "trace")]
    assert "Newchannel" in names
    assert "Half" not in names


def test_the_command_needs_a_secret_and_says_where_from(tmp_path: Path) -> None:
    result = CliRunner().invoke(record, ["--output", str(tmp_path)], env={SECRET_VARIABLE: ""})
    assert result.exit_code == 2
    assert SECRET_VARIABLE in result.output


def test_the_command_says_what_is_wrong_with_the_address(tmp_path: Path) -> None:
    arguments = ["--output", str(tmp_path), "--port", "1"]
    result = CliRunner().invoke(record, arguments, env={SECRET_VARIABLE: "s3cret"})
    assert result.exit_code == 1
    assert "nothing listens at 127.0.0.1:1" in result.output
    assert not list(tmp_path.iterdir()), "no empty trace is left behind"
