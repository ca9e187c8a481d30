"""What was found, in lines for people."""

from __future__ import annotations

import pytest

from dlmskit.cli.explained import show_found
from dlmskit.cli.output import Output
from dlmskit.dissect import decode


def test_short_names_are_shown_as_meters_papers_have_them(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = decode(bytes.fromhex("0502 02fa08 043008011101"))
    show_found(Output(), found, first=True)
    shown = capsys.readouterr().out
    assert "name 0xFA08" in shown
    assert "name 0x3008, selector 1, parameter unsigned 1" in shown


def test_a_name_as_long_as_its_column_does_not_run_into_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = decode(bytes.fromhex("600f a109060760857405080101 8a020780"))
    show_found(Output(), found, first=True)
    assert "sender acse requirements\n" in capsys.readouterr().out
