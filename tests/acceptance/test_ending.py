"""Interrupts, closed pipes, terminals: how a command ends, and what it leaves behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.conftest import Simulated
from tests.acceptance.running import COMMAND, Ended, environment, start

Dlmskit = Callable[..., Ended]
AARE = bytes.fromhex("6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f0400007e1f04000007")
RLRQ, RLRE = 0x62, bytes.fromhex("6303800100")


class SilentMeter:
    """Associates, answers nothing else, and takes the release."""

    def __init__(self, *, associates: bool) -> None:
        self.associates = associates
        self.tags: list[int] = []
        self.is_asked, self.is_closed = threading.Event(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(20)
            while header := connection.recv(8, socket.MSG_WAITALL):
                apdu = connection.recv(int.from_bytes(header[6:], "big"), socket.MSG_WAITALL)
                self.tags.append(apdu[0])
                if apdu[0] == 0x60 and self.associates:
                    self._send(connection, header, AARE)
                elif apdu[0] == RLRQ:
                    self._send(connection, header, RLRE)
                else:
                    self.is_asked.set()
        self.is_closed.set()

    def _send(self, connection: socket.socket, header: bytes, apdu: bytes) -> None:
        connection.sendall(header[:2] + header[4:6] + header[2:4] + len(apdu).to_bytes(2, "big") + apdu)


@contextmanager
def silent_meter(*, associates: bool) -> Iterator[SilentMeter]:
    meter = SilentMeter(associates=associates)
    try:
        yield meter
    finally:
        meter.thread.join(timeout=20)
        meter.listener.close()


@pytest.mark.parametrize("associates", [False, True])
def test_ctrl_c_ends_with_130_after_releasing(tmp_path: Path, associates: bool) -> None:
    with silent_meter(associates=associates) as meter:
        process = start(tmp_path, "read", meter.url, "clock/time")
        assert meter.is_asked.wait(20)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert meter.is_closed.wait(20)
    assert (process.returncode, out, err) == (130, "", "dlmskit: interrupted\n")
    assert (meter.tags[-1] == RLRQ) is associates


def test_sigterm_ends_a_reading_after_releasing_too(tmp_path: Path) -> None:
    with silent_meter(associates=True) as meter:
        process = start(tmp_path, "read", meter.url, "clock/time")
        assert meter.is_asked.wait(20)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert meter.is_closed.wait(20)
    assert (process.returncode, out, err) == (130, "", "dlmskit: interrupted\n")
    assert meter.tags[-1] == RLRQ


def test_silence_in_the_middle_is_told_with_its_causes(dlmskit: Dlmskit) -> None:
    with silent_meter(associates=True) as meter:
        ended = dlmskit("read", meter.url, "clock/time", "--timeout-s", "0.3")
    assert (ended.status, len(ended.err.splitlines())) == (1, 1)
    assert "no answer" in ended.err and "1) the meter needs longer" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_simulator_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path, "simulate", "gas", "--meters", "2", "--tcp", "0")
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(3)]
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert lines[0] == "ready" and all(re.fullmatch(r"tcp://127\.0\.0\.1:\d+", line) for line in lines[1:])
    assert out == "" and err.startswith("dlmskit: warning: ") and "example keys" in err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_closed_pipe_ends_quietly(tmp_path: Path, simulator: Simulated, options: tuple[str, ...]) -> None:
    process = start(tmp_path, "read", simulator.tcp, *options)
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=20) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
@pytest.mark.parametrize(("closed", "status"), [("<&-", 2), (">&-", 0), ("2>&-", 0)])
def test_a_closed_standard_stream_is_an_empty_one(tmp_path: Path, closed: str, status: int) -> None:
    command = [*COMMAND, "decode", *(["0600000005"] if status == 0 else [])]
    ended = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *command],
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path),
    )
    assert ended.returncode == status
    assert "unexpected" not in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("env", "option", "is_coloured"),
    [({}, (), True), ({"NO_COLOR": "1"}, (), False), ({}, ("--no-color",), False)],
    ids=["terminal", "NO_COLOR", "--no-color"],
)
def test_colour_only_on_a_terminal_that_wants_it(
    tmp_path: Path, simulator: Simulated, env: dict[str, str], option: tuple[str, ...], is_coloured: bool
) -> None:
    out = _on_a_terminal(tmp_path, ["profile", simulator.tcp, "load_profile", "--last", "8", "--plot", *option], env)
    assert ("\x1b[" in out) is is_coloured
    assert "█" in out and "2026-11-22" in out


def _on_a_terminal(home: Path, arguments: list[str], env: dict[str, str]) -> str:
    """What a command prints on a terminal of 80 columns."""
    import pty

    own, its = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(home, {"TERM": "xterm-256color", **env}),
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=subprocess.DEVNULL,
    )
    os.close(its)
    found = b""
    try:
        while piece := os.read(own, 65536):
            found += piece
    except OSError:
        pass  # Linux's way of saying that the other end is closed
    os.close(own)
    assert process.wait(timeout=20) == 0
    return found.decode()


def test_no_colour_without_a_terminal(dlmskit: Dlmskit, simulator: Simulated) -> None:
    assert "\x1b" not in dlmskit("read", simulator.tcp, "clock").out


def test_a_missing_extra_is_one_line(tmp_path: Path) -> None:
    script = (
        "import sys; from importlib.util import find_spec\n"
        "import dlmskit.cli as cli\n"
        "cli.find_spec = lambda name: None if name == 'typer' else find_spec(name)\n"
        "sys.exit(cli.main(['--version']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment(tmp_path)
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "dlmskit: the command line needs an extra: pip install 'dlmskit[cli]'\n"
