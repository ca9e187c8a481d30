"""What a logical device offers to one client: an association with its secret, its keys and its rights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlmskit.obis import Obis
from dlmskit.server.access import Rule
from dlmskit.session.judging import ServedAssociation

if TYPE_CHECKING:
    from dlmskit.server.device import Device


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer(ServedAssociation):
    """One association of one device.

    client   the client's address
    access   what it may do; see `access.Rule`
    number   n of its object 0.0.40.0.n.255
    version  of its Association LN object, and so of the form of its object_list
    security_setup  the security setup object in force, zeros for none
    """

    device: Device = field(repr=False)
    client: int
    access: tuple[Rule, ...]
    number: int
    version: int
    security_setup: Obis
