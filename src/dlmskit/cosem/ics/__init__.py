"""The interface classes of the standard, one file per group of the Blue Book.

The newest version has the plain name, older ones carry theirs: `AssociationLN_v1`.
"""

from __future__ import annotations

from dlmskit.cosem.ics.access import (
    AssociationLN,
    AssociationLN_v0,
    AssociationLN_v1,
    AssociationLN_v2,
    SapAssignment,
)
from dlmskit.cosem.ics.control import DisconnectControl, DisconnectControl_v0, DisconnectControl_v1
from dlmskit.cosem.ics.data import Data, DemandRegister, ExtendedRegister, Register
from dlmskit.cosem.ics.internet import TcpUdpSetup
from dlmskit.cosem.ics.local import HdlcSetup, HdlcSetup_v0
from dlmskit.cosem.ics.profile import ProfileGeneric, ProfileGeneric_v0
from dlmskit.cosem.ics.push import PushSetup, PushSetup_v0, PushSetup_v1, PushSetup_v2
from dlmskit.cosem.ics.security import SecuritySetup, SecuritySetup_v0
from dlmskit.cosem.ics.time import Clock
from dlmskit.cosem.model import CosemObject

STANDARD: tuple[type[CosemObject], ...] = (
    Data,
    Register,
    ExtendedRegister,
    DemandRegister,
    ProfileGeneric_v0,
    ProfileGeneric,
    Clock,
    AssociationLN_v0,
    AssociationLN_v1,
    AssociationLN_v2,
    AssociationLN,
    SapAssignment,
    HdlcSetup_v0,
    HdlcSetup,
    PushSetup_v0,
    PushSetup_v1,
    PushSetup_v2,
    PushSetup,
    TcpUdpSetup,
    SecuritySetup_v0,
    SecuritySetup,
    DisconnectControl_v0,
    DisconnectControl_v1,
    DisconnectControl,
)
"""Every class of the standard that is declared here: what `CosemObject.registry` holds."""

__all__ = [
    "Data",
    "Register",
    "ExtendedRegister",
    "DemandRegister",
    "ProfileGeneric_v0",
    "ProfileGeneric",
    "Clock",
    "AssociationLN_v0",
    "AssociationLN_v1",
    "AssociationLN_v2",
    "AssociationLN",
    "SapAssignment",
    "HdlcSetup_v0",
    "HdlcSetup",
    "PushSetup_v0",
    "PushSetup_v1",
    "PushSetup_v2",
    "PushSetup",
    "TcpUdpSetup",
    "SecuritySetup_v0",
    "SecuritySetup",
    "DisconnectControl_v0",
    "DisconnectControl_v1",
    "DisconnectControl",
]
