"""Frames as JSON: addresses, what kind of frame it is, link parameters."""

from __future__ import annotations

from dlmskit.dissect.message import AnyFrame
from dlmskit.errors import RemoteProtocolError
from dlmskit.link.hdlc import parameters
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import KIND, POLL_FINAL
from dlmskit.link.hdlc.frames import Frame
from dlmskit.link.hdlc.state import Input
from dlmskit.link.mbus.frames import MbusFrame

_WITH_PARAMETERS = (Input.SNRM, Input.UA)
_ACKNOWLEDGES = (Input.I, Input.RR, Input.RNR)


def frame_to_json(frame: AnyFrame, *, with_information: bool) -> dict[str, object]:
    """What the frame says besides its APDU; `with_information` adds its contents in hex."""
    if isinstance(frame, Frame):
        return _hdlc(frame, with_information)
    if isinstance(frame, MbusFrame):
        return {"control": frame.control, "address": frame.address, "ci": frame.ci}
    return {"source": frame.source, "destination": frame.destination, "length": len(frame.apdu)}


def _hdlc(frame: Frame, with_information: bool) -> dict[str, object]:
    kind = KIND[frame.control]
    said: dict[str, object] = {
        "type": kind.name,
        "destination": _address(frame.destination),
        "source": _address(frame.source),
        "control": frame.control,
        "poll_final": bool(frame.control & POLL_FINAL),
        "segmented": frame.segmented,
    }
    if kind in _ACKNOWLEDGES:
        said["receive_sequence"] = frame.control >> 5
    if kind is Input.I:
        said["send_sequence"] = frame.control >> 1 & 7
    if kind in _WITH_PARAMETERS:
        said["parameters"] = _parameters(frame.information)
    if with_information:
        said["information"] = frame.information.hex()
    return said


def _address(octets: bytes) -> dict[str, object]:
    """Logical device (or client) and physical device; `octets` is how long the address is on the wire."""
    try:
        address = HdlcAddress.parse(octets)
    except RemoteProtocolError:
        return {"hex": octets.hex()}
    return {"logical": address.upper, "physical": address.lower, "octets": address.size}


def _parameters(information: bytes) -> dict[str, int] | None:
    try:
        agreed = parameters.decode(information)
    except RemoteProtocolError:
        return None
    return {name: getattr(agreed, name) for name in ("max_info_tx", "max_info_rx", "window_tx", "window_rx")}
