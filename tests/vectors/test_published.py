"""Published vectors of the primitives, each with its source line."""

from __future__ import annotations

from base64 import urlsafe_b64decode

import pytest

from dlmskit.errors import AuthenticationFailed
from dlmskit.security.agreement import concat_kdf, exchange
from dlmskit.security.cipher import Aead
from dlmskit.security.keys import KeyRing
from dlmskit.security.signature import load_private, public_octets, sign, verify
from dlmskit.security.suites import SUITES

hexed = bytes.fromhex

# (suite, private key, public key x, y, message, r, s)
SIGNATURES = {
    "RFC 6979 A.2.5, P-256, SHA-256, 'sample'": (
        1,
        "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
        "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
        "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
        b"sample",
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    "RFC 6979 A.2.5, P-256, SHA-256, 'test'": (
        1,
        "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
        "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
        "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
        b"test",
        "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
        "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
    ),
    "RFC 6979 A.2.6, P-384, SHA-384, 'sample'": (
        2,
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
        "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13",
        "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720",
        b"sample",
        "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
        "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
    ),
    "RFC 6979 A.2.6, P-384, SHA-384, 'test'": (
        2,
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
        "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13",
        "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720",
        b"test",
        "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB",
        "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E06A739F040649A667BF3B828246BAA5A5",
    ),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_ecdsa(name: str) -> None:
    suite, private, x, y, message, r, s = SIGNATURES[name]
    public, key = hexed(x + y), load_private(hexed(private), suite)
    assert public_octets(key.public_key()) == public
    verify(hexed(r + s), message, public, suite)
    verify(sign(key, message, suite), message, public, suite)
    with pytest.raises(AuthenticationFailed):
        verify(hexed(r + s), message + b"\0", public, suite)


# (suite, the peer's x, y, own private key, Z)
AGREEMENTS = {
    "NIST CAVP ECC CDH primitive, P-256, count 0": (
        1,
        "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287",
        "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
        "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
        "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b",
    ),
    "NIST CAVP ECC CDH primitive, P-384, count 0": (
        2,
        "a7c76b970c3b5fe8b05d2838ae04ab47697b9eaf52e764592efda27fe7513272734466b400091adbf2d68c58e0c50066",
        "ac68f19f2e1cb879aed43a9969b91a0839c4c38a49749b661efedf243451915ed0905a32b060992b468c64766fc8437a",
        "3cc3122a68f0d95027ad38c067916ba0eb8c38894d22e1b15618b6818a661774ad463b205da88cf699ab4d43c9cf98a1",
        "5f9d29dc5e31a163060356213669c8ce132e22f57c9a04f40ba7fcead493b457e5621e766c40a2e3d4d6a04b25e533f1",
    ),
}


@pytest.mark.parametrize("name", AGREEMENTS)
def test_ecdh(name: str) -> None:
    suite, x, y, private, z = AGREEMENTS[name]
    assert exchange(load_private(hexed(private), suite), hexed(x + y), suite) == hexed(z)


def test_concatenation_kdf() -> None:
    """RFC 7518, appendix C: ECDH-ES with A128GCM, from Alice to Bob."""
    z = bytes((158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156))
    z += bytes((251, 49, 110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196))
    other = b"\0\0\0\x07A128GCM" + b"\0\0\0\x05Alice" + b"\0\0\0\x03Bob" + b"\0\0\0\x80"
    assert concat_kdf("sha256", z, other, 16) == urlsafe_b64decode("VqqN6vgjbSBcIijNcacQGg==")


_GCM_TEXT = hexed(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
# (key, ciphertext, tag) under IV cafebabefacedbaddecaf888 and additional data feedface…abaddad2
SEALED = {
    "GCM specification (McGrew, Viega), test case 4, AES-128": (
        "feffe9928665731c6d6a8f9467308308",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
        "5bc94fbc3221a5db94fae95ae7121a47",
    ),
    "GCM specification (McGrew, Viega), test case 16, AES-256": (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
}


@pytest.mark.parametrize("name", SEALED)
def test_aes_gcm(name: str) -> None:
    key, ciphertext, tag = map(hexed, SEALED[name])
    additional = hexed("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    assert Aead(key).seal(hexed("cafebabefacedbaddecaf888"), _GCM_TEXT, additional) == ciphertext + tag


# (suite, key data, wrapped) under the KEK 00 01 02 … as long as the suite's keys
WRAPPED = {
    "RFC 3394 4.1, 128 bits with a 128-bit KEK": (
        0,
        "00112233445566778899AABBCCDDEEFF",
        "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5",
    ),
    "RFC 3394 4.3, 128 bits with a 256-bit KEK": (
        2,
        "00112233445566778899AABBCCDDEEFF",
        "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7",
    ),
    "RFC 3394 4.6, 256 bits with a 256-bit KEK": (
        2,
        "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
    ),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_key_wrap(name: str) -> None:
    suite, key, wrapped = WRAPPED[name]
    ring = KeyRing(master=bytes(range(SUITES[suite].key_size)), suite=suite)
    assert ring.wrap(hexed(key)) == hexed(wrapped)
    assert ring.unwrap(hexed(wrapped)) == hexed(key)
