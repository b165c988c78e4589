"""`python -m lab [--series 16]`: the lab to play with. Installs Asterisk if it is missing, runs until Ctrl-C.

Every phone of the company registers and waits; `--no-phones` leaves them to your own softphone.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from lab import company
from lab.asterisk import LabError, install, is_installed
from lab.system import Lab


def _say_where_everything_is(lab: Lab, *, phones: bool) -> None:
    asterisk, ports = lab.asterisk, lab.asterisk.ports
    server = company.SERVER_ADDRESS
    everybody = ", ".join(f"{name} {person}" for name, person in company.EMPLOYEES.items())
    print(f"""
Asterisk {asterisk.version} ({asterisk.technology}) is up on loopback, pid {asterisk.pid}.

  AMI       {server}:{ports.ami}, TLS {server}:{ports.ami_tls} (certificate {asterisk.certificate})
            user {company.EVERYTHING.name}, secret {company.EVERYTHING.secret}
            restricted: {", ".join(user.name for user in company.RESTRICTED_USERS)} (same secret)
  ARI       http://{server}:{ports.http}/ari, user ringcard, password {company.EVERYTHING.secret}
  SIP       {server}:{ports.sip} (UDP), password of every phone: {company.SIP_PASSWORD}
            {everybody}
  Trunk     {company.TRUNK_ADDRESS}:{ports.trunk}; call 4951110101 from that address to reach 101
  Log       {asterisk.log}
""")
    if phones:
        print("All phones are registered by the lab; run with --no-phones to register your own.")
    print("Ctrl-C ends it.", flush=True)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    parser.add_argument("--series", choices=["22", "16"], default="22", help="Asterisk 22 (PJSIP) or 16 (chan_sip)")
    parser.add_argument("--no-phones", action="store_true", help="start Asterisk only")
    arguments = parser.parse_args()
    ended = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: ended.set())
    lab = Lab(arguments.series)
    try:
        if not is_installed(arguments.series):
            install(arguments.series)
        if arguments.no_phones:
            lab.asterisk.start()
        else:
            lab.start()
        _say_where_everything_is(lab, phones=not arguments.no_phones)
        ended.wait()
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    finally:
        lab.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
