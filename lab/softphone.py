"""`python -m lab.softphone`: SIP phones in a process of their own, driven over pipes with one JSON object a line.

PJSIP wants one thread that owns it and kills its process when it is misused, so it lives here, away from asyncio and
from the tests; `lab.phone_process` is the other end. The first line says who we are, every further one is a command
`{"id": 1, "do": "dial", …}`, answered by `{"reply": 1}` or `{"reply": 1, "error": "…"}`; in between come events
`{"event": "ringing", "call": "i1", …}`. End of input ends the process.
"""

from __future__ import annotations

import json
import os
import re
import select
import sys
import time
from typing import Any

import pjsua2 as pj

POLL_MS, IDLE_POLL_MS = 5, 25
"""How long to wait for the network before looking for commands. Forty phones that do nothing would need a processor."""
MAX_LINES = 8
"""PJSUA_MAX_ACC of the wheel; one more kills the process."""


def tell(**what: Any) -> None:
    """One line to the parent."""
    os.write(1, json.dumps({**what, "t": time.time()}).encode() + b"\n")


def user_of(uri: str) -> str:
    """The user part of `"Name" <sip:user@host>`, unescaped as it came."""
    found = re.search(r"sips?:([^@>;]*)@", uri)
    return found.group(1) if found else ""


