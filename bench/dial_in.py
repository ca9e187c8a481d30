"""Memory of a listening process while ten thousand meters are dialled in and idle: `python -m bench.dial_in`.

The meters are connections of another process, `python -m bench.dial_in PORT COUNT`.
Prints JSON: connections, resident octets with them and before them.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import dlmskit
from bench.limits import raise_file_limit
from dlmskit.listener import Caller, ListenLimits

CONNECTIONS = 10_000
#: A push of 0.0.42.0.0.255's kind, as a meter sends it when it has dialled in: the logical device name and a number.
PUSH = bytes.fromhex("000100010066001f0f000000010002020910" + b"DKT0000000000001".hex() + "0600003039")
DESCRIPTORS_BESIDE = 200


def resident() -> int:
    """Octets of this process in memory."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


async def listen() -> None:
    limit = raise_file_limit()
    count = min(CONNECTIONS, limit - DESCRIPTORS_BESIDE) if limit else CONNECTIONS
    limits = ListenLimits(connections=count, per_address=count)
    callers: list[Caller] = []
    async with dlmskit.listen("listen+tcp://127.0.0.1:0", limits=limits) as listening:
        before, url = resident(), listening.url or ""
        port = url.rpartition(":")[2]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.dial_in",
            port,
            str(count),
            stdin=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
        )
        async for caller in listening:
            callers.append(caller)
            if len(callers) == count:
                break
        await asyncio.sleep(0.5)
        told = {caller.logical_device_name for caller in callers}
        if told != {"DKT0000000000001"} or listening.connections != count:
            raise SystemExit(f"{listening.connections} connections, names {told}, {dict(listening.counted)}")
        print(json.dumps({"connections": count, "resident": resident(), "before": before}), flush=True)
        process.stdin.close()  # type: ignore[union-attr]
        await process.wait()


def dial(port: int, count: int) -> None:
    """Connections that push once, and stay until stdin ends."""
    raise_file_limit()
    lines = []
    for _ in range(count):
        line = socket.create_connection(("127.0.0.1", port), timeout=60)
        line.sendall(PUSH)
        lines.append(line)
    sys.stdin.read()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        dial(int(sys.argv[1]), int(sys.argv[2]))
    else:
        asyncio.run(listen())
