"""A function applied to elements: map, filter, scan, take_while, flat_map, interleave, reduce."""

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from hornbeam.data.function import Caller, ElementFunction
from hornbeam.data.node import BLOCK, INFINITE, UNKNOWN, Node, OneByOne, Rows, Run, in_turn
from hornbeam.data.structure import (
    Element,
    group,
    host_leaf,
    leaves_of,
    map_structure,
    pack,
    spec_of,
    split,
    stack,
    template_of,
    tensor_leaf,
    tidy,
)
from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError
from hornbeam.engine.function import TensorSpec

_HANDED, _TOGETHER = 8e-3, 64  # seconds of work, and items, that a thread is handed at most


def workers(parallel: Any) -> int:
    """How many threads `num_parallel_calls` asks for: AUTOTUNE, one a processor."""
    if parallel is None:
        return 1
    found = int(parallel)
    if found < 1 and found != -1:
        raise ArgumentError(f"`num_parallel_calls` is a positive number or tf.data.AUTOTUNE; received {parallel}.")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if found == -1 else found


class InThreads:
    """`function` of items, several at a time, in order. An item whose function fails raises at its turn; the rest goes on.

    A thread is handed as many items as take some milliseconds: handing over costs more than a short function.
    """

    def __init__(self, function: Callable, items: Iterator[Any], threads: int):
        self._function, self._items, self._threads = function, items, threads
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[Future] = deque()
        self._done: Iterator[tuple[Any, BaseException | None]] = iter(())
        self._size = 1

    def __iter__(self) -> "InThreads":
        return self

    def __next__(self) -> Any:
        found = next(self._done, None)
        if found is None:
            self._submit()
            if not self._waiting:
                self.close()
                raise StopIteration
            results, seconds = self._waiting.popleft().result()
            self._size = max(1, min(_TOGETHER, int(len(results) * _HANDED / max(seconds, 1e-6)), 2 * self._size))
            self._submit()
            self._done = iter(results)
            found = next(self._done)
        value, error = found
        if error is not None:
            raise error
        return value

    def _submit(self) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="hornbeam-data")
        while len(self._waiting) <= 2 * self._threads:
            part = list(itertools.islice(self._items, self._size))
            if not part:
                return
            self._waiting.append(self._pool.submit(self._work, part))

    def _work(self, part: list[Any]) -> tuple[list[tuple[Any, BaseException | None]], float]:
        began = time.perf_counter()
        found: list[tuple[Any, BaseException | None]] = []
        for item in part:
            try:
                found.append((self._function(item), None))
            except Exception as error:
                found.append((None, error))
        return found, time.perf_counter() - began

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    __del__ = close


class Map(Node):
    """A function of each element."""

    _guesses = True

    def __init__(self, source: Node, function: Callable, parallel: Any):
        self._inputs, self._free = (source,), source._free
        self._function = ElementFunction(function, source, "map")
        self._threads = workers(parallel)
        self.name = "_MapDataset" if parallel is None else "_ParallelMapDataset"
        if source._known():  # as TensorFlow does, the function is traced here, so that its errors are met here
            found = self._function.specs(source.element_spec)
            if found is not None:
                self._spec = found

    def _specs(self) -> Any:
        return self._function.specs(self._inputs[0].element_spec)

    @property
    def _template(self) -> Any:
        return self._function.out if self._function.out is not None else template_of(self.element_spec)

    def _count(self) -> int:
        return self._inputs[0]._count()

    def _elements(self, run: Run) -> Iterator[Element]:
        source, call, function = self._inputs[0], self._function.open(run.child()), self._function
        if source._free and not run.sampling and function.host is not True and _even(source):
            blocks = source._blocks(run.child(), BLOCK)
            if blocks is not None:
                return _over_blocks(call, blocks)
        if run.sampling or function.host is None or not function.host:
            return map(call.one, source._elements(run.child()))
        elements = source._elements(run.child())
        return map(call.one, elements) if self._threads == 1 else InThreads(call.one, elements, self._threads)

    def _indexed(self) -> str | None:
        return self._inputs[0]._indexed() if self._function.pure else None

    def _computed(self) -> bool:
        return True

    def _rows(self, run: Run) -> Rows | None:
        rows = self._inputs[0]._rows(run.child()) if self._indexed() else None
        if rows is None:
            return None
        call, before = self._function.open(run.child()), rows.then

        def then(block: Element, size: int) -> Element:
            return _block_mapped(call, block if before is None else before(block, size), size)

        return rows._replace(then=then)

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        if run.sampling or self._function.host:
            return None
        source, call, inner = self._inputs[0], self._function.open(run.child()), run.child()
        blocks = source._blocks(inner, size)
        if blocks is not None:
            return _mapped(call, blocks, size)
        return _mapped_groups(call, group(source._elements(inner), size), size)


