"""First contact: where a meter tells its invocation counter, read as the public client.

The object is the one that was named, by the caller or the device profile, else the one that belongs to the security
setup that the association names, else the only counter the public client sees. None is made up: another one may be
there and count something else. Counters stand in class 1 under 0.0.43.1.e.255, where e is that of the security setup
0.0.43.0.e.255. Source: Blue Book, security setup, invocation counter.
"""

from __future__ import annotations

from dlmskit.client.meter import Meter
from dlmskit.client.view import ASSOCIATION_CLASS, CURRENT_ASSOCIATION
from dlmskit.cosem.ics import AssociationLN, Data
from dlmskit.errors import AccessRefused, RemoteProtocolError, SecurityError
from dlmskit.obis import Obis

DATA_CLASS = 1
_NAME_IT = (
    "name the object that tells the meter's counter, such as invocation_counter=0.0.43.1.0.255, or a device profile"
    " that names it",
    "or give the counter itself as a number, where the meter's maker or the head-end knows it",
)


async def discover_counter(public: Meter, client: int, named: Obis | None = None) -> int:
    """The meter's invocation counter for `client`. Raises SecurityError where it cannot be found, Refused otherwise.

    What a public client is told is unproven: it holds only once a protected association has verified.
    """
    name = named if named is not None else await _find(public, client)
    counter = await public.get(Data.value, at=name)
    if not isinstance(counter.value, int) or isinstance(counter.value, bool) or counter.value < 0:
        raise RemoteProtocolError(f"{name}: {counter!r} is no invocation counter", hints=_NAME_IT)
    return counter.value


async def _find(public: Meter, client: int) -> Obis:
    try:
        view = await public.objects()
    except AccessRefused as error:
        raise SecurityError(
            f"the meter does not say to the public client which object tells its invocation counter: {error.message}",
            hints=_NAME_IT,
        ) from error
    counters = [
        entry.logical_name
        for entry in view
        if entry.class_id == DATA_CLASS and _is_counter(entry.logical_name) and entry.can_read(2)
    ]
    associations = [
        entry.logical_name
        for entry in view
        if entry.class_id == ASSOCIATION_CLASS and entry.version > 0 and entry.logical_name != CURRENT_ASSOCIATION
    ]
    for name in associations:
        setup = await _security_setup(public, name, client)
        if setup is not None:
            belongs = [counter for counter in counters if counter.e == setup.e]
            if belongs:
                return belongs[0]
    if len(counters) == 1:
        return counters[0]
    what = ", ".join(map(str, counters)) if counters else "none"
    raise SecurityError(f"no single invocation counter is shown to the public client: {what}", hints=_NAME_IT)


async def _security_setup(public: Meter, association: Obis, client: int) -> Obis | None:
    """The security setup of an association, if it is `client`'s and readable."""
    try:
        partners = await public.get(AssociationLN.associated_partners_id, at=association)
        if partners.client_sap != client:
            return None
        return await public.get(AssociationLN.security_setup_reference, at=association)
    except (AccessRefused, RemoteProtocolError):
        return None


def _is_counter(name: Obis) -> bool:
    return name[:4] == b"\x00\x00\x2b\x01" and name.f == 255
