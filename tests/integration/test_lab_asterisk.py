"""The lab's Asterisk itself: it runs, alone and beside others, lets the right people in, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lab.asterisk import Asterisk
from lab.load import answering_phone, make_calls
from lab.system import Lab

from ringcard.testing.scenarios import ami

pytestmark = pytest.mark.lab


def mounts_under(root: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [line.split()[1] for line in lines if line.split()[1].startswith(str(root))]


def test_the_versions_are_the_ones_it_is_named_after(lab22: Lab, lab16: Lab) -> None:
    assert lab22.version.startswith("22.")
    assert lab16.version.startswith("16.28")
    assert (lab22.technology, lab16.technology) == ("PJSIP", "SIP")


def test_asterisk_does_not_run_as_root(each_lab: Lab) -> None:
    status = Path(f"/proc/{each_lab.asterisk.pid}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    assert "0" not in uids


def test_its_proc_is_mounted_where_only_it_sees_it(each_lab: Lab) -> None:
    assert mounts_under(each_lab.asterisk.root) == []


async def test_a_program_logs_in_by_challenge(each_lab: Lab) -> None:
    answer = await ami.act(each_lab, "CoreSettings")
    assert answer["AsteriskVersion"].startswith(each_lab.version.split("+")[0].split("~")[0])


async def test_the_manager_listens_with_tls_too(each_lab: Lab) -> None:
    context = ssl.create_default_context(cafile=str(each_lab.asterisk.certificate))
    port = each_lab.asterisk.ports.ami_tls
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    async with asyncio.timeout(5):
        greeting = await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert greeting.startswith(b"Asterisk Call Manager/")


async def test_a_wrong_secret_is_refused(each_lab: Lab) -> None:
    wrong = each_lab.asterisk.ami_as("ringcard")
    reader, writer = await asyncio.open_connection(wrong.host, wrong.port)
    with pytest.raises(ami.ActionFailed, match="Authentication failed"):
        await ami.AmiSession(reader, writer).login(wrong.user, "not the secret")
    writer.close()
    await writer.wait_closed()


async def test_an_account_without_originate_may_not_originate(each_lab: Lab) -> None:
    async with ami.session(each_lab.asterisk.ami_as("no-originate")) as session:
        with pytest.raises(ami.ActionFailed, match="Permission"):
            await session.act("Originate", Channel="Local/101@internal", Application="Wait", Data="1")


async def test_load_runs_to_its_end(each_lab: Lab) -> None:
    async with answering_phone(each_lab.asterisk, "110"):
        report = await make_calls(each_lab.asterisk, "4951110110", calls=10, per_s=10, talk_s=0.5)
    await each_lab.phone("110").registers()
    await each_lab.is_quiet()
    assert (report.made, report.failed) == (10, 0)


@pytest.mark.parametrize("series", ["22", "16"])
def test_a_second_one_runs_beside_and_leaves_nothing_behind(series: str, each_lab: Lab) -> None:
    with Asterisk(series) as second:
        assert second.pid != each_lab.asterisk.pid
        assert second.directory.exists()
        pid = second.pid
    assert not second.directory.exists()
    assert not Path(f"/proc/{pid}").exists()
    assert mounts_under(second.root) == []


def test_asterisk_dies_with_whoever_started_it(lab22: Lab) -> None:
    script = (
        "import time; from lab.asterisk import Asterisk; "
        "a = Asterisk('22'); a.start(); print(a.pid, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    watched = os.pidfd_open(pid)
    try:
        starter.send_signal(signal.SIGKILL)
        starter.wait()
        assert select.select([watched], [], [], 5)[0], "Asterisk outlived the test that was killed"
    finally:
        os.close(watched)
        starter.stdout.close()
    left = list(lab22.asterisk.directory.parent.glob(f"22-{starter.pid}-*"))
    assert left, "it had no time to clean up"
    with Asterisk("22"):
        assert not any(directory.exists() for directory in left)


def test_asterisk_outlives_the_thread_that_asked_for_it() -> None:
    with ThreadPoolExecutor(1) as worker:
        asterisk = Asterisk("22")
        worker.submit(asterisk.start).result()
    try:  # the worker is gone
        watched = os.pidfd_open(asterisk.pid)
        assert not select.select([watched], [], [], 0.5)[0], "Asterisk died with the thread that started it"
        os.close(watched)
    finally:
        asterisk.stop()
