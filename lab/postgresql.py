"""A throw-away PostgreSQL server on loopback: its own data folder, its own port, started and stopped by pid.

For the tests and the benchmarks. It syncs nothing to the disk (that is the disk's time, not ours) and everything in it
is gone when it stops, however its starter ends; only in a folder that it was given to keep it stays.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import psycopg

from lab.asterisk import LabError

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20.0
TRIES = 5
USER = "ringcard"
"""Who the databases belong to: no superuser, as it should be in an office."""
UNPRIVILEGED = ("postgres", "nobody")
"""PostgreSQL refuses to run as root; the first of these users that exists runs it then."""
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
_DEBIAN = Path("/usr/lib/postgresql")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_STARTER = ThreadPoolExecutor(1, "postgresql-starter")
"""Who starts every server: it is ended when the *thread* that started it ends (prctl(2)), and this one lives as long as
we do."""


def programs() -> Path | None:
    """Where the newest installed server's programs are (Debian keeps them out of the path); None if there is none."""
    found = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


class PostgresServer:
    """One server: `with PostgresServer() as server:`. In between it can be stopped, and started again as it was."""

    def __init__(
        self, settings: Mapping[str, str] | None = None, *, keep: Path | None = None, beneath: Path | None = None
    ) -> None:
        """`settings` go over `SETTINGS`; `keep` is a folder whose data are used again, and stay.

        Without `keep` it makes a folder of its own `beneath`, or where temporary files lie.

        Raises `LabError` if PostgreSQL is not installed.
        """
        found = programs()
        if found is None:
            raise LabError("PostgreSQL is not installed: run `make system`, or apt-get install postgresql")
        self._programs = found
        self._settings = {**SETTINGS, **(settings or {})}
        self._account = _account()
        # Not below pytest's own folder: that is closed to other users, and the server may run as another one.
        self._kept = keep is not None
        self.directory = keep or Path(tempfile.mkdtemp(prefix="ringcard-pg-", dir=beneath))
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.password = secrets.token_urlsafe(12)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        if self._account is not None:
            os.chown(self.directory, self._account.pw_uid, self._account.pw_gid)
        if not self._data.exists():
            self._initialise()

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def pid(self) -> int | None:
        """The server's main process, while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def url(self, database: str, *, user: str = USER, password: str | None = None) -> str:
        """What goes into `[store] url`."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def administer(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements as the superuser, each on its own; the rows of the last one."""
        rows: list[tuple[object, ...]] = []
        with psycopg.connect(
            host=str(self.directory), port=self.port, user="postgres", dbname=database, autocommit=True
        ) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else []
        return rows

    def create(self, database: str, template: str = "template0") -> str:
        """A database of `USER`'s, copied from `template`; its URL."""
        self.administer(f'CREATE DATABASE "{database}" OWNER {USER} TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """With whoever is still connected."""
        self.administer(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def start(self) -> None:
        """Return once it answers. The port stays the same from the second start on."""
        for _ in range(TRIES):
            port = self.port or free_port()
            self._process = _STARTER.submit(self._spawn, port).result()
            if self._answers(port):
                self.port = port
                return
            self.stop()
        raise LabError(f"PostgreSQL did not start; it said:\n{self._said()}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every connection and shuts down in order ("fast"), SIGQUIT is a crash. Again does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(STOP_TIMEOUT_S)

    def remove(self) -> None:
        """Stop it and delete its data, unless they are to be kept."""
        if self._kept:
            self.stop()
            return
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> PostgresServer:
        try:
            self.start()
            known = self.administer(f"SELECT 1 FROM pg_roles WHERE rolname = '{USER}'")
            self.administer(f"{'ALTER' if known else 'CREATE'} ROLE {USER} LOGIN PASSWORD '{self.password}'")
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def _initialise(self) -> None:
        # C.UTF-8 sorts as SQLite does; the guide asks for the same.
        self._run(
            "initdb", "--pgdata", str(self._data), "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--no-instructions",
        )  # fmt: skip
        # The superuser comes in by the socket only, and that lies in a folder which only its user (and root) can enter.
        with (self._data / "postgresql.conf").open("a") as file:
            for name, value in {**self._settings, "unix_socket_directories": str(self.directory)}.items():
                file.write(f"{name} = '{value}'\n")

    def _run(self, program: str, *arguments: str) -> None:
        account = self._account
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise LabError(f"{program} failed:\n{done.stderr}")

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        account = self._account
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(port)],
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                cwd=self.directory,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_the_starter,
            )

    def _answers(self, port: int) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.pid is not None:
            try:
                psycopg.connect(host=str(self.directory), port=port, user="postgres", dbname="postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return True
        return False

    def _said(self) -> str:
        return (self.directory / "log").read_text(errors="replace")[-2000:]


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as, None for ourselves."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LabError(f"none of the users {', '.join(UNPRIVILEGED)} exists, and PostgreSQL does not run as root")


def free_port() -> int:
    """A port that is free at this moment; if somebody takes it before the server does, `start` tries another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end_with_the_starter() -> None:
    # Between fork and exec, after the change of user, which would clear it. SIGQUIT ends the server's children too.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
