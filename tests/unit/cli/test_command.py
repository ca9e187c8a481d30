from __future__ import annotations

from dlmskit.cli.command import one_line
from dlmskit.cli.connection import Connection
from dlmskit.cli.objects import rights_in_brief
from dlmskit.cli.rows import _groups, brief_time
from dlmskit.cosem.access import AccessMode, AccessRight, AttributeAccess, MethodAccess, MethodMode, ObjectListElement
from dlmskit.edge.options import MEMBERS
from dlmskit.errors import Timeout
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime


def test_an_error_is_one_line_with_its_causes_in_order() -> None:
    assert one_line(Timeout("no answer")) == "no answer"
    assert one_line(Timeout("no answer", hints=("wait",))) == "no answer. wait"
    assert one_line(Timeout("no\nanswer\x1b", hints=("a", "b"))) == "no answer\\x1b. 1) a. 2) b"
    assert one_line(ValueError("what")).startswith("unexpected ValueError: what. ")


def test_every_option_of_a_url_is_an_option_of_the_command() -> None:
    assert MEMBERS.keys() <= {parameter.name for parameter in Connection.parameters()}


def test_columns_that_do_not_fit_go_into_another_table() -> None:
    assert _groups([10, 10, 10], 24) == [[0, 1], [2]]
    assert _groups([50], 24) == [[0]]


def test_times_are_brief_where_nothing_is_lost() -> None:
    noon = CosemDateTime(bytes.fromhex("07ea0b16070c000000ffc400"))
    assert brief_time(noon) == "2026-11-22 12:00+01:00"
    assert brief_time(CosemDateTime(bytes.fromhex("07ea0b16070c000500800000"))) == "2026-11-22 12:00:05"
    assert brief_time(CosemDateTime(bytes.fromhex("ffff0b16070c000000800000"))).startswith("*-11-22")


def test_rights_in_brief() -> None:
    attributes = [AttributeAccess(n, AccessMode.READ_ONLY) for n in (1, 2, 3, 7)]
    attributes.append(AttributeAccess(8, AccessMode.READ_AND_WRITE))
    rights = AccessRight(tuple(attributes), (MethodAccess(1, MethodMode.ACCESS),))
    assert rights_in_brief(ObjectListElement(3, 0, Obis(bytes(6)), rights)) == "read 1-3,7-8 · write 8 · call 1"
    assert rights_in_brief(ObjectListElement(3, 0, Obis(bytes(6)))) == "no access"
