"""Measure every row, ours and the peer's in turns, and print the table: `python -m bench [ROW ...]`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from statistics import median

from bench.cases import CASES, ROOT, UNITS, WITH_BYTECODE, Case
from bench.hdlc_stream import LONG_APDU, one_long_apdu
from bench.timing import Timer, loops_for

PEER = ROOT / ".venv-peers" / "bin" / "python"
ROUNDS = 7
#: Rows whose processes measure by themselves; once is enough for each.
ALONE = ("import", "import-classes", "arrow")
MEMORY = (
    ("idle", "memory of an idle connection", 20),
    ("associated", "memory of an associated connection, no view", 60),
)
FLEET = (
    ("wrapper", "one GET, 1000 meters at once, wrapper", 1.7),
    ("hdlc", "one GET, 1000 meters at once, HDLC", 3),
)
SECURITY = (
    ("protect-60", "protect 60 octets, against bare AES-GCM", 3),
    ("protect-16k", "protect 16 KiB, against bare AES-GCM", 1.3),
    ("open-60", "open 60 octets, against bare AES-GCM", 5),
    ("open-16k", "open 16 KiB, against bare AES-GCM", 2.5),
)
ROW = "{:<42} {:>12} {:>12} {:>9}  {:<16} {}"


class Peer:
    """gurux-dlms in its own process, asked line by line."""

    def __init__(self, port: int) -> None:
        self._process = subprocess.Popen(
            [str(PEER), str(ROOT / "bench" / "peer_gurux.py"), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=WITH_BYTECODE,
        )

    def ask(self, case: str, loops: int = 0) -> float:
        pipes = self._process
        assert pipes.stdin is not None
        assert pipes.stdout is not None
        pipes.stdin.write(json.dumps({"case": case, "loops": loops}) + "\n")
        pipes.stdin.flush()
        answer = pipes.stdout.readline()
        if not answer:
            raise SystemExit(f"the peer ended while it measured {case}")
        return float(answer)

    def close(self) -> None:
        self._process.communicate()


@contextmanager
def responder() -> Iterator[int]:
    """The port of a server that answers from a table, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.responder"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.communicate()


def compare(case: Case, run: Timer, peer: Peer) -> tuple[float, float]:
    """Median seconds of one operation, ours and the peer's, measured in turns; infinitely many where it has none."""
    loops = 1 if case.name in ALONE else loops_for(run)
    peer_loops = (1 if loops == 1 else int(peer.ask(case.peer))) if case.peer else 0
    turns = [
        (run(loops) / loops, peer.ask(case.peer, peer_loops) / peer_loops if case.peer else inf) for _ in range(ROUNDS)
    ]
    return median(ours for ours, _ in turns), median(theirs for _, theirs in turns)


def row(case: Case, peer: Peer, port: int) -> list[bool]:
    """Measure and print one row; whether it reaches its goal, if it has one and what it needs is there."""
    try:
        run = case.build(port)
    except ImportError as error:
        print(ROW.format(case.title, "", "", "", case.goals, f"needs {error.name}"), flush=True)
        return []
    ours, theirs = compare(case, run, peer)
    factor = UNITS[case.unit]
    beside = (f"{theirs * factor:.4g} {case.unit}", f"{theirs / ours:.1f} ×") if case.peer else ("", "")
    results = [case.reached(ours, theirs)] if case.goals else []
    said = [verdict(reached) for reached in results] or [""]
    print(ROW.format(case.title, f"{ours * factor:.3g} {case.unit}", *beside, case.goals, *said), flush=True)
    return results


def memory(port: int) -> list[bool]:
    """Measure and print what a connection takes; whether each state is small enough."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.memory", str(port)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout)
    sizes = [found[name] / 1024 for name, _, _ in MEMORY]
    for size, (_, title, most) in zip(sizes, MEMORY, strict=True):
        print(ROW.format(title, f"{size:.1f} KB", "", "", f"≤ {most} KB", verdict(size <= most)), flush=True)
    return [size <= most for size, (_, _, most) in zip(sizes, MEMORY, strict=True)]


def fleet() -> list[bool]:
    """Measure and print a GET while a thousand meters are read at once, beside bare asyncio."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.fleet_responder"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        ports = [process.stdout.readline().strip() for _ in range(2)]
        found = _asked("bench.fleet", *ports)
        process.communicate()
    results = []
    for name, title, most in FLEET:
        ratio = found[name] / found["bare"]
        times = (f"{found[name] * 1e6:.3g} µs", f"{found['bare'] * 1e6:.3g} µs", f"{ratio:.2f} ×")
        print(ROW.format(title, *times, f"≤ {most:g} × bare", verdict(ratio <= most)), flush=True)
        results.append(ratio <= most)
    return results


def dial_in() -> list[bool]:
    """Measure and print the memory of a listening process with its callers."""
    found = _asked("bench.dial_in")
    size, title = found["resident"] / 1e6, f"{found['connections']:.0f} callers, idle: the whole process"
    print(ROW.format(title, f"{size:.0f} MB", "", "", "< 200 MB", verdict(size < 200)), flush=True)
    return [size < 200]


def hdlc_stream() -> list[bool]:
    """Measure and print how fast one long APDU goes over an HDLC link in memory."""
    run = one_long_apdu()
    loops = loops_for(run)
    speed = len(LONG_APDU) / median(run(loops) / loops for _ in range(ROUNDS)) / 1e6
    title = "HDLC, 1 MB, window 7, fields of 2030"
    print(ROW.format(title, f"{speed:.0f} MB/s", "", "", "> 20 MB/s", verdict(speed > 20)), flush=True)
    return [speed > 20]


def security() -> list[bool]:
    """Measure and print what protection costs, and how long key operations hold up the event loop: not at all."""
    found, results = _asked("bench.security"), []
    for name, title, most in SECURITY:
        reached = found[name] <= most
        print(ROW.format(title, f"{found[name]:.2f} × bare", "", "", f"≤ {most:g} ×", verdict(reached)), flush=True)
        results.append(reached)
    plain, ciphered = found["get-plain"] * 1e6, found["get-ciphered"] * 1e6
    times = (f"{ciphered:.3g} µs", "", f"+{ciphered - plain:.0f} µs")
    reached = ciphered - plain < 40
    print(ROW.format("GET, ciphered, against plain", *times, "< +40 µs", verdict(reached)), flush=True)
    late, title = found["latency"] * 1000, "event loop late, each signature takes 50 ms"
    print(ROW.format(title, f"{late:.1f} ms", "", "", "< 25 ms", verdict(late < 25)), flush=True)
    return [*results, reached, late < 25]


def _asked(module: str, *arguments: str) -> dict[str, float]:
    run = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(run.stdout)
    return found


def verdict(reached: bool) -> str:
    return "PASS" if reached else "MISS"


def main(chosen: list[str]) -> None:
    with responder() as port:
        peer = Peer(port)
        print(ROW.format("median of CPU time, in turns", "dlmskit", "gurux-dlms", "ratio", "goal", ""))
        wanted = [case for case in CASES if not chosen or case.name in chosen]
        results = [reached for case in wanted for reached in row(case, peer, port)]
        if not chosen or "memory" in chosen:
            results += memory(port)
        peer.close()
    for name, measure in {"fleet": fleet, "dial-in": dial_in, "hdlc-stream": hdlc_stream, "security": security}.items():
        if not chosen or name in chosen:
            results += measure()
    print(f"{sum(results)} of {len(results)} goals reached")


if __name__ == "__main__":
    main(sys.argv[1:])
