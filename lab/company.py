"""The company of the lab as Asterisk's configuration files: written here, nothing read from a distribution's samples.

One company for two channel drivers: PJSIP on Asterisk 22, chan_sip on Asterisk 16. Only endpoints differ; the
dialplan is the same text with the driver's name in it. Numbers, queue, menu and feature codes are listed in
docs/howto/run-the-lab.md. Over 400 lines because it is mostly configuration text, best read in one place.

Source: Asterisk's configuration reference (core-en_US.xml of the installed package).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ringcard.pbx.asterisk.control import ways

EMPLOYEES: Mapping[str, str] = MappingProxyType(
    {
        "101": "Alice One",
        "102": "Bob Two",
        "103": "Carol Three",
        "104": "Dave Four",
        "105": "Erin Five",
        "106": "Frank Six",
        "107": "Grace Seven",
        "108": "Heidi Eight",
        "109": "Ivan Nine",
        "110": "Judy Ten",
    }
)
SIP_PASSWORD = "lab"  # loopback only, and generated for nobody else
QUALIFIED_OFTEN = "106"
"""Asked every 3 s whether it lives, so that a phone without power is noticed within a scenario."""

PATIENT_S = 30
"""How late anybody else may answer that it lives: on a busy machine seconds pass, and nobody is unreachable then."""

NOT_QUALIFIED = "110"
"""Never asked, so that SIPp, which does not answer OPTIONS, can stand in for it under load."""

SERVER_ADDRESS = "127.0.0.1"
TRUNK_ADDRESS = "127.0.0.2"
"""The outside world has an address of its own on loopback: Asterisk knows the trunk by it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Free ports of this run."""

    sip: int
    trunk: int
    """Where the outside world listens (UDP)."""
    ami: int
    ami_tls: int
    http: int
    rtp_first: int
    rtp_last: int


@dataclass(frozen=True, slots=True)
class AmiUser:
    """An account of the manager interface; `read` and `write` as manager.conf has them."""

    name: str
    secret: str
    read: str = "all"
    write: str = "all"


EVERYTHING = AmiUser("ringcard", "lab-secret")
RESTRICTED_USERS = (
    AmiUser("deaf", "lab-secret", read="", write="all"),
    AmiUser("no-call", "lab-secret", read="system,agent,user,dialplan", write="all"),
    AmiUser("mute", "lab-secret", read="all", write=""),
    AmiUser("no-originate", "lab-secret", read="all", write="system,call,agent,user,reporting"),
)
"""For tests of missing permissions; each lacks what its name says."""


def configuration(series: str, ports: Ports, directory: str) -> dict[str, str]:
    """Every file of /etc/asterisk by name. `directory` is the instance's own, as Asterisk sees it."""
    technology = technology_of(series)
    files = {
        "asterisk.conf": _asterisk(directory),
        "modules.conf": _MODULES,
        "logger.conf": "[general]\ndateformat=%T.%3q\n[logfiles]\nfull => notice,warning,error,verbose\n",
        "manager.conf": _manager(ports, directory),
        "http.conf": f"[general]\nenabled=yes\nbindaddr={SERVER_ADDRESS}\nbindport={ports.http}\n",
        "ari.conf": f"[general]\nenabled=yes\n[ringcard]\ntype=user\npassword={EVERYTHING.secret}\n",
        "rtp.conf": f"[general]\nrtpstart={ports.rtp_first}\nrtpend={ports.rtp_last}\nstrictrtp=no\nicesupport=no\n",
        "extensions.conf": _extensions(technology),
        "features.conf": _FEATURES,
        "res_parking.conf": _PARKING,
        "queues.conf": _queues(technology),
        "voicemail.conf": _voicemail(),
        "confbridge.conf": "[general]\n[default_user]\ntype=user\nquiet=yes\n[default_bridge]\ntype=bridge\n",
        "musiconhold.conf": f"[general]\n[default]\nmode=files\ndirectory={directory}/moh\n",
        "indications.conf": _INDICATIONS,
        "cdr.conf": "[general]\nenable=yes\nunanswered=yes\n[csv]\nusegmtime=yes\nloguniqueid=yes\n"
        "loguserfield=yes\nnewcdrcolumns=yes\n",
        "cdr_manager.conf": "[general]\nenabled=no\n",
        "cel.conf": "[general]\nenable=no\n",
        "pjsip_notify.conf": "",
        "codecs.conf": "",
        "acl.conf": "",
        "udptl.conf": "[general]\n",
        "ccss.conf": "[general]\n",
        "dnsmgr.conf": "[general]\nenable=no\n",
    }
    if technology == "PJSIP":
        files["pjsip.conf"] = _pjsip(ports)
    else:
        files["sip.conf"] = _chan_sip(ports)
    return files


