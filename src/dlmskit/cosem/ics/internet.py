"""Internet: class ids 41, 42, 43, 44, 46, 48, 100, 152, 153."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.common import capture_time
from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    boolean,
    choice,
    double_long_unsigned,
    enum_of,
    field,
    integer,
    logical_name,
    long_unsigned,
    null_data,
    octet_string,
    structure,
    structure_of,
    unsigned,
)
from dlmskit.data.value import Value


class TcpUdpSetup(CosemObject, class_id=41, version=0):
    """The TCP or UDP port at which the meter answers. Blue Book 4.9.1."""

    tcp_udp_port = Attribute(2, long_unsigned, doc="port number; 4059 is the registered one")
    ip_reference = Attribute(3, logical_name, doc="the IPv4 or IPv6 setup object used")
    mss = Attribute(4, long_unsigned, doc="maximum segment size, in octets")
    nb_of_sim_conn = Attribute(5, unsigned, doc="connections served at the same time")
    inactivity_time_out = Attribute(6, long_unsigned, doc="silence that ends a connection, in seconds; 0 for never")


@structure
class IpOption:
    """An option of the IP header: type, length and data."""

    ip_option_type: int = field(unsigned)
    ip_option_length: int = field(unsigned)
    ip_option_data: bytes = field(octet_string)


class Ipv4Setup(CosemObject, class_id=42, version=0, methods_at=0x60, offsets=Basis.PARTLY_STATED):
    """IPv4 addresses of a link. Blue Book 4.9.2. An address is a number: 192.168.0.1 is 0xC0A80001."""

    dl_reference = Attribute(2, logical_name, doc="the data link setup object used, such as a MAC address")
    ip_address = Attribute(3, double_long_unsigned, doc="the meter's address; changes with DHCP")
    multicast_ip_address = Attribute(4, array_of(double_long_unsigned), doc="multicast addresses it listens to")
    ip_options = Attribute(5, array_of(structure_of(IpOption)), doc="options of the IP header")
    subnet_mask = Attribute(6, double_long_unsigned, doc="mask of the local network")
    gateway_ip_address = Attribute(7, double_long_unsigned, doc="address of the gateway")
    use_dhcp_flag = Attribute(8, boolean, doc="whether addresses come by DHCP")
    primary_dns_address = Attribute(9, double_long_unsigned, doc="address of the first name server")
    secondary_dns_address = Attribute(10, double_long_unsigned, doc="address of the second name server")

    add_mc_ip_address = Method(1, double_long_unsigned, doc="listen to a multicast address")
    delete_mc_ip_address = Method(2, double_long_unsigned, doc="listen to a multicast address no longer")
    get_nbof_mc_ip_addresses = Method(3, integer, anything, doc="how many multicast addresses there are; takes 0")


class AddressConfigMode(IntEnum):
    """How an IPv6 address is found."""

    AUTO_CONFIGURATION = 0
    DHCPV6 = 1
    MANUAL = 2
    NEIGHBOUR_DISCOVERY = 3


class Ipv6AddressType(IntEnum):
    """What an address is for."""

    UNICAST = 0
    MULTICAST = 1
    GATEWAY = 2


@structure
class Ipv6Address:
    """An address, 16 octets, and what it is for."""

    ipv6_address_type: Ipv6AddressType = field(enum_of(Ipv6AddressType))
    ipv6_address: bytes = field(octet_string)


@structure
class NeighborDiscovery:
    """Router solicitation: retries, pause between them in milliseconds, advertisements every so many seconds."""

    rs_max_retry: int = field(unsigned)
    rs_retry_wait_time: int = field(long_unsigned)
    ra_send_period: int = field(double_long_unsigned)


class Ipv6Setup(CosemObject, class_id=48, version=0, methods_at=0x60, offsets=Basis.STATED):
    """IPv6 addresses of a link, each 16 octets. Blue Book 4.9.3."""

    dl_reference = Attribute(2, logical_name, doc="the data link setup object used")
    address_config_mode = Attribute(3, enum_of(AddressConfigMode), doc="how the address is found")
    unicast_ipv6_addresses = Attribute(4, array_of(octet_string), doc="the meter's addresses")
    multicast_ipv6_addresses = Attribute(5, array_of(octet_string), doc="multicast addresses it listens to")
    gateway_ipv6_addresses = Attribute(6, array_of(octet_string), doc="addresses of gateways")
    primary_dns_address = Attribute(7, octet_string, doc="address of the first name server")
    secondary_dns_address = Attribute(8, octet_string, doc="address of the second name server")
    traffic_class = Attribute(9, unsigned, doc="traffic class of the IPv6 header")
    neighbor_discovery_setup = Attribute(10, array_of(structure_of(NeighborDiscovery)), doc="router solicitation")

    add_ipv6_address = Method(1, structure_of(Ipv6Address), doc="add an address")
    remove_ipv6_address = Method(2, structure_of(Ipv6Address), doc="remove an address")


class MacAddressSetup(CosemObject, class_id=43, version=0):
    """A MAC address. Blue Book 4.9.4; formerly Ethernet setup."""

    mac_address = Attribute(2, octet_string, doc="the address, 6 octets on Ethernet")


@structure
class LcpOption:
    """An option of the link control protocol."""

    lcp_option_type: int = field(unsigned)
    lcp_option_length: int = field(unsigned)
    lcp_option_data: Value = field(anything)


@structure
class IpcpOption:
    """An option of the IP control protocol."""

    ipcp_option_type: int = field(unsigned)
    ipcp_option_length: int = field(unsigned)
    ipcp_option_data: Value = field(anything)


@structure
class PppPassword:
    """What PAP and CHAP need."""

    user_name: bytes = field(octet_string)
    password: bytes = field(octet_string)


@structure
class EapMethods:
    """Which ways of EAP are allowed."""

    md5_challenge: bool = field(boolean)
    one_time_password: bool = field(boolean)
    generic_token_card: bool = field(boolean)


_ppp_authentication = choice(null_data, structure_of(PppPassword), structure_of(EapMethods))


class PppSetup(CosemObject, class_id=44, version=0):
    """The point-to-point protocol: options and authentication. Blue Book 4.9.5.

    Which alternative of the authentication belongs to PAP, CHAP and EAP is recalled, not sourced.
    """

    phy_reference = Attribute(2, logical_name, doc="the physical layer setup object used, such as a modem")
    lcp_options = Attribute(3, array_of(structure_of(LcpOption)), doc="options of the link")
    ipcp_options = Attribute(4, array_of(structure_of(IpcpOption)), doc="options of IP on the link")
    ppp_authentication = Attribute(5, _ppp_authentication, secret=True, doc="secrets, or none")


class SmtpSetup(CosemObject, class_id=46, version=0):
    """The mail server that mail is sent by. Blue Book 4.9.6. Two libraries agree on its attributes."""

    server_port = Attribute(2, long_unsigned, doc="port number of the server; 25 is the usual one")
    user_name = Attribute(3, octet_string, doc="name to log in with")
    login_password = Attribute(4, octet_string, secret=True, doc="password to log in with")
    server_address = Attribute(5, octet_string, doc="name or address of the server")
    sender_address = Attribute(6, octet_string, doc="the meter's own mail address")


class NtpAuthentication(IntEnum):
    """How time from the server is proven."""

    NO_SECURITY = 0
    SHARED_SECRETS = 1
    AUTOKEY_IFF = 2


@structure
class NtpKey:
    """A key shared with the server."""

    key_id: int = field(double_long_unsigned)
    key: bytes = field(octet_string)


class NtpSetup(CosemObject, class_id=100, version=0, offsets=Basis.STATED):
    """Where the clock gets its time from. Blue Book 4.9.7."""

    activated = Attribute(2, boolean, doc="whether time is taken from the server")
    server_address = Attribute(3, octet_string, doc="name or address of the server")
    server_port = Attribute(4, long_unsigned, doc="port number of the server; 123 is the usual one")
    authentication_method = Attribute(5, enum_of(NtpAuthentication), doc="how time is proven")
    authentication_keys = Attribute(6, array_of(structure_of(NtpKey)), secret=True, doc="keys shared with the server")
    client_key = Attribute(7, octet_string, doc="the meter's public key for Autokey")

    synchronize = Trigger(1, doc="take the time now")
    add_authentication_key = Method(2, structure_of(NtpKey), doc="add a key, or replace the one of that number")
    delete_authentication_key = Method(3, double_long_unsigned, doc="delete the key of that number")


class TransportMode(IntEnum):
    """Whether CoAP messages are confirmed."""

    RELIABLE = 1
    UNRELIABLE = 2
    RELIABLE_AND_UNRELIABLE = 3


class CoapSetup(CosemObject, class_id=152, version=0, offsets=Basis.STATED):
    """Parameters of CoAP, as RFC 7252 names them. Blue Book 4.9.8."""

    udp_reference = Attribute(2, logical_name, doc="the TCP-UDP setup object used")
    ack_timeout = Attribute(3, long_unsigned, doc="shortest wait for an acknowledgement, in milliseconds")
    ack_random_factor = Attribute(4, long_unsigned, doc="spread of that wait, as a factor")
    max_retransmit = Attribute(5, long_unsigned, doc="retransmissions of a message")
    nstart = Attribute(6, long_unsigned, doc="exchanges at the same time")
    delay_ack_timeout = Attribute(7, long_unsigned, doc="delay before an acknowledgement of its own, in milliseconds")
    exponential_back_off = Attribute(8, long_unsigned, doc="growth of the wait, as a factor")
    probing_rate = Attribute(9, long_unsigned, doc="octets a second to a peer that does not answer")
    coap_uri_path = Attribute(10, octet_string, doc="path of the resource")
    transport_mode = Attribute(11, enum_of(TransportMode), doc="whether messages are confirmed")
    version = Attribute(12, anything, static=False, doc="version of the binding, as it comes")
    token_length = Attribute(13, unsigned, doc="length of a token, in octets")


@structure
class MessagesCounter:
    """CoAP messages by what became of them."""

    tx: int = field(double_long_unsigned)
    rx: int = field(double_long_unsigned)
    tx_resend: int = field(double_long_unsigned)
    tx_reset: int = field(double_long_unsigned)
    rx_reset: int = field(double_long_unsigned)
    tx_ack: int = field(double_long_unsigned)
    rx_ack: int = field(double_long_unsigned)
    rx_drop: int = field(double_long_unsigned)
    tx_non_piggybacked: int = field(double_long_unsigned)
    max_rtx_exceeded: int = field(double_long_unsigned)


@structure
class RequestResponseCounter:
    """CoAP requests and responses, errors among them."""

    rx_requests: int = field(double_long_unsigned)
    tx_requests: int = field(double_long_unsigned)
    rx_responses: int = field(double_long_unsigned)
    tx_responses: int = field(double_long_unsigned)
    tx_client_errors: int = field(double_long_unsigned)
    rx_client_errors: int = field(double_long_unsigned)
    tx_server_errors: int = field(double_long_unsigned)
    rx_server_errors: int = field(double_long_unsigned)


@structure
class BlockTransferCounter:
    """CoAP block-wise transfers."""

    block_wise_transfer_started: int = field(double_long_unsigned)
    block_wise_transfer_completed: int = field(double_long_unsigned)
    block_wise_transfer_timeout: int = field(double_long_unsigned)


class CoapDiagnostic(CosemObject, class_id=153, version=0, offsets=Basis.STATED):
    """How well CoAP works. Blue Book 4.9.9. The table leaves short name 0x08 out."""

    messages_counter = Attribute(2, structure_of(MessagesCounter), static=False, offset=0x10, doc="messages")
    request_response_counter = Attribute(
        3, structure_of(RequestResponseCounter), static=False, offset=0x18, doc="requests and responses"
    )
    coap_bt_counter = Attribute(4, structure_of(BlockTransferCounter), static=False, offset=0x20, doc="block transfers")
    capture_time = Attribute(5, capture_time, static=False, offset=0x28, doc="which attribute changed last, and when")

    reset = Trigger(1, doc="set all counters to 0")
