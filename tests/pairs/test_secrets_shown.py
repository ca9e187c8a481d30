"""A76: no key, password or secret is shown in any channel, whatever goes right or wrong."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import dlmskit
from dlmskit.client import Call, Security, Set, connect
from dlmskit.cosem.ics import AssociationLN_v1, SecuritySetup
from dlmskit.cosem.ics.security import KeyTransfer
from dlmskit.data.value import Tag, Value
from dlmskit.edge.keyfiles import KeyFile, MeterKeys
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import DlmsError, ReadWriteDenied
from dlmskit.explain import Known, auth
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.server.access import Rule
from dlmskit.server.device import Device
from dlmskit.trace import TraceEvent
from tests.pairs.test_key_change import named
from tests.support.leaks import Channels, forms, leaks

CLIENT, SERVER, SETUP = b"CLI00001", b"DKT00001", "0.0.43.0.0.255"
SECRETS = {
    "ek": bytes.fromhex("8a5f3be1907c42d6f01be3724dc9a5e8"),
    "ak": bytes.fromhex("17b0c4e95d2f8a6340e1d7f29c38ab56"),
    "master": bytes.fromhex("c3914ed02b7fa8651de43c90f7b25a08"),
    "new ek": bytes.fromhex("5be0127fc8a396d441f8270b9ed53c6a"),
    "wrong ek": bytes.fromhex("e40d9b3657c2f18a0377bd9f41ce2865"),
    "dedicated": bytes.fromhex("29f6a0c75d1b83e4709e4cd2b8356af1"),
    "broadcast": bytes.fromhex("94c7e10a6b3fd8527c2fa98e05d1b36e"),
    "password": b"Xq7-secret-word",
    "wrong password": b"Zk3-other-words",
    "hls secret": b"Wm5-long-hls-secret",
    "private key": bytes.fromhex("3d7a06e9c15bf82490ed73ab6c28f1549fe3027bd8c645a17e90cd3b52f8641d"),
}
MECHANISMS = {2: b"Wm5-long-hls-sec", **dict.fromkeys((3, 4, 6), SECRETS["hls secret"])}
COUNTERS = MemoryCounterStore()
PAIR = KeyPair(SECRETS["private key"], 1)


def ring(**changes: Any) -> KeyRing:
    keys = {name: SECRETS[name] for name in ("ek", "ak", "master", "broadcast")}
    publics = {(title, KeyUse.SIGNATURE): PAIR.public for title in (CLIENT, SERVER)}
    return KeyRing(**{**keys, "signing": PAIR, "publics": publics, **changes})


def meter() -> Device:
    device = Device(logical_name="DKT0000000000001", system_title=SERVER)
    device.add(SecuritySetup(SETUP, security_suite=0, server_system_title=SERVER))
    everything = (Rule("*", call=("*",)),)
    device.association(client=1, access=everything, mechanism=5, keys=ring(), security_setup=SETUP)
    device.association(client=32, access=everything, mechanism=1, password=SECRETS["password"])
    for mechanism, secret in MECHANISMS.items():
        device.association(client=64 + mechanism, access=everything, mechanism=mechanism, password=secret)
    return device


def security(**changes: Any) -> Security:
    given = {"keys": ring(), "system_title": CLIENT, "counters": COUNTERS, **changes}
    return Security(**given)


def scenarios() -> list[dict[str, Any]]:
    """Associations that work and that do not, each with everything it was given."""
    gmac: dict[str, Any] = {"client": 1, "auth": "gmac", "invocation_counter": 0}
    wrong = ring(ek=SECRETS["wrong ek"])
    with_dedicated = security(dedicated=SECRETS["dedicated"], counters=MemoryCounterStore())  # good for one association
    return [
        {**gmac, "security": security()},
        {**gmac, "security": security(keys=wrong)},
        {**gmac, "security": security(level="encrypted")},
        {**gmac, "security": with_dedicated, "invocation_counter": 10_000},
        {"client": 32, "auth": "low", "password": SECRETS["password"]},
        {"client": 32, "auth": "low", "password": SECRETS["wrong password"]},
        *(
            {
                "client": 64 + number,
                "auth": name,
                "password": MECHANISMS[number],
                "security": Security("none", system_title=CLIENT),
            }
            for number, name in ((2, "manufacturer"), (3, "md5"), (4, "sha1"), (6, "sha256"))
        ),
        {"client": 67, "auth": "md5", "password": SECRETS["wrong password"]},
        {"client": 66, "auth": "manufacturer", "password": SECRETS["wrong password"][:15] + b"!"},
    ]


async def converse(channels: Channels, url: str, given: dict[str, Any]) -> None:
    channels.add("repr", *map(repr, (one for one in given.values() if not isinstance(one, bytes))))
    try:
        async with connect(url, trace=channels.trace, **given) as found:
            channels.add("repr", repr(found), repr(found.association))
            channels.add("associated", given["auth"])
            for attribute in (2, 3, 7, 99):
                try:
                    await found.read_attribute(15, "0.0.40.0.0.255", attribute)
                except DlmsError as error:
                    channels.error(error)
            if given["client"] == 1:
                wrapped = ring().wrap(SECRETS["new ek"])
                setup = SecuritySetup(SETUP, found.backend)
                await found.call(setup.key_transfer, (KeyTransfer(named(9), wrapped),))
    except DlmsError as error:
        channels.error(error)


class Handler(logging.Handler):
    """What is logged, as a log file has it."""

    def __init__(self, channels: Channels) -> None:
        super().__init__(logging.DEBUG)
        self._channels = channels

    def emit(self, record: logging.LogRecord) -> None:
        self._channels.add("log", self.format(record), repr(record.__dict__))


@contextmanager
def logged(channels: Channels) -> Iterator[None]:
    root, handler = logging.getLogger(), Handler(channels)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


async def everything_shown(tmp_path: Any) -> Channels:
    channels = Channels()
    with logged(channels):
        for url in ("memory:secret", "hdlc+memory:secret"):
            device = meter()
            channels.add("repr", repr(device), *map(repr, device.offers), *map(repr, device.objects))
            async with dlmskit.serve(device, url, trace=channels.trace) as served:
                channels.add("repr", repr(served))
                for given in scenarios():
                    await converse(channels, url, given)
        captured: list[bytes] = []
        async with dlmskit.serve(meter(), "memory:secret"):
            try:
                async with connect("memory:secret", trace=_frames_into(captured), **scenarios()[0]):
                    pass
            except DlmsError as error:
                channels.error(error)
        text = b"\n".join(captured)
        for known in (Known(ek=SECRETS["ek"], ak=SECRETS["ak"]), Known(ek=SECRETS["ak"], ak=SECRETS["ek"])):
            explained = auth(text, known)
            channels.add("explained", repr(known), repr(explained), *(step.to_json() for step in explained.steps))
        for found in dlmskit.decode(captured[0], keys=ring()):
            channels.add("decoded", repr(found), found.to_json())
        with KeyFile(tmp_path / "keys", b"a passphrase", cost=16) as file:
            kept = file.change(SERVER, lambda before: MeterKeys({KeyRole.ENCRYPTION: SECRETS["ek"]}))
            channels.add("repr", repr(file), repr(kept), repr(file.ring()))
            channels.add("key file", (tmp_path / "keys").read_bytes())
    channels.add("repr", repr(PAIR), repr(ring()), repr(security()))
    return channels


def _frames_into(captured: list[bytes]) -> Any:
    def tell(event: TraceEvent) -> None:
        if event.layer == "wrapper" and event.data:
            captured.append(event.data.hex().encode())

    return tell


async def test_A76_no_secret_is_shown_in_any_channel(tmp_path: Any) -> None:
    channels = await everything_shown(tmp_path)
    shown = channels.octets()
    assert shown.keys() >= {"trace", "repr", "errors", "json", "explained", "decoded", "key file"}
    assert min(map(len, (shown["trace"], shown["repr"], shown["errors"]))) > 1000
    associated = ["gmac", "gmac", "low", "manufacturer", "md5", "sha1", "sha256"]
    assert sorted(shown["associated"].decode().split()) == sorted(2 * associated)
    hidden = {**SECRETS, "mechanism 2": MECHANISMS[2]}
    assert leaks(shown, hidden) == set()


@pytest.mark.parametrize("channel", ["trace", "repr", "errors", "json", "log", "explained", "decoded", "key file"])
@pytest.mark.parametrize("secret", ["ek", "password", "private key"])
def test_A76_a_planted_leak_is_found_in_every_channel_and_form(channel: str, secret: str) -> None:
    for form in forms(SECRETS[secret]):
        channels = Channels()
        channels.add(channel, b"before " + form + b" after")
        assert leaks(channels.octets(), SECRETS) == {(channel, secret)}


def test_A76_the_channels_take_what_is_planted_in_an_error_an_event_and_a_log() -> None:
    channels, secret = Channels(), SECRETS["password"]
    try:
        try:
            raise ValueError(f"inner {secret!r}")
        except ValueError as inner:
            raise DlmsError("outer") from inner
    except DlmsError as error:
        channels.error(error)
    channels.trace(TraceEvent(0.0, "line", "in", "planted", secret, {}))
    with logged(channels):
        logging.getLogger("asyncio").debug("planted %r", secret)
    assert {channel for channel, _ in leaks(channels.octets(), {"password": secret})} >= {"errors", "trace", "log"}
    assert sys.exception() is None


@pytest.mark.parametrize("framing", ["memory:told", "hdlc+memory:told"])
@pytest.mark.parametrize("way", ["set", "call", "access", "by number", "method by number"])
async def test_A76_a_secret_that_is_written_stands_in_no_trace_of_who_writes_it(framing: str, way: str) -> None:
    told: list[TraceEvent] = []
    new = SECRETS["new ek"]
    async with (
        dlmskit.serve(meter(), framing),
        connect(framing, client=32, auth="low", password=SECRETS["password"], trace=told.append) as client,
    ):
        own = AssociationLN_v1("0.0.40.0.0.255", client.backend)
        writes = {
            "set": lambda: client.set(own.secret, new),
            "call": lambda: client.call(own.change_hls_secret, new),
            "access": lambda: client.access(Set(own.secret, new), Call(own.change_hls_secret, new)),
            "by number": lambda: client.write_attribute(15, own.obis, 7, Value(Tag.OCTET_STRING, new)),
            "method by number": lambda: client.call_method(15, own.obis, 2, Value(Tag.OCTET_STRING, new)),
        }
        with suppress(ReadWriteDenied):
            await writes[way]()
    sent = [event for event in told if event.direction == "out" and event.data]
    assert any(len(event.data or b"") > len(new) and event.secrets for event in sent)
    assert leaks({"trace": b"".join(event.data or b"" for event in told)}, {"new": new}) == set()
