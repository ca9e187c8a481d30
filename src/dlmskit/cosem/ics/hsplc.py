"""High-speed power line carrier by ISO/IEC 12139-1: class ids 140 to 143.

Names, order and types are those of the Blue Book's table, which one public transcription has. The public libraries that
have these classes at all have short lists of their own, which agree neither with it nor with one another.
"""

from __future__ import annotations

from dlmskit.cosem.model import Attribute, CosemObject
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import boolean, enum, long64_unsigned, long_unsigned, octet_string


class HsPlcMacSetup(CosemObject, class_id=140, version=0, offsets=Basis.STATED):
    """Groups, stations and encryption of the MAC layer. Blue Book 4.14.2.

    One source has the attributes; the encryption modes are not public.
    """

    group_id = Attribute(2, long64_unsigned, doc="identifier of the group")
    secondary_group_id = Attribute(3, long64_unsigned, doc="identifier of the second group")
    station_id = Attribute(4, long64_unsigned, doc="identifier of the station")
    parent_station_id = Attribute(5, long64_unsigned, doc="identifier of the station above it")
    repeater_status = Attribute(6, boolean, doc="whether it repeats frames")
    encryption_mode = Attribute(7, enum, doc="number of the encryption mode")
    initial_encryption_key = Attribute(8, octet_string, secret=True, doc="first key; usually not readable")
    rts_cts = Attribute(9, boolean, doc="whether sending is announced, rts/cts")


class HsPlcCpasSetup(CosemObject, class_id=141, version=0, offsets=Basis.STATED):
    """Addresses of the convergence layer. Blue Book 4.14.3. One source has the attributes."""

    cpas_address = Attribute(2, long64_unsigned, doc="the meter's address")
    cpas_ether_type = Attribute(3, long_unsigned, doc="Ethernet type of its frames")
    master_station_cpas_address = Attribute(4, long64_unsigned, doc="the master station's address")


class HsPlcIpSsasSetup(CosemObject, class_id=142, version=0, offsets=Basis.STATED):
    """IP over the convergence layer. Blue Book 4.14.4.

    One source has the attributes; the kinds of compression and the unit of the time are not public.
    """

    ip_header_comp_type = Attribute(2, enum, doc="number of the header compression")
    ip_alive_time = Attribute(3, long_unsigned, doc="between two signs of life")


class HsPlcHdlcSsasSetup(CosemObject, class_id=143, version=0, offsets=Basis.STATED):
    """HDLC over the convergence layer. Blue Book 4.14.5. One source has the attribute."""

    master_station_id = Attribute(2, long64_unsigned, doc="identifier of the master station")
