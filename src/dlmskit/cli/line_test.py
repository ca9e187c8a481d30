"""`dlmskit line-test`: which octets a line loses, doubles or changes."""

from __future__ import annotations

from typing import Annotated

import typer

from dlmskit.cli.command import DONE, FAILED
from dlmskit.cli.output import Output
from dlmskit.client.transparency import examine_line
from dlmskit.edge.url import ConnectionUrl
from dlmskit.link.transparency import Transparency

_FEW = 8

Url = Annotated[
    str, typer.Argument(help="The line: serial:///dev/ttyUSB0?baud=9600, hdlc+tcp://host:port, …", metavar="URL")
]


async def line_test(output: Output, url: Url) -> int:
    """Test whether a line carries every octet.

    Its far end has to give back what it gets: a loopback plug (transmit joined to receive), a mirror before an optical probe, an echo. Ends with 1
    where octets are lost, doubled or changed.
    """
    line = ConnectionUrl.parse(url)
    with output.progress(f"testing {line.line}"):
        found = await examine_line(line)
    if output.as_json:
        output.emit({"line": str(line.line), **found.to_json()})
    else:
        _show(output, found)
    return FAILED if found.faults else DONE


def _show(output: Output, found: Transparency) -> None:
    if not found.faults:
        output.say("every octet came back as it was sent")
    for fault, octets in found.faults.items():
        output.say(f"{fault.value}: {_listed(octets)}")
    for cause in found.causes:
        output.say(f"  {cause}")


def _listed(octets: bytes) -> str:
    """Each octet, or how many and between which where they are many."""
    if len(octets) <= _FEW:
        return " ".join(f"0x{octet:02X}" for octet in octets)
    return f"{len(octets)} octets from 0x{octets[0]:02X} to 0x{octets[-1]:02X}"
