"""`dlmskit read`: attributes, objects, or everything the association shows."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.cli.command import DONE, FAILED, one_line
from dlmskit.cli.connection import Connection
from dlmskit.cli.fetch import denied, fetch
from dlmskit.cli.listing import row, show
from dlmskit.cli.objects import tell_unfit
from dlmskit.cli.output import Output
from dlmskit.cli.reading import Reading, refusal
from dlmskit.cli.targets import Target
from dlmskit.client import Meter
from dlmskit.client.readout import read_out
from dlmskit.client.saved.saved import Answer, Saved, kept
from dlmskit.client.saved.snapshot import Snapshot
from dlmskit.client.saved.survey import Survey
from dlmskit.cosem.access import ObjectListElement
from dlmskit.cosem.catalogue import title
from dlmskit.cosem.model import CosemObject, GenericObject
from dlmskit.errors import AccessRefused, DlmsError, ObjectUndefined, UsageError
from dlmskit.link.mode_c import DataSet

PROFILE_CLASS, BUFFER = 7, 2

Objects = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="OBJECT[/ATTRIBUTE]",
        show_default=False,
        help="What to read, such as clock/time, 1.0.1.8.0.255, 3:1-0:1.8.0*255/2. Without: everything.",
    ),
]


Save = Annotated[
    Path | None,
    typer.Option(
        "--save",
        metavar="FILE",
        dir_okay=False,
        show_default=False,
        help="Without OBJECT: keep the view and all values but secrets in a file that other commands take as the meter.",
    ),
]


async def read(connection: Connection, output: Output, objects: Objects = None, save: Save = None) -> int:
    """Read attributes of a meter.

    Without OBJECT the whole association view is read, with values and units; what the meter refuses is shown as refused.
    """
    if save is not None:
        _check_save(save, connection, objects or [])
    if connection.url.is_readout:
        return await _read_out(connection, output, objects or [])
    targets = [Target.of_attribute(text, connection.words) for text in objects or []]
    async with connection.meter(output) as meter:
        if not targets:
            await _read_view(meter, output, save)
            return DONE
        survey = Survey(meter.backend, afresh=True)
        complete = [await _read_target(meter, survey, output, target) for target in targets]
    if all(complete):
        return DONE
    if len(targets) > 1:
        output.note(f"{complete.count(False)} of {len(targets)} could not be read")
    return FAILED


def _check_save(save: Path, connection: Connection, objects: Collection[str]) -> None:
    """Say before the meter is read why it could not be saved. Raises UsageError."""
    if objects:
        raise UsageError("--save keeps everything the meter shows: leave the objects away")
    if connection.url.is_readout:
        raise UsageError("--save keeps the objects of an association, and a data readout has none")
    if not save.parent.is_dir():
        raise UsageError(f"--save {save}: there is no folder {save.parent}")
    if not os.access(save.parent, os.W_OK):
        raise UsageError(f"--save {save}: nothing may be written to the folder {save.parent.absolute()}")


async def _read_out(connection: Connection, output: Output, codes: Collection[str]) -> int:
    """Read what an optical port shows; of all that only `codes`, where there are any."""
    with output.progress(f"reading out {connection.url.line}"):
        sets = await read_out(replace(connection.url, options=connection.options))
    shown = [one for one in sets if not codes or one.code in codes or str(one.obis) in codes]
    for one in shown:
        name = str(one.obis or one.code)
        if output.as_json:
            output.emit(_readout_json(one, name))
        else:
            row(output, name, _readout_text(one))
    return DONE if shown else FAILED


def _readout_text(one: DataSet) -> str:
    """The value as it is to be understood, its unit, and when it was if the meter says so."""
    time = "" if one.time is None else f" at {one.time}"
    return f"{one.value} {one.unit}".rstrip() + time


def _readout_json(one: DataSet, name: str) -> dict[str, object]:
    """The shape of every reading; a readout knows neither classes nor types."""
    nothing = dict.fromkeys(("class_id", "version", "attribute"))
    told: dict[str, object] = {"object": name, **nothing, "name": one.code}
    described = None if one.obis is None else title(one.obis, None)
    return told | {
        "description": described,
        "type": None,
        "value": one.value.isoformat() if isinstance(one.value, datetime) else str(one.value),
        "unit": one.unit or None,
        "time": None if one.time is None else one.time.isoformat(),
        "raw": None,
        "scaler": None,
    }


async def _read_view(meter: Meter, output: Output, save: Path | None) -> None:
    with output.progress("reading the list of objects"):
        view = await meter.objects()
    survey, values = Survey(meter.backend), dict[AttributeDescriptor, Answer]()
    for entry in view:
        obj = survey.object(entry)
        # The entries of a profile may be thousands: people are told where to find them.
        is_left_out = obj.class_id == PROFILE_CLASS and not output.as_json
        instead = {BUFFER: f"see: dlmskit profile URL {obj.obis}"} if is_left_out else {}
        readings = await _read_listed(survey, obj, entry, instead if save is None else ())
        if save is not None:
            values |= kept(obj, {one.index: one.result for one in readings if entry.can_read(one.index)})
        _tell(output, obj, [one for one in readings if one.index not in instead], instead)
    tell_unfit(output, view)
    if save is not None:
        taken, found = meter.backend.environment.now(), meter.backend.plan.services.known
        Snapshot(Saved(meter.association, view, values, taken, found)).save(save)


async def _read_listed(
    survey: Survey, obj: CosemObject, entry: ObjectListElement, left_out: Collection[int] = ()
) -> list[Reading]:
    """Every attribute of an object that the view lists; those it may not read are not asked for."""
    listed = [access.attribute_id for access in entry.access_rights.attribute_access]
    listed = [index for index in listed if index not in left_out]
    readings = await fetch(survey, obj, [index for index in listed if entry.can_read(index)])
    read = {reading.index: reading for reading in readings}
    return [read.get(index) or denied(obj, index) for index in listed]


async def _read_target(meter: Meter, survey: Survey, output: Output, target: Target) -> bool:
    """Read what was named; whether it came. Of a whole object some attributes may be refused."""
    try:
        obj = await meter.object(target.obis, target.class_id, target.version)
        readings = await _read_named(meter, survey, obj, target)
    except AccessRefused as error:
        _tell_missing(output, target, error)
        return False
    _tell(output, obj, readings)
    if any(reading.is_read for reading in readings):
        return True
    for reading in readings[:1]:
        if isinstance(reading.result, DlmsError):
            output.note(one_line(reading.result))
    return False


async def _read_named(meter: Meter, survey: Survey, obj: CosemObject, target: Target) -> list[Reading]:
    if target.member is not None:
        return await fetch(survey, obj, [obj.attribute(target.member).attribute.index])
    if not isinstance(obj, GenericObject):
        return await fetch(survey, obj, list(obj.attributes))
    entry = (await meter.objects()).find(obj.obis, obj.class_id)
    if entry is None:
        raise ObjectUndefined(f"{obj}: the association does not show it, and its class is not known here")
    return await _read_listed(survey, survey.object(entry), entry)


def _tell(
    output: Output, obj: CosemObject, readings: Sequence[Reading], instead: Mapping[int, str] = MappingProxyType({})
) -> None:
    if not output.as_json:
        show(output, obj, readings, instead)
        return
    for reading in readings:
        output.emit(reading.to_json())


def _tell_missing(output: Output, target: Target, error: AccessRefused) -> None:
    if not output.as_json:
        row(output, str(target.obis), refusal(error), is_dim=True)
        output.note(one_line(error))
        return
    index = int(target.member) if target.member is not None and target.member.lstrip("-").isdecimal() else None
    output.emit(
        {
            "object": str(target.obis),
            "class_id": target.class_id,
            "version": target.version,
            "attribute": index,
            "name": target.member if index is None else None,
            "description": title(target.obis, target.class_id),
            "error": error.to_json(),
        }
    )
