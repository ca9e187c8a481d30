"""What goes wrong with a meter is one line: what happened and where, then the likely causes, the true one first."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dlmskit.apdu.codec import decode
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.apdu.get import GetRequestNext, GetResponseWithDatablock
from dlmskit.client.saved.snapshot import Snapshot
from dlmskit.data.value import Tag, Value
from dlmskit.link.wrapper import encode
from dlmskit.server.access import Rule
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.session.services.advertised import Extra, Standing
from dlmskit.tolerances import Tolerances
from tests.acceptance.conftest import Simulated
from tests.acceptance.running import AK, EK, Ended
from tests.support.misbehaving import (
    BUSY_DM,
    acceptance,
    answering,
    in_background,
    raw,
    refusal,
    unnumbered,
)
from tests.support.peer import Peer, gmac, public

Dlmskit = Callable[..., Ended]
TCP, HDLC = "tcp://127.0.0.1:0", "hdlc+tcp://127.0.0.1:0"
QUICK = ("--timeout-s", "0.5", "--retries", "1")
WRONG_KEY = "404142434445464748494A4B4C4D4E4F"
PASSWORD = "geheim17"
OBJECT = "1:1.0.99.98.0.255/value"
AARQ, KEYS = 0x60, ("--client", "1", "--auth", "gmac")


@dataclass(frozen=True)
class Failure:
    """Who is there, what is typed, what happened (`{url}` is where), and the first cause."""

    peer: Callable[[], Any]
    options: tuple[str, ...]
    says: str
    first: str


def in_the_middle(octets: bytes) -> bytes | None:
    """Accepts, gives two blocks, falls silent."""
    if octets[0] == AARQ:
        return acceptance()
    apdu = decode(octets)
    number = apdu.block_number + 1 if isinstance(apdu, GetRequestNext) else 1
    return GetResponseWithDatablock(octets[2], False, number, bytes(100)).to_bytes() if number < 3 else None


def meter(url: str = TCP, **values: Any) -> Callable[[], Any]:
    counter = (1, "0.0.43.1.0.255", 2)
    held = {counter: values["counter"]} if values else {}
    return lambda: Peer(held, {1: {16: public(), 1: gmac()}}).on(url)


def raw_on(url: str, **what: Any) -> Callable[[], Any]:
    return lambda: raw(url, **what)


def answers(url: str, reply: Any, client: int = 16) -> Callable[[], Any]:
    return lambda: answering(url, reply, client=client)


def with_keys(ek: str, ak: str, *more: str) -> tuple[str, ...]:
    return (*KEYS, "--ek", ek, "--ak", ak, "--invocation-counter", "100", *more)


LOW = ("--client", "32", "--auth", "low", "--password", PASSWORD)
FAILURES = {
    "silence after SNRM": Failure(raw_on(HDLC), (), "{url}: no answer to SNRM", "no device has this address"),
    "an echo": Failure(
        raw_on(HDLC, answer=lambda data: data), (), "{url}: no answer to SNRM", "only an echo of our own octets"
    ),
    "noise": Failure(
        raw_on(HDLC, answer=lambda _: b"\xf8\x00\x9c\xe3\x80"), (), "{url}: no answer to SNRM", "baud or parity differ"
    ),
    "the wrapper where HDLC is wanted": Failure(
        raw_on(HDLC, answer=lambda _: encode(1, 16, b"\xd8\x01\x01")),
        (),
        "{url}: no answer to SNRM",
        "the port speaks the wrapper, not HDLC: use tcp://127.0.0.1:",
    ),
    "HDLC where the wrapper is wanted": Failure(
        raw_on(TCP, answer=lambda _: unnumbered(BUSY_DM)),
        (),
        "{url}: wrapper version",
        "the port speaks HDLC, not the wrapper: use hdlc+tcp://127.0.0.1:",
    ),
    "a web server": Failure(
        raw_on(TCP, answer=lambda _: b"HTTP/1.1 400 Bad Request\r\n"), (), "{url}: wrapper version", "a web server"
    ),
    "hung up": Failure(raw_on(TCP, hangs_up=True), (), "{url}: ", "another client holds its only connection"),
    "refused AARQ": Failure(
        answers(TCP, refusal(1)),
        (),
        "{url}: association refused: no reason given",
        "client=16 is not served by server=1",
    ),
    "wrong password": Failure(
        answers(TCP, refusal(13), 32),
        LOW,
        "{url}: association refused: authentication failure",
        "the password is wrong",
    ),
    "wrong encryption key": Failure(
        meter(),
        with_keys(WRONG_KEY, AK),
        "{url}: association refused: authentication failure",
        "key is wrong: check ek",
    ),
    "wrong authentication key": Failure(
        meter(),
        with_keys(EK, WRONG_KEY),
        "{url}: association refused: authentication failure",
        "key is wrong: check ek",
    ),
    "keys exchanged": Failure(
        meter(), with_keys(AK, EK), "{url}: association refused: authentication failure", "that they are not exchanged"
    ),
    "invocation counter behind": Failure(
        answers(TCP, ExceptionResponse(1, 6, 4711).to_bytes(), 1),
        with_keys(EK, AK),
        "{url}: the meter refused the service: service not allowed, invocation counter error",
        "which expects 4711: give invocation_counter=4711",
    ),
    "object not in this association": Failure(
        meter(), (), "1.0.99.98.0.255", "the object is not in the association of client=16: list its objects"
    ),
    "silence in the middle of a transfer": Failure(
        answers(TCP, in_the_middle),
        (),
        f"{OBJECT}: no answer within 0.5 s",
        "the line broke in the middle of the transfer",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_one_line_with_its_true_cause_first(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """In this process, as for wrong usage; the test below shows that it is the same for a user."""
    from dlmskit.cli import main

    monkeypatch.setenv("DLMSKIT_STATE", str(tmp_path))
    monkeypatch.setenv("DLMSKIT_CONFIG", "")
    failure = FAILURES[name]
    with in_background(failure.peer) as url:
        patience = QUICK if "no answer" in failure.says else ()
        status = main(["read", url, OBJECT, *patience, *failure.options])
    _, err = capfd.readouterr()
    assert status == 1, err
    line = err.splitlines()[0]
    assert line.startswith(f"dlmskit: {failure.says.format(url=url)}"), err
    assert failure.first in first_cause(line), err
    others = {other.first for other in FAILURES.values()} - {
        failure.first,
        "that they are not exchanged",
        "key is wrong: check ek",
    }
    assert not [other for other in others if other in first_cause(line)]
    assert "Traceback" not in err
    assert not re.search("|".join((PASSWORD, EK, AK, WRONG_KEY)), err, re.IGNORECASE)


def first_cause(line: str) -> str:
    """What stands behind 1), or the only hint there is."""
    return line.partition("1) ")[2].partition(" 2) ")[0] or line.partition(". ")[2]


def test_it_is_the_same_for_a_user(dlmskit: Dlmskit) -> None:
    with in_background(raw_on(HDLC)) as url:
        ended = dlmskit("read", url, "clock/time", *QUICK)
    assert (ended.status, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert ended.err.startswith(f"dlmskit: {url}: no answer to SNRM. 1) no device has this address: check server=1, ")
    assert " 2) the line does not reach the meter: " in ended.err


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("tcp://127.0.0.1:1", "connection refused. nothing listens on that port: check it"),
        ("tcp://nowhere.invalid", "host name not found. check its spelling"),
    ],
)
def test_a_host_that_is_not_there_is_said(dlmskit: Dlmskit, url: str, first: str) -> None:
    ended = dlmskit("read", url, "clock/time", *QUICK)
    assert (ended.status, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert first in ended.err


def test_with_the_right_settings_the_served_meter_is_read(dlmskit: Dlmskit, simulator: Simulated) -> None:
    assert dlmskit("read", simulator.tcp, "clock/time", *KEYS, "--ek", EK, "--ak", AK).status == 0
    wrong = dlmskit("read", simulator.tcp, "clock/time", *KEYS, "--ek", EK, "--ak", WRONG_KEY)
    assert wrong.status == 1
    assert "key is wrong: check ek" in first_cause(wrong.last_line)


def test_a_meter_in_anothers_place_is_read_once_the_reason_is_given(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from dlmskit.cli import main

    monkeypatch.setenv("DLMSKIT_STATE", str(tmp_path))
    monkeypatch.setenv("DLMSKIT_CONFIG", "")
    statuses = []
    for reason in ((), (), ("--meter-replaced", "work order 17")):
        with in_background(meter(counter=Value(Tag.DOUBLE_LONG_UNSIGNED, 7))) as url:  # it counts from the beginning
            statuses.append(main(["read", url, "1:0.0.43.1.0.255/value", *with_keys(EK, AK), *reason]))
    err = capfd.readouterr().err
    assert statuses == [0, 1, 0], err
    assert "meter_replaced" in err
    with sqlite3.connect(tmp_path / "counters.sqlite") as file:
        assert file.execute("SELECT reason FROM override").fetchall() == [("work order 17",)]
    file.close()


def few() -> Any:
    """A meter that takes one attribute at a time, whatever it has agreed to."""
    device = Device(logical_name="DKT0000000000001")
    device.association(client=16, access=(Rule("*"),), tolerances=Tolerances(with_list_max=1))
    return serve(device, TCP)


def test_a_service_a_meter_only_says_it_has_is_named_once_and_kept_in_the_file(
    dlmskit: Dlmskit, tmp_path: Path
) -> None:
    path = str(tmp_path / "meter.json")
    with in_background(few) as served:
        (url,) = served.urls
        first = dlmskit("read", url, "--save", path)
        assert "the meter agrees to --with-list and fails at it: --with-list never spares the trial" in first.err
        for spared in (("--snapshot", path), ("--with-list", "never")):
            ended = dlmskit("read", url, *spared)
            assert (ended.status, ended.err) == (0, "")
    assert first.status == 0 and Snapshot.load(path).saved.services == {Extra.WITH_LIST: Standing.BROKEN}
