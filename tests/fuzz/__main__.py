"""Fuzz every machine under atheris, guided by coverage: `python -m tests.fuzz [--seconds 20] [TARGET …]`.

Each target runs in a process of its own, two at a time, from seeds it makes itself. What is found stands in `.fuzz/`, with
the line that shows it again. Where there is no atheris for this Python or system, one line says so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOUND = ROOT / ".fuzz"
AT_A_TIME = 2
#: For imports and instrumentation, before a run that does not end is killed.
GRACE_S = 90


def main() -> int:
    """The exit status: 0 where nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="per target")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--input", type=Path, help="run one target on the octets of one file")
    parser.add_argument("targets", nargs="*")
    given = parser.parse_args()
    if find_spec("atheris") is None:
        print("fuzz: no atheris for this Python and system, the machines are not fuzzed")
        return 0
    if given.inside:
        return _inside(given.targets[0], given.seconds, given.input)
    if given.input:
        return subprocess.run(
            _command(given.targets[0], given.seconds, "--input", str(given.input)), cwd=ROOT, check=False
        ).returncode
    from tests.fuzz.targets import TARGETS

    unknown = set(given.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    FOUND.mkdir(exist_ok=True)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        results = list(pool.map(lambda name: _outside(name, given.seconds), given.targets or TARGETS))
    return 0 if all(results) else 1


def _command(name: str, seconds: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "tests.fuzz", "--inside", "--seconds", str(seconds), *more, name]


def _outside(name: str, seconds: int) -> bool:
    """Run one target; whether it bore everything."""
    try:
        ended = subprocess.run(
            _command(name, seconds),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + GRACE_S,
            errors="replace",
        )
        status, said = ended.returncode, ended.stdout + ended.stderr
    except subprocess.TimeoutExpired:
        status, said = -1, f"it did not end within {seconds + GRACE_S} s"
    lines = said.splitlines()
    runs = next((line.split()[1] for line in reversed(lines) if line.startswith("Done ")), "?")
    print(f"fuzz: {name:28} {'nothing found' if status == 0 else 'FOUND SOMETHING'} in {runs} runs", flush=True)
    if status:
        print("\n".join(lines[-40:]))
        print(f"again: {sys.executable} -m tests.fuzz {name} --input FILE (of {FOUND})", flush=True)
    return status == 0


def _inside(name: str, seconds: int, replay: Path | None) -> int:
    import atheris

    with atheris.instrument_imports(include=["dlmskit"]):
        from tests.fuzz.targets import TARGETS, bear
    target = TARGETS[name]
    if replay is not None:
        bear(target, replay.read_bytes())
        return 0
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(target.seeds()):
            (Path(corpus) / str(number)).write_bytes(seed)
        options = (f"-max_total_time={seconds}", "-max_len=1024", "-timeout=10", "-rss_limit_mb=1024")
        atheris.Setup(["fuzz", *options, f"-artifact_prefix={FOUND}/{name}-", corpus], lambda data: bear(target, data))
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
