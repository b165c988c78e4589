"""What a user installs: the wheel, in a virtual environment with nothing of ours around it, used as they would."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = "src/ringcard/web/static"
TRACE = ROOT / "tests/traces/asterisk/22/blind-transfer"
PATIENCE_S = 120


def build(source: Path, kind: str, to: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`kind` is `wheel` or `sdist`; hatchling is the pinned one, so nothing is fetched."""
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(to)],
        cwd=source,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def sources(to: Path) -> Path:
    """A copy of what is in the repository, and so without a built front end."""
    listed = subprocess.run(["git", "ls-files", "-z", "src", "frontend"], cwd=ROOT, check=True, capture_output=True)
    top = ("pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore")
    for name in [*top, *filter(None, listed.stdout.decode().split("\0"))]:
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to / name)
    return to


@pytest.fixture
def no_npm(tmp_path: Path) -> str:
    """A PATH on which there is no Node."""
    empty = tmp_path / "bin"
    empty.mkdir()
    return str(empty)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the work tree; where the front end is missing, its build is part of it."""
    to = tmp_path_factory.mktemp("wheel")
    built = build(ROOT, "wheel", to)
    assert built.returncode == 0, built.stdout + built.stderr
    [path] = to.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a bare environment with the wheel and what the lock pins for it."""
    place = tmp_path_factory.mktemp("bare")
    venv.create(place, with_pip=True)
    pip = [str(place / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "--require-hashes", "-r", str(ROOT / "requirements.lock")], check=True)
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True)
    subprocess.run([*pip, "check"], check=True)
    return place / "bin"


def run(installed: Path, *arguments: str, cwd: Path) -> str:
    """The installed command's standard output, far from the sources."""
    finished = subprocess.run(
        [str(installed / "ringcard"), *arguments],
        cwd=cwd,
        env={"PATH": str(installed), "HOME": str(cwd), "LANG": "C.UTF-8"},
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def address(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demo of the installed wheel answers; it ends well when it is asked to."""
    home = tmp_path_factory.mktemp("home")
    demo = subprocess.Popen(
        [str(installed / "ringcard"), "demo", "--port", "0"],
        cwd=home,
        env={"PATH": str(installed), "HOME": str(home), "LANG": "C.UTF-8", "BROWSER": "none"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert demo.stdout is not None
    impatient = threading.Timer(PATIENCE_S, demo.kill)
    impatient.start()
    try:
        said = []
        for line in demo.stdout:
            said.append(line)
            if place := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield place.group()
                break
        else:
            pytest.fail("the demo ended: " + "".join(said))
    finally:
        impatient.cancel()
        demo.send_signal(signal.SIGINT)
        demo.stdout.read()
        ended = demo.wait(PATIENCE_S)
        demo.stdout.close()
    assert ended == 0


def fetched(url: str) -> tuple[int, str, bytes]:
    """Status, content type, body."""
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return answer.status, answer.headers["content-type"], answer.read()


class TestInstalled:
    """In the bare environment."""

    def test_the_command_says_its_version(self, installed: Path, tmp_path: Path) -> None:
        version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
        assert version is not None
        assert run(installed, "--version", cwd=tmp_path).split()[-1] == version.group(1)

    def test_a_recording_is_replayed_into_its_records(self, installed: Path, tmp_path: Path) -> None:
        printed = run(
            installed, "trace", "replay", str(TRACE / "ami.raw"), "--devices=101-110", "--format=jsonl", cwd=tmp_path
        )
        records = [json.loads(line) for line in printed.splitlines()]
        assert [record["direction"] for record in records] == ["inbound"]
        assert [transfer["kind"] for transfer in records[0]["transfers"]] == ["blind"]

    def test_the_demo_serves_the_front_end_with_all_its_files(self, address: str) -> None:
        status, kind, page = fetched(f"{address}/")
        assert (status, kind.partition(";")[0]) == (200, "text/html")
        files = re.findall(r'(?:src|href)="(/[^"]+)"', page.decode())
        assert len(files) > 3
        assert [name for name in files if fetched(f"{address}{name}")[0] != 200] == []

    def test_the_demo_is_alive_and_ready(self, address: str) -> None:
        assert fetched(f"{address}/healthz")[0] == 200
        assert fetched(f"{address}/readyz")[0] == 200


class TestBuilding:
    """With a front end, or not at all, unless somebody says so."""

    def test_the_wheel_carries_front_end_and_migrations(self, wheel: Path) -> None:
        names = set(zipfile.ZipFile(wheel).namelist())
        assert {
            "ringcard/py.typed",
            "ringcard/web/static/index.html",
            "ringcard/storage/migrations/env.py",
            "ringcard/storage/migrations/script.py.mako",
        } <= names
        assert any(name.startswith("ringcard/storage/migrations/versions/0001") for name in names)
        assert {name.partition("/")[0] for name in names if not name.startswith("ringcard-")} == {"ringcard"}

    def test_without_front_end_and_npm_the_build_fails_and_says_what_to_do(self, tmp_path: Path, no_npm: str) -> None:
        refused = build(sources(tmp_path / "tree"), "wheel", tmp_path, PATH=no_npm, RINGCARD_SKIP_WEB="")
        assert refused.returncode != 0
        assert "The web front end is not built and there is no npm here to build it" in refused.stdout + refused.stderr
        assert "RINGCARD_SKIP_WEB=1" in refused.stdout + refused.stderr
        assert list(tmp_path.glob("*.whl")) == []

    def test_who_says_so_gets_a_wheel_without_front_end(self, tmp_path: Path, no_npm: str) -> None:
        built = build(sources(tmp_path / "tree"), "wheel", tmp_path, PATH=no_npm, RINGCARD_SKIP_WEB="1")
        assert built.returncode == 0, built.stdout + built.stderr
        [path] = tmp_path.glob("*.whl")
        names = zipfile.ZipFile(path).namelist()
        assert "ringcard/web/app.py" in names
        assert [name for name in names if "/static/" in name] == []

    def test_a_finished_build_needs_no_npm(self, tmp_path: Path, no_npm: str) -> None:
        tree = sources(tmp_path / "tree")
        (tree / STATIC / "assets").mkdir(parents=True)
        (tree / STATIC / "index.html").write_text("<!doctype html>")
        (tree / STATIC / "assets/index.js").write_text("")
        built = build(tree, "wheel", tmp_path, PATH=no_npm)
        assert built.returncode == 0, built.stdout + built.stderr
        [path] = tmp_path.glob("*.whl")
        pages = {name for name in zipfile.ZipFile(path).namelist() if "/static/" in name}
        assert pages == {"ringcard/web/static/index.html", "ringcard/web/static/assets/index.js"}

    def test_the_source_archive_carries_sources_and_built_front_end(self, wheel: Path, tmp_path: Path) -> None:
        assert wheel.is_file()  # by now the front end is built
        built = build(ROOT, "sdist", tmp_path)
        assert built.returncode == 0, built.stdout + built.stderr
        [path] = tmp_path.glob("*.tar.gz")
        with tarfile.open(path) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        assert {f"{STATIC}/index.html", "hatch_build.py", "frontend/package-lock.json", "LICENSE"} <= names
        assert [name for name in names if "node_modules" in name] == []
