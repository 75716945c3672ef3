"""What an element of a Dataset is made of: tuples, dicts and namedtuples of leaves.

Inside a pipeline an element is a flat tuple of leaves in host memory: a NumPy array, a NumPy number, `bytes` (a string), a
RaggedTensor or SparseTensor, or a Dataset (a window). Its *template* is the structure with the leaves' numbers at the leaves; users
see structures of Tensors.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError
from hornbeam.engine.function import TensorSpec
from hornbeam.engine.host_memory import aligned_copy, aligned_empty, aligned_take
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor, place, wrap
from hornbeam.ops.composite.ragged_door import stacked
from hornbeam.ops.composite.sparse_functions import concat, expand_dims

Element = tuple[Any, ...]  # the leaves of an element, or of a block of elements stacked along a new first axis


class DatasetSpec:
    """The spec of an element that is itself a Dataset, such as a window."""

    def __init__(self, element_spec: Any, dataset_shape: Any = ()):
        self.element_spec = element_spec
        self.shape: tuple = ()

    def __repr__(self) -> str:
        return f"DatasetSpec({self.element_spec!r}, TensorShape([]))"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatasetSpec) and self.element_spec == other.element_spec

    def __hash__(self) -> int:
        return hash(repr(self))


# Structures.
def leaves_of(tree: Any) -> list[Any]:
    """The leaves of a structure, in order."""
    if isinstance(tree, tuple):
        return [leaf for each in tree for leaf in leaves_of(each)]
    if isinstance(tree, Mapping):
        return [leaf for each in tree.values() for leaf in leaves_of(each)]
    return [tree]


def map_structure(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """`function` of corresponding leaves, in the structure of the first tree."""
    if isinstance(tree, tuple):
        parts = [map_structure(function, *each) for each in zip(tree, *others, strict=True)]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    if isinstance(tree, Mapping):
        made = {key: map_structure(function, each, *(other[key] for other in others)) for key, each in tree.items()}
        return made if type(tree) is dict else _remade(tree, made)
    return function(tree, *others)


def _remade(tree: Any, made: dict) -> Any:
    try:
        return type(tree)(made)
    except TypeError:  # a defaultdict
        return made


def template_of(tree: Any) -> Any:
    """The structure with 0, 1, ... at its leaves."""
    numbers = iter(range(len(leaves_of(tree))))
    return map_structure(lambda _: next(numbers), tree)


def pack(template: Any, leaves: Sequence[Any]) -> Any:
    """The structure with the given leaves."""
    if template == 0 and type(template) is int:
        return leaves[0]
    if type(template) is tuple:
        return tuple([pack(each, leaves) if type(each) is not int else leaves[each] for each in template])
    return map_structure(lambda number: leaves[number], template)


def is_composite(value: Any) -> bool:
    """A RaggedTensor or SparseTensor (recognised by name: most pipelines never load them)."""
    return type(value).__name__ in ("RaggedTensor", "SparseTensor")


def tidy(tree: Any) -> Any:
    """A user's structure with lists as TensorFlow reads them: of tensors, a tuple; of anything else, one tensor."""
    if isinstance(tree, list):
        return tuple(map(tidy, tree)) if any(is_tensor(each) or is_composite(each) for each in tree) else tree
    if isinstance(tree, tuple):
        return type(tree)(*map(tidy, tree)) if hasattr(tree, "_fields") else tuple(map(tidy, tree))
    if isinstance(tree, Mapping):
        return _remade(tree, {key: tidy(each) for key, each in tree.items()})
    return tree


# Leaves.
def host_leaf(value: Any) -> Any:
    """A leaf from what a user gave or a function answered: an array, a number, a string, a tensor, a ragged or sparse one, a Dataset."""
    kind = type(value)
    if kind is np.ndarray and value.dtype.kind in "biufc":
        return value
    if kind is Tensor:
        found = value._value
        return found if type(found) is np.ndarray else value.__array__()
    if is_composite(value):
        return value
    if hasattr(value, "__hornbeam_node__"):
        return value.__hornbeam_node__
    if value is None:
        raise DtypeError("An element of a Dataset holds None, which is no tensor. Leave the component out.")
    if is_tensor(value):
        return value.__array__()
    if isinstance(value, jax.Array):
        return np.asarray(value)
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    return as_tensor(value).__array__()


def tensor_leaf(leaf: Any) -> Any:
    """A leaf as users see it."""
    if type(leaf) is np.ndarray:
        if leaf.flags.writeable and leaf.base is not None and leaf.dtype != object:
            leaf = leaf.copy()
        return wrap(place(leaf))
    if isinstance(leaf, np.generic):
        return wrap(place(np.array(leaf)))
    if isinstance(leaf, bytes):
        array = np.array(leaf, object)
        array.flags.writeable = False
        return wrap(array)
    return leaf.public() if hasattr(leaf, "_elements") else leaf


