"""The page of bad input names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "bad-input.md"


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_on_the_page_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 80
    missing = [f"{path}::{name}" for path, name in named if name and name not in names_in(ROOT / path)]
    assert missing == []
    assert all((ROOT / path).exists() for path, _ in named)


def test_every_row_of_the_page_has_one() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row != "| what | the test |"]
    assert len(rows) > 50
    assert [row for row in rows if "`tests/" not in row] == []
