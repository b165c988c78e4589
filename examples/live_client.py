"""Follow ringcard's live channel from a program: sign in, take the snapshot, print what rings, resume after a break.

    python examples/live_client.py http://127.0.0.1:8080 employee demo

Needs the `websockets` package. The contract: docs/reference/live-channel.md.
"""

# ruff: noqa: S310, T201  a program for a terminal, given its address by hand
import asyncio
import json
import sys
import urllib.request
from urllib.parse import quote

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

NOT_SIGNED_IN = 4401


def sign_in(address: str, login: str, password: str) -> str:
    """The `Cookie` header of a new session."""
    body = json.dumps({"login": login, "password": password}).encode()
    request = urllib.request.Request(f"{address}/api/v1/session", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return "; ".join(cookie.split(";")[0] for cookie in answer.headers.get_all("Set-Cookie"))


def line_of(pop: dict) -> str:
    """What a screen would say of a pop."""
    who = pop["contact"] or pop["colleague"] or {"name": pop["caller"]["name"] or pop["mark"]}
    order = next(iter((pop["contact"] or {}).get("orders", [])), None)
    last_order = f", last order {order['number']} {order['status']}" if order else ""
    return f"{pop['state']:20} {pop['caller']['number']} → {pop['device']}: {who['name']}{last_order}"


async def follow(address: str, login: str, password: str) -> None:
    """Until the session ends. `seq` and `epoch` are all that is needed to go on after a lost connection."""
    cookie = await asyncio.to_thread(sign_in, address, login, password)
    seq, epoch, wait_s = None, None, 0.5
    said = {}
    while True:
        query = "" if seq is None else f"?since={seq}&epoch={quote(epoch)}"
        live = address.replace("http", "ws", 1) + "/api/v1/live" + query
        try:
            async with connect(live, additional_headers={"Cookie": cookie}) as socket:
                async for text in socket:
                    frame = json.loads(text)
                    seq, epoch = frame.get("seq", seq), frame.get("epoch", epoch)
                    if frame["type"] in ("snapshot", "resumed"):
                        wait_s = 0.5
                        print(f"{frame['type']} at {seq}", flush=True)
                    for pop in frame.get("pops", [frame["pop"]] if frame["type"] == "pop" else []):
                        # A pop comes again whole with whatever becomes known: most of that is not in our line.
                        if said.get(pop["pop_id"]) != line_of(pop):
                            said[pop["pop_id"]] = line_of(pop)
                            print(said[pop["pop_id"]], flush=True)
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.code == NOT_SIGNED_IN:
                return
        except OSError as error:
            print(f"no connection: {error}", flush=True)
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, 15.0)


if __name__ == "__main__":
    asyncio.run(follow(*sys.argv[1:4]))
