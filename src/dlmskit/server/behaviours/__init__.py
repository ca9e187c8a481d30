"""How the objects of a meter act: the clock runs, registers count, the profile captures, the breaker switches."""

from __future__ import annotations

from dlmskit.cosem.ics import (
    Clock,
    DisconnectControl_v0,
    ImageTransfer,
    ProfileGeneric,
    PushSetup,
    PushSetup_v0,
    PushSetup_v1,
    PushSetup_v2,
    SapAssignment,
    SecuritySetup,
    SecuritySetup_v0,
)
from dlmskit.cosem.model import CosemObject
from dlmskit.server.behaviour import Behaviour
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.behaviours.disconnect import Breaker
from dlmskit.server.behaviours.image import ImageTarget
from dlmskit.server.behaviours.profile import Profile
from dlmskit.server.behaviours.push import Pusher
from dlmskit.server.behaviours.sap import LogicalDevices
from dlmskit.server.behaviours.security_setup import SecurityState, SecurityState_v0

#: Interface class → how it acts unless told otherwise; the others only hold their values.
ACTING: tuple[tuple[type[CosemObject], type[Behaviour]], ...] = (
    (Clock, RunningClock),
    (ProfileGeneric, Profile),
    (SapAssignment, LogicalDevices),
    (DisconnectControl_v0, Breaker),
    (ImageTransfer, ImageTarget),
    (PushSetup_v0, Pusher),
    (PushSetup_v1, Pusher),
    (PushSetup_v2, Pusher),
    (PushSetup, Pusher),
    (SecuritySetup_v0, SecurityState_v0),
    (SecuritySetup, SecurityState),
)


def behaviour_of(obj: CosemObject) -> Behaviour:
    """The object as it acts by default."""
    for declared, acts in ACTING:
        if isinstance(obj, declared):
            return acts(obj)
    return Behaviour(obj)
