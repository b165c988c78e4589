"""The repository's own rules: what no compiler and no linter sees, and every reader would."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = {".py", ".ts", ".tsx", ".js", ".mjs", ".css", ".sh"}
LINES_WITHOUT_A_REASON = 400

# The parts of the standard library that neither do input or output nor look at a clock.
PURE = {
    "__future__", "abc", "bisect", "codecs", "collections", "dataclasses", "datetime", "decimal", "enum", "functools",
    "heapq", "itertools", "math", "operator", "re", "string", "types", "typing", "unicodedata", "zoneinfo",
}  # fmt: skip

# Declared, and used without an import of ours: by whom.
USED_BY_OTHERS = {
    "aiosqlite": "SQLAlchemy, by the database's URL",
    "pymysql": "SQLAlchemy, by the URL of the old calls' database",
}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository that is there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    return tuple(ROOT / name for name in listed if name and (ROOT / name).is_file())


def text_of(path: Path) -> str:
    """A recording's bytes may be anything."""
    return path.read_text(encoding="utf-8", errors="replace")


def below(*folders: str, suffix: str = ".py") -> list[Path]:
    """Tracked files of these folders."""
    return [
        path
        for path in tracked()
        if path.suffix == suffix and any(path.is_relative_to(ROOT / folder) for folder in folders)
    ]


def name_of(path: Path) -> str:
    """As the repository says it."""
    return path.relative_to(ROOT).as_posix()


def found(pattern: str, paths: Iterator[Path] | list[Path] | tuple[Path, ...]) -> list[str]:
    """`file:line: text` of every match."""
    looked_for = re.compile(pattern)
    return [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if looked_for.search(line)
    ]


def imported(path: Path) -> set[str]:
    """The full names of modules that a file imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            names.add(node.module)
    return names


def project() -> dict[str, dict[str, object]]:
    """pyproject.toml."""
    return tomllib.loads(text_of(ROOT / "pyproject.toml"))


class TestNothingOfOneMachine:
    """What works here only does not work for a stranger."""

    def test_no_file_names_a_place_of_one_machine(self) -> None:
        places = "|".join(("work", "root", "Users", "opt"))
        assert found(rf"(?<![\w.}}/-])/({places})/\w", [path for path in tracked() if path.suffix != ".raw"]) == []

    def test_no_file_names_a_package_registry(self) -> None:
        hosts = ("pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)", "registry" + r"\.yarnpkg")
        assert found("|".join(hosts), tracked()) == []

    def test_the_locks_pin_every_package_by_hash(self) -> None:
        for lock in sorted(ROOT.glob("requirements*.lock")):
            entries = re.split(r"\n(?=\S)", text_of(lock))
            pinned = [entry for entry in entries if not entry.startswith("#")]
            assert len(pinned) > 3
            assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


class TestDependencies:
    """Declared is what is imported, and the reverse."""

    def declared(self) -> set[str]:
        dependencies = project()["project"]["dependencies"]
        assert isinstance(dependencies, list)
        return {re.split(r"[\[<>=;~! ]", name)[0].lower() for name in dependencies}

    def imported_distributions(self) -> set[str]:
        owners = packages_distributions()
        tops = {name.partition(".")[0] for path in below("src") for name in imported(path)}
        foreign = tops - set(sys.stdlib_module_names) - {"ringcard"}
        return {owners[top][0].lower().replace("_", "-") for top in foreign if top in owners} | (foreign - set(owners))

    def test_what_is_imported_is_declared(self) -> None:
        assert self.imported_distributions() - self.declared() <= {"pytest"}  # in what is shipped for tests of plugins

    def test_what_is_declared_is_used(self) -> None:
        assert self.declared() - self.imported_distributions() == set(USED_BY_OTHERS)

    def test_pytest_is_imported_only_by_what_is_shipped_for_tests(self) -> None:
        users = [path for path in below("src") if "pytest" in imported(path)]
        assert [name_of(path) for path in users if "testing" not in path.parts] == []


class TestPureRooms:
    """What does no input or output can be fed anything, in any order, at any time."""

    @pytest.mark.parametrize(
        "path", [*below("src/ringcard/calls"), *(p for p in below("src") if p.name == "protocol.py")], ids=name_of
    )
    def test_calls_and_protocols_import_pure_parts_only(self, path: Path) -> None:
        outside = {name for name in imported(path) if name.split(".")[0] not in PURE}
        assert {name for name in outside if not name.startswith("ringcard.calls")} == set()

    def test_numbers_import_pure_parts_and_phonenumbers(self) -> None:
        room = below("src/ringcard/numbers")
        assert room
        # The table of places is bytes that others read and write: packing them is pure.
        allowed = PURE | {"phonenumbers", "ringcard", "array", "json", "struct", "sys"}
        assert {name.split(".")[0] for path in room for name in imported(path)} - allowed == set()


class TestFiles:
    """What a reader meets first."""

    def test_the_package_says_that_it_is_typed(self) -> None:
        assert (ROOT / "src/ringcard/py.typed").is_file()

    def test_nothing_is_left_for_later_in_the_sources(self) -> None:
        marks = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X"))
        paths = [path for path in tracked() if path.suffix in PROGRAMS]
        assert found(rf"\b({marks})\b", paths) == []

    def test_every_python_file_says_what_it_is(self) -> None:
        silent = [path for path in below("src", "lab", "tests", "benchmarks", "scripts") if text_of(path).strip()]
        assert [name_of(path) for path in silent if ast.get_docstring(ast.parse(text_of(path))) is None] == []

    def test_a_long_file_says_at_its_top_why(self) -> None:
        long = [p for p in tracked() if p.suffix in PROGRAMS and text_of(p).count("\n") > LINES_WITHOUT_A_REASON]
        tops = {path: text_of(path)[:1_500] for path in long}
        unexplained = [path for path, top in tops.items() if "400 lines" not in top and "auto-generated" not in top]
        assert [name_of(path) for path in unexplained] == []

    def test_whoever_takes_a_lab_is_marked_so(self) -> None:
        """By the marker it gets into the process that has the lab (tests/conftest.py)."""
        takers = re.compile(r"\b(labs?(22|16)|each_lab|Lab\()")
        files = [path for path in below("tests/integration", "tests/browser") if path.name.startswith("test_")]
        marked = re.compile(r"pytest\.mark\.(lab|browser)\b")
        takes = [path for path in files if takers.search(text_of(path))]
        assert takes
        assert [name_of(path) for path in takes if not marked.search(text_of(path))] == []

    def test_no_room_has_a_name_that_says_nothing(self) -> None:
        empty = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
        assert [name_of(path) for path in below("src") if empty & {path.stem, *path.parts}] == []

    def test_ci_runs_what_everybody_runs(self) -> None:
        assert "exec make test" in text_of(ROOT / ".ci/run")

    @pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
    def test_a_readme_begins_with_the_two_commands(self, name: str) -> None:
        top = text_of(ROOT / name)[:500]
        assert re.findall(r"^make (\w+)", top, re.MULTILINE) == ["demo", "test"]


def slug(heading: str) -> str:
    """A heading's anchor, as code hosts make it."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", lambda match: match.group(1) or "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """Where a link into a page may point."""
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)}