def technology_of(series: str) -> str:
    """The channel driver of the phones, as it begins their channels' names."""
    return {"22": "PJSIP", "16": "SIP"}[series]


def _asterisk(directory: str) -> str:
    own = "\n".join(f"ast{kind}dir => {directory}/{kind}" for kind in ("etc", "run", "db", "spool", "log"))
    return f"[directories]\n{own}\n[options]\nverbose=3\nsystemname=lab\nhideconnect=yes\n"


# Modules that would bind ports of their own, look for hardware or databases, or take seconds to start.
_UNWANTED = """
chan_iax2 chan_skinny chan_mgcp chan_unistim chan_ooh323 chan_motif chan_mobile chan_dahdi chan_alsa chan_oss
chan_console chan_phone chan_rtp chan_vpb pbx_dundi pbx_ael pbx_lua pbx_realtime res_pktccops res_snmp res_hep
res_hep_pjsip res_hep_rtcp res_prometheus res_statsd res_xmpp res_odbc res_config_odbc res_config_pgsql
res_config_mysql res_config_ldap res_config_sqlite3 res_corosync res_calendar res_calendar_caldav
res_calendar_ews res_calendar_exchange res_calendar_icalendar res_phoneprov res_fax res_fax_spandsp cdr_odbc
cdr_pgsql cdr_sqlite3_custom cdr_tds cdr_radius cdr_adaptive_odbc cdr_beanstalkd cdr_syslog cel_odbc cel_pgsql
cel_radius cel_sqlite3_custom cel_tds cel_beanstalkd app_festival app_amd app_voicemail_imap
app_voicemail_odbc res_smdi res_ari_mailboxes res_mwi_external res_mwi_external_ami res_stir_shaken
res_geolocation res_resolver_unbound res_stun_monitor
"""
_MODULES = "[modules]\nautoload=yes\n" + "".join(f"noload => {name}.so\n" for name in _UNWANTED.split())


def _manager(ports: Ports, directory: str) -> str:
    users = "".join(
        f"[{user.name}]\nsecret={user.secret}\nread={user.read}\nwrite={user.write}\npermit=127.0.0.0/8\nwritetimeout=5000\n"
        for user in (EVERYTHING, *RESTRICTED_USERS)
    )
    return f"""[general]
enabled=yes
webenabled=no
bindaddr={SERVER_ADDRESS}
port={ports.ami}
tlsenable=yes
tlsbindaddr={SERVER_ADDRESS}:{ports.ami_tls}
tlscertfile={directory}/etc/ami.pem
timestampevents=yes
allowmultiplelogin=yes
{users}"""


def _pjsip(ports: Ports) -> str:
    endpoint = f"""disallow=all
allow=ulaw,alaw
direct_media=no
dtmf_mode=rfc4733
rtp_symmetric=yes
media_address={SERVER_ADDRESS}
bind_rtp_to_media_address=yes"""
    phones = "".join(
        f"""
[{name}]
type=endpoint
context=internal
{endpoint}
auth={name}
aors={name}
callerid={person} <{name}>
mailboxes={name}@default
call_group=1
pickup_group=1
send_pai=yes
[{name}]
type=auth
auth_type=userpass
username={name}
password={SIP_PASSWORD}
[{name}]
type=aor
max_contacts=1
remove_existing=yes
qualify_frequency={_qualify_frequency_s(name)}
qualify_timeout={_qualify_timeout_s(name)}
"""
        for name, person in EMPLOYEES.items()
    )
    return f"""[global]
type=global
user_agent=lab
[transport-udp]
type=transport
protocol=udp
bind={SERVER_ADDRESS}:{ports.sip}
[trunk]
type=endpoint
context=from-trunk
{endpoint}
aors=trunk
trust_id_inbound=yes
; the outside world does not want to know by re-INVITE who answered; SIPp's callers even break off
send_connected_line=no
[trunk]
type=aor
contact=sip:{TRUNK_ADDRESS}:{ports.trunk}
qualify_frequency=60
qualify_timeout={PATIENT_S}
[trunk]
type=identify
endpoint=trunk
match={TRUNK_ADDRESS}
{phones}"""


def _qualify_frequency_s(name: str) -> int:
    return {QUALIFIED_OFTEN: 3, NOT_QUALIFIED: 0}.get(name, 60)


def _qualify_timeout_s(name: str) -> int:
    return 2 if name == QUALIFIED_OFTEN else PATIENT_S


