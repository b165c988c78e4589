"""One Asterisk on loopback: its own directory, its own free ports, started and stopped by pid.

Several can run at once, of either series, out of the same installed root.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import shutil
import socket
import struct
import subprocess
import sys
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab import company
from lab.evidence import FileTrail

_HERE = Path(__file__).resolve().parent
_INSTALL = _HERE / "install"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0


class LabError(Exception):
    """Something about the lab itself; the text says what to do."""


_STARTER = ThreadPoolExecutor(1, "lab-starter")
"""Who starts every Asterisk: it is killed when the *thread* that started it ends (prctl(2), PR_SET_PDEATHSIG), and this
one lives as long as we do."""


def root_of(series: str) -> Path:
    """Where `lab/install` puts this series."""
    return Path(os.environ.get("RINGCARD_LAB_ROOT") or _HERE).resolve() / f".root-{series}"


def is_installed(series: str) -> bool:
    """Whether `lab/install` has finished for this series."""
    return (root_of(series) / "ringcard-lab-version").exists()


def install(series: str) -> None:
    """Run `lab/install`; its progress goes to standard error."""
    try:
        subprocess.run([str(_INSTALL), series], check=True, stdout=sys.stderr.fileno())
    except subprocess.CalledProcessError as error:
        raise LabError(
            f"Asterisk {series} could not be installed (lab/install {series} ended with {error.returncode})"
        ) from error


@dataclass(frozen=True, slots=True)
class AmiAddress:
    """Where the manager interface is and with which account."""

    host: str
    port: int
    user: str
    secret: str


class Asterisk:
    """A running Asterisk with the company on it. Use as a context manager, or `start` and `stop`."""

    def __init__(self, series: str) -> None:
        self.series = series
        self.root = root_of(series)
        self.technology = company.technology_of(series)
        self.ports = _free_ports()
        self._inside = Path("/run/ringcard-lab") / f"{series}-{os.getpid()}-{secrets.token_hex(3)}"
        self.directory = self.root / self._inside.relative_to("/")
        self._process: subprocess.Popen[bytes] | None = None
        self._trail = FileTrail(f"log of Asterisk {series} on port {self.ports.sip}", self.log)

    @property
    def version(self) -> str:
        """`22.10.1…`, as Asterisk itself says."""
        return (self.root / "ringcard-lab-version").read_text().strip().removeprefix("Asterisk ")

    @property
    def pid(self) -> int:
        """Of the running Asterisk."""
        if self._process is None:
            raise LabError("Asterisk is not started")
        return self._process.pid

    @property
    def ami(self) -> AmiAddress:
        """The account that may do everything."""
        return self.ami_as(company.EVERYTHING.name)

    def ami_as(self, name: str) -> AmiAddress:
        """One of the accounts of `company`, by name."""
        user = next(user for user in (company.EVERYTHING, *company.RESTRICTED_USERS) if user.name == name)
        return AmiAddress(company.SERVER_ADDRESS, self.ports.ami, user.name, user.secret)

    @property
    def certificate(self) -> Path:
        """The self-signed certificate (and key) of the manager's TLS port."""
        return self.directory / "etc" / "ami.pem"

    @property
    def log(self) -> Path:
        """Asterisk's own log."""
        return self.directory / "log" / "full"

    def start(self) -> None:
        """Write the configuration, start, and wait until the manager interface says it is fully booted."""
        if os.geteuid() != 0:
            raise LabError(
                "the lab needs root: its Asterisk lives in a chroot (run `sudo make lab`, or the tests in a container)"
            )
        if not is_installed(self.series):
            raise LabError(f"Asterisk {self.series} is not installed: run lab/install {self.series}")
        self._discard_leftovers()
        self._write_configuration()
        try:
            self._spawn()
        except BaseException:
            self.stop()
            raise

    def restart(self) -> None:
        """End it at once, as a power cut would, and start it again with the same ports and configuration."""
        self._end_process(gracefully=False)
        self._spawn()

    def stop(self) -> None:
        """End it and delete its directory. Does nothing if it is not running."""
        self._end_process(gracefully=True)
        self._trail.keeps()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Asterisk:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _spawn(self) -> None:
        launch = [sys.executable, "-m", "lab.launch", str(self.root), "asterisk", "--"]
        asterisk = ["/usr/sbin/asterisk", "-f", "-n", "-C", str(self._inside / "etc/asterisk.conf")]
        with (self.directory / "output").open("ab") as output:
            # Not from the calling thread: a worker of an event loop ends with the loop, and Asterisk would with it.
            self._process = _STARTER.submit(
                subprocess.Popen,
                [*launch, *asterisk],
                cwd=_HERE.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            ).result()
        self.wait_until_booted()

    def wait_until_booted(self) -> None:
        """Return once the manager interface says `FullyBooted`."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._is_booted():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                said = (self.directory / "output").read_text(errors="replace")[-2000:]
                raise LabError(f"Asterisk {self.series} did not start; it said:\n{said}")
            time.sleep(0.05)

    def _is_booted(self) -> bool:
        """Log in over AMI: `FullyBooted` is the first event an account with `system` sees, once it is true."""
        ami = self.ami
        try:
            with socket.create_connection((ami.host, ami.port), timeout=0.5) as connection:
                connection.sendall(
                    f"Action: Login\r\nUsername: {ami.user}\r\nSecret: {ami.secret}\r\nEvents: system\r\n\r\n".encode()
                )
                seen = b""
                while b"FullyBooted" not in seen:
                    chunk = connection.recv(65536)
                    if not chunk:
                        return False
                    seen += chunk
        except OSError:
            return False
        return True

    def _end_process(self, *, gracefully: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            if gracefully:
                process.terminate()
            else:
                process.kill()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _discard_leftovers(self) -> None:
        """Delete the directories of those who were killed before they could; the name has the pid of the starter."""
        for directory in self.directory.parent.glob(f"{self.series}-*-*"):
            starter = directory.name.split("-")[1]
            if not Path("/proc", starter).exists():
                shutil.rmtree(directory, ignore_errors=True)

    def _write_configuration(self) -> None:
        for kind in ("etc", "run", "db", "spool", "log", "log/cdr-csv", "moh", "spool/monitor", "spool/tmp"):
            (self.directory / kind).mkdir(parents=True, exist_ok=True)
        for name, text in company.configuration(self.series, self.ports, str(self._inside)).items():
            (self.directory / "etc" / name).write_text(text)
        self.certificate.write_bytes(_self_signed_certificate())
        _write_music(self.directory / "moh" / "tone.wav")
        owner = os.stat(self.root / "var/lib/asterisk")
        for path in (self.directory, *self.directory.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)


def _free_port(kind: socket.SocketKind, address: str) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _free_ports() -> company.Ports:
    server, trunk = company.SERVER_ADDRESS, company.TRUNK_ADDRESS
    rtp_first = _free_rtp_block(server)
    return company.Ports(
        sip=_free_port(socket.SOCK_DGRAM, server),
        trunk=_free_port(socket.SOCK_DGRAM, trunk),
        ami=_free_port(socket.SOCK_STREAM, server),
        ami_tls=_free_port(socket.SOCK_STREAM, server),
        http=_free_port(socket.SOCK_STREAM, server),
        rtp_first=rtp_first,
        rtp_last=rtp_first + RTP_PORTS - 1,
    )


RTP_PORTS = 400


def _free_rtp_block(address: str) -> int:
    """An even port with `RTP_PORTS` above it, below the range the kernel hands out; ends of the block are tried."""
    for _ in range(50):
        first = 10000 + 2 * secrets.randbelow(10000)
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            for port in (first, first + RTP_PORTS // 2, first + RTP_PORTS - 1):
                probes.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind((address, port))
            return first
    raise LabError("no free block of RTP ports")


def _self_signed_certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address(company.SERVER_ADDRESS))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + private


def _write_music(path: Path) -> None:
    """Ten seconds of a quiet tone: the packages bring no music, and an empty class plays nothing and says nothing."""
    rate = 8000
    with wave.open(str(path), "wb") as music:
        music.setnchannels(1)
        music.setsampwidth(2)
        music.setframerate(rate)
        samples = (int(2000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(10 * rate))
        music.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
