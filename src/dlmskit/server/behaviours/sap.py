"""SAP assignment, served: the logical devices served together."""

from __future__ import annotations

from dlmskit.cosem.ics import SapAssignment
from dlmskit.cosem.ics.access import SapAssignmentElement
from dlmskit.server.behaviour import Behaviour, Context, serves


class LogicalDevices(Behaviour):
    """Tells the address and name of every logical device that is served with this one."""

    @serves(SapAssignment.sap_assignment_list)
    def listing(self, context: Context) -> tuple[SapAssignmentElement, ...]:
        return tuple(SapAssignmentElement(device.sap, device.logical_name.encode()) for device in self.device.together)
