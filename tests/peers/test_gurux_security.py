"""A foreign client authenticates by every mechanism, and ciphers in every suite, that it can.

What gurux-dlms 1.0 for Python cannot do, and why it is not tried here:

    general-signing        it knows no such APDU: its list of commands has none
    general-ciphering      its reader ends in an AttributeError (`setSystemTitle`)
    HLS-ECDSA, suite 2     its signer refuses keys on P-384 ("Invalid private key scheme"). In suite 1 it is done, with a
                           challenge of 32 octets that it is given: its own has 16
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from dlmskit.cosem.ics import Data
from dlmskit.data.value import Tag, Value
from dlmskit.security.keys import KeyRing
from dlmskit.security.mechanisms import Mechanism
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.suites import SUITES
from dlmskit.server import ALL, Device, Rule, serve
from dlmskit.tolerances import Tolerances

HERE = Path(__file__).resolve()
PYTHON = HERE.parents[2] / ".venv-peers" / "bin" / "python"

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(
        not PYTHON.exists() and os.environ.get("CI") != "true", reason="no .venv-peers here: `make test` sets it up"
    ),
]

TITLE = bytes.fromhex("4355530000000001")
OURS, THEIRS = 0x1234567890ABCDEF, 0xFEDCBA0987654321  # private keys
SECRET, WRONG = "0123456789abcdef", "0123456789abcdeF"
SERIAL = "0.0.96.1.0.255"
MECHANISMS = ("manufacturer", "md5", "sha1", "sha256")
FRAMINGS = {"wrapper": "tcp://127.0.0.1:0", "hdlc": "hdlc+tcp://127.0.0.1:0"}


def secrets(suite: int) -> tuple[bytes, bytes]:
    size = SUITES[suite].key_size
    return bytes(range(size)), bytes(range(0xD0, 0xD0 + size))


def meter(job: dict[str, Any]) -> Device:
    """A meter that offers the association the job wants."""
    device = Device(logical_name="DKT0000000000001", system_title=b"DKT\0\0\0\0\1")
    device.add(Data(SERIAL, value=Value(Tag.OCTET_STRING, b"4711")))
    mechanism, access = Mechanism[job["auth"].upper()], (Rule("*", read=ALL),)
    if mechanism in (Mechanism.GMAC, Mechanism.ECDSA):
        suite = job["suite"]
        ek, ak = secrets(suite)
        publics = {(TITLE, KeyUse.SIGNATURE): KeyPair(THEIRS, suite).public} if suite else {}
        ring = KeyRing(ek=ek, ak=ak, suite=suite, signing=KeyPair(OURS, suite) if suite else None, publics=publics)
        plain = Tolerances(plain_release=True)  # its RLRQ carries nothing protected
        device.association(
            client=1, access=access, mechanism=mechanism, keys=ring, suite=job["suite"], tolerances=plain
        )
    else:
        device.association(client=1, access=access, mechanism=mechanism, password=SECRET.encode())
    return device


def jobs() -> dict[str, dict[str, Any]]:
    wanted: dict[str, dict[str, Any]] = {}
    for framing in FRAMINGS:
        common = {"framing": framing, "client": 1, "max_pdu": 1024, "title": TITLE.hex(), "counter": 1}
        common["steps"] = [["view"], ["get", f"1:{SERIAL}", 2]]
        for auth in MECHANISMS:
            wanted[f"{framing}-{auth}"] = {**common, "auth": auth, "password": SECRET}
            wanted[f"{framing}-{auth}, wrong secret"] = {**common, "auth": auth, "password": WRONG}
        for suite in SUITES:
            ek, ak = secrets(suite)
            keys = {"ek": ek.hex(), "ak": ak.hex(), "suite": suite}
            wanted[f"{framing}-suite {suite}"] = {**common, "auth": "gmac", **keys}
            if suite == 1:
                pair = KeyPair(OURS, suite)
                signing = {"public": pair.public.hex(), "private": THEIRS.to_bytes(len(pair.public) // 2).hex()}
                wrong = {**signing, "private": OURS.to_bytes(len(pair.public) // 2).hex()}
                wanted[f"{framing}-ecdsa {suite}"] = {**common, "auth": "ecdsa", **keys, **signing}
                wanted[f"{framing}-ecdsa {suite}, wrong secret"] = {**common, "auth": "ecdsa", **keys, **wrong}
            wanted[f"{framing}-suite {suite}, wrong key"] = {**common, "auth": "gmac", **keys, "ak": ek[::-1].hex()}
    return wanted


@pytest.fixture(scope="module")
def outcome() -> dict[str, dict[str, Any]]:
    async def run() -> dict[str, Any]:
        wanted, pipe = jobs(), asyncio.subprocess.PIPE
        async with AsyncExitStack() as stack, asyncio.timeout(60):
            for one in wanted.values():
                served = await stack.enter_async_context(serve(meter(one), FRAMINGS[one["framing"]]))
                one["port"] = int(served.urls[0].rsplit(":", 1)[1])
            process = await asyncio.create_subprocess_exec(
                PYTHON, HERE.with_name("gurux_client.py"), stdin=pipe, stdout=pipe, stderr=pipe
            )
            out, complaint = await process.communicate(json.dumps(list(wanted.values())).encode())
        if process.returncode != 0:
            pytest.fail(f"the foreign client failed:\n{complaint.decode()}")
        return dict(zip(wanted, json.loads(out), strict=True))

    if not PYTHON.exists():
        pytest.fail("no .venv-peers: foreign implementations are not installed")
    return asyncio.run(run())


CELLS = [
    f"{framing}-{way}" for framing in FRAMINGS for way in (*MECHANISMS, *(f"suite {n}" for n in SUITES), "ecdsa 1")
]


@pytest.mark.parametrize("cell", CELLS)
def test_the_foreign_client_reads_the_meter(outcome: dict[str, Any], cell: str) -> None:
    view, serial = outcome[cell]["results"]
    assert f"1:{SERIAL}" in view
    assert serial == {"octets": b"4711".hex()}


@pytest.mark.parametrize("cell", CELLS)
def test_the_foreign_client_with_a_wrong_secret_reads_nothing(outcome: dict[str, Any], cell: str) -> None:
    is_ciphered = "suite" in cell
    found = outcome[f"{cell}, {'wrong key' if is_ciphered else 'wrong secret'}"]
    assert "results" not in found
    assert ("Authentication failure" if is_ciphered else "action-result 3") in found["refused"]
