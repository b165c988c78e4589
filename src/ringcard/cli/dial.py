"""`ringcard dial`: dial a number from the command line, by a token, as any program can.

Only the standard library speaks HTTP here: it is also the shortest example of the API.
"""

from __future__ import annotations

import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import click

DEADLINE_S = 10.0
LOOK_EVERY_S = 0.5

WORDS = {
    "busy": "busy",
    "no_answer": "nobody answered",
    "rejected": "the call was rejected",
    "unreachable": "cannot be reached",
    "not_in_service": "the number is not in service",
    "congestion": "no line is free: try again",
    "forwarding_circle": "phones forward to each other there",
    "hung_up": "hung up before anybody answered",
    "pbx_restarted": "the PBX restarted",
    "link_lost": "the connection to the PBX was lost: nobody knows what became of the call",
    "timed_out": "nothing came of it",
}


@click.command()
@click.argument("number")
@click.option("--server", envvar="RINGCARD_SERVER", default="http://127.0.0.1:8080", show_default=True,
              help="Where ringcard is.")  # fmt: skip
@click.option("--token", envvar="RINGCARD_TOKEN", help="A token with the scope calls.make; rather in the environment.")
@click.option("--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A file that holds the token and nothing else.")  # fmt: skip
@click.option("--device", help="Which of your phones rings; the first that can, if left out.")
@click.option("--caller-id", help="Which of the company's numbers is shown.")
@click.option("--wait", is_flag=True, help="Until the other side answers, or it is known why not.")
def dial(
    number: str,
    server: str,
    token: str | None,
    token_file: Path | None,
    device: str | None,
    caller_id: str | None,
    wait: bool,
) -> None:
    """Ring your phone, then dial NUMBER (in any spelling), or call a colleague's extension."""
    if token_file is not None:
        token = token_file.read_text(encoding="utf-8").strip()
    if not token:
        raise click.UsageError("a token is needed: `ringcard token create LOGIN NAME --scope calls.make`,"
                               " then set RINGCARD_TOKEN")  # fmt: skip
    server = server.rstrip("/")
    if urllib.parse.urlsplit(server).scheme not in ("http", "https"):
        raise click.UsageError(f"{server} is no address such as https://ringcard.example.com")
    wanted = {"number": number, "device": device, "caller_id": caller_id}
    body = {name: value for name, value in wanted.items() if value is not None}
    started = _ask(server, token, "POST", "/calls", body)
    click.echo(started["call_id"])
    if not wait:
        return
    path = f"/calls/{urllib.parse.quote(started['call_id'], safe='')}/services/{started['request_id']}"
    while (request := _ask(server, token, "GET", path))["state"] == "accepted":
        time.sleep(LOOK_EVERY_S)
    if request["state"] != "done":
        reason = request["reason"] or "timed_out"
        if reason == "phone_no_answer":
            raise click.ClickException(f"your phone {request['device']} did not answer")
        raise click.ClickException(f"{number}: {WORDS.get(reason, reason)}")
    click.echo("answered", err=True)


def _ask(server: str, token: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    content = None
    if body is not None:
        content = json.dumps(body).encode()
        headers |= {"Content-Type": "application/json", "Idempotency-Key": secrets.token_urlsafe(16)}
    # The scheme is http or https: it was looked at.
    request = urllib.request.Request(f"{server}/api/v1{path}", content, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:  # noqa: S310
            value: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise click.ClickException(_said(error)) from error
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{server} does not answer as ringcard does: {error}") from error
    return value


def _said(error: urllib.error.HTTPError) -> str:
    """The sentence of a problem (RFC 9457), else the status."""
    try:
        problem = json.load(error)
        return str(problem["detail"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"the server answered {error.code}"
