"""What a logical device offers to one client: an association with its secret, its keys and its rights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from dlmskit.data.conformance import Conformance
from dlmskit.obis import Obis
from dlmskit.security.mechanisms import HlsMechanism
from dlmskit.server.access import Ruling
from dlmskit.session.opening.judging import ServedAssociation
from dlmskit.tolerances import Tolerances

if TYPE_CHECKING:
    from dlmskit.server.device import Device


class Terms(TypedDict, total=False):
    """What an association is offered on, as `ServedAssociation` has it.

    mechanism, password  how the client proves itself; the password is the secret of HLS, too
    hls                  the maker's own mechanism, with mechanism 2; by default that of IS 15959
    challenge_length     octets of our challenge in HLS, 8 to 64; for ECDSA 32 to 64
    users                who of the client may associate, by number; anybody else, and who names nobody, is refused
    is_pre_established   it is there without an AARQ
    tolerances           how this meter deviates from the standard
    """

    mechanism: int
    password: bytes | None
    hls: HlsMechanism
    conformance: Conformance
    max_pdu: int
    inactivity_s: float | None
    challenge_length: int
    users: dict[int, str]
    is_pre_established: bool
    tolerances: Tolerances


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer(ServedAssociation):
    """One association of one device.

    client   the client's address
    access   what it may do; see `access.Rule`
    number   n of its object 0.0.40.0.n.255
    version  of its association object, and so of the form of its object_list
    security_setup  the security setup object in force, zeros for none
    """

    device: Device = field(repr=False)
    client: int
    access: tuple[Ruling, ...]
    number: int
    version: int
    security_setup: Obis
