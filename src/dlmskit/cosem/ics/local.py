"""Local ports: IEC HDLC setup, class id 23."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.model import Attribute, CosemObject
from dlmskit.data.kinds import enum_of, long_unsigned, unsigned


class CommSpeed(IntEnum):
    """Baud rates by the number the standard gives them."""

    BAUD_300 = 0
    BAUD_600 = 1
    BAUD_1200 = 2
    BAUD_2400 = 3
    BAUD_4800 = 4
    BAUD_9600 = 5
    BAUD_19200 = 6
    BAUD_38400 = 7
    BAUD_57600 = 8
    BAUD_115200 = 9

    @property
    def baud(self) -> int | None:
        """Bits per second; None for a number that is not listed."""
        return int(self.name.removeprefix("BAUD_")) if self.name.startswith("BAUD_") else None


class HdlcSetup_v0(CosemObject, class_id=23, version=0):
    """One HDLC port, with information fields of at most 255 octets."""

    comm_speed = Attribute(2, enum_of(CommSpeed), doc="speed of the port, in baud")
    window_size_transmit = Attribute(3, unsigned, doc="frames sent before one is acknowledged, 1 to 7")
    window_size_receive = Attribute(4, unsigned, doc="frames taken before one is acknowledged, 1 to 7")
    max_info_field_length_transmit = Attribute(5, unsigned, doc="longest information field sent, in octets")
    max_info_field_length_receive = Attribute(6, unsigned, doc="longest information field taken, in octets")
    inter_octet_time_out = Attribute(7, long_unsigned, doc="silence that ends a frame, in milliseconds")
    inactivity_time_out = Attribute(8, long_unsigned, doc="silence that ends the link, in seconds; 0 for never")
    device_address = Attribute(9, long_unsigned, doc="physical address of the meter on the port")


class HdlcSetup(CosemObject, class_id=23, version=1):
    """One HDLC port: speed, windows, lengths, time-outs and address. Blue Book 4.7.2."""

    comm_speed = Attribute(2, enum_of(CommSpeed), doc="speed of the port, in baud")
    window_size_transmit = Attribute(3, unsigned, doc="frames sent before one is acknowledged, 1 to 7")
    window_size_receive = Attribute(4, unsigned, doc="frames taken before one is acknowledged, 1 to 7")
    max_info_field_length_transmit = Attribute(5, long_unsigned, doc="longest information field sent, in octets")
    max_info_field_length_receive = Attribute(6, long_unsigned, doc="longest information field taken, in octets")
    inter_octet_time_out = Attribute(7, long_unsigned, doc="silence that ends a frame, in milliseconds")
    inactivity_time_out = Attribute(8, long_unsigned, doc="silence that ends the link, in seconds; 0 for never")
    device_address = Attribute(9, long_unsigned, doc="physical address of the meter on the port")
