"""What a hostile or broken peer sends in a state that has no place for it: nothing stops, leaks or hangs."""

from __future__ import annotations

import pytest

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.get import GetRequestNormal
from dlmskit.link.hdlc import control
from dlmskit.link.hdlc.address import client_address, server_address
from dlmskit.link.hdlc.frames import Frame, encode
from tests.support.session_pair import ENERGY, Pair, served

VALUE = AttributeDescriptor(3, ENERGY, 2)
GET = GetRequestNormal(0xC1, VALUE, None).to_bytes()


def aarq() -> bytes:
    """An AARQ without authentication."""
    pair = Pair()
    pair.meter.open(0.0)
    return pair.client.to_send()[8:]


@pytest.mark.parametrize("apdu", [GET, aarq(), b"\xff"])
def test_an_apdu_in_a_ui_frame_without_a_link_is_dropped_and_the_server_lives_on(apdu: bytes) -> None:
    pair = Pair("hdlc")
    frame = Frame(
        server_address(1).to_bytes(), client_address(16).to_bytes(), control.UI | 0x10, b"\xe6\xe6\x00" + apdu
    )
    pair.server.receive(encode(frame), 0.0)
    assert pair.server.to_send() == b""
    assert pair.open().error is None


def test_whoever_was_dropped_for_silence_on_the_wrapper_may_associate_again() -> None:
    pair = Pair(offer=served(0, inactivity_s=5.0))
    assert pair.open().error is None
    pair.server.handle_timer(5.0)
    pair.server.events()
    line = pair.server
    line.receive(b"\x00\x01\x00\x10\x00\x01" + len(aarq()).to_bytes(2) + aarq(), 6.0)
    assert line.to_send()[8] == 0x61
