"""`read` and `objects` against a served meter in another process."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from dlmskit import Snapshot
from tests.acceptance.conftest import Simulated
from tests.acceptance.running import AK, EK, GMAC, LOW, Ended, start

Dlmskit = Callable[..., Ended]
ENERGY, PROFILE = "1.0.1.8.0.255", "1.0.99.1.0.255"


def test_json_has_the_promised_shape(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("read", "--json", simulator.tcp, "0.0.42.0.0.255/value", "clock/time_zone", f"3:{ENERGY}/2")
    assert (ended.status, ended.err) == (0, "")
    name, zone, energy = ended.records
    assert name == {
        "object": "0.0.42.0.0.255",
        "class_id": 1,
        "version": 0,
        "attribute": 2,
        "name": "value",
        "description": "COSEM logical device name",
        "type": "octet-string",
        "value": b"DKT0000000000001".hex(),
        "unit": None,
        "raw": None,
        "scaler": None,
        "text": "DKT0000000000001",
    }
    assert {key: zone[key] for key in ("class_id", "attribute", "name", "type", "value")} == {
        "class_id": 8,
        "attribute": 3,
        "name": "time_zone",
        "type": "long",
        "value": -60,
    }
    raw = energy.pop("raw")
    assert isinstance(raw, int) and raw > 10**6
    assert energy == {
        "object": ENERGY,
        "class_id": 3,
        "version": 0,
        "attribute": 2,
        "name": "value",
        "description": "Active energy import (+A), time integral 1",
        "type": "double-long-unsigned",
        "value": f"{raw // 10}.{raw % 10}",
        "unit": "Wh",
        "scaler": -1,
    }


@pytest.mark.parametrize("options", [(), LOW, GMAC], ids=["none", "low", "gmac"])
@pytest.mark.parametrize("framing", ["tcp", "hdlc"])
def test_the_clock_is_read_in_every_cell(
    dlmskit: Dlmskit, simulator: Simulated, framing: str, options: tuple[str, ...]
) -> None:
    ended = dlmskit("read", "--json", getattr(simulator, framing), "clock/time", *options)
    assert ended.status == 0, ended.err
    assert re.fullmatch(r"2026-11-22T12:0\d:\d\d(\.\d+)?\+01:00", str(ended.records[0]["value"]))


def test_what_cannot_be_read_has_an_error_and_the_rest_is_read(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("read", "--json", simulator.tcp, "1.0.77.8.0.255/2", "0.0.40.0.0.255/secret", f"{ENERGY}/2")
    assert ended.status == 1
    assert ended.last_line == "dlmskit: 2 of 3 could not be read"
    undefined, denied, energy = ended.records
    assert undefined["error"] == {
        "kind": "object-undefined",
        "code": 4,
        "message": "1.0.77.8.0.255: the association of client=16 does not show it",
        "offset": None,
    }
    error = denied["error"]
    assert isinstance(error, dict) and error["kind"] == "read-write-denied" and error["code"] == 3
    assert "value" not in undefined and "value" not in denied and energy["unit"] == "Wh"


def test_the_whole_view_shows_refused_attributes_and_is_done(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("read", simulator.tcp)
    assert (ended.status, ended.err) == (0, "")
    assert re.search(r"^  7 secret +\(read write denied\)$", ended.out, re.MULTILINE)
    assert re.search(r"^  2 time +2026-11-22T12:\d\d:\d\d(\.\d\d)?\+01:00$", ended.out, re.MULTILINE)
    assert re.search(rf"^{re.escape(ENERGY)} +Active energy import .* \d+\.\d Wh$", ended.out, re.MULTILINE)
    assert max(map(len, ended.out.splitlines())) <= 80


def test_the_whole_view_as_json_has_every_attribute_and_every_entry_of_the_profile(
    dlmskit: Dlmskit, simulator: Simulated
) -> None:
    ended = dlmskit("read", "--json", simulator.tcp)
    assert ended.status == 0
    found = {(record["class_id"], record["object"], record["attribute"]): record for record in ended.records}
    assert all(("value" in record) != ("error" in record) for record in found.values())
    entries = found[7, "1.0.99.1.0.255", 2]["value"]
    assert isinstance(entries, dict) and len(entries["array"]) == 2880
    assert [key for key, record in found.items() if "error" in record] == [(15, "0.0.40.0.0.255", 7)]


def test_an_object_is_read_with_its_attributes(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("read", "--json", simulator.tcp, "clock")
    assert ended.status == 0
    assert [record["attribute"] for record in ended.records] == list(range(1, 10))


def test_objects_tells_classes_and_rights(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("objects", "--json", simulator.tcp)
    assert ended.status == 0
    clock = next(record for record in ended.records if record["object"] == "0.0.1.0.0.255")
    assert {key: clock[key] for key in ("class_id", "version", "class", "description")} == {
        "class_id": 8,
        "version": 0,
        "class": "Clock",
        "description": "Clock",
    }
    attributes, methods = clock["attributes"], clock["methods"]
    assert isinstance(attributes, list) and isinstance(methods, list)
    assert attributes[1] == {"attribute": 2, "name": "time", "access": "read"}
    assert methods[5] == {"method": 6, "name": "shift_time", "access": "no access"}
    for_people = dlmskit("objects", simulator.tcp)
    assert re.search(r"^0\.0\.1\.0\.0\.255 +Clock 8\.0 +Clock$", for_people.out, re.MULTILINE)
    assert max(map(len, for_people.out.splitlines())) <= 80


def test_secrets_come_from_the_environment_and_from_a_file(
    dlmskit: Dlmskit, simulator: Simulated, tmp_path: object
) -> None:
    password = {"DLMSKIT_PASSWORD": "ascii:dlmskit1"}
    ended = dlmskit("read", simulator.tcp, "clock/time", "--client", "32", "--auth", "low", env=password)
    assert ended.status == 0, ended.err
    public = dlmskit("read", simulator.tcp, "clock/time", env=password)
    assert public.status == 0, "a password in the environment is no reason to authenticate"


def test_a_keys_file_that_others_can_read_is_warned_about(
    dlmskit: Dlmskit, simulator: Simulated, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("keys") / "keys.toml"
    file.write_text(f'ek = "{EK}"\nak = "{AK}"\nsystem_title = "ascii:DKCtest1"\n')
    arguments = ("read", simulator.tcp, "clock/time", "--client", "1", "--auth", "gmac", "--keys", str(file))
    file.chmod(0o644)
    warned = dlmskit(*arguments)
    assert warned.status == 0
    assert warned.err == f"dlmskit: warning: {file} can be read by others: chmod 600 {file}\n"
    file.chmod(0o600)
    assert dlmskit(*arguments).err == ""


def test_counters_go_on_from_one_command_to_the_next(dlmskit: Dlmskit, simulator: Simulated) -> None:
    first, second = (dlmskit("read", simulator.tcp, "clock/time", *GMAC, "-v") for _ in range(2))
    assert (first.status, second.status) == (0, 0)
    assert '"name": "aarq"' in first.err and first.err.count('"name": "aarq"') == 2, "the counter is discovered"
    assert second.err.count('"name": "aarq"') == 1, "and known from then on"


def test_without_a_place_for_counters_nothing_is_ciphered(
    dlmskit: Dlmskit, simulator: Simulated, tmp_path_factory: pytest.TempPathFactory
) -> None:
    taken = tmp_path_factory.mktemp("state") / "file"
    taken.write_text("")
    ended = dlmskit("read", simulator.tcp, "clock/time", *GMAC, env={"DLMSKIT_STATE": str(taken / "below")})
    assert ended.status == 2
    assert str(taken) in ended.last_line


def test_save_keeps_the_view_and_every_value_but_the_rows_people_are_not_shown(
    dlmskit: Dlmskit, simulator: Simulated, tmp_path: Path
) -> None:
    path = tmp_path / "meter.json"
    ended = dlmskit("read", simulator.tcp, "--save", str(path))
    assert (ended.status, ended.err) == (0, "")
    assert f"see: dlmskit profile URL {PROFILE}" in ended.out
    snapshot = Snapshot.load(path)
    shown = [record["object"] for record in dlmskit("objects", "--json", simulator.tcp).records]
    assert [str(entry.logical_name) for entry in snapshot.objects()] == shown
    assert len(snapshot.profile(PROFILE).all()) == 2880
    assert [extra.value for extra in snapshot.saved.services] == ["with_list"]
    never = tmp_path / "never.json"
    assert dlmskit("read", simulator.tcp, "--save", str(never), "--with-list", "never").status == 0
    assert not Snapshot.load(never).saved.services
    for command in (("objects",), ("read", ENERGY), ("profile", PROFILE, "--last", "3")):
        offline, online = (dlmskit(command[0], where, *command[1:], "--json") for where in (str(path), simulator.tcp))
        assert (offline.status, offline.err) == (0, "")
        assert command[0] == "read" or offline.out == online.out
    assert str(snapshot.register(ENERGY).quantity()) in ended.out


def test_what_does_not_fit_is_shown_as_it_came_with_a_note(dlmskit: Dlmskit, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text(ODD)
    ended = dlmskit("read", str(path), "--json")
    assert ended.status == 0
    value, scaler, entry = ended.records
    assert (value["value"], value["unit"]) == (7, None)
    assert value["note"] == scaler["note"] and "expected structure" in scaler["note"]
    assert scaler["value"] is True
    assert (entry["object"], entry["entry"], entry["value"]) == (None, 1, {"long": 3})
    assert dlmskit("objects", str(path), "--json").records[-1] == entry
    for command in ("read", "objects"):
        shown = dlmskit(command, str(path))
        assert "entry 1 of the list names no object: 3 (no structure)" in shown.err
        assert shown.status == 0
    assert "7 (3:1.0.1.8.0.255/scaler_unit: expected" in dlmskit("read", str(path), f"{ENERGY}/value").out
    again = tmp_path / "again.json"
    assert dlmskit("read", str(path), "--save", str(again)).status == 0
    assert Snapshot.load(again).saved.view == Snapshot.load(path).saved.view
    assert Snapshot.load(again).saved.values == Snapshot.load(path).saved.values


ODD = """{"dlmskit": "snapshot", "version": 1, "taken": "2026-11-22T14:00:00+00:00", "association": {
"client": 16, "server": 1, "auth": "none", "level": "none", "conformance": 0, "max_pdu_sent": 0, "max_pdu_received": 0,
"server_system_title": null}, "rights": "modes", "unfit": [{"entry": 1, "value": {"long": 3}, "note": "no structure"}],
"objects": [{"object": "1.0.1.8.0.255", "class_id": 3, "version": 0, "methods": [], "attributes": [
  {"attribute": 2, "access": 1, "value": {"unsigned": 7}}, {"attribute": 3, "access": 1, "value": {"boolean": true}}]}]}
