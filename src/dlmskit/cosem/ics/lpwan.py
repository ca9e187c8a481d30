"""Low-power wide area networks, SCHC and LoRaWAN: class ids 126 to 129.

Names, order and types are those of the Blue Book's table, which one public transcription has. The public libraries that
have these classes at all have short lists of their own, which agree neither with it nor with one another.
"""

from __future__ import annotations

from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import anything, array_of, boolean, double_long_unsigned, enum, integer, logical_name


class SchcLpwanSetup(CosemObject, class_id=126, version=0, offsets=Basis.STATED):
    """Header compression and fragmentation by RFC 8724. Blue Book Ed. 16, 4.16.2.

    One source has the attributes; the structures inside are not public.
    """

    lpwan_reference = Attribute(2, logical_name, doc="the setup object of the network used")
    schc_cd_rules = Attribute(3, array_of(anything), doc="rules of compression, as they come")
    schc_fr_param = Attribute(4, anything, doc="parameters of fragmentation, as they come")


class SchcLpwanDiagnostic(CosemObject, class_id=127, version=0, methods_at=0x40, offsets=Basis.STATED):
    """Packets and fragments counted. Blue Book Ed. 16, 4.16.2. One source has the attributes."""

    schc_packets_tx_counter = Attribute(2, double_long_unsigned, static=False, doc="packets sent")
    schc_packets_rx_counter = Attribute(3, double_long_unsigned, static=False, doc="packets received")
    schc_fragments_tx_counter = Attribute(4, double_long_unsigned, static=False, doc="fragments sent")
    schc_fragments_rx_counter = Attribute(5, double_long_unsigned, static=False, doc="fragments received")
    schc_ack_tx_counter = Attribute(6, double_long_unsigned, static=False, doc="acknowledgements sent")
    schc_ack_rx_counter = Attribute(7, double_long_unsigned, static=False, doc="acknowledgements received")

    reset = Trigger(1, doc="set all counters to 0")


class LoRaWanSetup(CosemObject, class_id=128, version=0, offsets=Basis.STATED):
    """How a meter takes part in LoRaWAN. Blue Book Ed. 16, 4.17.2. The table leaves short name 0x30 out.

    One source has the attributes. Members of enums, inner structures and what the methods take are not public: numbers
    and values as they come.
    """

    class_ = Attribute(2, enum, static=False, doc="number of the device class A, B or C")
    state = Attribute(3, enum, static=False, doc="number of the state in the network")
    max_transmit_eirp_setting = Attribute(4, integer, doc="largest power sent, in dBm")
    adr_mode = Attribute(5, boolean, static=False, doc="whether the data rate adapts")
    regional_parameters = Attribute(6, enum, static=False, doc="number of the region")
    device_operation = Attribute(7, anything, static=False, offset=0x38, doc="how the device operates, as it comes")
    modem_versions = Attribute(8, anything, offset=0x40, doc="versions of the modem, as they come")
    devaddr = Attribute(9, double_long_unsigned, static=False, offset=0x48, doc="the device's address in the network")
    join_strategy = Attribute(10, enum, static=False, offset=0x50, doc="number of the way it joins")
    multicasts_parameters = Attribute(
        11, array_of(anything), static=False, offset=0x58, doc="multicast groups, as they come"
    )

    disconnect_from_network = Method(1, anything, anything, doc="leave the network")
    change_class = Method(2, anything, anything, doc="become a device of another class")
    change_region = Method(3, anything, anything, doc="go to another region")


class LoRaWanDiagnostic(CosemObject, class_id=129, version=0, offsets=Basis.STATED):
    """Frames counted, and how they are received. Blue Book Ed. 16, 4.17.2.

    One source has the attributes. No source tells the units, which are those usual in LoRaWAN, nor the error codes, which
    are carried as numbers.
    """

    internal_error_code = Attribute(2, enum, static=False, doc="number of the last error of the modem")
    out_frames_u_counter = Attribute(3, double_long_unsigned, static=False, doc="unconfirmed frames sent")
    out_frames_c_counter = Attribute(4, double_long_unsigned, static=False, doc="confirmed frames sent")
    in_frames_u_counter = Attribute(5, double_long_unsigned, static=False, doc="unconfirmed frames received")
    in_frames_c_counter = Attribute(6, double_long_unsigned, static=False, doc="confirmed frames received")
    in_mac_command_counter = Attribute(7, double_long_unsigned, static=False, doc="MAC commands received")
    in_mac_ans_error_counter = Attribute(8, double_long_unsigned, static=False, doc="MAC commands answered by an error")
    in_mac_ignored_counter = Attribute(9, double_long_unsigned, static=False, doc="MAC commands ignored")
    in_per = Attribute(10, integer, static=False, doc="packets lost, in percent")
    in_mean_rssi_rx1 = Attribute(11, integer, static=False, doc="mean strength in the first window, in dBm")
    in_mean_snr_rx1 = Attribute(12, integer, static=False, doc="mean signal to noise in the first window, in dB")
    in_mean_rssi_rx2 = Attribute(13, integer, static=False, doc="mean strength in the second window, in dBm")
    in_mean_snr_rx2 = Attribute(14, integer, static=False, doc="mean signal to noise in the second window, in dB")

    reset = Trigger(1, doc="set all counters to 0")