def prose(path: Path) -> str:
    """A page without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", text_of(path), flags=re.DOTALL)


class TestDocumentation:
    """Pages are found, and lead somewhere."""

    @pytest.mark.parametrize("page", [path for path in tracked() if path.suffix == ".md"], ids=name_of)
    def test_every_link_leads_somewhere(self, page: Path) -> None:
        broken = []
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
            if re.match(r"[a-z]+:", target):
                continue
            place, _, anchor = unquote(target).partition("#")
            goal = (page.parent / place).resolve() if place else page
            if not goal.exists() or (anchor and anchor not in anchors(goal)):
                broken.append(target)
        assert broken == []

    def test_every_page_is_in_the_index(self) -> None:
        index = text_of(ROOT / "docs/index.md")
        pages = [path for path in below("docs", suffix=".md") if path.parent.name != "adr" and path.name != "index.md"]
        assert [name_of(path) for path in pages if f"]({path.relative_to(ROOT / 'docs').as_posix()}" not in index] == []

    def test_every_decision_is_in_the_list_of_decisions(self) -> None:
        listed = text_of(ROOT / "docs/adr/README.md")
        pages = [path for path in below("docs/adr", suffix=".md") if path.name != "README.md"]
        assert [path.name for path in pages if f"]({path.name})" not in listed] == []

    def test_every_decision_has_a_number_of_its_own(self) -> None:
        numbers = [path.name[:4] for path in below("docs/adr", suffix=".md") if path.name != "README.md"]
        assert sorted(set(numbers)) == sorted(numbers)
        assert all(number.isdigit() for number in numbers)

    @pytest.mark.parametrize("name", ["states", "transfer"])
    def test_a_page_of_states_is_its_table(self, name: str) -> None:
        spec = importlib.util.spec_from_file_location(f"write_{name}", ROOT / f"scripts/write_{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert text_of(ROOT / f"docs/reference/{name}.md") == module.page(), "run `make docs`"
