"""`dlmskit keys` as a user calls it: a key file, what is wrong with keys, certificates of a laboratory."""

from __future__ import annotations

from pathlib import Path

from dlmskit.security.certificates import certificate_request, parse_certificate
from dlmskit.security.signature import draw_private
from tests.acceptance.running import AK, EK, run

WITH = {"DLMSKIT_PASSPHRASE": "correct horse"}
ONE, TWO = "444b540000000001", "444b540000000002"


def test_keys_are_drawn_listed_and_forgotten(tmp_path: Path) -> None:
    file = str(tmp_path / "keys")
    made = run(tmp_path, "keys", "new", file, ONE, "--json", env=WITH)
    assert made.status == 0, made.err
    (record,) = made.records
    assert (record["title"], record["suite"], record["pending"]) == (ONE, 0, [])
    assert record["fingerprints"].keys() == {"encryption", "authentication", "master"}  # type: ignore[attr-defined]
    assert run(tmp_path, "keys", "list", file, "--json", env=WITH).records == [record]
    again = run(tmp_path, "keys", "new", file, ONE, env=WITH)
    assert (again.status, "remove them first" in again.last_line) == (2, True)
    assert run(tmp_path, "keys", "remove", file, ONE, env=WITH).status == 0
    gone = run(tmp_path, "keys", "list", file, env=WITH)
    assert (gone.status, gone.out) == (0, "")


def test_a_wrong_passphrase_or_none_is_said(tmp_path: Path) -> None:
    file = str(tmp_path / "keys")
    assert run(tmp_path, "keys", "new", file, ONE, env=WITH).status == 0
    wrong = run(tmp_path, "keys", "list", file, env={"DLMSKIT_PASSPHRASE": "wrong"})
    assert (wrong.status, "passphrase is wrong" in wrong.last_line) == (1, True)
    none = run(tmp_path, "keys", "list", file)
    assert (none.status, "DLMSKIT_PASSPHRASE" in none.last_line) == (2, True)
    missing = run(tmp_path, "keys", "list", str(tmp_path / "nowhere"), env=WITH)
    assert (missing.status, "is no key file" in missing.last_line) == (2, True)


def test_A77_keys_that_protect_nothing_are_found(tmp_path: Path) -> None:
    file = str(tmp_path / "keys")
    assert run(tmp_path, "keys", "new", file, ONE, env=WITH).status == 0
    fine = run(tmp_path, "keys", "check", file, env=WITH)
    assert (fine.status, fine.out) == (0, "nothing found\n")
    assert run(tmp_path, "keys", "put", file, TWO, "--ek", EK, "--ak", AK, env=WITH).status == 0
    found = run(tmp_path, "keys", "check", file, "--json", env=WITH)
    assert found.status == 1
    assert [(record["titles"], record["role"]) for record in found.records] == [
        ([TWO], "encryption"),
        ([TWO], "authentication"),
    ]
    assert EK.lower() not in (found.out + found.err).lower()


def test_a_key_file_stands_in_for_a_keys_file(tmp_path: Path) -> None:
    file = str(tmp_path / "keys")
    put = run(tmp_path, "keys", "put", file, "--ek", EK, "--ak", AK, env=WITH)
    assert put.status == 0, put.err
    sealed = "db08" + "4b464d1020001234" + "1e" + "3000000001" + "00" * 25
    right = run(tmp_path, "decode", sealed, "--keys", file, "--json", env=WITH)
    assert '"tag": "wrong"' in right.out, "there are keys, and the tag is compared"
    assert '"tag": "no-key"' in run(tmp_path, "decode", sealed, "--json").out


def test_an_authority_issues_what_is_asked_of_it(tmp_path: Path) -> None:
    folder, request = tmp_path / "ca", tmp_path / "meter.csr"
    assert run(tmp_path, "keys", "ca", str(folder), env=WITH).status == 0
    assert (folder / "authority.key").stat().st_mode & 0o077 == 0
    request.write_bytes(certificate_request(draw_private(bytes(range(40)), 1), b"DKT00001"))
    issued = run(tmp_path, "keys", "issue", str(folder), str(request), "--use", "agreement", "--json", env=WITH)
    assert issued.status == 0, issued.err
    (record,) = issued.records
    assert (record["title"], record["use"], record["suite"]) == (b"DKT00001".hex(), "agreement", 1)
    assert parse_certificate((tmp_path / "meter.crt").read_bytes()).title == b"DKT00001"
    wrong = run(tmp_path, "keys", "issue", str(folder), str(request), env={"DLMSKIT_PASSPHRASE": "wrong"})
    assert (wrong.status, "passphrase is wrong" in wrong.last_line) == (2, True)
    assert run(tmp_path, "keys", "ca", str(folder), env=WITH).status == 2
