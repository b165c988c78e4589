"""A throw-away MariaDB on loopback, where FreePBX keeps its CDRs: for the import of old calls, and nothing else.

It syncs nothing, and everything in it is gone when it stops.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, create_engine, text

from lab.asterisk import LabError
from lab.postgresql import free_port

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
DATABASE = "asteriskcdrdb"
"""As FreePBX calls it."""
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


@contextlib.contextmanager
def mariadb() -> Iterator[URL]:
    """The URL of an empty database, by a user who may do anything in it.

    Raises `LabError` if MariaDB is not installed, or does not start.
    """
    server, installer = shutil.which("mariadbd", path=_PATH), shutil.which("mariadb-install-db", path=_PATH)
    if server is None or installer is None:
        raise LabError("MariaDB is not installed: run `make system`, or apt-get install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="ringcard-mariadb-"))
    user = "mysql" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    try:
        _install(installer, folder, user)
        port = free_port()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [server, "--no-defaults", f"--datadir={folder / 'data'}", f"--socket={folder / 'socket'}",
                 f"--port={port}", "--bind-address=127.0.0.1", f"--user={user}", "--skip-log-bin",
                 "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"],
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            yield _prepared(folder, port, process)
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install(installer: str, folder: Path, user: str) -> None:
    done = subprocess.run(
        [installer, "--no-defaults", f"--datadir={folder / 'data'}", f"--user={user}", "--skip-test-db",
         "--auth-root-authentication-method=normal"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise LabError(f"mariadb-install-db failed:\n{done.stderr or done.stdout}")


def _prepared(folder: Path, port: int, process: subprocess.Popen[bytes]) -> URL:
    """Wait for the server, and make the database and its user."""
    socket, deadline = folder / "socket", time.monotonic() + START_TIMEOUT_S
    while not socket.exists():  # made when it listens
        if process.poll() is not None or time.monotonic() > deadline:
            raise LabError(f"MariaDB did not start; it said:\n{(folder / 'log').read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)
    root = create_engine(URL.create("mysql+pymysql", "root", query={"unix_socket": str(socket)}))
    password = secrets.token_urlsafe(12)
    with root.begin() as connection:
        connection.execute(text(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4"))
        grant = f"GRANT ALL ON {DATABASE}.* TO 'ringcard'@'127.0.0.1' IDENTIFIED BY :password"
        connection.execute(text(grant), {"password": password})
    root.dispose()
    return URL.create("mysql", "ringcard", password, "127.0.0.1", port, DATABASE)