def _even(source: Node) -> bool:
    """Whether nothing says that a source's elements may differ in shape: those cannot stand in one block."""
    specs = jax.tree.leaves(source.element_spec) if source._known() else []
    return all(spec.shape.is_fully_defined() for spec in specs if isinstance(spec, TensorSpec))


def _over_blocks(call: Caller, blocks: Iterator[Element]) -> Iterator[Element]:
    """Elements one by one from blocks: the first block's each by itself, later blocks as wholes (who takes three computes three)."""
    for number, block in enumerate(blocks):
        found = None if number == 0 else call.block(block, BLOCK)
        yield from map(call.one, split(block)) if found is None else split(found)


def _block_mapped(call: Caller, block: Element, size: int) -> Element:
    found = call.block(block, size)
    return stack([call.one(element) for element in split(block)]) if found is None else found


def _mapped(call: Caller, blocks: Iterator[Element], size: int) -> Iterator[Element]:
    return (_block_mapped(call, block, size) for block in blocks)


def _mapped_groups(call: Caller, groups: Iterator[list[Element]], size: int) -> Iterator[Element]:
    for held in groups:
        found = None
        if not call.function.host and _alike(held):
            found = call.block(stack(held), size)
        yield stack([call.one(element) for element in held]) if found is None else found


def _alike(elements: list[Element]) -> bool:
    """Whether elements are numbers of one shape."""
    forms = {tuple([(getattr(leaf, "shape", None), getattr(leaf, "dtype", None)) for leaf in element]) for element in elements}
    return len(forms) == 1 and all(isinstance(leaf, (np.ndarray, np.generic)) and leaf.dtype.kind in "biufcV" for leaf in elements[0])


class Filter(OneByOne):
    """The elements for which a function gives True."""

    name = "_FilterDataset"

    def __init__(self, source: Node, predicate: Callable, name: str = "_FilterDataset"):
        super().__init__(source)
        self._function, self.name = ElementFunction(predicate, source, "filter" if name == "_FilterDataset" else "take_while"), name
        if source._known():
            spec = self._function.specs(source.element_spec)
            if spec is not None and not (isinstance(spec, TensorSpec) and spec.dtype == "bool" and not len(spec.shape)):
                raise ArgumentError(
                    f"Invalid `predicate`. `predicate` must return a `tf.bool` scalar tensor, but its return type is {spec}."
                )

    def _elements(self, run: Run) -> Iterator[Element]:
        source, call = self._inputs[0], self._function.open(run.child())
        together = source._free and not run.sampling and not self._function.host and _even(source)
        blocks = source._blocks(run.child(), BLOCK) if together else None
        if blocks is None:
            return self._chosen((element, _truth(call.one(element))) for element in source._elements(run.child()))
        return self._chosen(pair for block in blocks for pair in self._judged(call, block))

    def _judged(self, call: Caller, block: Element) -> Iterator[tuple[Element, bool]]:
        found = call.block(block, BLOCK)
        if found is None:
            return ((element, _truth(call.one(element))) for element in split(block))
        return zip(split(block), found[0].tolist(), strict=True)

    def _chosen(self, pairs: Iterator[tuple[Element, bool]]) -> Iterator[Element]:
        return (element for element, keep in pairs if keep)


class TakeWhile(Filter):
    """The elements before the first for which a function gives False."""

    def __init__(self, source: Node, predicate: Callable):
        super().__init__(source, predicate, "_TakeWhileDataset")

    def _chosen(self, pairs: Iterator[tuple[Element, bool]]) -> Iterator[Element]:
        return (element for element, _ in itertools.takewhile(lambda pair: pair[1], pairs))


def _truth(found: Element) -> bool:
    value = np.asarray(found[0])
    if value.dtype != bool or value.ndim:
        raise ArgumentError(
            f"Invalid `predicate`. `predicate` must return a `tf.bool` scalar tensor; it gave {value.dtype} of shape {value.shape}."
        )
    return bool(value)


