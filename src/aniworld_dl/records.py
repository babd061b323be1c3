"""Frozen data classes that cost little to define.

What `dataclasses.dataclass` makes of a class takes a millisecond, since it compiles six methods, and a program that
starts defines two hundred of them. Here nothing is compiled but the `__init__` of classes of which there are objects,
when the first one is made. `fields`, `replace` and `asdict` of the standard library take these classes for its own.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass

    from _typeshed import DataclassInstance
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> Callable[[type], type]:
        """Make a data class as `dataclasses.dataclass` does; one with all three options costs little."""
        if not (frozen and slots and kw_only):
            return dataclasses.dataclass(frozen=frozen, slots=slots, kw_only=kw_only)
        define = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)
        return lambda cls: _finished(define(cls))


__all__ = ["dataclass"]


def _finished(cls: type[DataclassInstance]) -> type[DataclassInstance]:
    """Add what the standard library was told to leave out."""
    fields = dataclasses.fields(cls)
    shown = [field.name for field in fields if field.repr]
    compared = attrgetter(*[field.name for field in fields if field.compare] or ["__class__"])

    def __init__(self: Any, **values: object) -> None:  # noqa: N807 - becomes that method
        cls.__init__ = _init(cls)  # type: ignore[method-assign]  # from the first object on
        cls.__init__(self, **values)

    def __repr__(self: Any) -> str:  # noqa: N807
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def __eq__(self: Any, other: object) -> bool:  # noqa: N807
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(compared(self))

    for method in (__init__, __repr__, __eq__, __hash__, __setattr__, __delattr__):
        setattr(cls, method.__name__, method)
    return cls


def __setattr__(_self: object, name: str, _value: object) -> NoReturn:  # noqa: N807 - becomes that method
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def __delattr__(_self: object, name: str) -> NoReturn:  # noqa: N807
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _init(cls: type[DataclassInstance]) -> Callable[..., None]:
    """Return the `__init__` of a class: each value goes into its slot, past `__setattr__`."""
    known: dict[str, Any] = {"_missing": dataclasses.MISSING}
    fields = dataclasses.fields(cls)
    parameters, lines = ["self", "*"] if fields else ["self"], ["    pass"]
    for field in fields:
        name, default, value = field.name, "", field.name
        known[f"_set_{name}"] = getattr(cls, name).__set__
        if field.default is not dataclasses.MISSING:
            known[f"_default_{name}"] = field.default
            default = f"=_default_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_make_{name}"] = field.default_factory
            default, value = "=_missing", f"_make_{name}() if {name} is _missing else {name}"
        parameters.append(f"{name}{default}")
        lines.append(f"    _set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    text = "\n".join([f"def __init__({', '.join(parameters)}):", *lines])
    exec(text, known)  # noqa: S102 - made of the names of a class of ours alone
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made
