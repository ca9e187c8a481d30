"""A device profile is all a user has to say."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import dlmskit
from dlmskit.client import connect, open_line
from dlmskit.errors import UsageError
from dlmskit.security.mechanisms import HlsFacts, Mechanism, SharedSecret
from dlmskit.server.access import Rule
from dlmskit.server.device import Device


def meter() -> Device:
    device = Device(logical_name="DKT0000000000001")
    device.association(client=16, access=(Rule("*"),))
    device.association(client=32, access=(Rule("*"),), mechanism=1, password=b"secret")
    return device


async def test_the_default_role_needs_nothing_else() -> None:
    async with dlmskit.serve(meter(), "memory:profiled"), connect("memory:profiled", profile="spodes") as found:
        assert (found.association.client, found.association.auth) == (16, "none")


@pytest.mark.parametrize("options", [{"profile": "spodes/reader"}, {"profile": "spodes", "client": 32}])
async def test_a_role_is_named_or_follows_from_the_client(options: dict[str, object]) -> None:
    async with (
        dlmskit.serve(meter(), "memory:profiled"),
        connect("memory:profiled", password=b"secret", **options) as found,
    ):
        assert (found.association.client, found.association.auth) == (32, "low")


async def test_what_is_said_goes_over_the_profile() -> None:
    async with dlmskit.serve(meter(), "memory:profiled"):
        with pytest.raises(UsageError, match="auth=low needs a password"):
            async with connect("memory:profiled?profile=spodes/reader"):
                pass
        async with connect("memory:profiled?profile=spodes/reader&client=16", auth="none") as found:
            assert found.association.client == 16


async def test_a_profile_brings_tolerances_also_on_an_open_line(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('extends = "spodes"\ntitle = "Ours"\nconfidence = "low"\nquirks = ["jdlms-server"]\n')
    async with dlmskit.serve(meter(), "memory:profiled"), open_line("memory:profiled") as line:
        async with line.meter(profile=str(path)) as found:
            assert found.backend.plan.tolerances.unannounced_challenge  # type: ignore[attr-defined]
        async with line.meter(profile="spodes") as found:
            assert not found.backend.plan.tolerances.unannounced_challenge  # type: ignore[attr-defined]


async def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('extends = "spodes"\ntitle = "Ours"\nconfidence = "low"\n[roles.public]\nserver = 1\n')
    async with dlmskit.serve(meter(), "memory:profiled"), connect("memory:profiled", profile=str(path)) as found:
        assert found.association.client == 16
    with pytest.raises(UsageError, match="No such file"):
        async with connect("memory:profiled", profile="nowhere.toml"):
            pass


async def test_a_file_of_ones_own_extends_another_beside_it_but_not_itself(tmp_path: Path) -> None:
    ours, base = tmp_path / "ours.toml", tmp_path / "base.toml"
    about = 'title = "Ours"\nconfidence = "low"\n'
    base.write_text(f'extends = "spodes"\n{about}default = "reader"\n')
    ours.write_text(f'extends = "base.toml"\n{about}')
    async with dlmskit.serve(meter(), "memory:profiled"):
        async with connect("memory:profiled", profile=str(ours), password="secret") as found:
            assert found.association.client == 32
        base.write_text(f'extends = "ours.toml"\n{about}')
        with pytest.raises(UsageError, match="none that leads back here"):
            async with connect("memory:profiled", profile=str(ours), password="secret"):
                pass


def test_the_physical_address_follows_from_the_serial_number() -> None:
    url = dlmskit.edge.url.ConnectionUrl.parse("hdlc+tcp://host:1?profile=mercury-234&serial_number=41234567")
    assert url.merge().association.physical == 67
    assert url.merge(physical=3).association.physical == 3
    plain = dlmskit.edge.url.ConnectionUrl.parse("hdlc+tcp://host:1?serial_number=41234567")
    assert plain.merge().association.physical == 5567


class Reversed(SharedSecret):
    """A maker's own mechanism."""

    def prove(self, facts: HlsFacts) -> bytes:
        return hashlib.sha256(facts.peer_challenge[::-1] + (facts.secret or b"")).digest()


async def test_a_profile_names_the_form_of_mechanism_2(tmp_path: Path) -> None:
    path, secret = tmp_path / "ours.toml", "0123456789abcdef"
    ours = 'extends = "is15959"\ntitle = "Ours"\nconfidence = "low"\n[roles.utility]\n'
    path.write_text(f'{ours}mechanism = "reversed"\n')
    device, role = Device(logical_name="DKT0000000000001"), f"{path}/utility"
    device.association(
        client=48, access=(Rule("*"),), mechanism=Mechanism.MANUFACTURER, hls=Reversed(), password=secret.encode()
    )
    device.association(client=80, access=(Rule("*"),), mechanism=Mechanism.MANUFACTURER, password=secret.encode())
    async with dlmskit.serve(device, "memory:profiled"):
        with pytest.raises(UsageError, match="'reversed', which is not built in") as refused:
            async with connect("memory:profiled", profile=role, password=secret):
                pass
        assert any("hls=" in hint for hint in refused.value.hints)
        async with connect("memory:profiled", profile=role, password=secret, hls=Reversed()) as found:
            assert found.association.client == 48
        async with connect("memory:profiled", profile="is15959/firmware", password=secret) as found:
            assert found.association.client == 80
        with pytest.raises(UsageError, match="needs a password"):
            async with connect("memory:profiled", profile="is15959/firmware"):
                pass
