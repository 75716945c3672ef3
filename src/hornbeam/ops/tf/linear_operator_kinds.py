"""Kinds of `tf.linalg.LinearOperator` beside the first ones: of several blocks, of low rank, by a spectrum, and by a few numbers."""

import functools
import operator
from typing import Any

import numpy as np

from hornbeam.engine.door import cast
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops import creation, elementwise, indexing, reductions, shaping
from hornbeam.ops.tf import matrices, spectral
from hornbeam.ops.tf.linear_operators import _HINTS, LinearOperator, LinearOperatorFullMatrix, _column, _float, _Several, _turned


class LinearOperatorZeros(LinearOperatorFullMatrix):
    """Zeros."""

    def __init__(
        self, num_rows: Any, num_columns: Any = None, batch_shape: Any = None, dtype: Any = None, assert_proper_shapes: bool = False,
        name: str | None = None, **hints: Any,
    ):  # fmt: skip
        columns = num_rows if num_columns is None else num_columns
        shape = (*(() if batch_shape is None else np.asarray(batch_shape).tolist()), int(num_rows), int(columns))
        super().__init__(creation.zeros(shape, dtype or "float32"), name, **{"is_non_singular": False, "is_self_adjoint": True, **hints})


class LinearOperatorKronecker(_Several):
    """The Kronecker product of operators."""

    joint = "_x_"

    def _shape(self) -> Any:
        rows, columns = (int(np.prod([each.shape[axis] for each in self.operators])) for axis in (-2, -1))
        return (*self._batch(), rows, columns)

    def _to_dense(self) -> Tensor:
        def product(a: Any, b: Any) -> Any:
            (m, n), (p, q) = a.shape[-2:], b.shape[-2:]
            whole = a[..., :, None, :, None] * b[..., None, :, None, :]
            return shaping.reshape(whole, (*whole.shape[:-4], m * p, n * q))

        return functools.reduce(product, [each.to_dense() for each in self.operators])

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return matrices.matmul(self._to_dense(), x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if all(each.is_square for each in self.operators):
            return self._inverse()._matmul(rhs, adjoint, adjoint_arg)
        return super()._solve(rhs, adjoint, adjoint_arg)

    def _powers(self) -> list[int]:
        return [self.domain_dimension // each.domain_dimension for each in self.operators]

    def _log_abs_determinant(self) -> Tensor:
        return self._sum([each.log_abs_determinant() * float(n) for each, n in zip(self.operators, self._powers(), strict=True)])

    def _determinant(self) -> Tensor:
        return functools.reduce(operator.mul, [each.determinant() ** n for each, n in zip(self.operators, self._powers(), strict=True)])


class LinearOperatorBlockDiag(_Several):
    """Operators as blocks on the diagonal. Products take one tensor, or a list of one for each block."""

    joint = "_ds_"

    def _shape(self) -> Any:
        return (*self._batch(), *(sum(each.shape[axis] for each in self.operators) for axis in (-2, -1)))

    def _blocks(self, x: Any, sizes: list[int], call: Any) -> Any:
        ends = np.cumsum([0, *sizes]).tolist()
        return shaping.concatenate([call(each, x[..., a:b, :]) for each, a, b in zip(self.operators, ends[:-1], ends[1:], strict=True)], -2)

    def matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul") -> Any:
        if isinstance(x, (list, tuple)) and len(x) == len(self.operators) and all(is_tensor(each) for each in x):
            return [each.matmul(part, adjoint=adjoint, adjoint_arg=adjoint_arg) for each, part in zip(self.operators, x, strict=True)]
        return super().matmul(x, adjoint, adjoint_arg)

    __matmul__ = matmul

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        sizes = [each.shape[-2 if adjoint else -1] for each in self.operators]
        return self._blocks(_turned(x, adjoint_arg), sizes, lambda each, part: each.matmul(part, adjoint=adjoint))

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        sizes = [each.range_dimension for each in self.operators]
        return self._blocks(_turned(rhs, adjoint_arg), sizes, lambda each, part: each.solve(part, adjoint=adjoint))

    def _diag_part(self) -> Tensor:
        return shaping.concatenate([each.diag_part() for each in self.operators], -1)


class LinearOperatorLowRankUpdate(LinearOperator):
    """`base_operator + u diag(diag_update) v^H` (Woodbury's identity gives its inverse). u: (..., n, k); v: u by default."""

    def __init__(
        self, base_operator: LinearOperator, u: Any, diag_update: Any = None, v: Any = None, is_diag_update_positive: bool | None = None,
        name: str | None = None, **hints: Any,
    ):  # fmt: skip
        self.base_operator, self.u = base_operator, _float(u, base_operator.dtype)
        self.v = self.u if v is None else _float(v, base_operator.dtype)
        self.diag_update = None if diag_update is None else _float(diag_update, base_operator.dtype)
        if v is None and base_operator.is_self_adjoint:
            hints.setdefault("is_self_adjoint", True)
        super().__init__(base_operator.dtype, name=name, **hints)

    def _shape(self) -> Any:
        batch = np.broadcast_shapes(tuple(self.base_operator.batch_shape), tuple(self.u.shape[:-2]), tuple(self.v.shape[:-2]))
        return (*batch, *self.base_operator.shape[-2:])

    def _scale(self, x: Any, inverse: bool = False) -> Any:
        if self.diag_update is None:
            return x
        return x / _column(as_tensor(self.diag_update)) if inverse else x * _column(as_tensor(self.diag_update))

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = _turned(x, adjoint_arg)
        first, last = (self.u, self.v) if adjoint else (self.v, self.u)
        update = matrices.matmul(last, self._scale(matrices.matmul(first, x, adjoint_a=True)))
        return self.base_operator.matmul(x, adjoint=adjoint) + update

    def _capacitance(self) -> Tensor:
        """D^-1 + v^H base^-1 u."""
        inner = matrices.matmul(self.v, self.base_operator.solve(self.u), adjoint_a=True)
        return inner + self._scale(as_tensor(np.eye(self.u.shape[-1]), self.dtype), inverse=True)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if adjoint:
            return super()._solve(rhs, adjoint, adjoint_arg)
        found = self.base_operator.solve(_turned(rhs, adjoint_arg))
        inner = matrices.solve(self._capacitance(), matrices.matmul(self.v, found, adjoint_a=True))
        return found - self.base_operator.solve(matrices.matmul(self.u, inner))

    def _determinant(self) -> Tensor:
        update = 1.0 if self.diag_update is None else reductions.prod(self.diag_update, axis=-1)
        return matrices.det(self._capacitance()) * self.base_operator.determinant() * update


class LinearOperatorCirculant(LinearOperator):
    """A circulant matrix by its spectrum (..., n): the Fourier transform of its first column."""

    def __init__(self, spectrum: Any, input_output_dtype: Any = "complex64", name: str | None = None, **hints: Any):
        self.spectrum = _float(spectrum)
        super().__init__(input_output_dtype, name=name, **{**hints, "is_square": True})

    def _shape(self) -> Any:
        return (*self.spectrum.shape, self.spectrum.shape[-1])

    def _complex(self) -> Any:
        return cast(self.spectrum, "complex128" if self.dtype in ("float64", "complex128") else "complex64")

    def _real(self, x: Any) -> Any:
        return x if self.dtype.is_complex else cast(elementwise.real(x), self.dtype)

    def _filtered(self, x: Any, factor: Any) -> Any:
        turned = shaping.swapaxes(cast(x, factor.dtype), -1, -2)
        found = spectral.ifft(spectral.fft(turned) * shaping.expand_dims(factor, -2))
        return self._real(shaping.swapaxes(found, -1, -2))

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._filtered(_turned(x, adjoint_arg), elementwise.conj(self._complex()) if adjoint else self._complex())

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        factor = elementwise.conj(self._complex()) if adjoint else self._complex()
        return self._filtered(_turned(rhs, adjoint_arg), 1.0 / factor)

    def _determinant(self) -> Tensor:
        return self._real(reductions.prod(self._complex(), axis=-1))

    def _log_abs_determinant(self) -> Tensor:
        return reductions.sum(elementwise.log(elementwise.absolute(self._complex())), axis=-1)

    def _eigvals(self) -> Tensor:
        return as_tensor(self.spectrum)


def _of_dense(name: str, doc: str, dense: Any) -> Any:
    """A kind whose matrix is made of its arguments at once."""

    def init(self: Any, *args: Any, name: str | None = None, **kwargs: Any) -> None:
        hints = {hint: kwargs.pop(hint) for hint in _HINTS if hint in kwargs}
        LinearOperatorFullMatrix.__init__(self, dense(*args, **kwargs), name, **hints)

    return type(name, (LinearOperatorFullMatrix,), {"__doc__": doc, "__init__": init, "__module__": __name__})


def _householder(reflection_axis: Any) -> Tensor:
    axis = as_tensor(reflection_axis)
    axis = axis / elementwise.sqrt(reductions.sum(elementwise.square(axis), axis=-1, keepdims=True))
    return as_tensor(np.eye(axis.shape[-1]), axis.dtype) - 2.0 * _column(axis) * shaping.expand_dims(axis, -2)


def _toeplitz(col: Any, row: Any) -> Tensor:
    col, row = as_tensor(col), as_tensor(row)
    n = col.shape[-1]
    places = np.arange(n)[:, None] - np.arange(n)[None, :]
    below = indexing.take(col, np.clip(places, 0, None), axis=-1)
    return indexing.where(places >= 0, below, indexing.take(row, np.clip(-places, 0, None), axis=-1))


def _permutation(perm: Any, dtype: Any = "float32") -> Tensor:
    order = np.asarray(perm)
    return as_tensor(np.eye(order.shape[-1])[order], dtype)


LinearOperatorHouseholder = _of_dense(
    "LinearOperatorHouseholder", "The reflection at the plane to which `reflection_axis` (..., n) is normal.", _householder
)
LinearOperatorToeplitz = _of_dense(
    "LinearOperatorToeplitz", "Equal numbers along diagonals: by the first column `col` and the first `row` (..., n).", _toeplitz
)
LinearOperatorPermutation = _of_dense("LinearOperatorPermutation", "Rows in the order `perm` (..., n).", _permutation)
