"""Structures: lists, tuples, named tuples and dicts in one another (`tf.nest`). Dicts go by sorted keys; all else is a leaf."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax

from hornbeam.engine.errors import ArgumentError, DtypeError
from hornbeam.engine.shape import Shape
from hornbeam.engine.tensor import is_tensor


def is_nested(seq: Any) -> bool:
    """Whether this is a structure rather than a leaf."""
    if isinstance(seq, Shape) or is_tensor(seq) or hasattr(seq, "__hornbeam_composite__"):
        return False
    return isinstance(seq, (list, tuple, Mapping))


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves in order; a leaf alone is a list of one. `expand_composites`: of a RaggedTensor or its like the tensors in it."""
    found = [leaf for _, leaf in _leaves(structure, ())]
    if not expand_composites:
        return found
    return [part for leaf in found for part in (jax.tree.leaves(leaf, is_leaf=is_tensor) if _composite(leaf) else [leaf])]


def _composite(leaf: Any) -> bool:
    return hasattr(leaf, "__hornbeam_composite__")


def _leaves(structure: Any, path: tuple) -> Iterator[tuple[tuple, Any]]:
    if not is_nested(structure):
        yield path, structure
        return
    for key, inner in _items(structure):
        yield from _leaves(inner, (*path, key))


def _items(structure: Any) -> list[tuple[Any, Any]]:
    if isinstance(structure, Mapping):
        return [(key, structure[key]) for key in _sorted(structure)]
    return list(enumerate(structure))


def _sorted(structure: Mapping) -> list:
    try:
        return sorted(structure)
    except TypeError:
        raise DtypeError(f"The keys of a dict in a structure must be sortable; these are {list(structure)}.") from None


def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """The structure with the leaves of `flat_sequence` in place of its own."""
    leaves = list(flat_sequence) if is_nested(flat_sequence) else [flat_sequence]
    count = len(flatten(structure))
    if len(leaves) != count:
        raise ArgumentError(f"pack_sequence_as: the structure has {count} leaves, the sequence {len(leaves)}.")
    rest = iter(leaves)
    return _rebuilt(structure, lambda _: next(rest))


def _rebuilt(structure: Any, function: Callable[[Any], Any]) -> Any:
    if not is_nested(structure):
        return function(structure)
    made = {key: _rebuilt(inner, function) for key, inner in _items(structure)}
    return like(structure, made)


def like(structure: Any, made: dict) -> Any:
    """A structure of the same kind, of parts by key or place."""
    if isinstance(structure, Mapping):
        ordered = {key: made[key] for key in structure}
        if type(structure) is dict:
            return ordered
        factory = getattr(structure, "default_factory", None)
        return type(structure)(factory, ordered) if hasattr(structure, "default_factory") else type(structure)(ordered)  # type: ignore[call-arg]
    values = [made[i] for i in range(len(structure))]
    return type(structure)(*values) if hasattr(structure, "_fields") else type(structure)(values)


def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """`func` of the leaves that stand at the same place in each structure, in that structure."""
    if not callable(func):
        raise DtypeError(f"map_structure: the first argument is a function; received {type(func).__name__}.")
    if not structure:
        raise ArgumentError("map_structure needs at least one structure.")
    check = kwargs.pop("check_types", True)
    expand = kwargs.pop("expand_composites", False)
    if kwargs:
        raise ArgumentError(f"map_structure does not know the arguments {sorted(kwargs)}.")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check)
    rows = zip(*[flatten(each) for each in structure], strict=True)
    inside = lambda *row: jax.tree.map(func, *row, is_leaf=is_tensor) if expand and _composite(row[0]) else func(*row)
    return pack_sequence_as(structure[0], [inside(*row) for row in rows])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False) -> None:
    """Raises when two structures differ: `ArgumentError` (a ValueError) in their form, `DtypeError` (a TypeError) in their types."""
    if is_nested(nest1) != is_nested(nest2):
        raise ArgumentError(f"The structures differ: one has {nest1!r} where the other has {nest2!r}.")
    if not is_nested(nest1):
        return
    if check_types and type(nest1) is not type(nest2) and not (isinstance(nest1, Mapping) and isinstance(nest2, Mapping)):
        raise DtypeError(f"The structures differ in type: {type(nest1).__name__} and {type(nest2).__name__}.")
    one, other = _items(nest1), _items(nest2)
    if [key for key, _ in one] != [key for key, _ in other]:
        raise ArgumentError(f"The structures differ: {[key for key, _ in one]} and {[key for key, _ in other]}.")
    for (_, a), (_, b) in zip(one, other, strict=True):
        assert_same_structure(a, b, check_types)
