"""`keras.tree`: structures of lists, tuples, named tuples, deques and dicts. Dicts go by sorted keys, OrderedDicts by their own order."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hornbeam.engine.callers import warn
from hornbeam.engine.errors import ArgumentError, DtypeError
from hornbeam.ops.tf import nest

__all__ = [
    "MAP_TO_NONE", "assert_same_paths", "assert_same_structure", "flatten", "flatten_with_path", "is_nested", "lists_to_tuples",
    "map_shape_structure", "map_structure", "map_structure_up_to", "pack_sequence_as", "traverse",
]  # fmt: skip


class MAP_TO_NONE:
    """What a function gives `traverse` to put None in a place."""


def is_nested(structure: Any) -> bool:
    """Whether this is a structure rather than a leaf."""
    return isinstance(structure, deque) or nest.is_nested(structure)


def _keys(structure: Any) -> list[Any]:
    """The keys or places of a structure, in order."""
    if isinstance(structure, OrderedDict):
        return list(structure)
    try:
        return sorted(structure) if isinstance(structure, Mapping) else list(range(len(structure)))
    except TypeError:  # keys of several kinds
        return sorted(structure, key=lambda key: (f"{type(key).__module__}.{type(key).__qualname__}", key))


def _rebuilt(structure: Any, made: dict[Any, Any]) -> Any:
    if isinstance(structure, deque):
        return deque((made[i] for i in range(len(structure))), structure.maxlen)
    return nest.like(structure, made)


def _with_paths(structure: Any, path: tuple) -> Iterator[tuple[tuple, Any]]:
    if not is_nested(structure):
        yield path, structure
        return
    for key in _keys(structure):
        yield from _with_paths(structure[key], (*path, key))


def flatten(structure: Any) -> list[Any]:
    """The leaves in order; a leaf alone is a list of one."""
    return [leaf for _, leaf in _with_paths(structure, ())]


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """The leaves in order, each with the keys and places that lead to it."""
    return list(_with_paths(structure, ()))


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """The structure with the leaves of `flat_sequence` in the place of its own."""
    if not hasattr(flat_sequence, "__iter__"):
        raise DtypeError(f"pack_sequence_as takes the leaves in a sequence; received {flat_sequence!r}.")
    leaves, count = list(flat_sequence), len(flatten(structure))
    if len(leaves) != count:
        raise ArgumentError(f"pack_sequence_as: the structure has {count} leaves, the sequence {len(leaves)}.")
    rest = iter(leaves)
    return _mapped(lambda _: next(rest), structure, ())


def _mapped(func: Callable[..., Any], structure: Any, others: tuple[Any, ...]) -> Any:
    if not is_nested(structure):
        return func(structure, *others)
    for other in others:
        _assert_alike(structure, other)
    return _rebuilt(structure, {key: _mapped(func, structure[key], tuple(other[key] for other in others)) for key in _keys(structure)})


def _checked(name: str, func: Any, structures: tuple[Any, ...]) -> None:
    if not callable(func):
        raise DtypeError(f"{name} takes a function; received {func!r}, a {type(func).__name__}.")
    if not structures:
        raise ArgumentError(f"{name} needs at least one structure.")


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """`func` of the leaves that stand at the same place in each structure, in the first one's form.

    Args:
        none_is_leaf: when False, None stays None, and `func` is not called.
    """
    _checked("map_structure", func, structures)
    for other in structures[1:]:
        assert_same_structure(structures[0], other)

    def apply(leaf: Any, *others: Any) -> Any:
        if none_is_leaf or leaf is not None:
            return func(leaf, *others)
        if wrong := [other for other in others if other is not None]:
            raise ArgumentError(f"map_structure: expected None, where the first structure has it; found {wrong[0]!r}.")
        return None

    return _mapped(apply, structures[0], structures[1:])


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """`func` of what stands in the structures where `shallow_structure` has its leaves."""
    _checked("map_structure_up_to", func, structures)
    return _mapped(lambda _, *parts: func(*parts), shallow_structure, structures)


def _assert_alike(a: Any, b: Any) -> None:
    """Raise when two things are not the same kind of structure, with the same keys; what is inside is not looked at."""
    if is_nested(a) != is_nested(b):
        raise ArgumentError(f"The structures differ: one has {a!r} where the other has {b!r}.")
    kinds = [Mapping if isinstance(each, Mapping) else type(each) for each in (a, b)]
    if kinds[0] is not kinds[1]:
        raise ArgumentError(f"The structures differ: expected a {type(a).__name__}, found {b!r}, a {type(b).__name__}.")
    if sorted(map(repr, _keys(a))) != sorted(map(repr, _keys(b))):
        raise ArgumentError(f"The structures differ in their keys or places: {_keys(a)} and {_keys(b)}.")


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Raise ArgumentError, a ValueError, when two structures differ in form or in kind. Dicts of all kinds are alike."""
    if check_types is not None:
        warn("`check_types` of assert_same_structure has no effect: `assert_same_paths` is the looser check.", DeprecationWarning)
    if is_nested(a) or is_nested(b):
        _assert_alike(a, b)
        for key in _keys(a):
            assert_same_structure(a[key], b[key])


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise ArgumentError, a ValueError, when the keys and places of two structures differ, whatever kinds of structure they are."""
    one, other = ([path for path, _ in flatten_with_path(each)] for each in (a, b))
    if one != other:
        raise ArgumentError(f"The structures do not have the same paths: only one has {sorted(set(one) ^ set(other), key=str)}.")


def lists_to_tuples(structure: Any) -> Any:
    """The structure with tuples in the place of lists."""
    return traverse(lambda each: tuple(each) if isinstance(each, list) else None, structure, top_down=False)


def map_shape_structure(func: Callable[..., Any], structure: Any) -> Any:
    """`func` of the shapes (lists and tuples of sizes and None) in a structure."""
    _checked("map_shape_structure", func, (structure,))

    def shape_or_leaf(each: Any) -> Any:
        is_shape = isinstance(each, (list, tuple)) and all(size is None or isinstance(size, int) for size in each)
        if not is_shape and is_nested(each):
            return None
        found = func(each)
        return MAP_TO_NONE if found is None else found

    return traverse(shape_or_leaf, structure)


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """Depth first, `func` of each part of a structure, parents before their children or after them.

    What `func` gives takes the part's place, None where it gives `MAP_TO_NONE`. Where it gives None the part stays, and from the top
    down its children are visited.
    """
    _checked("traverse", func, (structure,))
    found = func(structure) if top_down else None
    if found is None and is_nested(structure):
        structure = _rebuilt(structure, {key: traverse(func, structure[key], top_down) for key in _keys(structure)})
    if not top_down:
        found = func(structure)
    return structure if found is None else None if found is MAP_TO_NONE else found
