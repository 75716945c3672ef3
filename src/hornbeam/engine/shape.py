"""Shapes: tuples of sizes with TensorFlow's manners."""

import contextlib
import operator
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, ConversionError, ShapeError
from hornbeam.engine.threads import within


def is_symbol(size: Any) -> bool:
    """Whether a size is JAX's symbol for an open one, in a function that is being saved."""
    return hasattr(size, "dimension_as_value")


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
            return tuple.__new__(cls, [size if size is None or type(size) is Size else size.__index__() for size in dims])
        except (AttributeError, TypeError):
            if dims and all(size is None or isinstance(size, (int, np.integer)) or is_symbol(size) for size in dims):
                return tuple.__new__(cls, dims)
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


# Sizes that are not known while Python is traced with numbers in their place (`graph.infer`).
class _Standing(threading.local):
    size = 0  # the number in the place of every size that is not known; 0 outside such a trace
    derived: frozenset | set = frozenset()  # what Python has computed from it


_standing = _Standing()
standing: list[bool] = []  # not empty while a thread traces so: looked at wherever a shape is asked for
_LARGE = 1000  # no multiple of a number above it is likely to be a size that is known


class Size(int):
    """A number that stands for an unknown size. It prints as None, and what is computed from it is unknown too."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "None"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("None", spec)


def _computed(operation: Callable[[int, int], Any], flip: bool) -> Callable:
    def compute(self: Size, other: Any) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        found = operation(int(other), int(self)) if flip else operation(int(self), int(other))
        if type(found) is not int or found < _LARGE or not _standing.size:
            return found
        _standing.derived.add(found)  # type: ignore[union-attr]
        return Size(found)

    return compute


for _name in ("add", "sub", "mul", "floordiv"):
    setattr(Size, f"__{_name}__", _computed(getattr(operator, _name), False))
    setattr(Size, f"__r{_name}__", _computed(getattr(operator, _name), True))


@contextlib.contextmanager
def standing_for(size: int) -> Iterator[None]:
    """A block in which this number stands for unknown sizes."""
    standing.append(True)
    try:
        with within(_standing, size=size, derived=set()):
            yield
    finally:
        standing.pop()


class OpenArgument(str):
    """The name of a compiled function's argument whose specification leaves sizes open: `specified`."""

    specified: tuple[int | None, ...]

    def __new__(cls, name: str, specified: tuple[int | None, ...]) -> "OpenArgument":
        made = str.__new__(cls, name)
        made.specified = specified
        return made


def shown(sizes: tuple[Any, ...], name: str | None) -> Shape:
    """The shape of a tensor (an argument of this name) with the sizes marked that are not known."""
    if isinstance(name, OpenArgument):
        pairs = zip(sizes, name.specified, strict=True)
        return tuple.__new__(Shape, [Size(size) if known is None and type(size) is int else size for size, known in pairs])
    if not _standing.size:
        return tuple.__new__(Shape, sizes)
    return tuple.__new__(Shape, [Size(size) if type(size) is int and is_unknown(size) else size for size in sizes])


def is_unknown(size: int) -> bool:
    """Whether a number stands for an unknown size, or was computed from one."""
    stand_in = _standing.size
    return bool(size and stand_in) and (size == stand_in or size in _standing.derived or (stand_in > _LARGE and size % stand_in == 0))
