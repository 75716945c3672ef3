"""Which elements come, and in which order: shuffle, repeat, take, skip, shard, concatenate, zip."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from hornbeam.data.node import INFINITE, UNKNOWN, Node, OneByOne, Rows, Run, Through
from hornbeam.data.structure import Element, common_spec, leaves_of, length_of, map_structure, rechunk
from hornbeam.engine import rng
from hornbeam.engine.errors import ArgumentError, DtypeError
from hornbeam.engine.function import TensorSpec


class Shuffle(Through):
    """Each element is drawn from a buffer of the next ones.

    Args:
        size: elements in the buffer; None, all of them.
        seed: what orders are drawn from, with the number of the pass.
        again: whether each pass has an order of its own.
    """

    name = "_ShuffleDataset"

    def __init__(self, source: Node, size: int | None, seed: int | None, again: bool):
        super().__init__(source)
        self._size, self._again, self._passes = size, again, 0
        self._seed = rng.make_seed() if seed is None else int(seed)

    def _generator(self, run: Run) -> np.random.Generator:
        number = self._passes
        if self._again and not run.sampling:
            self._passes += 1
        return np.random.Generator(np.random.Philox(key=np.array([self._seed % 2**64, number], np.uint64)))

    def _elements(self, run: Run) -> Iterator[Element]:
        source = self._inputs[0]
        if run.sampling:
            return source._elements(run.child())
        return _shuffled(source._elements(run.child()), self._size, self._generator(run))

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        return super(Through, self)._blocks(run, size)

    def _indexed(self) -> str | None:
        return "rows" if self._inputs[0]._indexed() else None

    def _rows(self, run: Run) -> Rows | None:
        rows = self._inputs[0]._rows(run.child())
        if rows is None or run.sampling:
            return rows
        generator = self._generator(run)
        if rows.whole is not None and (self._size is None or self._size >= rows.whole):
            return rows._replace(orders=(generator.permutation(n) for n in (rows.whole,)), whole=None)
        numbers = (number for piece in rows.orders for number in piece.tolist())
        drawn = _shuffled(numbers, self._size, generator)
        return rows._replace(orders=(np.array(piece) for piece in iter(lambda: list(itertools.islice(drawn, 4096)), [])), whole=None)


def _shuffled(items: Iterator[Any], size: int | None, generator: np.random.Generator) -> Iterator[Any]:
    """Items by way of a buffer: a random one leaves, the next one takes its place."""
    buffer = list(itertools.islice(items, size))
    if size is not None and len(buffer) == size:
        slots: list[int] = []
        for item in items:
            if not slots:
                slots = generator.integers(0, size, 1024).tolist()
            slot = slots.pop()
            buffer[slot], out = item, buffer[slot]
            yield out
    for i in generator.permutation(len(buffer)).tolist():
        yield buffer[i]


class Repeat(Through):
    """The passes of its input, one after another; without an end when `times` is None."""

    name = "_RepeatDataset"

    def __init__(self, source: Node, times: int | None):
        super().__init__(source)
        self._times = times

    def _count(self) -> int:
        count = self._inputs[0]._count()
        if self._times == 0:
            return 0
        if self._times is None:
            return INFINITE if count != 0 else 0
        return count * self._times if count >= 0 else count

    def _passes(self) -> Iterable[int]:
        return itertools.count() if self._times is None else range(self._times)

    def _elements(self, run: Run) -> Iterator[Element]:
        for _ in self._passes():
            got = False
            for element in self._inputs[0]._elements(run.child()):
                got = True
                yield element
            if not got and self._times is None:
                return

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        if self._indexed():
            return super(Through, self)._blocks(run, size)
        source, seeds = self._inputs[0], run.child()
        first = source._blocks(seeds.child(), size)
        if first is None:
            return None
        later = (source._blocks(seeds.child(), size) for _ in itertools.islice(self._passes(), 1, None))
        return rechunk(_until_empty(itertools.chain([first], later)), size)

    def _indexed(self) -> str | None:
        return "rows" if self._times != 0 and self._inputs[0]._indexed() else None

    def _rows(self, run: Run) -> Rows | None:
        source, seeds = self._inputs[0], run.child()
        if self._times == 0 or (first := source._rows(seeds.child())) is None:
            return None
        later = (source._rows(seeds.child()) for _ in itertools.islice(self._passes(), 1, None))
        orders = _until_empty(rows.orders for rows in itertools.chain([first], later) if rows is not None)
        return first._replace(orders=orders, whole=None)

    def _row_batches(self) -> tuple[Node, int, bool] | None:
        found = self._inputs[0]._row_batches()
        if found is None:
            return None
        rows, size, drop = found
        return (Repeat(rows, self._times), size, drop) if rows._count() >= 0 and rows._count() % size == 0 else None


def _until_empty(passes: Iterable[Iterable[Any]]) -> Iterator[Any]:
    for each in passes:
        got = False
        for item in each:
            got = True
            yield item
        if not got:
            return


class Window(Through):
    """The elements numbered start, start + step, ... below stop (None: to the end)."""

    def __init__(self, source: Node, start: int, stop: int | None, step: int, name: str):
        super().__init__(source)
        self._start, self._stop, self._step, self.name = start, stop, step, name

    def _count(self) -> int:
        count = self._inputs[0]._count()
        if count == INFINITE and self._stop is not None:
            return len(range(self._start, self._stop, self._step))
        return len(range(*slice(self._start, self._stop, self._step).indices(count))) if count >= 0 else count

    def _elements(self, run: Run) -> Iterator[Element]:
        return itertools.islice(self._inputs[0]._elements(run.child()), self._start, self._stop, self._step)

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        if self._indexed():
            return super(Through, self)._blocks(run, size)
        if not self._free:
            return None
        blocks = self._inputs[0]._blocks(run.child(), size)
        return None if blocks is None else rechunk(self._cut(blocks), size)

    def _cut(self, blocks: Iterator[Element]) -> Iterator[Element]:
        at, start = 0, self._start
        for block in blocks:
            count = length_of(block[0])
            stop = count if self._stop is None else min(count, self._stop - at)
            first = max(start - at, 0) if at <= start else -(at - start) % self._step
            if first < stop:
                yield tuple([leaf[first : stop : self._step] for leaf in block])
            at += count
            if self._stop is not None and at >= self._stop:
                return

    def _indexed(self) -> str | None:
        found = self._inputs[0]._indexed()
        return "rows" if found and (self._step != 1 or self._start != 0) else found

    def _rows(self, run: Run) -> Rows | None:
        rows = self._inputs[0]._rows(run.child())
        if rows is None:
            return None
        if rows.whole is not None and self._step == 1 and self._start == 0:
            stop = rows.whole if self._stop is None else min(self._stop, rows.whole)
            return rows._replace(orders=(np.arange(stop),), whole=stop)
        return rows._replace(orders=(piece for (piece,) in self._cut((piece,) for piece in rows.orders)), whole=None)


class Concatenate(Node):
    """One input after another."""

    name = "_ConcatenateDataset"

    def __init__(self, *sources: Node):
        self._inputs = sources
        self._free = all(each._free for each in sources)
        a, b = (each.element_spec if each._known() else None for each in sources)
        if a is not None and b is not None and ([_kind(x) for x in leaves_of(a)] != [_kind(x) for x in leaves_of(b)]):
            raise DtypeError(f"Incompatible dataset elements: {a} vs. {b}. Both must have the same structure and types.")

    def _specs(self) -> Any:
        return map_structure(common_spec, *(each.element_spec for each in self._inputs))

    @property
    def _template(self) -> Any:
        return self._inputs[0]._template

    def _count(self) -> int:
        counts = [each._count() for each in self._inputs]
        return INFINITE if INFINITE in counts else UNKNOWN if UNKNOWN in counts else sum(counts)

    def _elements(self, run: Run) -> Iterator[Element]:
        return itertools.chain.from_iterable([each._elements(run.child()) for each in self._inputs])

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        found = [each._blocks(run.child(), size) for each in self._inputs] if self._free else [None]
        return None if None in found else rechunk(itertools.chain.from_iterable(found), size)  # type: ignore[arg-type]


def _kind(spec: Any) -> Any:
    return spec.dtype if isinstance(spec, TensorSpec) else type(spec)


class Zip(Node):
    """One element of each input, side by side, until the shortest ends.

    Args:
        template: a structure with the numbers of inputs at its leaves.
    """

    name = "_ZipDataset"

    def __init__(self, template: Any, sources: Sequence[Node]):
        self._inputs, self._form = tuple(sources), template
        self._free = all(each._free for each in sources)

    def _specs(self) -> Any:
        found = [each.element_spec for each in self._inputs]
        return None if None in found else map_structure(lambda number: found[number], self._form)

    @property
    def _template(self) -> Any:
        at, parts = 0, []
        for each in self._inputs:
            template, first = each._template, at
            parts.append(map_structure(lambda number, first=first: number + first, template))
            at += len(leaves_of(template))
        return map_structure(lambda number: parts[number], self._form)

    def _count(self) -> int:
        counts = [each._count() for each in self._inputs]
        if UNKNOWN in counts:
            return UNKNOWN
        finite = [count for count in counts if count >= 0]
        return min(finite) if finite else INFINITE

    def _elements(self, run: Run) -> Iterator[Element]:
        sources = [each._elements(run.child()) for each in self._inputs]
        return (tuple(itertools.chain(*parts)) for parts in zip(*sources, strict=False))

    def _blocks(self, run: Run, size: int) -> Iterator[Element] | None:
        if self._indexed():
            return super()._blocks(run, size)
        if not self._free:
            return None
        found = [each._blocks(run.child(), size) for each in self._inputs]
        return None if any(each is None for each in found) else _side_by_side(found)  # type: ignore[arg-type]

    def _indexed(self) -> str | None:
        return "whole" if all(each._indexed() == "whole" for each in self._inputs) else None

    def _rows(self, run: Run) -> Rows | None:
        if not self._indexed():
            return None
        found: list[Any] = [each._rows(run.child()) for each in self._inputs]
        whole = min(rows.whole for rows in found)
        columns = tuple(column for rows in found for column in rows.columns)
        if not self._computed():
            return Rows(columns, (np.arange(whole),), whole)
        ends = list(itertools.accumulate(len(rows.columns) for rows in found))

        def then(block: Element, size: int) -> Element:
            parts = [block[end - len(rows.columns) : end] for rows, end in zip(found, ends, strict=True)]
            made = [part if rows.then is None else rows.then(part, size) for rows, part in zip(found, parts, strict=True)]
            return tuple(itertools.chain.from_iterable(made))

        return Rows(columns, (np.arange(whole),), whole, then)


def _side_by_side(sources: Sequence[Iterator[Element]]) -> Iterator[Element]:
    for parts in zip(*sources, strict=False):
        count = min(length_of(block[0]) for block in parts)
        yield tuple([leaf[:count] for block in parts for leaf in block])
        if any(length_of(block[0]) != count for block in parts):
            return


class Directed(Node):
    """Elements from several inputs, each time from the one that a chooser names.

    Args:
        choose: makes, for a run, an iterator of input numbers; it is told which inputs have ended by a list of flags.
        stop_on_empty: whether the first input that ends is the end.
    """

    name = "_DirectedInterleaveDataset"

    def __init__(self, sources: Sequence[Node], choose: Callable[[Run, list[bool]], Iterator[int]], stop_on_empty: bool):
        self._inputs, self._choose, self._stop = tuple(sources), choose, stop_on_empty

    def _specs(self) -> Any:
        found = self._inputs[0].element_spec
        for each in self._inputs[1:]:
            found = map_structure(common_spec, found, each.element_spec)
        return found

    @property
    def _template(self) -> Any:
        return self._inputs[0]._template

    def _count(self) -> int:
        return INFINITE if all(each._count() == INFINITE for each in self._inputs) else UNKNOWN

    def _elements(self, run: Run) -> Iterator[Element]:
        sources = [each._elements(run.child()) for each in self._inputs]
        ended = [False] * len(sources)
        for number in self._choose(run.child(), ended):
            if not 0 <= number < len(sources):
                raise ArgumentError(f"The choice {number} names none of the {len(sources)} datasets.")
            if ended[number]:
                continue
            try:
                yield next(sources[number])
            except StopIteration:
                ended[number] = True
                if self._stop or all(ended):
                    return


def weighted_choice(weights: Any, count: int, seed: int | None) -> Callable[[Run, list[bool]], Iterator[int]]:
    """A chooser that draws inputs by weight, among those that have not ended."""
    shares = np.full(count, 1 / count) if weights is None else np.asarray(weights, np.float64)
    if shares.shape != (count,) or (shares < 0).any() or not shares.sum():
        raise ArgumentError(f"sample_from_datasets: `weights` are {count} numbers, none negative and not all 0; received {weights}.")
    seed = rng.make_seed() if seed is None else int(seed)

    def choose(run: Run, ended: list[bool]) -> Iterator[int]:
        generator = np.random.Generator(np.random.Philox(seed))
        while True:
            left = np.where(ended, 0, shares)
            if not left.sum():
                return
            yield int(generator.choice(count, p=left / left.sum()))

    return choose


class Unique(OneByOne):
    """Each different element once."""

    name = "_UniqueDataset"

    def _elements(self, run: Run) -> Iterator[Element]:
        seen = set()
        for element in self._inputs[0]._elements(run.child()):
            leaf = element[0]
            key = leaf if isinstance(leaf, bytes) else (leaf.shape, tuple(leaf.ravel().tolist()))
            if key not in seen:
                seen.add(key)
                yield element


class Resampled(OneByOne):
    """Elements whose first leaf is a class, left out at random so that classes come in given shares."""

    name = "_DirectedInterleaveDataset"

    def __init__(self, source: Node, target: Any, initial: Any, seed: int | None):
        super().__init__(source)
        self._target = np.asarray(target, np.float64)
        self._initial = None if initial is None else np.asarray(initial, np.float64)
        self._seed = rng.make_seed() if seed is None else int(seed)

    def _elements(self, run: Run) -> Iterator[Element]:
        generator = np.random.Generator(np.random.Philox(self._seed))
        counts = np.full(len(self._target), 1.0)
        for element in self._inputs[0]._elements(run.child()):
            kind = int(np.asarray(element[0]))
            counts[kind] += 1
            ratio = self._target / (counts / counts.sum() if self._initial is None else np.maximum(self._initial, 1e-12))
            if generator.random() < ratio[kind] / ratio.max():
                yield element
