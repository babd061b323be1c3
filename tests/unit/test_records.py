"""Frozen data classes that cost little to define act like those of the standard library."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of ours."""

    index: int
    name: str = "x"
    secret: str = dataclasses.field(default="s", repr=False)
    doubts: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    notes: list[int] = dataclasses.field(default_factory=list, compare=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """The same of the standard library."""

    index: int
    name: str = "x"
    secret: str = dataclasses.field(default="s", repr=False)
    doubts: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    notes: list[int] = dataclasses.field(default_factory=list, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Longer(Part):
    """One with more."""

    more: int = 0

    def __post_init__(self) -> None:
        """Refuse what is too much."""
        if self.more > 1:
            raise ValueError(self.more)


@pytest.mark.parametrize("kind", [Part, Standard])
def test_has_its_values_and_defaults(kind: Callable[..., Part]) -> None:
    """What is given, and for the rest what the fields say; a list of its own for each."""
    part = kind(index=3)
    assert (part.index, part.name, part.secret, part.doubts, part.notes) == (3, "x", "s", (), [])
    assert part.notes is not kind(index=3).notes
    assert repr(part) == f"{kind.__name__}(index=3, name='x', doubts=(), notes=[])"


@pytest.mark.parametrize("kind", [Part, Standard])
def test_is_equal_by_what_is_compared(kind: Callable[..., Part]) -> None:
    """Fields that are left out of the comparison matter for neither equality nor the hash."""
    assert kind(index=1, doubts=("a",)) == kind(index=1)
    assert hash(kind(index=1, doubts=("a",))) == hash(kind(index=1))
    assert kind(index=1) != kind(index=2)
    assert kind(index=1) != kind(index=1, secret="other")


def test_is_not_equal_to_another_class() -> None:
    """A longer one with the same values is another."""
    assert Part(index=1) != Longer(index=1)
    other: object = 1
    assert Part(index=1) != other


@pytest.mark.parametrize("kind", [Part, Standard])
def test_cannot_be_changed(kind: Callable[..., Part]) -> None:
    """Neither by assigning nor by deleting, and nothing can be added."""
    part = kind(index=1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="'index'"):
        part.index = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="'index'"):
        del part.index
    assert part.index == 1
    assert not hasattr(part, "__dict__")


@pytest.mark.parametrize("kind", [Part, Standard])
def test_refuses_what_does_not_fit(kind: Callable[..., Part]) -> None:
    """Missing, unknown and unnamed values."""
    for wrong in (dict[str, int](), {"index": 1, "other": 2}):
        with pytest.raises(TypeError, match="__init__"):
            kind(**wrong)
    with pytest.raises(TypeError):
        kind(1)


def test_serves_the_standard_library() -> None:
    """`fields`, `replace` and `asdict` work, also of what is inherited."""
    longer = dataclasses.replace(Longer(index=1), more=1, name="y")
    assert dataclasses.asdict(longer) == {
        "index": 1,
        "name": "y",
        "secret": "s",
        "doubts": (),
        "notes": [],
        "more": 1,
    }
    assert [field.name for field in dataclasses.fields(Longer)][-1] == "more"
    with pytest.raises(ValueError, match="2"):
        dataclasses.replace(longer, more=2)


def test_leaves_other_kinds_to_the_standard_library() -> None:
    """What can be changed, or is made without names."""

    @dataclass(slots=True)
    class Open:
        """One value."""

        value: int

    changed = Open(1)
    changed.value = 2
    assert changed == Open(2)


def test_one_without_fields_equals_itself() -> None:
    """All objects of it are the same."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Empty:
        """Nothing."""

    assert Empty() == Empty()
    assert len({Empty(), Empty()}) == 1
