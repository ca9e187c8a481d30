"""Local ports: class ids 19, 23, 24."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.model import Attribute, CosemObject
from dlmskit.data.kinds import anything, array_of, enum_of, integer, long_unsigned, octet_string, unsigned


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


class LocalPortMode_v0(IntEnum):
    """The protocol a local port begins with, as version 0 knows it."""

    IEC_62056_21_MODE_A_TO_E = 0
    HDLC_MODE_E = 1


class LocalPortMode(IntEnum):
    """The protocol a local port begins with."""

    IEC_62056_21_MODE_A_TO_E = 0
    HDLC_IEC_62056_46 = 1
    NOT_SPECIFIED = 2


class ResponseTime(IntEnum):
    """The shortest time between a request and its answer."""

    AFTER_20MS = 0
    AFTER_200MS = 1


class _LocalPortSetup(CosemObject):
    """What both versions share."""

    default_baud = Attribute(3, enum_of(CommSpeed), doc="speed of the opening, in baud")
    prop_baud = Attribute(4, enum_of(CommSpeed), doc="speed the meter proposes, in baud")
    response_time = Attribute(5, enum_of(ResponseTime), doc="shortest time before an answer, in milliseconds")
    device_addr = Attribute(6, octet_string, doc="device address, up to 32 characters")
    pass_p1 = Attribute(7, octet_string, secret=True, doc="password 1 of IEC 62056-21; usually not readable")
    pass_p2 = Attribute(8, octet_string, secret=True, doc="password 2 of IEC 62056-21; usually not readable")
    pass_w5 = Attribute(9, octet_string, secret=True, doc="password W5, for national use")


class LocalPortSetup_v0(_LocalPortSetup, class_id=19, version=0):
    """A port by IEC 62056-21, such as the optical one, first edition."""

    default_mode = Attribute(2, enum_of(LocalPortMode_v0), doc="the protocol it begins with")


class LocalPortSetup(_LocalPortSetup, class_id=19, version=1):
    """A port by IEC 62056-21, such as the optical one: protocol, speeds, passwords. Blue Book 4.7.1."""

    default_mode = Attribute(2, enum_of(LocalPortMode), doc="the protocol it begins with")


class FatalError(IntEnum):
    """The last fatal error of a twisted pair link, as IEC 62056-31 names it."""

    NO_ERROR = 0
    T_EP_3F = 1
    T_EP_4F = 2
    T_EP_5F = 3
    E_EP_2F = 4


class TwistedPairMode(IntEnum):
    """Whether the port takes part in communication."""

    INACTIVE = 0
    ACTIVE = 1


class TwistedPairSetup_v0(CosemObject, class_id=24, version=0):
    """A twisted pair with carrier, Euridis, first edition.

    A second library has these attributes too, and a primary address as an octet-string where another sends unsigned.
    """

    secondary_address = Attribute(2, octet_string, doc="the meter's own address, 6 octets")
    primary_address_list = Attribute(3, array_of(anything), doc="primary station addresses it obeys, as they come")
    tabi_list = Attribute(4, array_of(integer), doc="its TAB(i) values, for forgotten-station calls")
    fatal_error = Attribute(5, enum_of(FatalError), static=False, doc="the last fatal error")


class TwistedPairSetup(CosemObject, class_id=24, version=1):
    """A twisted pair with carrier, Euridis: mode, speed, addresses. Blue Book 4.7.3.

    One public library labels this list version 0; the address has moved to a MAC address setup object. Sources disagree
    on the type of a primary address: unsigned, or an octet-string of one octet.
    """

    mode = Attribute(2, enum_of(TwistedPairMode), doc="whether the port is active")
    comm_speed = Attribute(3, enum_of(CommSpeed), doc="speed of the port, in baud")
    primary_address_list = Attribute(4, array_of(anything), doc="primary station addresses it obeys, as they come")
    tabi_list = Attribute(5, array_of(integer), doc="its TAB(i) values, for forgotten-station calls")