class SoftCall(pj.Call):  # type: ignore[misc]
    """A call on one of the phones. Its callbacks must not raise: PJSIP aborts the process."""

    def __init__(self, line: Line, name: str, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(line, call_id)
        self.line = line
        self.name = name
        self.over = False
        self.audio: int | None = None
        """Which of its media is audio, as long as that has a stream: to ask for another's state aborts the process."""
        self.heard = False

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        try:
            info = self.getInfo()
            if info.state == pj.PJSIP_INV_STATE_EARLY and info.role == pj.PJSIP_ROLE_UAC:
                tell(event="ringback", call=self.name)
            elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
                tell(event="answered", call=self.name)
            elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
                self.over = True
                tell(event="ended", call=self.name, code=info.lastStatusCode, reason=info.lastReason)
        except Exception as error:  # nothing may pass into PJSIP's C++
            tell(event="problem", call=self.name, problem=repr(error))

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        try:
            state, self.audio = "", None
            info = self.getInfo()  # its parts die with it: hold it by a name
            for index, media in enumerate(info.media):
                if media.type != pj.PJMEDIA_TYPE_AUDIO:
                    continue
                if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                    state = "active"
                    self.audio = index
                    self.line.tone.startTransmit(self.getAudioMedia(index))
                elif media.status == pj.PJSUA_CALL_MEDIA_LOCAL_HOLD:
                    state = "held"
                elif media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD:
                    state = "held by the other"
            if state:
                tell(event="media", call=self.name, media=state)
        except Exception as error:  # nothing may pass into PJSIP's C++
            tell(event="problem", call=self.name, problem=repr(error))

    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:
        self.audio = None

    def listens(self) -> None:
        """Tell when the first of the other side's audio has come."""
        if self.audio is None or self.heard or self.over:
            return
        try:
            self.heard = self.getStreamStat(self.audio).rtcp.rxStat.pkt > 0
        except pj.Error:
            return  # no stream in this moment
        if self.heard:
            tell(event="heard", call=self.name)

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:
        """A NOTIFY within the dialog may tell the phone to talk or to hold, if its owner lets it be told."""
        try:
            if prm.e.type != pj.PJSIP_EVENT_TSX_STATE or prm.e.body.tsxState.type != pj.PJSIP_EVENT_RX_MSG:
                return
            message = prm.e.body.tsxState.src.rdata.wholeMsg
            found = re.search(r"^Event:\s*(talk|hold)", message, re.MULTILINE | re.IGNORECASE)
            if message.startswith("NOTIFY") and found and user_of(self.getInfo().localUri) in self.line.host.obeying:
                self.line.host.told(self, found.group(1).lower())
        except Exception as error:  # nothing may pass into PJSIP's C++
            tell(event="problem", call=self.name, problem=repr(error))

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        tell(event="transfer", call=self.name, code=prm.statusCode, final=prm.finalNotify)

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:
        tell(event="digit", call=self.name, digit=prm.digit)


class Line(pj.Account):  # type: ignore[misc]
    """One identity: a desk phone that registers, or an outside number on the trunk."""

    def __init__(self, host: Host, name: str) -> None:
        super().__init__()
        self.host = host
        self.name = name
        self.tone = host.tone
        self.refuses = False

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        try:
            tell(event="registration", phone=self.name, active=self.getInfo().regIsActive, code=prm.code)
        except Exception as error:  # nothing may pass into PJSIP's C++
            tell(event="problem", phone=self.name, problem=repr(error))

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        try:
            self.host.comes_in(self, prm.callId, prm.rdata.wholeMsg)
        except Exception as error:  # nothing may pass into PJSIP's C++
            tell(event="problem", phone=self.name, problem=repr(error))


class Host:
    """All phones of this process."""

    def __init__(self, address: str, port: int, server: str, rtp_port: int) -> None:
        self.server = server
        self.rtp_port = rtp_port
        self.address = address
        self.lines: dict[str, Line] = {}
        self.calls: dict[str, SoftCall] = {}
        self.incoming = 0
        self.refusing: set[str] = set()
        self.obeying: set[str] = set()
        """Phones that let themselves be told to talk and to hold, and pick up by themselves if they are asked to."""
        self.errands: list[tuple[SoftCall, str]] = []
        """What phones were told, to be done outside PJSIP's callbacks."""
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = 32
        config.logConfig.level = int(os.environ.get("RINGCARD_LAB_SIP_LOG", "0"))
        config.logConfig.consoleLevel = 0
        config.logConfig.filename = os.environ.get("RINGCARD_LAB_SIP_LOG_FILE", "")
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        config.medConfig.threadCnt = 1
        self.endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.port = port
        transport.boundAddress = address
        transport.publicAddress = address
        self.transport = self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self.endpoint.audDevManager().setNullDev()
        codecs = self.endpoint.codecEnum2()
        for codec in codecs:
            self.endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMU") else 0)
        self.endpoint.libStart()
        # Real audio, so that RTP flows and a voice message has something in it.
        self.tone = pj.ToneGenerator()
        self.tone.createToneGenerator()
        beep = pj.ToneDesc()
        beep.freq1, beep.freq2, beep.on_msec, beep.off_msec = 425, 0, 400, 400
        tones = pj.ToneDescVector()
        tones.append(beep)
        self.tone.play(tones, True)

    def add_line(self, name: str, uri: str, *, user: str | None = None, password: str | None = None) -> Line:
        """A new identity; with a password it registers. PJSIP takes eight in a process."""
        if len(self.lines) == MAX_LINES:
            raise ValueError(f"more than {MAX_LINES} lines")
        line = Line(self, name)
        line.create(self.account(uri, user, password))
        self.lines[name] = line
        return line

    def account(self, uri: str, user: str | None = None, password: str | None = None) -> pj.AccountConfig:
        """The settings of an identity."""
        config = pj.AccountConfig()
        config.idUri = uri
        config.sipConfig.transportId = self.transport
        config.mediaConfig.transportConfig.boundAddress = self.address
        config.mediaConfig.transportConfig.publicAddress = self.address
        config.mediaConfig.transportConfig.port = self.rtp_port
        config.mediaConfig.transportConfig.portRange = 300
        # No session timers and no re-INVITE of our own: a scenario contains what it says and nothing else.
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
        config.mediaConfig.lockCodecEnabled = False
        config.natConfig.contactRewriteUse = 0
        config.natConfig.viaRewriteUse = 0
        config.natConfig.sdpNatRewriteUse = 0
        if password is not None:
            config.regConfig.registrarUri = f"sip:{self.server}"
            config.regConfig.timeoutSec = 600
            config.regConfig.retryIntervalSec = 1
            config.regConfig.firstRetryIntervalSec = 1
            config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, password))
        return config

    def told(self, call: SoftCall, event: str) -> None:
        """A phone is told something."""
        self.errands.append((call, event))

    def run_errands(self) -> None:
        """Do what phones were told."""
        errands, self.errands = self.errands, []
        for call, event in errands:
            if call.over:
                continue
            info = call.getInfo()
            parameters = pj.CallOpParam(True)
            if event == "hold":
                call.setHold(parameters)
            elif info.state in (pj.PJSIP_INV_STATE_INCOMING, pj.PJSIP_INV_STATE_EARLY):
                parameters = pj.CallOpParam()
                parameters.statusCode = pj.PJSIP_SC_OK
                call.answer(parameters)
            else:
                parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
                call.reinvite(parameters)

    def listen(self) -> None:
        """Look at every call whether something is heard.

        By itself, so that no name outlives it: a call that is over hangs up whoever has its place in PJSIP by the time
        its object goes, so none may be held for longer than it lasts.
        """
        for call in self.calls.values():
            call.listens()

    def comes_in(self, line: Line, call_id: int, invite: str = "") -> None:
        """A new call rings, unless its phone refuses calls."""
        self.incoming += 1
        call = SoftCall(line, f"i{self.incoming}", call_id)
        info = call.getInfo()
        phone = user_of(info.localUri)
        self.calls[call.name] = call
        reply = pj.CallOpParam()
        if phone in self.refusing:
            reply.statusCode = pj.PJSIP_SC_BUSY_HERE
            tell(event="refused", call=call.name, phone=phone)
            call.answer(reply)
            return
        reply.statusCode = pj.PJSIP_SC_RINGING
        if phone in self.obeying:
            reply.txOption.headers.append(_header("Allow-Events", "talk, hold"))
        call.answer(reply)
        tell(event="ringing", call=call.name, phone=phone, caller=info.remoteUri)
        if phone in self.obeying and re.search(r"^Call-Info:.*answer-after=0", invite, re.MULTILINE | re.IGNORECASE):
            self.errands.append((call, "talk"))

    def obey(self, command: dict[str, Any]) -> None:
        """One command of the parent; whatever goes wrong is its answer."""
        try:
            getattr(self, "do_" + command["do"])(**{k: v for k, v in command.items() if k not in ("id", "do")})
        except pj.Error as error:
            tell(reply=command["id"], error=error.info())
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            tell(reply=command["id"], error=repr(error))
        else:
            tell(reply=command["id"])

    def do_add(self, name: str, uri: str, user: str | None = None, password: str | None = None) -> None:
        if name not in self.lines:
            self.add_line(name, uri, user=user, password=password)

    def do_register(self, name: str, on: bool) -> None:
        self.lines[name].setRegistration(on)

    def do_refuse(self, phone: str, on: bool) -> None:
        (self.refusing.add if on else self.refusing.discard)(phone)

    def do_obey_notify(self, phone: str, on: bool) -> None:
        (self.obeying.add if on else self.obeying.discard)(phone)

    def do_dial(
        self, line: str, call: str, number: str, headers: dict[str, str] | None = None, uri: str | None = None
    ) -> None:
        """`uri`: call as somebody else than this line is; the trunk does so for every caller."""
        if uri is not None:
            self.lines[line].modify(self.account(uri))
        made = SoftCall(self.lines[line], call)
        self.calls[call] = made
        parameters = pj.CallOpParam(True)
        for name, value in (headers or {}).items():
            parameters.txOption.headers.append(_header(name, value))
        made.makeCall(f"sip:{number.replace('#', '%23')}@{self.server}", parameters)

    def do_answer(self, call: str, code: int, contact: str | None = None) -> None:
        parameters = pj.CallOpParam()
        parameters.statusCode = code
        if contact is not None:
            parameters.txOption.headers.append(_header("Contact", f"<sip:{contact}@{self.server}>"))
        self.calls[call].answer(parameters)

    def do_hang_up(self, call: str) -> None:
        if call in self.calls:
            self.calls[call].hangup(pj.CallOpParam())
        else:  # the other side was quicker; said once more, for whoever has missed it
            tell(event="ended", call=call, code=0)

    def do_hold(self, call: str) -> None:
        self.calls[call].setHold(pj.CallOpParam(True))

    def do_retrieve(self, call: str) -> None:
        parameters = pj.CallOpParam(True)
        parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.calls[call].reinvite(parameters)

    def do_refer(self, call: str, number: str) -> None:
        self.calls[call].xfer(f"sip:{number.replace('#', '%23')}@{self.server}", pj.CallOpParam(True))

    def do_refer_replaces(self, call: str, other: str) -> None:
        self.calls[call].xferReplaces(self.calls[other], pj.CallOpParam(True))

    def do_press(self, call: str, digits: str) -> None:
        self.calls[call].dialDtmf(digits)

    def run(self) -> None:
        """Serve both sides until the input ends."""
        pending = b""
        while True:
            self.endpoint.libHandleEvents(POLL_MS if self.calls else IDLE_POLL_MS)
            self.run_errands()
            self.listen()
            for name in [name for name, call in self.calls.items() if call.over]:
                del self.calls[name]
            if not select.select([0], [], [], 0)[0]:
                continue
            chunk = os.read(0, 65536)
            if not chunk:
                return
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self.obey(json.loads(line))


def _header(name: str, value: str) -> pj.SipHeader:
    header = pj.SipHeader()
    header.hName, header.hValue = name, value
    return header


def main() -> None:
    """Read who we are, then serve."""
    first = b""
    while not first.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return
        first += byte
    who = json.loads(first)
    # PJSIP writes a few lines to standard output before its log can be switched off; the pipe is for JSON only.
    pipe = os.dup(1)
    os.dup2(2, 1)
    host = Host(who["address"], who["port"], who["server"], who["rtp_port"])
    os.dup2(pipe, 1)
    tell(event="ready")
    try:
        host.run()
    finally:
        sys.stdout.flush()
        # PJSIP's own shutdown waits seconds for unregistration; nobody is there to be told.
        os._exit(0)


if __name__ == "__main__":
    main()
