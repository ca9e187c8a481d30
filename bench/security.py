"""What protection costs: `python -m bench.security` prints seconds and ratios as JSON.

protect-60 …   our protect and unprotect beside bare AES-GCM of `cryptography`, for an APDU of 60 octets and of 16 KiB
get            CPU of the client for a GET, ciphered and plain, from one served meter in another process
latency        how late the event loop runs a timer while every APDU is signed by a key that takes 50 ms
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import dlmskit
from bench import inputs
from bench.timing import loops_for, timer
from dlmskit.client import Security
from dlmskit.cosem.ics import Data
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.security.cipher import aead_of, protect, unprotect
from dlmskit.security.keys import KeyRing
from dlmskit.security.pairs import KeyPair, KeyUse, Signer
from dlmskit.server import ALL, Rule

ROUNDS, GETS, SLOW_S = 7, 300, 0.05
SIZES = {"60": 60, "16k": 16 * 1024}
SERVER_TITLE, SERIAL = b"DKT\0\0\0\0\1", "0.0.96.1.0.255"


def ratio(ours: Callable[[], object], bare: Callable[[], object]) -> float:
    """How many times longer ours takes, measured in turns; the quickest rounds are those nothing else disturbed."""
    runs = timer(ours), timer(bare)
    loops = [loops_for(run) for run in runs]
    rounds = [[run(count) / count for run, count in zip(runs, loops, strict=True)] for _ in range(3 * ROUNDS)]
    return min(own for own, _ in rounds) / min(other for _, other in rounds)


def ciphers() -> dict[str, float]:
    bare, key, found = AESGCM(inputs.EK), aead_of(inputs.EK), {}
    iv, aad = inputs.TITLE + (1).to_bytes(4), b"\x30" + inputs.AK
    for name, size in SIZES.items():
        text = bytes(size)
        sealed = bare.encrypt(iv, text, aad)
        how = {"title": inputs.TITLE, "key": key, "ak": inputs.AK}
        content = protect(text, control=0x30, counter=1, **how)  # type: ignore[arg-type]
        found[f"protect-{name}"] = ratio(
            lambda text=text, how=how: protect(text, control=0x30, counter=1, **how),  # type: ignore[misc]
            lambda text=text: bare.encrypt(iv, text, aad),  # type: ignore[misc]
        )
        found[f"open-{name}"] = ratio(
            lambda content=content, how=how: unprotect(content, **how),  # type: ignore[misc]
            lambda sealed=sealed: bare.decrypt(iv, sealed, aad),  # type: ignore[misc]
        )
    return found


async def get_seconds(url: str) -> dict[str, float]:
    security = Security(ek=inputs.EK, ak=inputs.AK, system_title=inputs.TITLE, counters=MemoryCounterStore())
    async with (
        dlmskit.open_line(url) as line,
        line.meter(client=16) as plain,
        dlmskit.connect(url, client=1, auth="gmac", security=security) as ciphered,
    ):
        took: dict[str, list[float]] = {"plain": [], "ciphered": []}
        for _ in range(ROUNDS):
            for name, meter in (("plain", plain), ("ciphered", ciphered)):
                reference = meter.register("1.0.1.8.0.255").value
                start = time.process_time()
                for _ in range(GETS):
                    await meter.get(reference)
                took[name].append((time.process_time() - start) / GETS)
    return {f"get-{name}": min(seconds) for name, seconds in took.items()}


def gets() -> dict[str, float]:
    serve = [sys.executable, "-m", "dlmskit", "simulate", "--tcp", "0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as meter:
        assert meter.stdout is not None
        try:
            meter.stdout.readline()
            return asyncio.run(get_seconds(meter.stdout.readline().strip()))
        finally:
            meter.terminate()


class SlowRing(KeyRing):
    """A ring whose signing key takes its time, as one in hardware does."""

    def signer(self, suite: int) -> Signer:
        return _Slow(super().signer(suite))


class _Slow:
    def __init__(self, signer: Signer) -> None:
        self._signer, self.public = signer, signer.public

    def sign(self, data: bytes) -> bytes:
        time.sleep(SLOW_S)
        return self._signer.sign(data)


async def latencies(folder: str) -> dict[str, float]:
    """The worst lateness of a timer every millisecond: idle, and while signed APDUs come and go."""
    loop, late = asyncio.get_running_loop(), []

    async def tick() -> None:
        while True:
            due = loop.time() + 0.001
            await asyncio.sleep(0.001)
            late.append(loop.time() - due)

    pairs = [KeyPair(number, 1) for number in (11, 12, 13, 14)]
    rings = [
        SlowRing(
            ek=inputs.EK,
            ak=inputs.AK,
            signing=pairs[side],
            agreement=pairs[side + 2],
            publics={
                (peer, KeyUse.SIGNATURE): pairs[1 - side].public,
                (peer, KeyUse.AGREEMENT): pairs[3 - side].public,
            },
            suite=1,
        )
        for side, peer in enumerate((SERVER_TITLE, inputs.TITLE))
    ]
    device = dlmskit.Device(logical_name="DKT0000000000001", system_title=SERVER_TITLE)
    device.add(Data(SERIAL, value=Value(Tag.OCTET_STRING, b"4711")))
    device.association(client=1, access=(Rule("*", read=ALL),), keys=rings[1], suite=1, mechanism=7)
    security = Security(
        suite=1,
        keys=rings[0],
        system_title=inputs.TITLE,
        key_form="one-pass",
        signed=True,
        counters=f"{folder}/c.sqlite",
    )
    ticking = loop.create_task(tick())
    await asyncio.sleep(0.3)
    idle, _ = max(late), late.clear()
    options = {"client": 1, "auth": "ecdsa", "protection": "general", "invocation_counter": 1}
    async with (
        dlmskit.serve(device, "memory:bench"),
        dlmskit.connect("memory:bench", security=security, **options) as meter,
    ):
        for _ in range(10):
            await meter.data(SERIAL).value
    ticking.cancel()
    return {"latency-idle": idle, "latency": max(late)}


def main() -> None:
    with TemporaryDirectory() as folder:
        print(json.dumps({**ciphers(), **gets(), **asyncio.run(latencies(folder))}))


if __name__ == "__main__":
    main()