def _chan_sip(ports: Ports) -> str:
    phones = "".join(
        f"""
[{name}](phone)
username={name}
callerid={person} <{name}>
mailbox={name}@default
qualify={"no" if name == NOT_QUALIFIED else _qualify_timeout_s(name) * 1_000}
"""
        for name, person in EMPLOYEES.items()
    )
    return f"""[general]
udpbindaddr={SERVER_ADDRESS}:{ports.sip}
tcpenable=no
allowguest=no
alwaysauthreject=yes
context=nowhere
directmedia=no
dtmfmode=rfc2833
disallow=all
allow=ulaw
allow=alaw
callcounter=yes
notifyringing=yes
notifyhold=yes
allowsubscribe=yes
qualifyfreq=3
sendrpid=pai
trustrpid=yes
srvlookup=no
[trunk]
type=peer
host={TRUNK_ADDRESS}
port={ports.trunk}
insecure=port,invite
context=from-trunk
qualify={PATIENT_S * 1_000}
[phone](!)
type=friend
host=dynamic
secret={SIP_PASSWORD}
context=internal
callgroup=1
pickupgroup=1
{phones}"""


_INDICATIONS = """[general]
country=us
[us]
description=us
ringcadence=2000,4000
dial=350+440
busy=480+620/500,0/500
ring=440+480/2000,0/4000
congestion=480+620/250,0/250
"""

_FEATURES = """[general]
transferdigittimeout=2
featuredigittimeout=1500
atxfernoanswertimeout=6
atxferdropcall=no
atxferloopdelay=1
atxfercallbackretries=1
pickupexten=*8
atxferabort=*1
atxfercomplete=*2
atxferthreeway=*3
atxferswap=*4
[featuremap]
blindxfer=#1
atxfer=*2
parkcall=#72
disconnect=*0
"""

_PARKING = """[general]
[default]
parkext=700
parkpos=701-720
context=parkedcalls
parkingtime=6
comebacktoorigin=yes
comebackdialtime=8
parkedmusicclass=default
"""


def _queues(technology: str) -> str:
    return f"""[general]
persistentmembers=no
[sales]
strategy=ringall
timeout=15
retry=5
ringinuse=no
joinempty=yes
leavewhenempty=no
musicclass=default
member => {technology}/101
member => {technology}/102
"""


def _voicemail() -> str:
    boxes = "".join(f"{name} => 0000,{person}\n" for name, person in EMPLOYEES.items())
    return f"[general]\nformat=wav\nmaxsecs=60\nminsecs=0\nmaxsilence=0\nsendvoicemail=no\n[default]\n{boxes}"