def numpy_leaf(leaf: Any) -> Any:
    """A leaf as `as_numpy_iterator` gives it: arrays that cannot be written to, scalars as NumPy numbers and bytes."""
    if type(leaf) is np.ndarray:
        if not leaf.ndim:
            return leaf[()]
        if leaf.flags.writeable:
            leaf = leaf.view()
            leaf.flags.writeable = False
        return leaf
    return leaf.public() if hasattr(leaf, "_elements") else leaf


def spec_of(leaf: Any) -> Any:
    """The spec of a leaf."""
    if isinstance(leaf, np.ndarray):
        return TensorSpec(leaf.shape, _dtype(leaf.dtype))
    if isinstance(leaf, np.generic):
        return TensorSpec((), _dtype(leaf.dtype))
    if isinstance(leaf, bytes):
        return TensorSpec((), "string")
    if hasattr(leaf, "_elements"):
        return DatasetSpec(leaf.element_spec)
    if is_composite(leaf):
        return leaf.__hornbeam_spec__
    return TensorSpec(tuple(leaf.shape), leaf.dtype)


def _dtype(dtype: np.dtype) -> str:
    return "string" if dtype.kind == "O" else str(dtypes.standardize(dtype))


def shape_of(leaf: Any) -> tuple:
    return leaf.shape if isinstance(leaf, (np.ndarray, np.generic)) else () if isinstance(leaf, bytes) else tuple(leaf.shape)


def common_spec(a: Any, b: Any) -> Any:
    """The narrowest spec that covers two."""
    if not isinstance(a, TensorSpec) or not isinstance(b, TensorSpec):
        return a
    if a.shape is None or b.shape is None or len(a.shape) != len(b.shape):
        return TensorSpec(None, a.dtype)
    return TensorSpec(tuple(m if m == n else None for m, n in zip(a.shape, b.shape, strict=True)), a.dtype)


def batched_spec(spec: Any, size: int | None) -> Any:
    """The spec of `size` such leaves stacked."""
    if isinstance(spec, TensorSpec):
        return TensorSpec(None if spec.shape is None else (size, *spec.shape), spec.dtype)
    if hasattr(spec, "ragged_rank"):
        return type(spec)((size, *spec.shape), spec.dtype, spec.ragged_rank + 1)
    if isinstance(spec, DatasetSpec):
        raise DtypeError("A Dataset of Datasets (of windows) cannot be batched: make tensors of them with flat_map first.")
    return type(spec)((size, *spec.shape), spec.dtype)


def row_spec(spec: Any) -> Any:
    """The spec of one row of a leaf."""
    if isinstance(spec, TensorSpec):
        if spec.shape is not None and not len(spec.shape):
            raise ArgumentError(
                "Unbatching a tensor is only supported for rank >= 1: this dataset's elements have a component without axes."
            )
        return TensorSpec(None if spec.shape is None else tuple(spec.shape)[1:], spec.dtype)
    if hasattr(spec, "ragged_rank"):
        return type(spec)(tuple(spec.shape)[1:], spec.dtype, spec.ragged_rank - 1)
    return type(spec)(tuple(spec.shape)[1:], spec.dtype)


# Rows and stacks.
def rows_of(leaf: Any) -> Iterable[Any]:
    """The rows of a leaf along its first axis."""
    if isinstance(leaf, np.ndarray):
        return leaf
    if type(leaf).__name__ == "SparseTensor":
        return [sparse_row(leaf, i) for i in range(int(leaf.shape[0]))]
    return [leaf[i] for i in range(int(leaf.shape[0]))]


def sparse_row(sparse: Any, row: int) -> Any:
    """One row of a SparseTensor (its indices in order), as a SparseTensor."""
    indices = np.asarray(sparse.indices)
    first, end = np.searchsorted(indices[:, 0], [row, row + 1])
    return type(sparse)(indices[first:end, 1:], np.asarray(sparse.values)[first:end], tuple(sparse.shape)[1:])


def length_of(leaf: Any) -> int:
    return len(leaf) if isinstance(leaf, np.ndarray) else int(leaf.shape[0])


