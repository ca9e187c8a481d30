"""`dlmskit classes` as a user calls it."""

from __future__ import annotations

from pathlib import Path

from dlmskit.cosem.ics import STANDARD
from tests.acceptance.running import run


def test_all_classes_are_listed_within_80_columns(tmp_path: Path) -> None:
    ended = run(tmp_path, "classes")
    assert (ended.status, ended.err) == (0, "")
    assert max(map(len, ended.out.splitlines())) <= 80
    assert all(cls.__name__ in ended.out for cls in STANDARD)


def test_a_class_is_found_by_id_version_and_name(tmp_path: Path) -> None:
    by_id = run(tmp_path, "classes", "64", "--json").records
    assert [(record["name"], record["version"]) for record in by_id] == [("SecuritySetup_v0", 0), ("SecuritySetup", 1)]
    assert run(tmp_path, "classes", "64.1", "--json").records == by_id[1:]
    for name in ("SecuritySetup", "security_setup", "security setup"):
        assert run(tmp_path, "classes", name, "--json").records == by_id
    attributes = [item["name"] for item in by_id[1]["attributes"]]  # type: ignore[attr-defined]
    assert attributes[:3] == ["logical_name", "security_policy", "security_suite"]


def test_a_class_that_is_not_declared_is_said(tmp_path: Path) -> None:
    ended = run(tmp_path, "classes", "clok")
    assert (ended.status, "did you mean 'Clock'" in ended.last_line) == (2, True)
