"""Every crypto case of the corpus: ciphertexts, tags, secrets and wraps, each computed by its own operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from dlmskit.security.agreement import concat_kdf, content_key, derive, exchange
from dlmskit.security.cipher import Aead, protect
from dlmskit.security.mechanisms import gmac_response, gmac_verify
from dlmskit.security.signature import load_private, public_octets
from dlmskit.security.suites import SUITES
from tests.corpus.ignored import BOOK
from tests.support import corpus
from tests.support.corpus import Case

Facts = Mapping[str, object]
hexed = bytes.fromhex


def _sealed(case: Case) -> Facts:
    said = case.expected
    title, counter, control = hexed(said["system_title"]), said["invocation_counter"], said["security_control"]
    key, ak = Aead(case.key("ek") or b""), case.key("ak")
    sealed = protect(hexed(said["plain"]), control=control, title=title, counter=counter, key=key, ak=ak)
    assert sealed[5:] == case.data
    return {"system_title": title, "security_control": sealed[0], "invocation_counter": int.from_bytes(sealed[1:5])} | {
        "plain": key.seal(title + sealed[1:5], sealed[5:-12], None)[:-16]
    }


def _gmac(case: Case) -> Facts:
    said = case.expected
    title, challenge = hexed(said["system_title"]), hexed(said["challenge"])
    key, ak = Aead(case.key("ek") or b""), case.key("ak") or b""
    answer = gmac_response(challenge, counter=said["invocation_counter"], title=title, key=key, ak=ak)
    assert answer.endswith(case.data)
    counter = gmac_verify(answer, challenge, title=title, key=key, ak=ak)
    return {"invocation_counter": counter, "f_stoc": answer, "security_control": answer[0], "system_title": title} | {
        "challenge": challenge,
        "challenge_ascii": challenge.decode("ascii", "replace"),
    }


def _stream(case: Case) -> Facts:
    """The text only: the tag that the annex prints fits no reading of the standard."""
    title = hexed(case.expected["system_title"])
    plain = Aead(case.key("ek") or b"").seal(title + case.data[1:5], case.data[5:-12], None)[:-16]
    same = next((other.data for other in corpus.all_cases() if other.id == case.expected.get("plain_is_case")), plain)
    return {
        "plain": plain,
        "plain_is_case": case.expected.get("plain_is_case") if plain == same else plain,
        "system_title": title,
        "security_control": case.data[0],
        "invocation_counter": int.from_bytes(case.data[1:5]),
    }


def _ecdh(case: Case) -> Facts:
    said = case.expected
    client, server = (load_private(hexed(said[f"private_{side}_ephemeral"]), 1) for side in ("client", "server"))
    publics = {"client": public_octets(client.public_key()), "server": public_octets(server.public_key())}
    z = exchange(client, publics["server"], 1)
    assert z == exchange(server, publics["client"], 1) == case.data
    parties = {"party_u": hexed(said["kdf_party_u"]), "party_v": hexed(said["kdf_party_v"])}
    return {"z": z, "derived_unicast_key": derive(z, **parties, suite=1)} | {
        f"public_{side}_ephemeral": octets for side, octets in publics.items()
    }


def _kdf(case: Case) -> Facts:
    u, v = hexed(case.expected["party_u"]), hexed(case.expected["party_v"])
    full = concat_kdf("sha256", case.data, SUITES[1].cipher_id + u + v, 32)
    key = content_key(case.data, originator=u, recipient=v, suite=1)
    return {"content_key": key, "sha256_out": full, "kdf_out": full, "party_u": u, "party_v": v}


def _ecdh_kdf(case: Case) -> Facts:
    own, peer = (load_private(int(case.expected[f"{side}_private"], 16), 1) for side in ("own", "peer"))
    return {"z": exchange(own, public_octets(peer.public_key()), 1), **_kdf(case)}


def _wrap(case: Case) -> Facts:
    return {"plain": aes_key_unwrap(case.key("kek") or b"", case.data)}


OPERATIONS: dict[str, Callable[[Case], Facts]] = {
    "gcm-auth-encrypt": _sealed,
    "hls-gmac": _gmac,
    "hls5-gmac": _gmac,
    "gcm-ctr-only": _stream,
    "ecdh-p256": _ecdh,
    "kdf-suite1": _kdf,
    "ecdh+kdf-suite1": _ecdh_kdf,
    "aes-keywrap": _wrap,
}

#: Members that are what the operation is fed with, or say which one it is.
_GIVEN = ("op", "private_client_ephemeral", "private_server_ephemeral", "kdf_party_u", "kdf_party_v", "own_private")
_GIVEN += ("peer_private", "header", "tag_reproducible")


@corpus.each("crypto")
def test_a_crypto_case_computes_as_its_source_says(case: Case) -> None:
    with BOOK.expecting(case):
        given: dict[str, Any] = {name: case.expected[name] for name in _GIVEN if name in case.expected}
        BOOK.compare(case, {**given, **OPERATIONS[case.expected["op"]](case)})
