"""Reading all of a meter, in the order that costs least and can be understood as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeAlias

from dlmskit.apdu.base import AttributeRequest, DataAccessResult
from dlmskit.client.backend import MeterBackend, described
from dlmskit.client.saved.saved import Saved, declared, is_kept, kept
from dlmskit.client.view import View
from dlmskit.cosem.access import ObjectListElement
from dlmskit.cosem.model import CosemObject
from dlmskit.data.value import Value
from dlmskit.errors import DlmsError, Refused, RemoteProtocolError, access_refused
from dlmskit.session.services import exchanges
from dlmskit.session.services.steps import Service

#: What came of each attribute asked for, by number.
Answers: TypeAlias = dict[int, Value | DlmsError]

#: Too large to be asked for together with others.
_ALONE = ("buffer", "object_list")


class Survey:
    """Reads objects, attribute by attribute or several in one request.

    afresh  read also what is remembered

    What is static comes first, so a scaler before its value and the captured columns before the buffer.
    """

    __slots__ = ("_afresh", "_backend")

    def __init__(self, backend: MeterBackend, *, afresh: bool = False) -> None:
        self._backend, self._afresh = backend, afresh

    def object(self, entry: ObjectListElement) -> CosemObject:
        """The object an entry of the view names, in its class and version."""
        classes = self._backend.plan.classes
        return classes.object(entry.class_id, entry.version, entry.logical_name, self._backend)

    async def read(self, obj: CosemObject, indices: Iterable[int]) -> Answers:
        """The attributes of those numbers; what cannot be read has its error. Raises where the line is lost."""
        found: Answers = {}
        wanted = sorted(dict.fromkeys(indices), key=lambda index: _rank(obj, index))
        for index in () if self._afresh else wanted:
            value = self._backend.remembered(obj.attribute(index))
            if value is not None:
                found[index] = value
        together = [index for index in wanted if index not in found and not _is_alone(obj, index)]
        if len(together) > 1:
            found |= await self._read_together(obj, together)
        for index in wanted:
            if index not in found:
                found[index] = await self._read_one(obj, index)
        return found

    async def everything(
        self, view: View, wanted: Callable[[CosemObject, int], bool] = lambda obj, index: True
    ) -> AsyncIterator[tuple[ObjectListElement, CosemObject, Answers]]:
        """Every object the view shows with every attribute it lets be read, object by object.

        wanted  whether an attribute of an object is
        """
        for entry in view:
            obj = self.object(entry)
            yield entry, obj, await self.read(obj, [index for index in entry.readable if wanted(obj, index)])

    async def _read_together(self, obj: CosemObject, indices: list[int]) -> Answers:
        refs = [obj.attribute(index) for index in indices]
        requests = [AttributeRequest(described(ref)) for ref in refs]
        demanded = self._backend.demanded(*[request.attribute for request in requests])
        service = Service(lambda context: exchanges.get_many(context, requests), protection=demanded)
        try:
            results = await self._backend.ask(service, obj)
        except (Refused, RemoteProtocolError):
            return {}
        found: Answers = {}
        for index, ref, result in zip(indices, refs, results, strict=True):
            if isinstance(result, DataAccessResult):
                error = access_refused(result.code, str(ref))
                self._backend.explain(error, ref)
                found[index] = error
            else:
                found[index] = result
        return found

    async def _read_one(self, obj: CosemObject, index: int) -> Value | DlmsError:
        ref = obj.attribute(index)
        try:
            return await self._backend.read(described(ref), None, ref)
        except (Refused, RemoteProtocolError) as error:
            return error


async def survey(backend: MeterBackend, view: View) -> Saved:
    """Everything the view lets be read, to be kept."""
    values = {}
    async for _, obj, answers in Survey(backend).everything(view, is_kept):
        values.update(kept(obj, answers))
    return Saved(backend.facts, view, values, backend.environment.now(), backend.plan.services.known)


def _rank(obj: CosemObject, index: int) -> tuple[bool, bool]:
    one = declared(obj, index)
    return _is_alone(obj, index), one is None or not one.static


def _is_alone(obj: CosemObject, index: int) -> bool:
    one = declared(obj, index)
    return one is not None and one.name in _ALONE
