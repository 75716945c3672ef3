"""`tf.linalg.LinearOperator` and its kinds: matrices by what they do, kept in the form in which that is cheap.

A kind says its shape and its product (`_shape`, `_matmul`); what it says no more about (solutions, determinants, ...) is computed from
the dense matrix. Matrices are (..., rows, columns); axes before them are batches. Checked against `to_dense()` for every kind.
"""

import functools
import operator
from typing import Any

import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import cast
from hornbeam.engine.errors import ArgumentError, InvalidArgumentError, UnimplementedError
from hornbeam.engine.tensor import Shape, Tensor, as_tensor, is_tensor
from hornbeam.engine.variable import Variable
from hornbeam.ops import creation, elementwise, reductions, shaping
from hornbeam.ops.tf import matrices

_HINTS = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")


def _float(value: Any, dtype: Any = None) -> Any:
    """A Variable as it is (so that tapes see it read), anything else as a tensor."""
    return value if isinstance(value, Variable) else as_tensor(value, dtype)


def _turned(x: Any, adjoint: bool) -> Any:
    return matrices.adjoint(x) if adjoint else x


def _column(x: Any) -> Any:
    return shaping.expand_dims(x, -1)


class LinearOperator:
    """Base of all kinds. The hints `is_*` are the caller's word (None: not known); they are not checked."""

    def __init__(
        self, dtype: Any, graph_parents: Any = None, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str | None = None, parameters: Any = None,
    ):  # fmt: skip
        self.dtype = dtypes.standardize(dtype)
        if is_positive_definite and is_non_singular is False:
            raise ArgumentError("A positive definite matrix is always non-singular.")
        self.is_non_singular = True if is_positive_definite and is_non_singular is None else is_non_singular
        self.is_self_adjoint, self.is_positive_definite, self._square = is_self_adjoint, is_positive_definite, is_square
        self.name, self.parameters = name or type(self).__name__, dict(parameters or {})

    # What a kind says of itself.
    def _shape(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method `_shape(self)`.")

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} needs a method `_matmul(self, x, adjoint=False, adjoint_arg=False)`.")

    def _to_dense(self) -> Tensor:
        return self._matmul(as_tensor(np.eye(self.domain_dimension), self.dtype))

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return matrices.solve(self.to_dense(), _turned(rhs, adjoint_arg), adjoint=adjoint)

    def _determinant(self) -> Tensor:
        return matrices.det(self.to_dense())

    def _log_abs_determinant(self) -> Tensor:
        return matrices.slogdet(self.to_dense())[1]

    def _diag_part(self) -> Tensor:
        return matrices.diag_part(self.to_dense())

    def _trace(self) -> Tensor:
        return reductions.sum(self.diag_part(), axis=-1)

    def _eigvals(self) -> Tensor:
        return (matrices.eigvalsh if self.is_self_adjoint else matrices.eigvals)(self.to_dense())

    def _cond(self) -> Tensor:
        values = matrices.svd(self.to_dense(), compute_uv=False)
        return reductions.max(values, axis=-1) / reductions.min(values, axis=-1)

    def _adjoint(self) -> "LinearOperator":
        return self if self.is_self_adjoint else LinearOperatorAdjoint(self)

    def _inverse(self) -> "LinearOperator":
        return LinearOperatorInversion(self)

    def _times(self, other: "LinearOperator") -> "LinearOperator | None":
        """The product with another kind in a simpler form than a Composition."""
        return None

    # Shapes.
    @property
    def shape(self) -> Shape:
        return Shape(self._shape())

    @property
    def batch_shape(self) -> Shape:
        return self.shape[:-2]

    @property
    def tensor_rank(self) -> int:
        return len(self.shape)

    @property
    def domain_dimension(self) -> int:
        return self.shape[-1]

    @property
    def range_dimension(self) -> int:
        return self.shape[-2]

    @property
    def is_square(self) -> bool:
        return self.domain_dimension == self.range_dimension if self._square is None else self._square

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        return as_tensor(np.array(self.shape, np.int32))

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        return as_tensor(np.array(self.batch_shape, np.int32))

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        return as_tensor(np.int32(self.domain_dimension))

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        return as_tensor(np.int32(self.range_dimension))

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        return as_tensor(np.int32(self.tensor_rank))

    @property
    def variables(self) -> list[Variable]:
        found: list[Variable] = []
        for value in vars(self).values():
            for each in value if isinstance(value, (list, tuple)) else [value]:
                found += [each] if isinstance(each, Variable) else each.variables if isinstance(each, LinearOperator) else []
        return found

    @property
    def trainable_variables(self) -> list[Variable]:
        return [each for each in self.variables if each.trainable]

    # What it does.
    def matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul") -> Any:
        """The product with matrices, or with another operator (an operator)."""
        if isinstance(x, LinearOperator):
            left, right = self.adjoint() if adjoint else self, x.adjoint() if adjoint_arg else x
            self._same(left.domain_dimension, right.range_dimension)
            simple = left._times(right)
            if simple is None and isinstance(right, LinearOperatorIdentity) and not right.batch_shape:
                simple = left
            return LinearOperatorComposition([left, right]) if simple is None else simple
        x = as_tensor(x, None if is_tensor(x) else self.dtype)
        self._same(self.shape[-2 if adjoint else -1], x.shape[-1 if adjoint_arg else -2])
        return self._matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    __matmul__ = matmul

    def _same(self, own: Any, given: Any) -> None:
        if own != given:
            raise ArgumentError(f"{self.name}: operators are incompatible: expected {own} rows, received {given}.")

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Tensor:
        return shaping.squeeze(self.matmul(_column(as_tensor(x, None if is_tensor(x) else self.dtype)), adjoint=adjoint), -1)

    def solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve") -> Any:
        """x of `self x = rhs`; of another operator as an operator."""
        self._demand_square("solve", self.is_non_singular is not False)
        if isinstance(rhs, LinearOperator):
            left, right = self.adjoint() if adjoint else self, rhs.adjoint() if adjoint_arg else rhs
            return left.inverse().matmul(right)
        return self._solve(as_tensor(rhs, None if is_tensor(rhs) else self.dtype), adjoint=adjoint, adjoint_arg=adjoint_arg)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Tensor:
        return shaping.squeeze(self.solve(_column(as_tensor(rhs, None if is_tensor(rhs) else self.dtype)), adjoint=adjoint), -1)

    def _demand_square(self, what: str, possible: bool = True) -> None:
        if not self.is_square or not possible:
            kind = "singular" if self.is_square else f"not square: its shape is {tuple(self.shape)}"
            raise UnimplementedError(f"{self.name}: {what} is not there, since the matrix is {kind}.")

    def to_dense(self, name: str = "to_dense") -> Tensor:
        return self._to_dense()

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Tensor:
        return self.to_dense() + as_tensor(x, None if is_tensor(x) else self.dtype)

    def determinant(self, name: str = "det") -> Tensor:
        self._demand_square("a determinant")
        return self._determinant()

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        self._demand_square("a determinant")
        return cast(self._log_abs_determinant(), self.dtype)

    def diag_part(self, name: str = "diag_part") -> Tensor:
        return self._diag_part()

    def trace(self, name: str = "trace") -> Tensor:
        return self._trace()

    def eigvals(self, name: str = "eigvals") -> Tensor:
        self._demand_square("an eigenvalue")
        return self._eigvals()

    def cond(self, name: str = "cond") -> Tensor:
        """The largest singular value over the smallest."""
        return self._cond()

    def adjoint(self, name: str = "adjoint") -> "LinearOperator":
        return self._adjoint()

    @property
    def H(self) -> "LinearOperator":
        return self.adjoint()

    def inverse(self, name: str = "inverse") -> "LinearOperator":
        self._demand_square("an inverse", self.is_non_singular is not False)
        return self._inverse()

    def cholesky(self, name: str = "cholesky") -> "LinearOperator":
        if not (self.is_positive_definite and self.is_self_adjoint):
            raise ArgumentError("Cannot take the Cholesky decomposition: Not a positive definite self adjoint matrix.")
        return LinearOperatorLowerTriangular(matrices.cholesky(self.to_dense()), is_non_singular=True)

    # What may be asserted.
    def assert_non_singular(self, name: str = "assert_non_singular") -> None:
        limit = 1.0 / np.finfo(self.dtype.numpy).eps
        if not (np.asarray(elementwise.absolute(self.cond())) < limit).all():
            raise InvalidArgumentError(f"{self.name}: Singular matrix up to precision epsilon.")

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> None:
        dense = np.asarray(self.to_dense())
        if not np.allclose(dense, np.conj(dense.swapaxes(-1, -2)), rtol=0, atol=np.finfo(dense.dtype).eps * np.abs(dense).max(initial=0)):
            raise InvalidArgumentError(f"{self.name}: Matrix was not equal to its adjoint.")

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> None:
        values = np.linalg.eigvalsh((lambda dense: (dense + np.conj(dense.swapaxes(-1, -2))) / 2)(np.asarray(self.to_dense())))
        if (values <= 0).any():
            raise InvalidArgumentError(f"{self.name}: Operator was not self-adjoint and positive definite.")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, shape={tuple(self.shape)}, dtype={self.dtype.name}>"