class Scan(Node):
    """A function of a state and each element that gives the next state and an output."""

    name, _guesses = "_ScanDataset", True

    def __init__(self, source: Node, initial: Any, function: Callable):
        self._inputs = (source,)
        tree = map_structure(host_leaf, tidy(initial))
        self._state, self._form = tuple(leaves_of(tree)), template_of(tree)
        self._function = ElementFunction(function, source, "scan", extra=self._form)

    def _split(self, found: Element) -> tuple[Element, Element]:
        if not isinstance(self._function.out, tuple) or len(self._function.out) != 2:
            raise DtypeError("The function of scan gives a pair: (new state, output element).")
        return found[: len(self._state)], found[len(self._state) :]

    def _specs(self) -> Any:
        source = self._inputs[0].element_spec
        specs = self._function.specs((pack(self._form, list(map(spec_of, self._state))), source))
        return None if specs is None else specs[1]

    @property
    def _template(self) -> Any:
        return template_of(self._function.out[1]) if self._function.out is not None else template_of(self.element_spec)

    def _count(self) -> int:
        return self._inputs[0]._count()

    def _elements(self, run: Run) -> Iterator[Element]:
        call, state = self._function.open(run.child()), self._state
        for element in self._inputs[0]._elements(run.child()):
            state, out = self._split(call.one((*state, *element)))
            yield out


def reduced(source: Node, initial: Any, function: Callable) -> Any:
    """The state after all elements."""
    tree = map_structure(host_leaf, tidy(initial))
    state, form = tuple(leaves_of(tree)), template_of(tree)
    mapped = ElementFunction(function, source, "reduce", extra=form)
    run = Run()
    call = mapped.open(run.child())
    for element in source._elements(run.child()):
        new = call.one((*state, *element))
        for old, leaf in zip(state, new, strict=True):
            if getattr(old, "dtype", bytes) != getattr(leaf, "dtype", bytes):
                raise DtypeError(
                    f"reduce: the state has type {old.dtype} before and {leaf.dtype} after its function: start with a state of that type."
                )
        state = new
    return pack(form, [tensor_leaf(leaf) for leaf in state])


class Interleave(Node):
    """The elements of the Datasets that a function makes of elements: some of each in turn, or one Dataset after another.

    Args:
        cycle: how many Datasets are open at a time.
        block: how many elements are taken from one before it is the next one's turn.
    """

    def __init__(self, source: Node, function: Callable, cycle: Any, block: Any, name: str, threads: int = 1):
        self._inputs = (source,)
        self._function, self.name, self._guesses = ElementFunction(function, source, "flat_map", host=True), name, True
        self._cycle = workers(-1) if cycle in (None, -1) else int(cycle)
        self._block, self._threads = 1 if block is None else int(block), threads
        if self._cycle < 1 or self._block < 1:
            raise ArgumentError(f"interleave: `cycle_length` and `block_length` are positive; received {cycle} and {block}.")
        self._inner: Node | None = None

    def _opened(self, call: Caller, element: Element) -> Node:
        found = call.one(element)
        if len(found) != 1 or not isinstance(found[0], Node):
            raise DtypeError(f"The function of {self._function.kind} must return a Dataset; it gave {self._function.out and found}.")
        self._inner = self._inner or found[0]
        return found[0]

    def _first(self) -> Node | None:
        if self._inner is None:
            run = Run(sampling=True)
            for element in self._inputs[0]._elements(run):
                self._opened(self._function.open(run), element)
                break
        return self._inner

    def _specs(self) -> Any:
        inner = self._first()
        return None if inner is None else inner.element_spec

    @property
    def _template(self) -> Any:
        inner = self._first()
        if inner is None:
            raise InvalidArgumentError("A flat_map or interleave over no elements has no element type.")
        return inner._template

    def _count(self) -> int:
        return INFINITE if self._inputs[0]._count() == INFINITE else UNKNOWN

    def _elements(self, run: Run) -> Iterator[Element]:
        call, seeds = self._function.open(run.child()), run.child()
        opened = (self._opened(call, element)._elements(seeds.child()) for element in self._inputs[0]._elements(run.child()))
        if self._cycle == 1 and self._block == 1:
            return itertools.chain.from_iterable(opened)
        return in_turn(opened, self._cycle, self._block)


class HostMap(Node):
    """A function of leaves, of this library's own, in threads; its results' type is known.

    Args:
        function: from the leaves of an element to those of another.
        spec: the structure of specs of the results.
    """

    name = "_ParallelMapDataset"

    def __init__(self, source: Node, function: Callable[..., Element], spec: Any):
        self._inputs, self._function, self._spec = (source,), function, spec

    def _count(self) -> int:
        return self._inputs[0]._count()

    def _elements(self, run: Run) -> Iterator[Element]:
        elements = self._inputs[0]._elements(run.child())
        call = lambda leaves: self._function(*leaves)
        return map(call, elements) if run.sampling else InThreads(call, elements, workers(-1))

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        return None
