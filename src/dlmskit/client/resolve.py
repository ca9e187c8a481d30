"""From a bare OBIS code to an object of the right class and version."""

from __future__ import annotations

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.client.backend import MeterBackend
from dlmskit.client.view import (
    ASSOCIATION_CLASS,
    CURRENT_ASSOCIATION,
    OBJECT_LIST,
    View,
    read_view,
    short_name_view,
)
from dlmskit.cosem.catalogue import usual_classes
from dlmskit.cosem.ics import ExtendedRegister, Register
from dlmskit.cosem.model import CosemObject
from dlmskit.errors import AccessRefused, ObjectClassInconsistent, ObjectUndefined, UnfitValue
from dlmskit.obis import Obis
from dlmskit.session.naming import ASSOCIATION, NameBook
from dlmskit.session.services import exchanges
from dlmskit.session.services.short_names import names_of
from dlmskit.session.services.steps import Service

LOGICAL_NAME = 1
#: From this version on an association by short names tells the rights over its objects.
RIGHTS_FROM_VERSION = 2


class Resolver:
    """Knows the view once it was read, and the classes that were found by trying."""

    __slots__ = ("_backend", "_found")

    def __init__(self, backend: MeterBackend) -> None:
        self._backend = backend
        self._found: dict[Obis, int] = {}

    async def view(self, *, refresh: bool = False) -> View:
        view = self._view
        if view is None or refresh:
            book = self._backend.plan.names
            view = self._backend.view = await (self._read_view() if book is None else self._read_names(book))
        return view

    async def _read_view(self) -> View:
        descriptor = AttributeDescriptor(ASSOCIATION_CLASS, CURRENT_ASSOCIATION, OBJECT_LIST)
        service = Service(lambda context: exchanges.get_octets(context, descriptor))
        return read_view(await self._backend.ask(service, "the object list"))

    async def _read_names(self, book: NameBook) -> View:
        """The same by short names, where the rights stand apart, if they are told at all."""
        book.known = None if self._view is not None else book.known
        names = await self._backend.ask(Service(names_of), "the object list")
        own = next((entry for entry in names.entries if entry.base_name == ASSOCIATION), None)
        if own is None or own.version < RIGHTS_FROM_VERSION:
            return short_name_view(names, ())
        association = self._backend.plan.classes.object(own.class_id, own.version, own.logical_name, self._backend)
        try:
            told = await association.attribute("access_rights_list").get()
        except (AccessRefused, UnfitValue):
            told = ()
        return short_name_view(names, told)

    @property
    def _view(self) -> View | None:
        return self._backend.view

    async def object(self, name: Obis, class_id: int | None, version: int | None) -> CosemObject:
        if class_id is None:
            class_id = await self._class_of(name)
        return self._make(name, class_id, version)

    def register(self, name: Obis) -> Register:
        """A register, or an extended one where the view says so."""
        entry = self._view.find(name) if self._view is not None else None
        cls = ExtendedRegister if entry is not None and entry.class_id == ExtendedRegister.class_id else Register
        return cls(name, self._backend)

    def _make(self, name: Obis, class_id: int, version: int | None) -> CosemObject:
        registry = self._backend.plan.classes
        if version is None:
            newest = registry.newest(class_id)
            told = self._backend.told_version(class_id, name)
            version = told if told is not None else newest.class_version if newest is not None else 0
        return registry.object(class_id, version, name, self._backend)

    async def _class_of(self, name: Obis) -> int:
        entry = self._view.find(name) if self._view is not None else None
        if entry is not None:
            return entry.class_id
        if name not in self._found:
            self._found[name] = await self._tried(name) or await self._looked_up(name)
        return self._found[name]

    async def _tried(self, name: Obis) -> int | None:
        """The first usual class under which the meter knows the name; another refusal says that it does."""
        if self._view is not None:
            return None
        for class_id in usual_classes(name):
            try:
                await self._probe(AttributeDescriptor(class_id, name, LOGICAL_NAME))
            except (ObjectUndefined, ObjectClassInconsistent):
                continue
            except AccessRefused:
                return class_id
            return class_id
        return None

    async def _probe(self, descriptor: AttributeDescriptor) -> None:
        await self._backend.ask(Service(lambda context: exchanges.get(context, descriptor)))

    async def _looked_up(self, name: Obis) -> int:
        entry = (await self.view()).find(name)
        if entry is None:
            client = self._backend.plan.options.client
            raise ObjectUndefined(
                f"{name}: the association of client={client} does not show it",
                hints=("look into objects(), or use another client",),
            )
        return entry.class_id
