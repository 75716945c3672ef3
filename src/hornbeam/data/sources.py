"""Where elements come from: arrays in memory, generators, numbers. Files are in `files`."""

import contextlib
import reprlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from hornbeam.data.node import BLOCK, INFINITE, UNKNOWN, Node, Rows, Run
from hornbeam.data.structure import (
    Element,
    host_leaf,
    is_composite,
    leaves_of,
    length_of,
    map_structure,
    row_spec,
    rows_of,
    shape_of,
    spec_of,
    stack_leaves,
    template_of,
)
from hornbeam.engine import dtypes, rng
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError, ShapeError
from hornbeam.engine.function import TensorSpec


class Slices(Node):
    """The rows of arrays in memory."""

    name, _free = "_TensorSliceDataset", True

    def __init__(self, tensors: Any):
        tree = map_structure(host_leaf, _columns(tensors))
        self._columns: Element = tuple(leaves_of(tree))
        if any(not shape_of(each) for each in self._columns):
            raise ArgumentError(
                "Unbatching a tensor is only supported for rank >= 1: from_tensor_slices needs a first axis; from_tensors needs none."
            )
        lengths = [length_of(each) for each in self._columns]
        for length in lengths:
            if length != lengths[0]:
                raise ShapeError(f"Dimensions {lengths[0]} and {length} are not compatible: every component needs the same number of rows.")
        self._length = lengths[0]
        self._spec = map_structure(lambda leaf: row_spec(spec_of(leaf)), tree)

    def _count(self) -> int:
        return self._length

    def _elements(self, run: Run) -> Iterator[Element]:
        return zip(*map(rows_of, self._columns), strict=True)

    def _indexed(self) -> str | None:
        return "whole"

    def _rows(self, run: Run) -> Rows | None:
        return Rows(self._columns, (np.arange(self._length),), self._length)


def _columns(tree: Any) -> Any:
    """A DataFrame is a dict of columns when it is given as `dict(frame)`, and a table of its values otherwise."""
    return tree.to_numpy() if hasattr(tree, "columns") and hasattr(tree, "to_numpy") else tree


class Tensors(Node):
    """One element."""

    name, _free = "_TensorDataset", True

    def __init__(self, tensors: Any):
        tree = map_structure(host_leaf, _columns(tensors))
        self._element = tuple(leaves_of(tree))
        self._spec = map_structure(spec_of, tree)

    def _count(self) -> int:
        return 1

    def _elements(self, run: Run) -> Iterator[Element]:
        return iter((self._element,))

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        return iter((tuple(stack_leaves([leaf], 0) for leaf in self._element),))


class Range(Node):
    """start, start + step, ... below stop."""

    name, _free = "_RangeDataset", True

    def __init__(self, start: int, stop: int | None, step: int, dtype: Any = "int64"):
        if step == 0:
            raise ArgumentError("Dataset.range: step must not be 0.")
        self._numbers = range(start, 2**63 - 1 if stop is None else stop, step)
        self._dtype = dtypes.standardize(dtype).numpy
        self._endless = stop is None
        self._spec = TensorSpec((), str(dtypes.standardize(dtype)))

    def _count(self) -> int:
        return INFINITE if self._endless else len(self._numbers)

    def _elements(self, run: Run) -> Iterator[Element]:
        kind = self._dtype.type
        return ((kind(number),) for number in self._numbers)

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        n = len(self._numbers)
        return ((np.array(self._numbers[at : at + size], self._dtype),) for at in range(0, n, size))

    def _indexed(self) -> str | None:
        return None if self._endless or len(self._numbers) > 10**7 else "whole"

    def _rows(self, run: Run) -> Rows | None:
        n = len(self._numbers)
        if self._indexed() is None:
            return None
        return Rows((np.array(self._numbers, self._dtype),), (np.arange(n),), n)


class Counter(Range):
    """A range without an end."""

    name = "_ScanDataset"


class Random(Node):
    """Random integers without an end."""

    name, _free = "_RandomDataset", True

    def __init__(self, seed: int | None, again: bool):
        self._seed, self._again, self._passes = rng.make_seed() if seed is None else int(seed), again, 0
        self._spec = TensorSpec((), "int64")

    def _count(self) -> int:
        return INFINITE

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        generator = np.random.Generator(np.random.Philox(key=np.array([self._seed, self._passes], np.uint64)))
        self._passes += self._again and not run.sampling
        return ((generator.integers(0, 2**32, size),) for _ in iter(int, 1))

    def _elements(self, run: Run) -> Iterator[Element]:
        return ((number,) for (block,) in self._blocks(run, BLOCK) or () for number in block)


