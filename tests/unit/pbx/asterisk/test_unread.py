"""What is left out of an event is what nobody reads, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ringcard.pbx import asterisk
from ringcard.pbx.asterisk.messages import UNREAD, WANTED
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message

TRACES = Path(__file__).parents[3] / "traces"
RECORDED = sorted(TRACES.glob("**/*.raw"))
MODULES = sorted(Path(asterisk.__path__[0]).rglob("*.py"))


def read_headers(module: ast.AST) -> set[str]:
    """The texts that are handed to something or looked up: whatever is read of a message is among them."""
    texts: set[str] = set()
    for node in ast.walk(module):
        handed = [*node.args, node.func] if isinstance(node, ast.Call) else []
        handed += [node.slice] if isinstance(node, ast.Subscript) else []
        handed += [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        texts.update(each.value for each in handed if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return texts


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_reads_a_header_that_is_left_out(path: Path) -> None:
    assert not read_headers(ast.parse(path.read_text(encoding="utf-8"))) & UNREAD


def test_reading_one_would_be_noticed() -> None:
    for code in ('headers.get("Context", "")', 'headers["Context"]', '"Context" in headers', 'number_of(h, "Context")'):
        assert read_headers(ast.parse(code)) & UNREAD


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.parent.name)
def test_all_else_of_every_recorded_event_is_read_as_it_was_written(path: Path) -> None:
    raw = path.read_bytes()
    written = [message for message in AmiProtocol().receive(raw) if isinstance(message, Message)]
    found = [message for message in AmiProtocol(WANTED, unread=UNREAD).receive(raw) if isinstance(message, Message)]
    assert [_read(message) for message in found] == [
        _read(message) for message in written if not message.name or message.name in WANTED
    ]


def _read(message: Message) -> Message:
    return Message(message.name, {key: value for key, value in message.headers.items() if key not in UNREAD})
