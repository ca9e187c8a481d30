"""What a person calls an object or an attribute: `clock/time`, `3:1.0.1.8.0.255`, `1-0:1.8.0*255/2`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from dlmskit.cosem.catalogue import alias, usual_classes
from dlmskit.cosem.model import Attribute, CosemObject, Method
from dlmskit.data.kind import Kind
from dlmskit.edge.options import did_you_mean
from dlmskit.errors import UsageError
from dlmskit.obis import Obis

_CLASS = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,3}))?:(.+)", re.ASCII | re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]{1,3}", re.ASCII)

Words: TypeAlias = Mapping[str, Obis]
_NO_WORDS: Words = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Target:
    """An object, or one attribute or method of it, as it was named.

    member  the attribute or method, by number or Blue Book name; None for the object
    """

    obis: Obis
    class_id: int | None = None
    version: int | None = None
    member: str | None = None

    @classmethod
    def parse(cls, text: str, words: Words = _NO_WORDS) -> Target:
        """Read `[CLASS[.VERSION]:]OBIS[/MEMBER]`. Raises UsageError.

        words  names that a device profile gives to objects
        """
        name, slash, member = text.partition("/")
        match = _CLASS.fullmatch(name)
        class_id = int(match[1]) if match else None
        version = int(match[2]) if match and match[2] else None
        if (class_id or 0) > 0xFFFF or (version or 0) > 0xFF:
            raise UsageError(f"{text!r}: a class is 0 to 65535, a version 0 to 255")
        if slash and not member:
            raise UsageError(f"{text!r}: an attribute or method is missing behind the slash")
        if member and not _NUMBER.fullmatch(member):
            member = member.strip().lower().replace("-", "_")
        return cls(_obis(match[3] if match else name, words), class_id, version, member or None)

    @classmethod
    def of_attribute(cls, text: str, words: Words = _NO_WORDS) -> Target:
        """An object, or one of its attributes."""
        target = cls.parse(text, words)
        target._check("attribute", _attribute_names())
        return target

    @classmethod
    def of_method(cls, text: str, words: Words = _NO_WORDS) -> Target:
        """One method of an object."""
        target = cls.parse(text, words)
        if target.member is None:
            raise UsageError(f"{text!r} names no method; write {text}/1 or {text}/reset")
        target._check("method", _method_names())
        return target

    def _check(self, what: str, known: frozenset[str]) -> None:
        """Refuse a name that no class has, before a line is opened; what the object's class has is seen later."""
        if self.member is None or _NUMBER.fullmatch(self.member):
            return
        if self.member not in known:
            raise UsageError(f"no class has {what} {self.member!r}{did_you_mean(self.member, known)}")

    def may_be(self, attribute: Attribute[Any]) -> bool:
        """Whether this may name an attribute, as far as can be said before the object is known."""
        return attribute in self._members("attributes")

    def check_value(self, what: Literal["attributes", "methods"], text: str) -> None:
        """Refuse a value that fits none of the types it may be for, before a line is opened."""
        refusal = None
        for kind in self._kinds(what):
            try:
                kind.parse(text)
            except UsageError as error:
                refusal = refusal or error
            else:
                return
        if refusal is not None:
            raise refusal

    def _kinds(self, what: Literal["attributes", "methods"]) -> list[Kind[Any]]:
        """The types the member has in the classes the object may have."""
        return [one.kind if isinstance(one, Attribute) else one.takes for one in self._members(what)]

    def _members(self, what: Literal["attributes", "methods"]) -> list[Attribute[Any] | Method[Any, Any]]:
        """What the member is in the classes the object may have."""
        found: list[Attribute[Any] | Method[Any, Any]] = []
        for class_id in (self.class_id,) if self.class_id is not None else usual_classes(self.obis):
            cls = CosemObject.registry.newest(class_id)
            members: Iterable[Any] = getattr(cls, what).values() if cls is not None else ()
            found += [member for member in members if self.member in (str(member.index), member.name)]
        return found


def _obis(text: str, words: Words) -> Obis:
    if text[:1].isdigit():
        return Obis.parse(text)
    return alias(text, words)


@cache
def _attribute_names() -> frozenset[str]:
    return frozenset(a.name for cls in CosemObject.registry.values() for a in cls.attributes.values())


@cache
def _method_names() -> frozenset[str]:
    return frozenset(m.name for cls in CosemObject.registry.values() for m in cls.methods.values())
