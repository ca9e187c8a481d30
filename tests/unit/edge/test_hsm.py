"""Keys in a token give what the same keys in memory give, and never leave it. Runs where SoftHSM is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dlmskit
from dlmskit.client import Security, connect
from dlmskit.edge.hsm import HsmKeys
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import AuthenticationFailed, MissingKey, RemoteProtocolError, UsageError
from dlmskit.security import signature
from dlmskit.security.cipher import protect, unprotect
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.server.access import Rule
from dlmskit.server.device import Device

EK, AK, MASTER = (bytes(range(start, start + 16)) for start in (1, 40, 80))
SIGNING, AGREEMENT = (KeyPair.drawn(bytes(range(start, start + 40)), 1) for start in (3, 9))
TITLE, PIN = b"CLI00001", "271828"
LABELS: dict[KeyRole | KeyUse, str] = {
    KeyRole.ENCRYPTION: "ek",
    KeyRole.MASTER: "master",
    KeyUse.SIGNATURE: "signing",
    KeyUse.AGREEMENT: "agreement",
}
LIBRARY = next((path for path in Path("/usr/lib").glob("**/libsofthsm2.so")), None)

pkcs11 = pytest.importorskip("pkcs11", reason="the extra [hsm] is not installed")
pytestmark = pytest.mark.skipif(
    LIBRARY is None or shutil.which("softhsm2-util") is None,
    reason="SoftHSM is not installed: keys in a token untested",
)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        made = ("--init-token", "--free", "--label", "lab", "--pin", PIN, "--so-pin", PIN)
        subprocess.run(["softhsm2-util", *made], check=True, capture_output=True)
        fill()
        yield "lab"


def fill() -> None:
    """The keys, put in as whoever runs the module would."""
    names: Any = pkcs11
    with names.lib(str(LIBRARY)).get_token(token_label="lab").open(rw=True, user_pin=PIN) as session:
        for label, key in (("ek", EK), ("master", MASTER)):
            session.create_object(
                {
                    names.Attribute.CLASS: names.ObjectClass.SECRET_KEY,
                    names.Attribute.KEY_TYPE: names.KeyType.AES,
                    names.Attribute.LABEL: label,
                    names.Attribute.TOKEN: True,
                    names.Attribute.SENSITIVE: True,
                    names.Attribute.EXTRACTABLE: False,
                    names.Attribute.ENCRYPT: True,
                    names.Attribute.WRAP: True,
                    names.Attribute.UNWRAP: True,
                    names.Attribute.VALUE: key,
                }
            )
        parameters = session.create_domain_parameters(
            names.KeyType.EC,
            {names.Attribute.EC_PARAMS: names.util.ec.encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        for label in ("signing", "agreement"):
            parameters.generate_keypair(
                store=True, label=label, capabilities=names.MechanismFlag.SIGN | names.MechanismFlag.DERIVE
            )


@pytest.fixture
def keys(token: str) -> Iterator[HsmKeys]:
    publics = {(b"DKT00001", KeyUse.SIGNATURE): SIGNING.public}
    with HsmKeys(str(LIBRARY), token, PIN, LABELS, ak=AK, publics=publics) as opened:
        yield opened


def test_a_token_ciphers_like_memory(keys: HsmKeys) -> None:
    ring = KeyRing(ek=EK, ak=AK)
    for control in (0x10, 0x20, 0x30):
        how: dict[str, Any] = {"title": TITLE, "ak": AK}
        in_token = protect(b"some text", control=control, counter=7, key=keys.aead(KeyRole.ENCRYPTION), **how)
        in_memory = protect(b"some text", control=control, counter=7, key=ring.aead(KeyRole.ENCRYPTION), **how)
        assert in_token == in_memory
        assert unprotect(in_memory, key=keys.aead(KeyRole.ENCRYPTION), **how).plaintext == b"some text"
    broken = bytearray(in_memory)
    broken[-1] ^= 1
    with pytest.raises(AuthenticationFailed):
        unprotect(bytes(broken), key=keys.aead(KeyRole.ENCRYPTION), title=TITLE, ak=AK)


def test_a_token_wraps_and_unwraps_like_memory(keys: HsmKeys) -> None:
    ring, key = KeyRing(master=MASTER), bytes(range(7, 23))
    assert keys.wrap(key) == ring.wrap(key)
    assert keys.unwrap(ring.wrap(key)) == key
    with pytest.raises(AuthenticationFailed):
        keys.unwrap(bytes(24))


def test_a_token_signs_and_agrees_on_keys(keys: HsmKeys) -> None:
    signer, agreement = keys.signer(1), keys.agreement(1)
    signature.verify(signer.sign(b"signed"), b"signed", signer.public, 1)
    with pytest.raises(AuthenticationFailed):
        signature.verify(signer.sign(b"signed"), b"other", signer.public, 1)
    assert agreement.exchange(AGREEMENT.public) == AGREEMENT.exchange(agreement.public)
    with pytest.raises(RemoteProtocolError):
        agreement.exchange(bytes(64))
    assert keys.public_key(b"DKT00001", KeyUse.SIGNATURE, 1) == SIGNING.public
    assert keys.public_key(b"DKT00002", KeyUse.SIGNATURE, 1) is None


def test_keys_are_named_and_not_shown(keys: HsmKeys) -> None:
    assert keys.fingerprint(KeyRole.ENCRYPTION) != keys.fingerprint(KeyRole.MASTER)
    assert keys.fingerprint(KeyRole.ENCRYPTION) == keys.fingerprint(KeyRole.ENCRYPTION)
    assert EK.hex() not in repr(keys)
    with pytest.raises(MissingKey, match="no label"):
        keys.aead(KeyRole.BROADCAST)


def test_a_token_that_is_not_there_is_said(token: str) -> None:
    with pytest.raises(UsageError, match="token 'other' cannot be used"):
        HsmKeys(str(LIBRARY), "other", PIN, LABELS)
    with pytest.raises(UsageError, match="cannot be used"):
        HsmKeys(str(LIBRARY), token, "wrong", LABELS)
    with HsmKeys(str(LIBRARY), token, PIN, {KeyRole.ENCRYPTION: "nothing"}) as opened, pytest.raises(MissingKey):
        opened.aead(KeyRole.ENCRYPTION)


async def test_a_meter_is_read_with_keys_that_never_leave_the_token(keys: HsmKeys) -> None:
    device = Device(logical_name="DKT0000000000001", system_title=b"DKT00001")
    device.association(client=1, access=(Rule("*"),), mechanism=5, keys=KeyRing(ek=EK, ak=AK))
    security = Security("both", keys=keys, system_title=TITLE, counters=MemoryCounterStore())
    async with (
        dlmskit.serve(device, "memory:token"),
        connect("memory:token", client=1, auth="gmac", security=security, invocation_counter=0) as meter,
    ):
        assert (await meter.logical_device_name.value).value == b"DKT0000000000001"