class Generated(Node):
    """What a Python generator yields."""

    name = "_FlatMapDataset"

    def __init__(self, generator: Callable, signature: Any, args: tuple):
        if not callable(generator):
            raise DtypeError(
                f"from_generator takes a function that gives an iterator; received {_a(generator)}. Pass the generator function uncalled."
            )
        self._generator, self._args, self._spec = generator, args, signature
        self._wanted = leaves_of(signature)

    def _count(self) -> int:
        return UNKNOWN

    def _elements(self, run: Run) -> Iterator[Element]:
        return self._converted(iter(self._generator(*self._args)))

    def _converted(self, values: Iterator[Any]) -> Iterator[Element]:
        plain = isinstance(self._spec, TensorSpec)
        for value in values:
            try:
                parts = [value] if plain else _matching(self._spec, value)
                yield tuple([_fitted(part, spec) for part, spec in zip(parts, self._wanted, strict=True)])
            except (TypeError, ValueError, KeyError) as error:
                if isinstance(error, InvalidArgumentError):
                    raise
                raise _mismatch(self._spec, value) from error

    @property
    def _template(self) -> Any:
        return template_of(self._spec)


def _matching(spec: Any, value: Any) -> list[Any]:
    """The parts of a yielded value in the order of the leaves of a structure of specs."""
    if isinstance(spec, tuple):
        if not isinstance(value, (tuple, list)) or len(value) != len(spec):
            raise ValueError("another structure")
        return [leaf for each, part in zip(spec, value, strict=True) for leaf in _matching(each, part)]
    if isinstance(spec, dict):
        if set(value) != set(spec):
            raise ValueError("other keys")
        return [leaf for key, each in spec.items() for leaf in _matching(each, value[key])]
    return [value]


_WIDER = {"b": "iufc", "i": "fc", "u": "fc", "f": "c"}  # kinds of numbers that do not fit into a kind


def _fitted(value: Any, spec: Any) -> Any:
    """A part of a yielded value as an array of the type and shape that the signature says."""
    if not isinstance(spec, TensorSpec) or is_composite(value):
        return value
    wanted = spec.dtype.numpy
    if isinstance(value, np.ndarray) and value.dtype == wanted and wanted.kind != "O":
        leaf = value.copy()  # a generator may go on writing to its array
    elif wanted.kind == "O":
        leaf = host_leaf(value)
        if isinstance(leaf, np.ndarray) and leaf.dtype != object:
            raise TypeError("numbers where strings were expected")
    else:
        leaf = np.asarray(host_leaf(value) if not isinstance(value, (int, float, list, tuple)) else value)
        kind = leaf.dtype.kind
        if kind in "OUS" or (kind in _WIDER.get(wanted.kind, "") and not isinstance(value, (np.ndarray, np.generic))):
            raise TypeError("another type")  # of Python's numbers and tensors; NumPy's are cast, as NumPy casts
        leaf = leaf.astype(wanted)
    if spec.shape is not None and not _fits(shape_of(leaf), tuple(spec.shape)):
        raise InvalidArgumentError(
            f"TypeError: `generator` yielded an element of shape {shape_of(leaf)} where one of shape {tuple(spec.shape)} was expected."
        )
    return leaf


def _fits(shape: tuple, wanted: tuple) -> bool:
    return len(shape) == len(wanted) and all(b in (None, a) for a, b in zip(shape, wanted, strict=True))


def _mismatch(spec: Any, value: Any) -> InvalidArgumentError:
    return InvalidArgumentError(
        "TypeError: `generator` yielded an element that did not match the expected structure. The expected structure was "
        f"{spec}, but the yielded element was {reprlib.repr(value)}."
    )


def signature(output_types: Any, output_shapes: Any, output_signature: Any) -> Any:
    """The structure of specs that from_generator was told, in either of two ways."""
    if output_signature is not None:
        if output_types is not None or output_shapes is not None:
            raise DtypeError("The `output_types` and `output_shapes` arguments cannot be combined with `output_signature`.")
        tree = _tuples(output_signature)
        for leaf in leaves_of(tree):
            if not hasattr(leaf, "dtype"):
                raise DtypeError(f"`output_signature` must be a structure of TensorSpecs; received {_a(leaf)} in it.")
        return tree
    if output_types is None:
        raise DtypeError(
            "To specify the output signature you need to provide either the `output_signature` argument or the `output_types` argument."
        )
    types = _tuples(output_types)
    if output_shapes is None:
        return map_structure(lambda dtype: TensorSpec(None, dtype), types)
    return _with_shapes(types, output_shapes)


def _with_shapes(types: Any, shapes: Any) -> Any:
    if isinstance(types, dict):
        return {key: _with_shapes(each, shapes[key]) for key, each in types.items()}
    if isinstance(types, tuple):
        return tuple(_with_shapes(each, shape) for each, shape in zip(types, shapes, strict=True))
    with contextlib.suppress(AttributeError):
        shapes = shapes.as_list()
    return TensorSpec(shapes, types)


def _tuples(tree: Any) -> Any:
    if isinstance(tree, (list, tuple)) and not hasattr(tree, "_fields"):
        return tuple(map(_tuples, tree))
    if isinstance(tree, dict):
        return {key: _tuples(each) for key, each in tree.items()}
    return tree


def _a(value: Any) -> str:
    return f"a {type(value).__name__}"
