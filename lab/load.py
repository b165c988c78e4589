"""Many calls at a set rate, by SIPp: nothing but load. What a call does in detail is the phones' business."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import company
from lab.asterisk import Asterisk, LabError

LOAD_ADDRESS = "127.0.0.3"
"""Where the called side of the load listens; nobody else uses it."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What SIPp counted."""

    made: int
    failed: int


async def make_calls(asterisk: Asterisk, number: str, *, calls: int, per_s: float, talk_s: float = 1.0) -> LoadReport:
    """`calls` callers dial `number` over the trunk, `per_s` of them a second, and hang up after `talk_s`.

    Raises `LabError` if SIPp is missing or does not come to an end.
    """
    remote = f"{company.SERVER_ADDRESS}:{asterisk.ports.sip}"
    return await _sipp(
        *("-sn", "uac", remote, "-s", number, "-i", company.TRUNK_ADDRESS),
        *("-m", str(calls), "-r", str(per_s), "-d", str(round(talk_s * 1000))),
        timeout_s=calls / per_s + talk_s + 30,
    )


@asynccontextmanager
async def answering_phone(asterisk: Asterisk, name: str = company.NOT_QUALIFIED) -> AsyncIterator[None]:
    """While this lasts the phone `name` is a SIPp that answers every call at once, any number of them.

    It takes the registration of the lab's own phone; that one has to `registers()` again afterwards.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOAD_ADDRESS, 0))
        port = probe.getsockname()[1]
    process = await _start_sipp("-sn", "uas", "-i", LOAD_ADDRESS, "-p", str(port))
    try:
        await _register(asterisk, name, f"sip:{name}@{LOAD_ADDRESS}:{port}")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _start_sipp(*arguments: str) -> asyncio.subprocess.Process:
    if shutil.which("sipp") is None:
        raise LabError("SIPp is missing: run lab/install, or install the package sip-tester")
    return await asyncio.create_subprocess_exec(
        "sipp",
        *arguments,
        "-nostdin",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def _sipp(*arguments: str, timeout_s: float) -> LoadReport:
    """Run SIPp to its end and read its statistics."""
    with tempfile.TemporaryDirectory() as directory:
        statistics = Path(directory, "statistics.csv")
        process = await _start_sipp(
            *arguments, "-trace_stat", "-stf", str(statistics), "-fd", "1", "-timeout", str(round(timeout_s))
        )
        try:
            async with asyncio.timeout(timeout_s + 10):
                await process.wait()
        except TimeoutError:
            raise LabError(f"SIPp does not come to an end: {' '.join(arguments)}") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if not statistics.exists():
            raise LabError(f"SIPp said nothing: {' '.join(arguments)}")
        header, *_, last = statistics.read_text().splitlines()
    counted = dict(zip(header.split(";"), last.split(";"), strict=False))
    return LoadReport(int(counted["SuccessfulCall(C)"]), int(counted["FailedCall(C)"]))


async def _register(asterisk: Asterisk, name: str, contact: str) -> None:
    """REGISTER with digest authentication, twice: asked, then answered.

    Source: RFC 3261 clause 10, RFC 2617 clause 3.2.
    """
    loop = asyncio.get_running_loop()
    server = f"sip:{company.SERVER_ADDRESS}:{asterisk.ports.sip}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.bind((LOAD_ADDRESS, 0))
        here = f"{LOAD_ADDRESS}:{client.getsockname()[1]}"
        authorization = ""
        for sequence in (1, 2):
            request = (
                f"REGISTER {server} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{name}{sequence}\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:{name}@{company.SERVER_ADDRESS}>;tag=load\r\n"
                f"To: <sip:{name}@{company.SERVER_ADDRESS}>\r\nCall-ID: load-{name}@{here}\r\n"
                f"CSeq: {sequence} REGISTER\r\nContact: <{contact}>\r\nExpires: 600\r\n{authorization}"
                "Content-Length: 0\r\n\r\n"
            )
            await loop.sock_sendto(client, request.encode(), (company.SERVER_ADDRESS, asterisk.ports.sip))
            async with asyncio.timeout(5):
                answer = (await loop.sock_recv(client, 65536)).decode()
            if answer.startswith("SIP/2.0 200"):
                return
            asked = dict(re.findall(r'(realm|nonce|opaque)="([^"]*)"', answer))

            def md5(text: str) -> str:
                return hashlib.md5(text.encode()).hexdigest()

            ours = md5(f"{name}:{asked.get('realm', '')}:{company.SIP_PASSWORD}")
            response = md5(f"{ours}:{asked.get('nonce', '')}:" + md5(f"REGISTER:{server}"))
            authorization = (
                f'Authorization: Digest username="{name}", realm="{asked.get("realm", "")}", '
                f'nonce="{asked.get("nonce", "")}", uri="{server}", response="{response}", algorithm=MD5, '
                f'opaque="{asked.get("opaque", "")}"\r\n'
            )
    raise LabError(f"{name} cannot register: {answer.splitlines()[0]}")
