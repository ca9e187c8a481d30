"""The meter's side: logical devices, their objects and how they act, access rights, and serving them on lines."""

from __future__ import annotations

from dlmskit.server.access import ALL as ALL
from dlmskit.server.access import Rule as Rule
from dlmskit.server.behaviour import (
    Behaviour as Behaviour,
)
from dlmskit.server.behaviour import (
    Context as Context,
)
from dlmskit.server.behaviour import (
    accepts as accepts,
)
from dlmskit.server.behaviour import (
    performs as performs,
)
from dlmskit.server.behaviour import (
    serves as serves,
)
from dlmskit.server.device import Device as Device
from dlmskit.server.dialling import DialOut as DialOut
from dlmskit.server.serve import Served as Served
from dlmskit.server.serve import serve as serve
