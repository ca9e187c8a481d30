"""Internet: TCP-UDP setup, class id 41."""

from __future__ import annotations

from dlmskit.cosem.model import Attribute, CosemObject
from dlmskit.data.kinds import logical_name, long_unsigned, unsigned


class TcpUdpSetup(CosemObject, class_id=41, version=0):
    """The TCP or UDP port at which the meter answers. Blue Book 4.9.1."""

    tcp_udp_port = Attribute(2, long_unsigned, doc="port number; 4059 is the registered one")
    ip_reference = Attribute(3, logical_name, doc="the IPv4 or IPv6 setup object used")
    mss = Attribute(4, long_unsigned, doc="maximum segment size, in octets")
    nb_of_sim_conn = Attribute(5, unsigned, doc="connections served at the same time")
    inactivity_time_out = Attribute(6, long_unsigned, doc="silence that ends a connection, in seconds; 0 for never")
