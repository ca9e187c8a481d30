"""The opening of an optical port: both machines, against each other, against a recording, and what meters do wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import Timeout, TransportError
from dlmskit.link.mode_e import Identification, Opening, Port, SignOn, with_parity, without_parity

METER = Identification("GRU", "5", "", "12345678")
#: As a foreign client and server spoke: request, identification, acknowledgement, the meter's own.
RECORDED = tuple(map(bytes.fromhex, ("2f3f210d0a", "2f4752553531323334353637380d0a", "063235320d0a", "063235320d0a")))


def settle(client: Opening, now: float) -> None:
    """Let the meter change its speed."""
    client.handle_timer(now + 0.3)


def agree(client: SignOn, meter: Port, size: int = 99) -> list[bytes]:
    """Both talk until neither has anything to say."""
    said: list[bytes] = []
    client.start(0.0)
    while data := client.to_send():
        said.append(data)
        for at in range(0, len(data), size):
            meter.receive(data[at : at + size], 0.0)
        answer = meter.to_send()
        said.append(answer)
        for at in range(0, len(answer), size):
            client.receive(answer[at : at + size], 0.0)
        client.handle_timer(0.2)
    settle(client, 0.0)
    return said


def test_the_recorded_opening_replays_in_both_roles() -> None:
    client, meter = SignOn(), Port(METER)
    assert tuple(agree(client, meter)) == RECORDED
    assert client.is_done and meter.is_done
    assert (client.speed, meter.speed) == (9600, 9600)
    assert client.identification == METER


@given(st.integers(1, 7), st.booleans())
def test_any_pieces_and_parity_come_to_the_same(size: int, parity: bool) -> None:
    client, meter = SignOn(parity=parity, most_baud=4800), Port(METER)
    said = agree(client, meter, size)
    assert client.is_done and client.speed == meter.speed == 4800
    assert any(octet & 0x80 for octet in b"".join(said)) == parity


@given(st.binary(max_size=40), st.sampled_from([SignOn(), Port(METER)]))
def test_any_octets_are_taken_in_bounded_memory(data: bytes, machine: Opening) -> None:
    fresh = SignOn() if isinstance(machine, SignOn) else Port(METER)
    fresh.start(0.0)
    fresh.to_send()
    for _ in range(30):
        fresh.receive(data, 0.0)
        if not fresh.is_done:
            assert len(fresh._heard) <= 200
        fresh.to_send()


@given(st.binary(max_size=30).map(lambda data: bytes(octet & 0x7F for octet in data)))
def test_parity_comes_and_goes(text: bytes) -> None:
    assert all(octet.bit_count() % 2 == 0 for octet in with_parity(text))
    if any(octet & 0x80 for octet in with_parity(text)):
        assert without_parity(with_parity(text)) == text


def test_a_character_with_wrong_parity_is_none() -> None:
    assert without_parity(b"\xaf\x3f\xb1") == b"/?1"
    assert without_parity(b"\xaf\x3f\x31") == b"/?\x00"


def test_keeping_the_initial_baud() -> None:
    client, meter = SignOn(most_baud=300), Port(METER)
    assert agree(client, meter)[2] == b"\x06202\r\n"
    assert client.speed == meter.speed == 300


def test_noise_and_an_echo_before_the_identification_are_passed_over() -> None:
    client = SignOn()
    client.start(0.0)
    client.to_send()
    client.receive(b"\x00\xff/?!\r\n\x11x/GRU5123\r\n", 0.1)
    client.handle_timer(0.4)
    assert client.to_send() == b"\x06252\r\n"


def test_a_sleeping_meter_is_woken_and_asked_again() -> None:
    client = SignOn(parity=True)
    client.start(0.0)
    client.to_send()
    client.handle_timer(3.0)
    nulls = client.to_send()
    assert set(nulls) == {0}
    assert 2.1 <= len(nulls) * 10 / 300 <= 2.3
    pause = client.next_deadline()
    assert pause is not None
    client.handle_timer(pause)
    assert without_parity(client.to_send()) == b"/?!\r\n"
    assert 1.5 <= pause - 3.0 - 2.2 <= 1.7
    client.receive(b"/GRU5123\r\n", pause + 1.5)
    client.handle_timer(pause + 1.8)
    assert without_parity(client.to_send()) == b"\x06252\r\n"


def test_a_meter_known_to_sleep_is_woken_first_and_one_known_not_to_never() -> None:
    client = SignOn(wake_up="always")
    client.start(0.0)
    assert set(client.to_send()) == {0}
    pause = client.next_deadline()
    assert pause is not None and 3.7 <= pause <= 3.9
    client.handle_timer(pause)
    assert client.to_send() == b"/?!\r\n"
    client.handle_timer(pause + 3)
    assert isinstance(client.error, Timeout)
    client = SignOn(wake_up="never")
    client.start(0.0)
    client.to_send()
    client.handle_timer(3.0)
    assert isinstance(client.error, Timeout) and client.to_send() == b""


@pytest.mark.parametrize(
    ("maker", "reaction_s", "pause_s"),
    [("GRU", None, 0.2), ("GRu", None, 0.02), ("GRu", 1.5, 1.5), ("GRU", 0.02, 0.02)],
)
def test_the_meter_is_answered_after_a_pause(maker: str, reaction_s: float | None, pause_s: float) -> None:
    client = SignOn(reaction_s=reaction_s)
    client.start(0.0)
    client.to_send()
    client.receive(f"/{maker}5123\r\n".encode(), 1.0)
    assert client.next_deadline() == 1.0 + pause_s
    client.handle_timer(1.0 + pause_s - 0.01)
    assert client.to_send() == b""
    client.handle_timer(1.0 + pause_s)
    assert client.to_send() == b"\x06252\r\n"


def test_nobody_there_is_said_after_the_wake_up() -> None:
    client, now = SignOn(), 0.0
    client.start(now)
    while (deadline := client.next_deadline()) is not None:
        now = deadline
        client.handle_timer(now)
        client.to_send()
    assert isinstance(client.error, Timeout)
    assert now < 10


def identified() -> SignOn:
    client = SignOn()
    client.start(0.0)
    client.receive(bytes(METER), 0.0)
    client.handle_timer(0.2)
    client.to_send()
    return client


def test_a_meter_that_confirms_another_speed_gets_it() -> None:
    client = identified()
    client.receive(b"\x06242\r\n", 0.2)
    settle(client, 0.2)
    assert client.is_done and client.speed == 4800


def test_a_meter_that_confirms_nothing_has_changed_at_once() -> None:
    client = identified()
    client.handle_timer(3.0)
    settle(client, 3.0)
    assert client.is_done and client.speed == 9600


@pytest.mark.parametrize("answer", [b"\x06050\r\n", b"\x020.0.0(1)\r\n!\r\n\x03\x00"])
def test_a_meter_that_refuses_is_told_from_one_that_is_silent(answer: bytes) -> None:
    client = identified()
    client.receive(answer, 0.2)
    assert isinstance(client.error, TransportError)
    assert "mode-c" in client.error.hints[0]


def test_a_meter_answers_to_its_own_address_only() -> None:
    meter = Port(METER, device_address="0042")
    meter.receive(b"/?43!\r\n", 0.0)
    assert meter.to_send() == b""
    meter.receive(b"/?42!\r\n", 0.0)
    assert meter.to_send() == bytes(METER)


def test_a_client_that_sends_a_frame_at_once_is_let_through() -> None:
    meter = Port(METER)
    meter.receive(b"\x7e\xa0\x07", 0.0)
    assert meter.is_done and meter.rest == b"\x7e\xa0\x07"


def test_a_client_that_does_not_sign_on_in_time_is_let_go() -> None:
    meter = Port(METER, patience_s=30)
    meter.start(0.0)
    meter.handle_timer(29.0)
    assert meter.error is None
    meter.handle_timer(30.0)
    assert isinstance(meter.error, Timeout)


@pytest.mark.parametrize(("speed", "baud"), [("A", 600), ("C", 2400), ("F", 19200), ("Z", 300), (" ", 300)])
def test_a_port_that_agrees_on_nothing_gives_its_readout_at_its_own_speed(speed: str, baud: int) -> None:
    client, meter = SignOn(protocol="0"), Port(Identification("DKt", speed, "", "METER"), protocols="0")
    agree(client, meter)
    assert (meter.is_done, meter.protocol, meter.speed) == (True, "0", baud)
    assert (client.is_done, client.speed) == (True, baud)
