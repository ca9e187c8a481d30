"""Every declared class, served and read back completely, in memory, by logical and by short names."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dlmskit.client import connect
from dlmskit.cosem.ics import STANDARD
from dlmskit.cosem.model import CosemObject
from dlmskit.cosem.offsets import Basis
from dlmskit.server.access import Rule
from dlmskit.server.behaviour import Behaviour
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from tests.support.kinds import python_values

NAME = "0.1.128.0.0.255"
URL = "memory:class"


HAVE_SHORT_NAMES = [cls for cls in STANDARD if cls.offsets is not Basis.NO_SHORT_NAMES]


@pytest.mark.parametrize(
    ("cls", "referencing"),
    [*((cls, "ln") for cls in STANDARD), *((cls, "sn") for cls in HAVE_SHORT_NAMES)],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
@settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_every_class_is_served_and_read_back_completely(
    cls: type[CosemObject], referencing: Literal["ln", "sn"], data: st.DataObject
) -> None:
    values = {
        attribute.name: data.draw(python_values(attribute.kind))
        for index, attribute in cls.attributes.items()
        if index > 1
    }
    device = Device(logical_name="DKT0000000000001")
    device.add(Behaviour(cls(NAME, **values)))
    device.association(client=16, access=(Rule("*"),), referencing=referencing)
    async with serve(device, URL), connect(URL, referencing=referencing, attribute_0="use") as meter:
        obj = await meter.object(NAME, cls.class_id, cls.class_version)
        assert type(obj) is cls
        read = await meter.get_all(obj)
    # Secrets are served, but told to nobody.
    told = {index: one.name for index, one in cls.attributes.items() if not one.secret}
    assert read.keys() - cls.attributes.keys() == told.keys() - read.keys() == set()
    assert not any(read.get(index) for index in cls.attributes.keys() - told.keys())
    assert {name: read[index] for index, name in told.items() if index > 1} == {
        name: values[name] for index, name in told.items() if index > 1
    }
    assert read[1] == obj.obis
