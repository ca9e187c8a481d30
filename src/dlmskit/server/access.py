"""Who may do what: rules an association is given, and the rights they give over one object.

    READER = (
        Rule("*"),                                                        # read everything, do nothing
        Rule("8:0.0.1.0.0.255", write=("time",), call=("shift_time",)),   # but set this clock
        Rule("0.0.96.*.*.255", read=()),                                  # and never see these
    )

Rights belong to the association, not to the class. Of several rules the last that names an object holds for it; an
object that no rule names is not there for that association. Source: Blue Book, Association LN, object_list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from dlmskit.cosem.access import (
    PROTECTION,
    AccessFlags,
    AccessRight,
    AttributeAccess,
    MethodAccess,
    MethodFlags,
    ObjectListElement,
)
from dlmskit.cosem.model import Attribute, Method
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.security.cipher import BOTH
from dlmskit.session.protection.policy import of_request, of_response

if TYPE_CHECKING:
    from dlmskit.server.behaviour import Behaviour

#: Everything that can be done: attributes that have a value, methods that are carried out. Secrets are left out.
ALL: Final = ("*",)

_NO_PROTECTION: Final = AccessFlags(0)


class Ruling(Protocol):
    """What says which objects an association sees, and what it may do with them."""

    def names(self, class_id: int, obis: Obis) -> bool: ...
    def rights(self, behaviour: Behaviour) -> AccessRight: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be done with the objects that a pattern names.

    objects      a logical name with `*` for any number in a group; `8:0.0.1.0.0.255` for one class; `*` for all
    read, write  attributes, by Blue Book name or number
    call         methods, likewise
    protection   what requests must come with and responses go with, in the flags of version 3; a response is never
                 weaker than its request
    """

    objects: str
    read: Sequence[str | int] = ALL
    write: Sequence[str | int] = ()
    call: Sequence[str | int] = ()
    protection: AccessFlags = _NO_PROTECTION

    def __post_init__(self) -> None:
        for given in (self.read, self.write, self.call):
            if isinstance(given, str):
                raise UsageError(f"{given!r}: write a tuple of names, such as ({given!r},)")
        head, _, name = self.objects.rpartition(":")
        groups = name.split(".")
        if (head and not head.isdecimal()) or (name != "*" and not (len(groups) == 6 and all(map(_is_group, groups)))):
            raise UsageError(f"{self.objects!r} names no objects; write 1.0.*.8.0.255, 3:1.0.1.8.0.255 or *")

    def names(self, class_id: int, obis: Obis) -> bool:
        """Whether the rule is about that object."""
        head, _, name = self.objects.rpartition(":")
        if head and int(head) != class_id:
            return False
        return name == "*" or all(
            wanted in ("*", group) for wanted, group in zip(name.split("."), str(obis).split("."), strict=True)
        )

    def rights(self, behaviour: Behaviour) -> AccessRight:
        """The rights over one object: every declared attribute and method, with or without access."""
        obj = behaviour.obj
        told = behaviour.readable - _secret(obj.attributes)
        read = _indices(self.read, told if tuple(self.read) == ALL else behaviour.readable, obj.attributes)
        write = _indices(self.write, behaviour.writable, obj.attributes)
        call = _indices(self.call, behaviour.callable, obj.methods)
        return AccessRight(
            tuple([self._attribute(index, behaviour, index in read, index in write) for index in obj.attributes]),
            tuple([self._method(index, index in call) for index in obj.methods]),
        )

    def _attribute(self, index: int, behaviour: Behaviour, read: bool, write: bool) -> AttributeAccess:
        flags = (AccessFlags.READ if read else 0) | (AccessFlags.WRITE if write else 0)
        mode = AccessFlags(flags | self.protection & PROTECTION) if flags else AccessFlags(0)
        return AttributeAccess(index, mode, behaviour.selectors.get(index))

    def _method(self, index: int, call: bool) -> MethodAccess:
        return MethodAccess(index, MethodFlags(1 | self.protection & PROTECTION) if call else MethodFlags(0))


def element(behaviour: Behaviour, rules: Iterable[Ruling]) -> ObjectListElement | None:
    """How an association with these rules sees an object; None where it does not."""
    obj = behaviour.obj
    ruling = [rule for rule in rules if rule.names(obj.class_id, obj.obis)]
    if not ruling:
        return None
    return ObjectListElement(obj.class_id, obj.class_version, obj.obis, ruling[-1].rights(behaviour))


def is_protected_enough(control: int, rights: int, possible: int = BOTH) -> bool:
    """Whether a request protected with `control` may do what `rights` guard, and the response can go as they demand.

    possible  protection bits that a response of the association can have
    """
    return not (of_request(rights) & ~control or of_response(rights) & ~possible)


def _indices(
    wanted: Sequence[str | int],
    possible: Iterable[int],
    declared: Mapping[int, Attribute[object]] | Mapping[int, Method[object, object]],
) -> set[int]:
    if tuple(wanted) == ALL:
        return set(possible)
    return {_index(which, declared) for which in wanted} & set(possible)


def _secret(declared: Mapping[int, Attribute[object]]) -> set[int]:
    return {index for index, one in declared.items() if one.secret}


def _index(which: str | int, declared: Mapping[int, Attribute[object]] | Mapping[int, Method[object, object]]) -> int:
    if isinstance(which, int):
        return which
    for index, one in declared.items():
        if one.name == which:
            return index
    raise UsageError(f"an access rule names {which!r}; there are {', '.join(one.name for one in declared.values())}")


def _is_group(text: str) -> bool:
    return text == "*" or (text.isdecimal() and int(text) <= 255)