class LinearOperatorFullMatrix(LinearOperator):
    """A matrix as it is."""

    def __init__(self, matrix: Any, name: str | None = None, **hints: Any):
        self._matrix = _float(matrix)
        super().__init__(self._matrix.dtype, name=name, **hints)

    @property
    def matrix(self) -> Any:
        return self._matrix

    def _shape(self) -> Any:
        return self._matrix.shape

    def _to_dense(self) -> Any:
        return as_tensor(self._matrix)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return matrices.matmul(self._matrix, x, adjoint_a=adjoint, adjoint_b=adjoint_arg)


class LinearOperatorDiag(LinearOperator):
    """diag (..., n) on the diagonal."""

    def __init__(self, diag: Any, name: str | None = None, **hints: Any):
        self._diag = _float(diag)
        real = not self._diag.dtype.is_complex
        super().__init__(self._diag.dtype, name=name, **{**hints, **({"is_self_adjoint": True} if real else {}), "is_square": True})

    @property
    def diag(self) -> Any:
        return self._diag

    def _shape(self) -> Any:
        return (*self._diag.shape, self._diag.shape[-1])

    def _to_dense(self) -> Any:
        return matrices.diag(self._diag)

    def _diag_part(self) -> Any:
        return as_tensor(self._diag)

    _eigvals = _diag_part

    def _determinant(self) -> Any:
        return reductions.prod(self._diag, axis=-1)

    def _log_abs_determinant(self) -> Any:
        return reductions.sum(elementwise.log(elementwise.absolute(self._diag)), axis=-1)

    def _inverse(self) -> Any:
        return LinearOperatorDiag(1.0 / as_tensor(self._diag), is_non_singular=True)

    def _factor(self, adjoint: bool) -> Any:
        return _column(elementwise.conj(self._diag) if adjoint and self.dtype.is_complex else as_tensor(self._diag))

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._factor(adjoint) * _turned(x, adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return _turned(rhs, adjoint_arg) / self._factor(adjoint)

    def _adjoint(self) -> LinearOperator:
        return self if self.is_self_adjoint else LinearOperatorDiag(elementwise.conj(self._diag))

    def _cond(self) -> Tensor:
        sizes = elementwise.absolute(self._diag)
        return reductions.max(sizes, axis=-1) / reductions.min(sizes, axis=-1)

    def _times(self, other: LinearOperator) -> LinearOperator | None:
        return LinearOperatorDiag(self.diag_part() * other.diag_part()) if isinstance(other, LinearOperatorDiag) else None


class LinearOperatorScaledIdentity(LinearOperatorDiag):
    """`multiplier` (of the batch's shape) times the identity."""

    def __init__(
        self, num_rows: Any, multiplier: Any, is_square: bool = True, assert_proper_shapes: bool = False, name: str | None = None,
        **hints: Any,
    ):  # fmt: skip
        self._rows, self.multiplier = int(num_rows), _float(multiplier)
        super().__init__(_column(as_tensor(self.multiplier)) * creation.ones((self._rows,), self.multiplier.dtype), name=name, **hints)

    def _inverse(self) -> LinearOperator:
        return LinearOperatorScaledIdentity(self._rows, 1.0 / as_tensor(self.multiplier), is_non_singular=True)

    def _times(self, other: LinearOperator) -> LinearOperator | None:
        if isinstance(other, LinearOperatorScaledIdentity):
            return LinearOperatorScaledIdentity(self._rows, as_tensor(self.multiplier) * as_tensor(other.multiplier))
        return super()._times(other)


class LinearOperatorIdentity(LinearOperatorScaledIdentity):
    """The identity of n rows, for a batch."""

    def __init__(
        self, num_rows: Any, batch_shape: Any = None, dtype: Any = None, assert_proper_shapes: bool = False, name: str | None = None,
        **hints: Any,
    ):  # fmt: skip
        ones = creation.ones(() if batch_shape is None else tuple(np.asarray(batch_shape).tolist()), dtype or "float32")
        super().__init__(num_rows, ones, name=name, **{"is_positive_definite": True, "is_non_singular": True, **hints})

    def _inverse(self) -> LinearOperator:
        return self

    def _times(self, other: LinearOperator) -> LinearOperator | None:
        return other if not self.batch_shape else None


class LinearOperatorLowerTriangular(LinearOperatorFullMatrix):
    """The lower triangle of a matrix."""

    def __init__(self, tril: Any, name: str | None = None, **hints: Any):
        super().__init__(tril, name, **{**hints, "is_square": True})

    def _to_dense(self) -> Any:
        return matrices.band_part(self._matrix, -1, 0)

    def _diag_part(self) -> Any:
        return matrices.diag_part(self._matrix)

    _eigvals = _diag_part
    _determinant, _log_abs_determinant = LinearOperatorDiag._determinant, LinearOperatorDiag._log_abs_determinant

    @property
    def _diag(self) -> Any:
        return self._diag_part()

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return matrices.matmul(self._to_dense(), x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return matrices.triangular_solve(self._matrix, _turned(rhs, adjoint_arg), lower=True, adjoint=adjoint)


class LinearOperatorAdjoint(LinearOperator):
    """Another operator's adjoint."""

    def __init__(self, operator: LinearOperator, name: str | None = None, **hints: Any):
        self.operator = operator
        known = {hint: getattr(operator, hint) for hint in _HINTS[:3]}
        super().__init__(operator.dtype, name=name or f"{operator.name}_adjoint", **{**known, **hints})

    def _shape(self) -> Any:
        return (*self.operator.batch_shape, *self.operator.shape[:-3:-1])

    def _to_dense(self) -> Any:
        return matrices.adjoint(self.operator.to_dense())

    def _adjoint(self) -> Any:
        return self.operator

    def _log_abs_determinant(self) -> Any:
        return self.operator.log_abs_determinant()

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self.operator.matmul(x, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self.operator.solve(rhs, adjoint=not adjoint, adjoint_arg=adjoint_arg)


class LinearOperatorInversion(LinearOperator):
    """Another operator's inverse."""

    def __init__(self, operator: LinearOperator, name: str | None = None, **hints: Any):
        self.operator = operator
        known = {hint: getattr(operator, hint) for hint in _HINTS[1:3]}
        super().__init__(operator.dtype, name=name or f"{operator.name}_inv", **{**known, "is_non_singular": True, **hints})

    def _shape(self) -> Any:
        return self.operator.shape

    def _inverse(self) -> Any:
        return self.operator

    def _determinant(self) -> Any:
        return 1.0 / self.operator.determinant()

    def _log_abs_determinant(self) -> Any:
        return -self.operator.log_abs_determinant()

    def _cond(self) -> Any:
        return self.operator.cond()

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self.operator.solve(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self.operator.matmul(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)


class _Several(LinearOperator):
    """What is made of several operators."""

    joint: str

    def __init__(self, operators: Any, name: str | None = None, **hints: Any):
        self.operators = list(operators)
        if not self.operators:
            raise ArgumentError(f"{type(self).__name__} is made of one or more operators; received none.")
        if all(each.is_non_singular for each in self.operators):
            hints.setdefault("is_non_singular", True)
        super().__init__(self.operators[0].dtype, name=name or self.joint.join(each.name for each in self.operators), **hints)

    def _sum(self, parts: list[Any]) -> Any:
        return functools.reduce(operator.add, parts)

    def _batch(self) -> tuple:
        return np.broadcast_shapes(*(tuple(each.batch_shape) for each in self.operators))

    def _all(self, what: str) -> LinearOperator:
        return type(self)([getattr(each, what)() for each in self.operators])

    def _adjoint(self) -> LinearOperator:
        return self if self.is_self_adjoint else self._all("adjoint")

    def _inverse(self) -> LinearOperator:
        return self._all("inverse") if all(each.is_square for each in self.operators) else super()._inverse()

    def _log_abs_determinant(self) -> Tensor:
        squares = all(each.is_square for each in self.operators)
        return self._sum([each.log_abs_determinant() for each in self.operators]) if squares else super()._log_abs_determinant()

    def _determinant(self) -> Tensor:
        squares = all(each.is_square for each in self.operators)
        return functools.reduce(operator.mul, [each.determinant() for each in self.operators]) if squares else super()._determinant()


class LinearOperatorComposition(_Several):
    """One operator after another: A B C x."""

    joint = "_o_"

    def _shape(self) -> Any:
        return (*self._batch(), self.operators[0].range_dimension, self.operators[-1].domain_dimension)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = _turned(x, adjoint_arg)
        for each in self.operators if adjoint else reversed(self.operators):
            x = each.matmul(x, adjoint=adjoint)
        return x

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if not all(each.is_square for each in self.operators):
            return super()._solve(rhs, adjoint, adjoint_arg)
        rhs = _turned(rhs, adjoint_arg)
        for each in reversed(self.operators) if adjoint else self.operators:
            rhs = each.solve(rhs, adjoint=adjoint)
        return rhs

    def _all(self, what: str) -> LinearOperator:
        return LinearOperatorComposition([getattr(each, what)() for each in reversed(self.operators)])