def _extensions(technology: str) -> str:
    def dial(*names: str) -> str:
        return "&".join(f"{technology}/{name}" for name in names)

    trunk = "PJSIP/${EXTEN}@trunk" if technology == "PJSIP" else "SIP/trunk/${EXTEN}"
    hints = "".join(f"exten => {name},hint,{technology}/{name}\n" for name in EMPLOYEES)
    features = "tTkKxX"
    own = "${EXTEN:-3}"
    direct = ways.phone(f"Dial({technology}/{own},8,{features})", "internal", pattern="_49511101XX", device=own)
    inside = ways.phone(f"Dial({technology}/${{EXTEN}},8,{features})", "internal")
    return f"""[general]
static=yes
writeprotect=yes
clearglobalvars=no

[from-trunk]
; a direct number for each phone; the last three digits are the phone's. What its owner has set is obeyed, with the
; lines that administrators are given (docs/howto/call-control.md)
{direct} same => n,Goto(after-${{DIALSTATUS}},1)
; a blind transfer that fails comes back to whoever transferred
exten => _49511111XX,1,Set(__XFERBACK=1)
 same => n,Dial({technology}/${{EXTEN:-3}},8,{features})
 same => n,Goto(after-${{DIALSTATUS}},1)
; recorded
exten => _49511121XX,1,Set(AGENT=${{EXTEN:-3}})
 same => n,Set(RECFILE=in-${{EXTEN}}-${{STRFTIME(${{EPOCH}},,%Y%m%d-%H%M%S)}}-${{UNIQUEID}}.wav)
 same => n,MixMonitor(${{RECFILE}},b)
 same => n,Dial({technology}/${{EXTEN:-3}},8,{features})
 same => n,Goto(after-${{DIALSTATUS}},1)
; through a pair of Local channels, kept and optimised away
exten => _49511131XX,1,Dial(Local/${{EXTEN:-3}}@internal/n,8,{features})
 same => n,Goto(after-${{DIALSTATUS}},1)
exten => _49511141XX,1,Dial(Local/${{EXTEN:-3}}@internal,8,{features})
 same => n,Goto(after-${{DIALSTATUS}},1)
; asks ringcard for the caller's name first (docs/howto/name-on-the-phone.md); a test says where it listens
exten => _49511171XX,1,AGI(agi://127.0.0.1:${{RINGCARD_AGI_PORT}}/caller-name)
 same => n,Dial({technology}/${{EXTEN:-3}},8,{features})
 same => n,Hangup()
; voicemail after 4 s
exten => _49511151XX,1,Dial({technology}/${{EXTEN:-3}},4,{features})
 same => n,VoiceMail(${{EXTEN:-3}}@default,su)
 same => n,Hangup()
; the queue, with 25 s of patience and with 4
exten => 4951110500,1,Answer()
 same => n,Queue(sales,tT,,,25)
 same => n,Hangup()
exten => 4951110501,1,Answer()
 same => n,Queue(sales,tT,,,4)
 same => n,Hangup()
; the ring group, with 15 s of patience and with 4
exten => 4951110600,1,Dial({dial("101", "102", "103")},15,{features})
 same => n,Goto(after-${{DIALSTATUS}},1)
exten => 4951110601,1,Dial({dial("101", "102", "103")},4,{features})
 same => n,Goto(after-${{DIALSTATUS}},1)
; a ring group as small offices build it: a Local channel for each, so that each phone's own rules apply
exten => 4951110602,1,Dial(Local/101@internal/n&Local/102@internal/n,15,{features})
 same => n,Goto(after-${{DIALSTATUS}},1)
exten => 4951110800,1,Goto(ivr,s,1)
exten => 4951110900,1,Answer()
 same => n,ConfBridge(900)
 same => n,Hangup()
exten => _after-.,1,Hangup(19)
exten => after-BUSY,1,Hangup(17)
exten => after-NOANSWER,1,Hangup(19)
exten => after-CHANUNAVAIL,1,Hangup(20)
exten => after-CONGESTION,1,Hangup(34)

[ivr]
exten => s,1,Answer()
 same => n,Set(TIMEOUT(digit)=1)
 same => n,Wait(0.5)
 same => n,BackGround(vm-enter-num-to-call)
 same => n,WaitExten(3)
exten => 1,1,NoOp(chose sales)
 same => n,Dial({technology}/101,8,{features})
 same => n,Hangup()
exten => 2,1,Goto(from-trunk,4951110500,1)
exten => _1XX,1,NoOp(direct extension ${{EXTEN}})
 same => n,Dial({technology}/${{EXTEN}},8,{features})
 same => n,Hangup()
exten => t,1,Hangup()
exten => i,1,Hangup()

[internal]
{hints}{inside} same => n,GotoIf($["${{DIALSTATUS}}" = "ANSWER"]?done)
 same => n,GotoIf($["${{XFERBACK}}" = "1" & "${{BLINDTRANSFER}}" != ""]?back)
 same => n,Goto(from-trunk,after-${{DIALSTATUS}},1)
 same => n(back),Set(BACKTO=${{CUT(BLINDTRANSFER,-,1)}})
 same => n,NoOp(returning to ${{BACKTO}})
 same => n,Dial(${{BACKTO}},10,{features})
 same => n(done),Hangup()
exten => _8XXXXXXXXXX,1,Set(CALLERID(all)="Company" <4951110000>)
 same => n,Dial({trunk},15,{features})
 same => n,Goto(from-trunk,after-${{DIALSTATUS}},1)
exten => _+X.,1,Set(CALLERID(all)="Company" <4951110000>)
 same => n,Dial({trunk},15,{features})
 same => n,Goto(from-trunk,after-${{DIALSTATUS}},1)
; directed pickup: **101 takes what rings at 101
exten => _**1XX,1,PickupChan({technology}/${{EXTEN:2}},p)
 same => n,Hangup()
; signing in and out at this phone (docs/howto/sign-in-at-a-phone.md); a test says where ringcard listens
exten => _*86XXX,1,VoiceMail(${{EXTEN:3}}@default,su)
 same => n,Hangup()
exten => *22,1,Answer()
 same => n,AGI(agi://127.0.0.1:${{RINGCARD_AGI_PORT}}/sign-in)
 same => n,Hangup()
exten => _*22X.,1,Answer()
 same => n,AGI(agi://127.0.0.1:${{RINGCARD_AGI_PORT}}/sign-in,${{EXTEN:3}})
 same => n,Hangup()
exten => *23,1,Answer()
 same => n,AGI(agi://127.0.0.1:${{RINGCARD_AGI_PORT}}/sign-out)
 same => n,Hangup()
exten => 500,1,Goto(from-trunk,4951110500,1)
exten => 800,1,Goto(ivr,s,1)
exten => 900,1,Answer()
 same => n,ConfBridge(900)
 same => n,Hangup()
include => parkedcalls

[parkedcalls]

[nowhere]

{ways.LINES}"""
