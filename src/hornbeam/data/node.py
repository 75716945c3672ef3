"""What every Dataset is inside: a node that can be run, in one of three ways.

* `_elements(run)`: one element after another. Every node can.
* `_blocks(run, size)`: blocks of `size` stacked elements, so that a compiled map runs over whole batches. None where the elements
  cannot be had ahead, or may differ in shape.
* `_rows(run)`: columns in memory and the row numbers of a pass. Shuffling, skipping or repeating rows in memory is arithmetic on
  their numbers; the rows are gathered once, when a batch is made.

A `Run` is one iteration over the whole pipeline. It is opened on the thread of the caller and carries the randomness of that
iteration, so that threads inside the pipeline draw the same numbers whichever is quicker.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from hornbeam.data.structure import Element, common_spec, map_structure, pack, rechunk, spec_of, split, take_rows, template_of
from hornbeam.engine import rng

INFINITE, UNKNOWN = -1, -2
BLOCK = 64  # elements computed together when nobody asks for a number


class Run:
    """One iteration over a pipeline.

    Args:
        seeds: what the random numbers of this iteration come from.
        sampling: only the first elements are wanted, to see what they look like: nothing is shuffled, kept or read ahead.
    """

    __slots__ = ("_seeds", "sampling")

    def __init__(self, seeds: np.random.SeedSequence | None = None, sampling: bool = False):
        self._seeds = np.random.SeedSequence(0 if sampling else rng.make_seed()) if seeds is None else seeds
        self.sampling = sampling

    def child(self) -> "Run":
        """The run of an input, or of one more pass over an input."""
        return Run(self._seeds.spawn(1)[0], self.sampling)

    def generator(self) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(self._seeds.spawn(1)[0]))


class Rows(NamedTuple):
    """Rows in memory, in the order of a pass.

    `orders`: the row numbers in pieces, perhaps without end. `whole`: how many, when a pass visits just the first rows as they lie.
    `then`: what becomes of a block of rows (and the size to compile for) when it is gathered: pure functions do not mind the order.
    """

    columns: Element
    orders: Iterable[np.ndarray]
    whole: int | None = None
    then: Callable[[Element, int], Element] | None = None


class Node:
    """The inner side of a Dataset."""

    name = "_Dataset"  # what the printed form calls it
    _inputs: tuple["Node", ...] = ()
    _free = False  # whether elements can be computed ahead of their use and nobody would notice

    # What comes out.
    def _specs(self) -> Any:
        """The structure of specs, None when only a look at the data can tell."""
        raise NotImplementedError

    @property
    def element_spec(self) -> Any:
        """The type of an element: a structure of TensorSpecs, in which None is a size that differs or is not known."""
        found = self.__dict__.get("_spec")
        if found is None:
            found = self._specs()
            if found is None:
                found = self._looked_up()
            self.__dict__["_spec"] = found
        return found

    _guesses = False  # whether the spec may need a look at the data though the inputs' are known

    def _known(self) -> bool:
        """Whether the spec can be told without a look at the data."""
        return "_spec" in self.__dict__ or (bool(self._inputs) and not self._guesses and all(each._known() for each in self._inputs))

    def _looked_up(self) -> Any:
        """The spec of the first two elements."""
        elements = self._elements(Run(sampling=True))
        found = [pack(self._template, list(map(spec_of, each))) for each in _first(elements, 2)]
        return None if not found else found[0] if len(found) == 1 else map_structure(common_spec, *found)

    @property
    def _template(self) -> Any:
        """The structure with the numbers of leaves; what has a function that ran knows it without a look at the data."""
        return template_of(self.element_spec)

    def _count(self) -> int:
        """How many elements a pass has, or INFINITE or UNKNOWN."""
        return UNKNOWN

    def public(self) -> Any:
        """The Dataset that users see."""
        from hornbeam.data.dataset import Dataset

        return Dataset(self)

    # Running.
    def _elements(self, run: Run) -> Iterator[Element]:
        blocks = self._blocks(run, BLOCK)
        assert blocks is not None
        return (element for block in blocks for element in split(block))

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        rows = self._rows(run)
        return None if rows is None else gathered(rows, size)

    def _rows(self, run: Run) -> Rows | None:
        return None

    def _indexed(self) -> str | None:
        """Whether `_rows` has an answer: 'whole' for all rows as they lie, 'rows' for some in some order, None for none."""
        return None

    def _computed(self) -> bool:
        """Whether functions are applied to `_rows` when they are gathered."""
        return any(each._computed() for each in self._inputs)

    def _row_batches(self) -> tuple["Node", int, bool] | None:
        """For batches of rows in memory: the node of rows, the batch's size, and whether a short last batch is dropped."""
        return None


def gathered(rows: Rows, size: int) -> Iterator[Element]:
    """Blocks of rows in memory."""
    if rows.whole is not None:
        chosen: Iterator[Any] = (slice(at, min(at + size, rows.whole)) for at in range(0, rows.whole, size))
    else:
        chosen = (numbers for (numbers,) in rechunk(((piece,) for piece in rows.orders), size))
    blocks = (take_rows(rows.columns, numbers) for numbers in chosen)
    return blocks if rows.then is None else (rows.then(block, size) for block in blocks)


def _first(elements: Iterator[Element], count: int) -> list[Element]:
    found = []
    for element in elements:
        found.append(element)
        if len(found) == count:
            break
    with contextlib.suppress(AttributeError):
        elements.close()  # type: ignore[attr-defined]
    return found


class Through(Node):
    """A node whose elements are those of its input, chosen or in another order."""

    def __init__(self, source: Node):
        self._inputs = (source,)
        self._free = source._free

    def _specs(self) -> Any:
        return self._inputs[0].element_spec

    @property
    def element_spec(self) -> Any:
        return self._inputs[0].element_spec

    @property
    def _template(self) -> Any:
        return self._inputs[0]._template

    def _count(self) -> int:
        return self._inputs[0]._count()

    def _elements(self, run: Run) -> Iterator[Element]:
        return self._inputs[0]._elements(run.child())

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        return self._inputs[0]._blocks(run.child(), size)

    def _rows(self, run: Run) -> Rows | None:
        return self._inputs[0]._rows(run.child())

    def _indexed(self) -> str | None:
        return self._inputs[0]._indexed()


class OneByOne(Through):
    """A node that sees its input's elements one after another and may leave some out, so that no row can be told beforehand."""

    def _count(self) -> int:
        return UNKNOWN

    def _indexed(self) -> str | None:
        return None

    def _rows(self, run: Run) -> None:
        return None

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        return None


def in_turn(opened: Iterator[Iterator[Any]], cycle: int, block: int = 1) -> Iterator[Any]:
    """What iterators give, `block` of each of `cycle` that are open at a time. One that ends leaves its place to the next one."""
    places: list[Iterator[Any] | None] = list(itertools.islice(opened, cycle))
    at = 0
    while any(place is not None for place in places):
        place = places[at]
        if place is not None:
            taken = 0
            for element in itertools.islice(place, block):
                taken += 1
                yield element
            if taken < block:
                places[at] = next(opened, None)  # it begins when it is this place's turn again
        at = (at + 1) % len(places)
