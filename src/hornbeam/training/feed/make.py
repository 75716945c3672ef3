"""From what `fit` was given to a feed."""

import itertools
import math
import numbers
from typing import Any

from hornbeam.engine.errors import ArgumentError, DataError
from hornbeam.training.feed.base import ArrayFeed, Feed, RowsFeed
from hornbeam.training.feed.convert import (
    check_class_weight,
    check_finite,
    class_weights,
    combine_weights,
    common_length,
    holds_rows,
    is_array,
    is_structure,
    map_arrays,
    to_arrays,
)
from hornbeam.training.feed.streams import IndexedFeed, PyDataset, StreamFeed, Unpack
from hornbeam.training.limits import limited_steps


def make_feed(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    steps: int | None = None,
    shuffle: bool | str = True,
    class_weight: dict[int, float] | None = None,
    seed: int = 0,
    name: str = "x",
    finite: bool = True,
    prepare: Any = None,
    paired: bool = True,
) -> Feed:
    """The feed for any kind of data that `fit`, `evaluate` and `predict` take.

    Args:
        x: arrays, tensors, DataFrames or lists of numbers, alone or in lists, tuples and dicts; or a source of
            batches: a `PyDataset`, a DataLoader, a generator, any iterable.
        y, sample_weight: the same for targets and weights; a source of batches carries its own.
        batch_size: examples in a batch; when not given, what makes `steps` batches of the data, else 32; not for sources of batches.
        steps: batches an epoch, when not a whole pass.
        shuffle: True, False, or 'batch' to shuffle within each batch-sized chunk only. Generators and iterables are
            never shuffled.
        class_weight: from class number to weight, multiplied into the sample weights.
        seed: with the epoch's number, what each epoch's order is drawn from.
        name: what messages call `x` ('x', 'validation_data').
        finite: whether arrays are searched for NaN.
        prepare: for models that take strings: what gives numbers for a batch of inputs (`models.host_prefix.Preparation`).
        paired: whether row i of each array in a batch belongs to example i; what a `train_step` of a program's own pairs is its affair,
            and it gets the elements of a Dataset in their own types.

    Raises: `DataError` and `ShapeError` for data that cannot be used, `ArgumentError` for arguments that do not go
    together.
    """
    names = (name, "y", "sample_weight") if name == "x" else (f"{name} x", f"{name} y", f"{name} sample_weight")
    if x is None:
        raise DataError(f"`{name}` is None: there is no data.")
    batch_size, steps = _positive("batch_size", batch_size), _positive("steps", steps)
    if shuffle not in (True, False, "batch"):
        raise ArgumentError(f"`shuffle` is True, False or 'batch'; received {shuffle!r}.")
    weights = check_class_weight(class_weight)
    if is_arrays(x):
        parts = _weighted(_in_memory((x, y, sample_weight), names, finite, prepare), weights)
        count = common_length(parts, names)
        if batch_size is None:  # as in Keras: so many steps through the whole data
            batch_size = 32 if steps is None else -(-count // steps)
        steps = limited_steps(steps, -(-count // batch_size))
        return ArrayFeed(parts, count, batch_size, steps, shuffle, seed, prepare)  # type: ignore[arg-type]

    steps = limited_steps(steps, None)
    kind = _kind(x, name)
    for argument, value in (("y", y), ("sample_weight", sample_weight)):  # as in Keras, a `batch_size` is for others
        if value is not None:
            made = {
                "y": "targets are part of each batch it gives: (x, y)",
                "sample_weight": "weights are the third part of each batch it gives: (x, y, sample_weight)",
            }[argument]
            raise ArgumentError(f"`{argument}` cannot be given together with {kind}: {made}. Leave `{argument}` out.")
    if (prepare is None or not prepare.strings) and hasattr(x, "__hornbeam_rows__"):
        rows = x.__hornbeam_rows__()
        columns = None if rows is None else _weighted(_in_memory(rows.columns, names, finite, prepare, not paired), weights)
        if rows is not None and (rows.count >= 0) == (steps is None) and not holds_rows(columns):
            feed = RowsFeed(rows, columns, steps)
            feed.lone = isinstance(x.element_spec, tuple) and len(x.element_spec) == 1
            return feed
    unpack = Unpack(weights, names, prepare, paired, wide=not paired and hasattr(x, "element_spec"))
    if kind == "a PyDataset":
        return IndexedFeed(x, steps, shuffle, seed, unpack)
    if steps is None and _endless(x):
        raise ArgumentError(f"{kind[0].upper()}{kind[1:]} without end needs `steps_per_epoch` (or `steps`), or an epoch would never end.")
    return StreamFeed(x, steps, unpack)


def _in_memory(data: tuple, names: tuple[str, str, str], finite: bool, prepare: Any, wide: bool = False) -> Any:
    """x, y and weights as arrays, checked."""
    strings = prepare is not None and prepare.strings
    data = data if prepare is None else (prepare.wanted(data[0]), *data[1:])
    parts = tuple(None if part is None else to_arrays(part, name, strings and name == names[0], wide) for part, name in zip(data, names))
    common_length(parts, names)
    if finite:
        for part, name in zip(parts, names):
            check_finite(part, name)
    return parts


def _weighted(parts: Any, weights: dict[int, float] | None) -> Any:
    """x, y and weights with those of the classes multiplied in."""
    if weights is None:
        return parts
    if parts[1] is None:
        raise ArgumentError("`class_weight` needs labels, but `y` is None.")
    return (*parts[:2], combine_weights(parts[2], class_weights(parts[1], weights)))


def split_validation(x: Any, y: Any, sample_weight: Any, fraction: float, strings: bool = False) -> tuple[tuple, tuple]:
    """The first part of the data, to train on, and the last `fraction`, to validate on: each (x, y, sample_weight).

    The split is made before any shuffling, at example floor(n * (1 - fraction)).
    """
    if isinstance(fraction, bool) or not isinstance(fraction, numbers.Real) or not 0 < fraction < 1:
        raise ArgumentError(f"`validation_split` is the fraction of the data to set apart, between 0 and 1; received {fraction!r}.")
    if x is None:
        raise DataError("`x` is None: there is no data.")
    if not is_arrays(x):
        raise ArgumentError(f"`validation_split` cuts arrays in two; it cannot cut {_kind(x, 'x')}. Pass `validation_data` instead.")
    names = ("x", "y", "sample_weight")
    parts = tuple(
        None if part is None else to_arrays(part, name, strings and name == "x") for part, name in zip((x, y, sample_weight), names)
    )
    count = common_length(parts, names)
    at = math.floor(count * (1 - float(fraction)))
    if not 0 < at < count:
        raise ArgumentError(
            f"validation_split={fraction} of {count} examples leaves {at} to train on and {count - at} to validate on; "
            "both need at least one. Choose another fraction or pass `validation_data`."
        )
    return map_arrays(lambda array: array[:at], parts), map_arrays(lambda array: array[at:], parts)


def is_arrays(x: Any) -> bool:
    """Whether `x` is data in memory rather than a source of batches."""
    return is_array(x) or (is_structure(x) and not isinstance(x, PyDataset))


def _positive(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value <= 0:
        raise ArgumentError(f"`{name}` is a positive integer; received {value!r}.")
    return int(value)


def _kind(x: Any, name: str) -> str:
    """What a source of batches is called in messages."""
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(x).__mro__}
    if isinstance(x, PyDataset) or (hasattr(x, "on_epoch_end") and hasattr(x, "__getitem__") and hasattr(x, "__len__")):
        return "a PyDataset"
    if ("torch", "DataLoader") in kinds:
        return "a DataLoader"
    if ("torch", "Dataset") in kinds:
        raise DataError(f"`{name}` is a PyTorch Dataset, which gives one example at a time. Wrap it: DataLoader(dataset, batch_size=32).")
    if hasattr(x, "__next__"):
        return "a generator" if hasattr(x, "gi_frame") else "an iterator"
    if hasattr(x, "__iter__"):
        return f"a {type(x).__name__} of batches"
    if callable(x):
        raise DataError(f"`{name}` is a function. If it is a generator function, call it: {getattr(x, '__name__', 'batches')}().")
    raise DataError(
        f"`{name}` is of type {type(x).__name__}, which is no data. Pass NumPy arrays, tensors, DataFrames, lists of "
        "numbers, a generator of batches, a PyDataset or a DataLoader."
    )


def _endless(x: Any) -> bool:
    if isinstance(x, (itertools.cycle, itertools.count, itertools.repeat)):
        return True
    cardinality = getattr(x, "cardinality", None)  # tf.data's: -1 is infinite
    return callable(cardinality) and int(cardinality()) == -1
