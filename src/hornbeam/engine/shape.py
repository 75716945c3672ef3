"""Shapes: tuples of sizes with TensorFlow's manners."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, ConversionError, ShapeError


class Shape(tuple):
    """A tensor's shape: a tuple of ints, None where a size is not known before data comes. Also `tf.TensorShape`.

    Args:
        dims: the sizes; an int for one axis; None when not even the number of axes is known.
    """

    __slots__ = ()

    def __new__(cls, dims: Any = ()) -> "Shape":
        if dims is None or isinstance(dims, _Unknown):
            return tuple.__new__(_Unknown)
        if isinstance(dims, Shape):
            return dims
        if isinstance(dims, (int, np.integer)):
            dims = (dims,)
        try:
            return tuple.__new__(cls, [None if size is None else size.__index__() for size in dims])
        except (AttributeError, TypeError):
            raise ConversionError(f"A shape is a sequence of ints and Nones; received {dims!r}.") from None

    @property
    def rank(self) -> int | None:
        return len(self)

    ndims = rank

    @property
    def dims(self) -> list[int | None] | None:
        return list(self)

    def as_list(self) -> list[int | None]:
        return list(self)

    def num_elements(self) -> int | None:
        return None if None in self else int(np.prod(self, dtype=np.int64))

    def is_fully_defined(self) -> bool:
        return None not in self

    def is_compatible_with(self, other: Any) -> bool:
        """Whether some shape fits both: as many axes, and sizes that are equal where both are known."""
        other = Shape(other)
        if self.rank is None or other.rank is None:
            return True
        return len(self) == len(other) and all(a is None or b is None or a == b for a, b in zip(self, other, strict=True))

    def merge_with(self, other: Any) -> "Shape":
        """What is known from either; raises `ShapeError` when they contradict each other."""
        other = Shape(other)
        self.assert_is_compatible_with(other)
        if self.rank is None or other.rank is None:
            return other if self.rank is None else self
        return Shape(b if a is None else a for a, b in zip(self, other, strict=True))

    def most_specific_compatible_shape(self, other: Any) -> "Shape":
        """What both agree on."""
        other = Shape(other)
        if self.rank is None or self.rank != other.rank:
            return Shape(None)
        return Shape(a if a == b else None for a, b in zip(self, other, strict=True))

    def concatenate(self, other: Any) -> "Shape":
        other = Shape(other)
        return other if other.rank is None else Shape(tuple.__add__(self, other))

    def with_rank(self, rank: int) -> "Shape":
        self.assert_has_rank(rank)
        return self

    def with_rank_at_least(self, rank: int) -> "Shape":
        if len(self) < rank:
            raise ShapeError(f"The shape {self} has {len(self)} axes; at least {rank} are needed.")
        return self

    def with_rank_at_most(self, rank: int) -> "Shape":
        if len(self) > rank:
            raise ShapeError(f"The shape {self} has {len(self)} axes; at most {rank} are allowed.")
        return self

    def assert_has_rank(self, rank: int) -> None:
        if len(self) != rank:
            raise ShapeError(f"The shape {self} has {len(self)} axes; {rank} are needed.")

    def assert_same_rank(self, other: Any) -> None:
        other = Shape(other)
        if None not in (self.rank, other.rank) and self.rank != other.rank:
            raise ShapeError(f"The shapes {self} and {other} have different numbers of axes.")

    def assert_is_compatible_with(self, other: Any) -> None:
        if not self.is_compatible_with(other):
            raise ShapeError(f"The shapes {self} and {Shape(other)} do not fit one another.")

    def assert_is_fully_defined(self) -> None:
        if not self.is_fully_defined():
            raise ShapeError(f"The shape {self} is not fully known.")

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Shape(found) if isinstance(index, slice) else found

    def __add__(self, other: Any) -> Any:
        return self.concatenate(other) if isinstance(other, (tuple, list)) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return Shape(other).concatenate(self) if isinstance(other, (tuple, list)) else NotImplemented

    def __eq__(self, other: object) -> Any:
        if isinstance(other, list):
            other = tuple(other)
        return tuple.__eq__(self, other) if isinstance(other, tuple) and not isinstance(other, _Unknown) else NotImplemented

    def __ne__(self, other: object) -> Any:
        same = self.__eq__(other)
        return same if same is NotImplemented else not same

    __hash__ = tuple.__hash__

    def __repr__(self) -> str:
        return f"TensorShape([{', '.join(map(str, self))}])"

    def __str__(self) -> str:
        return tuple.__repr__(self)


class _Unknown(Shape):
    """The shape of a tensor of which not even the number of axes is known."""

    __slots__ = ()

    rank = ndims = dims = property(lambda self: None)  # type: ignore[assignment]

    def _ask(self, *_: Any) -> Any:
        raise ArgumentError("This shape is not known, not even its number of axes.")

    as_list = __len__ = _ask

    def __iter__(self) -> Iterator:
        return self._ask()

    def __getitem__(self, index: Any) -> Any:
        return Shape(None) if isinstance(index, slice) else None

    def __reduce__(self) -> Any:
        return Shape, (None,)

    def num_elements(self) -> int | None:
        return None

    def is_fully_defined(self) -> bool:
        return False

    def concatenate(self, other: Any) -> Shape:
        return self

    def with_rank(self, rank: int) -> Shape:
        return Shape([None] * rank)

    def with_rank_at_least(self, rank: int) -> Shape:
        return self

    with_rank_at_most = with_rank_at_least

    def assert_has_rank(self, rank: int) -> None:
        return None

    def __eq__(self, other: object) -> Any:
        return isinstance(other, _Unknown)

    def __hash__(self) -> int:
        return hash("unknown shape")

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "TensorShape(None)"

    def __str__(self) -> str:
        return "<unknown>"
