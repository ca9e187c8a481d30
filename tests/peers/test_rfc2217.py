"""A foreign serial server (pyserial, a process of its own) between our client and our meter."""

from __future__ import annotations

import asyncio
import os
import tty
from pathlib import Path

import pytest

import dlmskit
from dlmskit.server import serve
from dlmskit.simulator import build

pytest.importorskip("serialx")
HERE = Path(__file__).resolve()
PYTHON = HERE.parents[2] / ".venv-peers" / "bin" / "python"

pytestmark = [
    pytest.mark.peer,
    pytest.mark.real_time,
    pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-peers: run `make test`"),
]


@pytest.mark.parametrize(
    ("scheme", "speeds", "masks"),
    [
        ("hdlc+rfc2217", [b"4800\n"], ["masks"]),
        ("hdlc+rfc2217", [b"4800\n"], []),  # as pyserial is, it does not confirm them
        ("mode-e+rfc2217", [b"300\n", b"4800\n"], ["masks"]),
    ],
)
async def test_a_meter_is_read_through_a_foreign_serial_server(
    scheme: str, speeds: list[bytes], masks: list[str]
) -> None:
    loop = asyncio.get_running_loop()
    (ours, our_port), (theirs, their_port) = os.openpty(), os.openpty()
    for port in (our_port, their_port):
        tty.setraw(port)
    loop.add_reader(ours, lambda: os.write(theirs, os.read(ours, 4096)))
    loop.add_reader(theirs, lambda: os.write(ours, os.read(theirs, 4096)))
    server = await asyncio.create_subprocess_exec(
        str(PYTHON),
        str(HERE.parent / "rfc2217_server.py"),
        os.ttyname(our_port),
        *masks,
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    try:
        number = int(await server.stdout.readline())
        served_by = scheme.replace("hdlc+rfc2217", "serial").replace("mode-e+rfc2217", "mode-e")
        url = f"{scheme}://127.0.0.1:{number}?baud=4800"
        async with serve(build(), f"{served_by}://{os.ttyname(their_port)}"), dlmskit.connect(url) as meter:
            name = await meter.read_attribute(1, "0.0.42.0.0.255", 2)
        assert isinstance(name.value, bytes) and name.value[:3] == b"DKT"
        assert [await server.stdout.readline() for _ in speeds] == speeds
    finally:
        if server.returncode is None:
            server.kill()
        await server.communicate()
        for end in (ours, theirs):
            loop.remove_reader(end)
        for end in (ours, our_port, theirs, their_port):
            os.close(end)
