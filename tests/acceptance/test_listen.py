"""Meters that dial in, shown: `listen` in one process, `simulate --dial` in another."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlmskit.apdu.ciphered import GeneralGloCiphering
from dlmskit.apdu.notify import DataNotification
from dlmskit.data.value import Tag, Value
from dlmskit.link.wrapper import encode
from dlmskit.security.cipher import aead_of, protect
from tests.acceptance.running import AK, EK, run, start


@contextmanager
def running(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process, which ends by SIGTERM in order."""
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_callers_and_their_pushes_are_shown_deciphered(tmp_path: Path) -> None:
    listening = start(tmp_path, "listen", "listen+tcp://127.0.0.1:0", "--json", "--count", "2", "--ek", EK, "--ak", AK)
    assert listening.stdout is not None
    ready = json.loads(listening.stdout.readline())
    (url,) = ready["urls"]
    assert url.startswith("listen+tcp://127.0.0.1:")
    with running(start(tmp_path, "simulate", "--meters", "2", "--dial", url.removeprefix("listen+"), "--json")):
        out, err = listening.communicate(timeout=60)
    assert (listening.returncode, err) == (0, "")
    records = [json.loads(line) for line in out.splitlines()]
    callers = [record for record in records if record["event"] == "caller"]
    assert {caller["logical_device_name"]["value"] for caller in callers} == {f"DKT000000000000{n}" for n in (1, 2)}
    assert {caller["system_title"]["standing"] for caller in callers} == {"sealed"}
    pushes = [record for record in records if record["event"] == "push"]
    assert [push["security"]["tag"] for push in pushes] == ["verified", "verified"]
    assert {push["peer"] for push in pushes} == {caller["peer"] for caller in callers}


def test_A40_a_push_that_an_earlier_run_has_seen_is_not_shown_again(tmp_path: Path) -> None:
    push, title = DataNotification(1, b"", Value(Tag.LONG, 5)).to_bytes(), b"DKT00001"
    key, ak = aead_of(bytes.fromhex(EK)), bytes.fromhex(AK)
    shown = []
    for counters in ((7,), (7, 8)):
        listening = start(
            tmp_path, "listen", "listen+tcp://127.0.0.1:0", "--json", "--count", "1", "--ek", EK, "--ak", AK
        )
        assert listening.stdout is not None
        host, port = json.loads(listening.stdout.readline())["urls"][0].rpartition("/")[2].split(":")
        with socket.create_connection((host, int(port))) as line:
            for counter in counters:
                text = protect(push, control=0x30, title=title, counter=counter, key=key, ak=ak)
                line.sendall(encode(1, 16, GeneralGloCiphering(title, text).to_bytes()))
            out, err = listening.communicate(timeout=60)
        assert listening.returncode == 0
        shown += [json.loads(line)["security"]["invocation_counter"] for line in out.splitlines() if '"push"' in line]
    assert shown == [7, 8]
    assert err == "dlmskit: seen before: 1\n"


def test_for_people_a_name_comes_with_what_it_is_worth_and_ctrl_c_ends_in_order(tmp_path: Path) -> None:
    listening = start(tmp_path, "listen", "listen+hdlc+tcp://127.0.0.1:0", "--ek", EK, "--ak", AK)
    assert listening.stdout is not None
    assert listening.stdout.readline() == "ready\n"
    url = listening.stdout.readline().strip()
    with running(start(tmp_path, "simulate", "gas", "--dial", url.removeprefix("listen+"))):
        shown = [listening.stdout.readline() for _ in range(2)]
        assert shown[0] == "\n"
        assert shown[1].startswith("127.0.0.1:")
    listening.send_signal(signal.SIGINT)
    listening.communicate(timeout=30)
    assert listening.returncode == 0


def test_a_line_nobody_can_dial_is_wrong_usage(tmp_path: Path) -> None:
    ended = run(tmp_path, "listen", "tcp://127.0.0.1:0")
    assert ended.status == 2
    assert "listen+tcp://127.0.0.1:0" in ended.err