def take_rows(columns: Element, rows: Any) -> Element:
    """Rows of each column, in memory of their own: `rows` is an array of numbers or a slice."""

    def taken(column: Any) -> Any:
        if type(column) is not np.ndarray:
            return gather_rows(column, rows)
        return aligned_take(column, rows) if column.flags.c_contiguous else column[rows]  # `take` would copy a view whole

    if isinstance(rows, slice):
        return tuple([aligned_copy(column[rows]) if type(column) is np.ndarray else _sliced(column, rows) for column in columns])
    return tuple([taken(column) for column in columns])


def _sliced(column: Any, rows: slice) -> Any:
    return gather_rows(column, np.arange(rows.start, rows.stop)) if type(column).__name__ == "SparseTensor" else column[rows]


def gather_rows(column: Any, rows: np.ndarray) -> Any:
    """Rows of a ragged or sparse column."""
    return column.take_rows(rows) if hasattr(column, "take_rows") else stack_leaves([sparse_row(column, int(row)) for row in rows], 0)


def stack(elements: Sequence[Element]) -> Element:
    """One block of several elements.

    Raises: InvalidArgumentError when their shapes differ.
    """
    return tuple([stack_leaves(each, i) for i, each in enumerate(zip(*elements, strict=True))])


def stack_leaves(values: Sequence[Any], component: int) -> Any:
    first = values[0]
    if isinstance(first, bytes) or (isinstance(first, np.ndarray) and first.dtype.kind == "O"):
        shape = shape_of(first)
        out = np.empty((len(values), *shape), object)
        for i, each in enumerate(values):
            if shape_of(each) != shape:
                raise _unequal(values, component)
            out[i] = each if not isinstance(each, np.ndarray) or shape else each[()]
        return out
    if isinstance(first, np.ndarray):
        if not first.shape:
            return (
                np.array([each[()] for each in values], first.dtype)
                if all(each.shape == () for each in values)
                else _raise(values, component)
            )
        out = aligned_empty((len(values), *first.shape), first.dtype)
        for i, each in enumerate(values):
            if each.shape != first.shape:
                raise _unequal(values, component)
            out[i] = each
        out.flags.writeable = False
        return out
    if isinstance(first, np.generic):
        if any(shape_of(each) for each in values):
            raise _unequal(values, component)
        return np.array(values, first.dtype)
    if hasattr(first, "_elements"):
        raise InvalidArgumentError("A Dataset of Datasets (of windows) cannot be batched: make tensors of them with flat_map first.")
    if is_composite(first):
        return composite_stack(values)
    raise DtypeError(f"Elements of type {type(first).__name__} cannot be batched.")


def composite_stack(values: Sequence[Any]) -> Any:
    """Ragged or sparse elements as rows of one."""
    if type(values[0]).__name__ == "SparseTensor":
        return concat(0, [expand_dims(each, 0) for each in values])
    return stacked(values)


def _raise(values: Sequence[Any], component: int) -> Any:
    raise _unequal(values, component)


def _unequal(values: Sequence[Any], component: int) -> InvalidArgumentError:
    shapes = [list(shape_of(each)) for each in values]
    other = next(i for i, shape in enumerate(shapes) if shape != shapes[0])
    return InvalidArgumentError(
        f"Cannot batch tensors with different shapes in component {component}. First element had shape {shapes[0]} and element {other} had "
        f"shape {shapes[other]}. Bring them to one shape in a map before (tf.image.resize, tf.pad), or use padded_batch or ragged_batch."
    )


def concatenate(blocks: Sequence[Element]) -> Element:
    """Blocks joined along their first axis."""
    if len(blocks) == 1:
        return blocks[0]
    return tuple(
        np.concatenate(each) if type(each[0]) is np.ndarray else stack_leaves([row for leaf in each for row in rows_of(leaf)], i)
        for i, each in enumerate(zip(*blocks, strict=True))
    )


def rechunk(blocks: Iterable[Element], size: int) -> Iterator[Element]:
    """The same rows in blocks of `size`, the last one shorter."""
    held: list[Element] = []
    count = 0
    for block in blocks:
        rows = length_of(block[0])
        if not rows:
            continue
        if not held and rows == size:
            yield block
            continue
        held.append(block)
        count += rows
        if count >= size:
            joined = concatenate(held)
            at = 0
            while count - at >= size:
                yield tuple([leaf[at : at + size] for leaf in joined])
                at += size
            held, count = ([tuple([leaf[at:] for leaf in joined])], count - at) if count > at else ([], 0)
    if held:
        yield concatenate(held)


def split(block: Element) -> Iterator[Element]:
    """The elements of a block."""
    return zip(*map(rows_of, block), strict=True)


def group(elements: Iterator[Element], size: int) -> Iterator[list[Element]]:
    """Lists of `size` elements, the last one shorter."""
    held: list[Element] = []
    for element in elements:
        held.append(element)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held
