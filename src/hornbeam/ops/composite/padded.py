"""Ragged rows in compiled programs: a dense tensor whose rows are filled up, and how many elements of each row count.

How long rows are decides the shapes of a RaggedTensor's values, so a program would be compiled for each batch. `PaddedRows` is a
RaggedTensor that needs none: operations on elements act on the padded tensor, reductions leave out what was filled in. What needs the
values themselves asks for numbers, which a program does not have (UntraceableError); where there are numbers it works as in any other.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import graph
from hornbeam.engine.errors import DtypeError, UntraceableError
from hornbeam.engine.tensor import Shape, Spec, Tensor, as_tensor, is_tensor, wrap
from hornbeam.ops import indexing, shaping
from hornbeam.ops.composite.ragged import RaggedTensor


class InexactRows(UntraceableError):
    """A program asked for rows filled up to the longest one, and was given longer ones."""


class PaddedRows(RaggedTensor):
    """Rows of one ragged dimension.

    Attributes:
        dense: (rows, at least the longest, ...). lengths: (rows,), integers.
        exact: whether `dense` is known to have no more columns than the longest row.
    """

    uniform_row_length = None

    def __init__(self, dense: Any, lengths: Any, exact: bool = False):
        self.dense, self.lengths, self.exact = dense, lengths, exact

    def _whole(self) -> RaggedTensor:
        """The same with its values one after another."""
        return RaggedTensor.from_tensor(self.dense, self.lengths)

    @property
    def values(self) -> Any:  # type: ignore[override]
        return self._whole().values

    @property
    def row_splits(self) -> Any:  # type: ignore[override]
        return self._whole().row_splits

    @property
    def dtype(self) -> Any:
        return self.dense.dtype

    @property
    def shape(self) -> Shape:
        return Shape((self.dense.shape[0], None, *self.dense.shape[2:]))

    @property
    def ndim(self) -> int:
        return len(self.dense.shape)

    @property
    def _nrows(self) -> int:
        return self.dense.shape[0]

    @property
    def ragged_rank(self) -> int:
        return 1

    @property
    def nbytes(self) -> int:
        return self.dense.nbytes + self.lengths.nbytes

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        return as_tensor(self.lengths) if axis == 1 else super().row_lengths(axis)

    def _each(self, function: Callable[[Any], Any]) -> "PaddedRows":
        return PaddedRows(function(self.dense), self.lengths, self.exact)

    def to_tensor(self, default_value: Any = None, name: str | None = None, shape: Any = None) -> Tensor:
        if not (is_tensor(self.lengths) and self.lengths.is_traced):
            return super().to_tensor(default_value, name, shape)
        columns = None if shape is None else list(shape)[1]
        if not self.exact and columns in (None, -1):
            raise InexactRows("a RaggedTensor's to_tensor() in a compiled step needs rows that are filled up to the longest alone")
        dense = self.filled(0 if default_value is None else default_value)
        if columns in (None, -1):
            return dense
        more = max(0, columns - dense.shape[1])
        widths = [(0, 0), (0, more), *[(0, 0)] * (self.ndim - 2)]
        return shaping.pad(dense[:, :columns], widths, constant_values=0 if default_value is None else default_value)

    @property
    def mask(self) -> Tensor:
        """(rows, columns): which elements count."""
        columns = as_tensor(np.arange(self.dense.shape[1], dtype=np.int64))
        return columns < shaping.expand_dims(as_tensor(self.lengths, "int64"), 1)

    def filled(self, value: Any) -> Tensor:
        """The dense tensor with another value where none counts."""
        mask = shaping.reshape(self.mask, (*self.dense.shape[:2], *(1,) * (self.ndim - 2)))
        return indexing.where(mask, self.dense, as_tensor(value, self.dense.dtype))

    def __repr__(self) -> str:
        known = type(self.lengths) is np.ndarray or is_tensor(self.lengths) and not (self.lengths.is_traced or self.lengths.is_symbolic)
        return super().__repr__() if known else f"<tf.RaggedTensor {self.dense!r} of lengths {self.lengths!r}>"

    def __reduce__(self):
        return self._whole().__reduce__()


PaddedRows.__name__ = PaddedRows.__qualname__ = "RaggedTensor"  # which is what users have

jax.tree_util.register_pytree_node(
    PaddedRows, lambda rows: ((rows.dense, rows.lengths), rows.exact), lambda exact, children: PaddedRows(children[0], children[1], exact)
)


def with_mask(ragged: RaggedTensor) -> Tensor:
    """Rows as layers take them: filled up, and the mask of what counts on the tensor."""
    if ragged.ragged_rank != 1:
        raise DtypeError(f"a RaggedTensor of shape {ragged.shape} has {ragged.ragged_rank} ragged dimensions, where one can be taken.")
    if not isinstance(ragged, PaddedRows):
        ragged = PaddedRows(ragged.to_tensor(), ragged.row_lengths())
    dense = shaping.reshape(ragged.dense, ragged.dense.shape)  # one that carries no other mask
    dense._keras_mask = ragged.mask
    return dense


def as_rows(dense: Tensor, like: RaggedTensor) -> RaggedTensor:
    """Rows as long as others, padded only where a program is being traced."""
    lengths = like.row_lengths()
    if getattr(dense, "_keras_mask", None) is not None:
        del dense._keras_mask  # the lengths say it now
    if dense.is_traced or lengths.is_traced:
        return PaddedRows(dense, lengths, getattr(like, "exact", False))
    return RaggedTensor.from_tensor(dense, lengths)


def compared(target: Any, prediction: Any) -> tuple[Any, Any]:
    """Targets and predictions as losses take them: rows filled up, and the mask of what counts on the prediction."""
    if isinstance(prediction, RaggedTensor):
        prediction = with_mask(prediction)
        if isinstance(target, PaddedRows) and target.dense.shape[1] == prediction.shape[1]:
            target = target.dense
        elif isinstance(target, RaggedTensor):
            target = target.to_tensor(shape=(None, prediction.shape[1], *[None] * (target.ndim - 2)))
    return target, prediction


def elementwise(function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """A function of elements on PaddedRows of the same rows and what broadcasts to them; NotImplemented where that is not sure."""
    rows = [each for each in operands if isinstance(each, RaggedTensor)]
    model = rows[0]
    if not all(isinstance(each, PaddedRows) and _same(each.lengths, model.lengths) for each in rows):  # type: ignore[attr-defined]
        return NotImplemented
    found = []
    for each in operands:
        if isinstance(each, PaddedRows):
            each = each.dense
        elif is_tensor(each) or isinstance(each, np.ndarray):
            each = as_tensor(each)
            if not (each.ndim == model.ndim and each.shape[1] == 1 or each.ndim <= model.ndim - 2):
                return NotImplemented
        found.append(each)
    return model._each(lambda _: function(*found))


def _same(a: Any, b: Any) -> bool:
    return a is b or (isinstance(a, Tensor) and isinstance(b, Tensor) and a._value is b._value)


def reduced(rows: PaddedRows, reduction: Callable[..., Any], axes: list[int], keepdims: bool, start: Any) -> Any:
    """A reduction along axes, where `start` changes nothing; NotImplemented where rows are laid over each other."""
    if min(axes) > 1:
        return rows._each(lambda dense: reduction(dense, axis=tuple(axes), keepdims=keepdims))
    return reduction(rows.filled(start), axis=tuple(axes), keepdims=keepdims) if 1 in axes else NotImplemented


class RaggedSymbol(Tensor):
    """A symbolic tensor that stands for RaggedTensors: `Input(ragged=True)` and what layers give for it."""

    __slots__ = ()

    @classmethod
    def of(cls, shape: Any, dtype: Any, node: Any) -> "RaggedSymbol":
        made = cls.__new__(cls)
        made._value, made._node = graph.symbolic(shape, dtype)._value, node
        return made

    def __hornbeam_stand__(self, value: Tensor) -> PaddedRows:
        """What takes its place while a function is traced to see what it gives: `value`, all of which counts."""
        rows, columns = value._value.shape[:2]
        full = jnp.full if value.is_traced else np.full
        return PaddedRows(value, wrap(full((rows,), columns, np.int64)), exact=True)

    def _asked(self, what: str, *args: Any, **kwargs: Any) -> Any:
        ask = _Asking(what)
        node = graph.Node(ask, (self, *args), kwargs)
        return node.finish(graph.infer(ask, (self, *args), kwargs))

    def to_tensor(self, default_value: Any = None, name: str | None = None, shape: Any = None) -> Any:
        return self._asked("to_tensor", default_value, None, shape)

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        return self._asked("row_lengths", axis)

    @property
    def values(self) -> Any:
        return self._asked("values")

    @property
    def flat_values(self) -> Any:
        return self._asked("flat_values")

    @property
    def ragged_rank(self) -> int:
        return 1


class _Asking:
    """A method or property of the RaggedTensor that comes."""

    def __init__(self, what: str):
        self.what = self.name = what

    def __call__(self, ragged: RaggedTensor, *args: Any, **kwargs: Any) -> Any:
        found = getattr(ragged, self.what)
        return found(*args, **kwargs) if callable(found) else found


def _symbol(ragged: Any, node: Any) -> RaggedSymbol:
    """The symbolic tensor for a RaggedTensor of Specs."""
    flat = ragged.dense if isinstance(ragged, PaddedRows) else ragged.values
    if isinstance(flat, RaggedTensor):
        raise DtypeError("A symbolic RaggedTensor has one ragged dimension.")
    inner: Spec = flat
    return RaggedSymbol.of((None, None, *inner.shape[2 if isinstance(ragged, PaddedRows) else 1 :]), inner.dtype, node)


RaggedTensor.__hornbeam_symbol__ = _symbol  # type: ignore[attr-defined]