"""


def test_a_saved_meter_is_simulated_and_reads_the_same(dlmskit: Dlmskit, simulator: Simulated, tmp_path: Path) -> None:
    path, again = tmp_path / "meter.json", tmp_path / "again.json"
    assert dlmskit("read", simulator.tcp, "--save", str(path), "--json").status == 0
    process = start(tmp_path, "simulate", str(path), "--tcp", "0")
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    url = process.stdout.readline().strip()
    ended = dlmskit("read", url, "--save", str(again), "--json")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert (ended.status, process.returncode) == (0, 0)
    assert Snapshot.load(again).saved.values == Snapshot.load(path).saved.values


def test_a_simulated_meter_stands_on_any_other_line(dlmskit: Dlmskit, tmp_path: Path) -> None:
    process = start(tmp_path, "simulate", "--on", "mbus+tcp://127.0.0.1:0", "--on", "mode-d+tcp://127.0.0.1:0")
    assert process.stdout is not None
    ready, bus, port = (process.stdout.readline().strip() for _ in range(3))
    read = [dlmskit("read", bus, ENERGY), dlmskit("read", port, ENERGY)]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert (ready, process.returncode) == ("ready", 0)
    assert [ended.status for ended in read] == [0, 0]
    assert all(" Wh" in ended.out for ended in read)
