"""Several elements become one, and one several: batch, padded_batch, ragged_batch, unbatch, window, group by key."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from hornbeam.data.function import ElementFunction
from hornbeam.data.node import Node, Run
from hornbeam.data.structure import (
    DatasetSpec,
    Element,
    batched_spec,
    composite_stack,
    group,
    is_composite,
    leaves_of,
    length_of,
    map_structure,
    row_spec,
    shape_of,
    split,
    stack,
    stack_leaves,
    template_of,
)
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError
from hornbeam.engine.function import TensorSpec
from hornbeam.engine.tensor import wrap
from hornbeam.ops.composite.ragged import RaggedTensorSpec


def _positive(what: str, size: Any) -> int:
    found = int(size)
    if found <= 0:
        raise ArgumentError(f"{what} must be greater than zero; received {found}.")
    return found


def batches(count: int, size: int, drop: bool) -> int:
    """How many batches `count` elements make."""
    return count if count < 0 else count // size if drop else -(-count // size)


class _Batches(Node):
    """Elements put together, `size` at a time."""

    name = "_BatchDataset"

    def __init__(self, source: Node, size: Any, drop: bool):
        self._inputs, self._size, self._drop = (source,), _positive("Batch size", size), bool(drop)

    def _specs(self) -> Any:
        return map_structure(self._spec_of, self._inputs[0].element_spec)

    def _spec_of(self, spec: Any) -> Any:
        return batched_spec(spec, self._size if self._drop else None)

    @property
    def _template(self) -> Any:
        return self._inputs[0]._template

    def _count(self) -> int:
        return batches(self._inputs[0]._count(), self._size, self._drop)

    def _elements(self, run: Run) -> Iterator[Element]:
        for held in group(self._inputs[0]._elements(run.child()), self._size):
            if not self._drop or len(held) == self._size:
                yield tuple([self._together(values, i) for i, values in enumerate(zip(*held, strict=True))])

    def _together(self, values: Sequence[Any], component: int) -> Any:
        """A leaf of several elements as one."""
        return stack_leaves(values, component)


class Batch(_Batches):
    """Elements stacked."""

    def __init__(self, source: Node, size: Any, drop: bool, name: str = "_BatchDataset"):
        super().__init__(source, size, drop)
        self.name, self._free = name, source._free

    def _elements(self, run: Run) -> Iterator[Element]:
        size, source, inner = self._size, self._inputs[0], run.child()
        blocks = source._blocks(inner, size)
        if blocks is None:
            blocks = map(stack, group(source._elements(inner), size))
        if not self._drop:
            return iter(blocks)
        return (block for block in blocks if length_of(block[0]) == size)

    def _row_batches(self) -> tuple[Node, int, bool] | None:
        return (self._inputs[0], self._size, self._drop) if self._inputs[0]._indexed() else None


class PaddedBatch(_Batches):
    """Elements padded to one shape and stacked.

    Args:
        shapes: the shape of each leaf, None in it meaning the longest of the batch; None for a leaf that is padded in every axis.
        values: what each leaf is padded with.
    """

    name = "_PaddedBatchDataset"

    def __init__(self, source: Node, size: Any, shapes: Sequence[Any], values: Sequence[Any], drop: bool):
        super().__init__(source, size, drop)
        self._shapes, self._values = shapes, values

    def _specs(self) -> Any:
        shapes = iter(self._shapes)

        def spec(each: Any) -> TensorSpec:
            given = next(shapes)
            shape = each.shape if given is None else given
            return TensorSpec(None if shape is None else (self._size if self._drop else None, *shape), each.dtype)

        return map_structure(spec, self._inputs[0].element_spec)

    def _together(self, values: Sequence[Any], component: int) -> Any:
        if is_composite(values[0]):
            return super()._together(values, component)
        shapes = [shape_of(each) for each in values]
        if len(set(map(len, shapes))) > 1:
            raise InvalidArgumentError(f"All elements in a batch must have the same rank when padding for component {component}: {shapes}.")
        longest = tuple(max(sizes) for sizes in zip(*shapes, strict=True))
        wanted = self._shapes[component]
        if wanted is not None:
            if len(wanted) != len(longest):
                raise InvalidArgumentError(
                    f"Component {component} has shape {shapes[0]}, which cannot be padded to {tuple(wanted)}: another rank."
                )
            for size, limit in zip(longest, wanted, strict=True):
                if limit is not None and size > limit:
                    raise InvalidArgumentError(
                        f"Attempted to pad to a smaller size than the input element: component {component} has shape {longest}, "
                        f"padded_shapes says {tuple(wanted)}."
                    )
            longest = tuple(size if limit is None else limit for size, limit in zip(longest, wanted, strict=True))
        first = values[0]
        text = isinstance(first, bytes) or getattr(first, "dtype", np.dtype(bool)).kind == "O"
        fill = self._values[component]
        if fill is None:
            fill = b"" if text else 0
        elif isinstance(fill, str):
            fill = fill.encode()
        out = np.full((len(values), *longest), fill, object if text else first.dtype)
        for i, each in enumerate(values):
            place: Any = (i, *map(slice, shapes[i]))
            out[place] = each if isinstance(each, bytes) or shapes[i] else each[()]
        return out


class RaggedBatch(_Batches):
    """Elements of differing lengths, as RaggedTensors."""

    def _spec_of(self, spec: Any) -> Any:
        if not isinstance(spec, TensorSpec) or (spec.shape is not None and not len(spec.shape)):
            return super()._spec_of(spec)
        size = self._size if self._drop else None
        return RaggedTensorSpec(None if spec.shape is None else (size, None, *tuple(spec.shape)[1:]), spec.dtype, 1)

    def _together(self, values: Sequence[Any], component: int) -> Any:
        return composite_stack(values) if shape_of(values[0]) else super()._together(values, component)


class Unbatch(Node):
    """The rows of each element."""

    name = "_UnbatchDataset"

    def __init__(self, source: Node):
        self._inputs, self._free = (source,), source._free

    def _specs(self) -> Any:
        return map_structure(row_spec, self._inputs[0].element_spec)

    @property
    def _template(self) -> Any:
        return self._inputs[0]._template

    def _elements(self, run: Run) -> Iterator[Element]:
        for element in self._inputs[0]._elements(run.child()):
            if any(not shape_of(leaf) for leaf in element):
                raise InvalidArgumentError("Unbatching a tensor is only supported for rank >= 1.")
            if len({length_of(leaf) for leaf in element}) > 1:
                raise InvalidArgumentError(
                    f"unbatch: the components of an element have {[length_of(leaf) for leaf in element]} rows; they must agree."
                )
            yield from split(element)


class Rebatch(Node):
    """The rows of each element, in batches of other sizes that come in turn."""

    name = "_RebatchDataset"

    def __init__(self, source: Node, sizes: Sequence[int], drop: bool):
        self._inputs, self._sizes, self._drop = (source,), [_positive("Batch size", size) for size in sizes], drop

    def _specs(self) -> Any:
        size = self._sizes[0] if self._drop and len(set(self._sizes)) == 1 else None
        return map_structure(lambda spec: batched_spec(row_spec(spec), size), self._inputs[0].element_spec)

    @property
    def _template(self) -> Any:
        return self._inputs[0]._template

    def _elements(self, run: Run) -> Iterator[Element]:
        rows = Unbatch(self._inputs[0])._elements(run.child())
        for size in itertools.cycle(self._sizes):
            held = list(itertools.islice(rows, size))
            if not held or (self._drop and len(held) < size):
                return
            yield stack(held)


class Held(Node):
    """Elements that are at hand: a window or a group."""

    name, _free = "_VariantDataset", True

    def __init__(self, elements: Sequence[Element], spec: Any, template: Any):
        self._held, self._form = elements, template
        if spec is not None:
            self._spec = spec

    def _specs(self) -> Any:
        return None

    @property
    def _template(self) -> Any:
        return self._form

    def _count(self) -> int:
        return len(self._held)

    def _elements(self, run: Run) -> Iterator[Element]:
        return iter(self._held)


class Windows(Node):
    """Each element a structure of Datasets of `size` elements, the next one `shift` further on."""

    name = "_WindowDataset"

    def __init__(self, source: Node, size: Any, shift: Any, stride: Any, drop: bool):
        self._inputs = (source,)
        self._size, self._stride = _positive("Window size", size), _positive("Window stride", stride)
        self._shift = self._size if shift is None else _positive("Window shift", shift)
        self._drop = bool(drop)

    def _specs(self) -> Any:
        return map_structure(DatasetSpec, self._inputs[0].element_spec)

    @property
    def _template(self) -> Any:
        return self._inputs[0]._template

    def _count(self) -> int:
        count = self._inputs[0]._count()
        if count < 0:
            return count
        reach = (self._size - 1) * self._stride + 1 if self._drop else 1
        return max(0, -(-(count - reach + 1) // self._shift))

    def _elements(self, run: Run) -> Iterator[Element]:
        source = self._inputs[0]
        elements = source._elements(run.child())
        reach = (self._size - 1) * self._stride + 1
        held: list[Element] = []
        specs = leaves_of(source.element_spec)
        ended = False
        while True:
            if not ended:
                held += itertools.islice(elements, reach - len(held))
                ended = len(held) < reach
            if not held or (self._drop and len(held) < reach):
                return
            chosen = held[:reach][:: self._stride]
            yield tuple([Held([(each[i],) for each in chosen], spec, 0) for i, spec in enumerate(specs)])
            if self._shift > len(held) and not ended:
                skip = self._shift - len(held)
                ended = len(list(itertools.islice(elements, skip))) < skip
            held = held[self._shift :]


class Grouped(Node):
    """Elements collected by a key; each group of enough elements becomes what a function makes of it.

    Args:
        key: gives an element's key, an integer.
        reduce: of a key and a Dataset gives a Dataset.
        size: of a key gives how many elements make a group.
    """

    name, _guesses = "_GroupByWindowDataset", True

    def __init__(self, source: Node, key: Callable, reduce: Callable, size: Callable[[Any], int]):
        self._inputs = (source,)
        self._key, self._reduce, self._window = ElementFunction(key, source, "group_by_window", host=True), reduce, size
        self._form: Any = None
        self._like: Callable[[], Any] | None = None  # gives the spec, where one group does not tell that of the others

    def _made(self, key: Any, held: list[Element], spec: Any) -> Node:
        node = self._reduce(wrap(np.array(key)), Held(held, spec, self._inputs[0]._template).public()).__hornbeam_node__
        self._form = node
        return node

    def _specs(self) -> Any:
        if self._like is not None:
            return self._like()
        spec = self._inputs[0].element_spec
        try:
            return self._made(np.int64(0), [], spec).element_spec
        except (StopIteration, IndexError, ValueError, TypeError):
            return None

    @property
    def _template(self) -> Any:
        return self._form._template if self._form is not None else template_of(self.element_spec)

    def _elements(self, run: Run) -> Iterator[Element]:
        source = self._inputs[0]
        spec = source.__dict__.get("_spec")
        call = self._key.open(run.child())
        groups: dict[int, list[Element]] = {}
        seeds = run.child()
        for element in source._elements(run.child()):
            key = int(np.asarray(call.one(element)[0]))
            held = groups.setdefault(key, [])
            held.append(element)
            if len(held) >= self._window(key):
                yield from self._made(np.int64(key), groups.pop(key), spec)._elements(seeds.child())
        for key, held in sorted(groups.items()):
            yield from self._made(np.int64(key), held, spec)._elements(seeds.child())
