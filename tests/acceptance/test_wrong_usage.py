"""Whatever is typed wrongly: usage, one line that says what, status 2, and no traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.running import AK, EK, Ended

Dlmskit = Callable[..., Ended]
# Nothing listens there: what is wrong must be found before a line is opened.
URL = "tcp://127.0.0.1:1"

WRONG = {
    "no URL": (["read"], "Missing argument"),
    "command": (["raed", URL], "'read'"),
    "option": (["read", URL, "--clinet", "1"], "--client"),
    "scheme": (["read", "tpc://host"], "did you mean 'tcp'?"),
    "no scheme": (["read", "meter"], "write tcp://host:4059"),
    "port": (["read", "tcp://host:99999"], "is not a port"),
    "missing port": (["read", "hdlc+tcp://host"], "the port is missing"),
    "query": (["read", f"{URL}?clinet=1"], "did you mean 'client'?"),
    "saved in part": (["read", URL, "clock", "--save", "x.json"], "leave the objects away"),
    "saved to nowhere": (["read", URL, "--save", "no/such/folder/x.json"], "there is no folder no/such/folder"),
    "readout saved": (["read", "mode-c:///dev/none", "--save", "x.json"], "a data readout has none"),
    "telegram saved": (["read", "mode-d:///dev/none", "--save", "x.json"], "a data readout has none"),
    "saved file written": (["write", "none.json", "clock/time_zone", "60"], "none.json: No such file"),
    "secret in the URL": (["read", f"{URL}?password=x"], "Secrets are never part of a URL"),
    "number": (["read", URL, "--client", "x"], "--client x: must be a whole number from 0 to 65535"),
    "choice": (["read", URL, "--auth", "lwo"], "did you mean 'low'?"),
    "security": (["read", URL, "--security", "bth"], "did you mean 'both'?"),
    "short OBIS": (["read", URL, "1.0.1.8"], "is no OBIS code"),
    "OBIS group": (["read", URL, "1.0.1.8.0.256"], "is no OBIS code"),
    "alias": (["read", URL, "clok"], "close: clock"),
    "attribute": (["read", URL, "clock/tme"], "did you mean 'time'?"),
    "no attribute": (["read", URL, "clock/"], "missing behind the slash"),
    "class": (["read", URL, "70000:1.0.1.8.0.255"], "a class is 0 to 65535"),
    "method": (["call", URL, "clock/time"], "no class has method 'time'"),
    "no method": (["call", URL, "clock"], "names no method"),
    "value": (["write", URL, "clock/time_zone", "abc"], "'abc' is no whole number"),
    "value out of range": (["write", URL, "clock/time_zone", "40000"], "outside long"),
    "tagged value": (["write", URL, "clock/time_zone", '{"long": "x"}'], "is no long"),
    "moment": (["profile", URL, "load_profile", "--from", "yesterday"], "--from: cannot read 'yesterday'"),
    "last and from": (["profile", URL, "load_profile", "--last", "1", "--from", "2026-01-01"], "--last goes without"),
    "last": (["profile", URL, "load_profile", "--last", "0"], "--last"),
    "no hex key": (["read", URL, "--auth", "gmac", "--ek", "xyz", "--ak", AK], "--ek: a secret is written as hex"),
    "short key": (["read", URL, "--auth", "gmac", "--ek", "00", "--ak", AK], "1 octets, suite 0 needs 16"),
    "missing key": (["read", URL, "--auth", "gmac", "--ek", EK], "authentication key"),
    "no keys": (["read", URL, "--auth", "gmac"], "needs keys"),
    "no password": (["read", URL, "--auth", "low"], "auth=low needs a password"),
    "title": (["read", URL, "--auth", "gmac", "--ek", EK, "--ak", AK, "--system-title", "00"], "8 octets"),
    "unused title": (["read", URL, "--system-title", "00"], "8 octets"),
    "suite": (["decode", "--suite", "7", "00"], "--suite 7"),
    "weak key": (["read", URL, "--auth", "gmac", "--ek", "00" * 16, "--ak", AK], "--allow-weak"),
    "keys file": (["read", URL, "--keys", "nowhere.toml"], "nowhere.toml cannot be read"),
    "model": (["simulate", "elektricity"], "did you mean 'electricity'?"),
    "time": (["simulate", "--time", "noon"], "--time noon"),
    "time without UTC": (["simulate", "--time", "0001-01-01T00:00+14:00"], "--time 0001"),
    "ports": (["simulate", "--tcp", "4059", "--hdlc-tcp", "4060", "--meters", "2"], "further apart"),
    "odd hex": (["decode", "c001c"], "whole number of octets"),
    "no hex": (["decode", ""], "nothing to decode"),
    "no file": (["decode", "nowhere.bin"], "neither hex digits nor a file"),
}


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG)
def test_what_is_typed_wrongly_is_said_with_usage(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: object,
    arguments: list[str],
    says: str,
) -> None:
    """In this process: forty interpreters would take long, and the one below shows that it is the same."""
    from dlmskit.cli import main

    monkeypatch.setenv("DLMSKIT_STATE", str(tmp_path))
    monkeypatch.setenv("DLMSKIT_CONFIG", "")
    status = main(arguments)
    out, err = capfd.readouterr()
    assert (status, out) == (2, ""), err
    assert err.startswith("Usage: dlmskit ")
    assert says in err.splitlines()[-1]
    assert "Traceback" not in err


def test_a_folder_that_may_not_be_written_to_is_said_before_the_meter_is_read(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from dlmskit.cli import main

    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
    assert main(["read", URL, "--save", str(tmp_path / "x.json")]) == 2
    assert f"nothing may be written to the folder {tmp_path}" in capfd.readouterr().err


def test_it_is_the_same_for_a_user(dlmskit: Dlmskit) -> None:
    ended = dlmskit("read", URL, "clok")
    assert (ended.status, ended.out) == (2, "")
    usage, help_line, line = ended.err.splitlines()
    assert usage.startswith("Usage: dlmskit read [OPTIONS] ") and help_line == "Try 'dlmskit read --help' for help."
    assert line == "dlmskit: 'clok' is neither an OBIS code nor a known name; close: clock"


def test_without_a_command_there_is_help(dlmskit: Dlmskit) -> None:
    ended = dlmskit()
    assert ended.status == 2
    assert all(word in ended.out for word in ("read", "objects", "profile", "write", "call", "decode", "simulate"))


@pytest.mark.parametrize("command", ["read", "simulate"])
def test_help_fits_eighty_columns(dlmskit: Dlmskit, command: str) -> None:
    ended = dlmskit(command, "--help")
    assert ended.status == 0
    assert max(map(len, ended.out.splitlines())) <= 80


def test_version_also_tells_python_system_and_extras(dlmskit: Dlmskit) -> None:
    ended = dlmskit("--version")
    assert ended.status == 0
    assert ended.out.startswith("dlmskit ")
    assert all(word in ended.out for word in ("Python 3.", "cryptography", "typer", "serialx", "numpy", "pyarrow"))


def test_nobody_there_is_one_line_and_status_1(dlmskit: Dlmskit) -> None:
    ended = dlmskit("read", URL)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith(f"dlmskit: {URL}: connection refused. ") and len(ended.err.splitlines()) == 1
