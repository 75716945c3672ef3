"""Linear algebra as TensorFlow spells it: `tf.linalg`. Matrices are the last two axes; axes before them are batches."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.scipy.linalg
import numpy as np

from hornbeam.engine import strict
from hornbeam.engine.door import _device_is_host, cast, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.numpy_form import at
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor
from hornbeam.ops import linalg
from hornbeam.ops._rows import in_float32
from hornbeam.ops.tf.arranging import plain_ints

_FLOAT = "strict_float"
_product = linalg.matmul.spelled("strict_number", name="matmul", a="x1", b="x2")


def _flip(x: Any, adjoint: bool = False) -> Any:
    """The last two axes exchanged, with `adjoint` of the complex conjugate."""
    x = x.swapaxes(-1, -2)
    return x.conj() if adjoint and np.issubdtype(x.dtype, np.complexfloating) else x


@op(2, "strict_number", name="tf.matmul", host=in_float32(lambda a, b, **how: np.matmul(*_turned(a, b, **how))), cost=linalg._matmul_cost)
def _turned_product(a: Any, b: Any, ta: bool, tb: bool, aa: bool, ab: bool) -> Any:
    return jnp.matmul(*_turned(a, b, ta, tb, aa, ab))


def _turned(a: Any, b: Any, ta: bool, tb: bool, aa: bool, ab: bool) -> tuple[Any, Any]:
    return _flip(a, aa) if ta or aa else a, _flip(b, ab) if tb or ab else b


def matmul(
    a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, adjoint_a: bool = False, adjoint_b: bool = False,
    a_is_sparse: bool = False, b_is_sparse: bool = False, output_type: Any = None, grad_a: bool = False, grad_b: bool = False,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The product of matrices (not of vectors: `tf.linalg.matvec`, `tf.tensordot`)."""
    if hasattr(a, "__hornbeam_composite__") or hasattr(b, "__hornbeam_composite__"):
        return _product(a, b)
    a, b = strict.RULES["strict_number"].named("matmul")([a, b])
    if a.ndim < 2 or b.ndim < 2:
        raise ShapeError(
            f"matmul multiplies matrices; received shapes {a.shape} and {b.shape}. Give a vector an axis (x[:, tf.newaxis]), or use "
            "tf.linalg.matvec or tf.tensordot."
        )
    if output_type is not None:
        a, b = cast(a, output_type), cast(b, output_type)
    if not (transpose_a or transpose_b or adjoint_a or adjoint_b):
        return _product(a, b)
    return _turned_product(a, b, ta=bool(transpose_a), tb=bool(transpose_b), aa=bool(adjoint_a), ab=bool(adjoint_b))


def matvec(
    a: Any, b: Any, transpose_a: bool = False, adjoint_a: bool = False, a_is_sparse: bool = False, b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Matrices times vectors (the last axis)."""
    a, b = strict.RULES["strict_number"].named("matvec")([a, b])
    return _matvec(a, b, bool(transpose_a or adjoint_a), bool(adjoint_a))


@op(2, "same", name="tf.linalg.matvec", host="numpy")
def _matvec(a: Any, b: Any, turn: bool, adjoint: bool) -> Any:
    return jnp.matmul(_flip(a, adjoint) if turn else a, b[..., None])[..., 0]


@op(name="tf.linalg.matrix_transpose", host="numpy")
def _transposed(a: Any, conjugate: bool) -> Any:
    return _flip(a, conjugate)


def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """The last two axes exchanged."""
    if as_tensor(a).ndim < 2:
        raise ShapeError(f"matrix_transpose takes matrices; received a tensor of shape {as_tensor(a).shape}.")
    return _transposed(a, bool(conjugate))


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """The last two axes exchanged, of the complex conjugate."""
    return _transposed(matrix, True)


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """Sums of products in Einstein's notation: `einsum('bij,bjk->bik', a, b)`."""
    kwargs.pop("name", None), kwargs.pop("optimize", None)
    return _einsum(list(inputs), equation.replace(" ", ""))


_einsum = linalg._einsum.spelled("strict_list", name="einsum")


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """The sum of products over the axes named: how many (last of a, first of b), or a list for each."""
    return _tensordot(a, b, plain_ints(axes))


_tensordot = linalg.tensordot.spelled("strict_number")
cross = linalg.cross.spelled("strict_number", a="x1", b="x2")


# Diagonals.
def _ends(k: Any) -> tuple[int, int]:
    k = plain_ints(k)
    return (k, k) if isinstance(k, int) else k if len(k) == 2 else (k[0], k[0])


@op(2, "strict", name="tf.linalg.set_diag", host="numpy")
def _set_diag(x: Any, diagonal: Any, k: int) -> Any:
    n = min(x.shape[-2] + min(k, 0), x.shape[-1] - max(k, 0))
    return at(x)[..., np.arange(n) - min(k, 0), np.arange(n) + max(k, 0)].set(diagonal)


def set_diag(input: Any, diagonal: Any, name: str = "set_diag", k: Any = 0, align: str = "RIGHT_LEFT") -> Tensor:
    """Matrices with their `k`-th diagonal replaced."""
    low, high = _ends(k)
    if low != high:
        raise ArgumentError("set_diag: one diagonal at a time; `k` is an int.")
    return _set_diag(input, diagonal, low)


@op(2, "strict", name="tf.linalg.diag", host="numpy")
def _diag(diagonal: Any, padding: Any, k: int, rows: int, columns: int) -> Any:
    n = diagonal.shape[-1]
    base = jnp.broadcast_to(padding, (*diagonal.shape[:-1], rows, columns))
    return at(base)[..., np.arange(n) - min(k, 0), np.arange(n) + max(k, 0)].set(diagonal)


def diag(
    diagonal: Any, name: str = "diag", k: Any = 0, num_rows: Any = -1, num_cols: Any = -1, padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:  # fmt: skip
    """Matrices with the vectors of the last axis on their `k`-th diagonal."""
    low, high = _ends(k)
    if low != high:
        raise ArgumentError("diag: one diagonal at a time; `k` is an int.")
    diagonal = as_tensor(diagonal)
    size = diagonal.shape[-1] + abs(low)
    return _diag(diagonal, padding_value, low, size if int(num_rows) < 0 else int(num_rows), size if int(num_cols) < 0 else int(num_cols))


@op(name="tf.linalg.diag_part", host="numpy")
def _diag_part(x: Any, k: int) -> Any:
    return jnp.diagonal(x, k, -2, -1)


def diag_part(input: Any, name: str = "diag_part", k: Any = 0, padding_value: Any = 0, align: str = "RIGHT_LEFT") -> Tensor:
    """The `k`-th diagonals of matrices."""
    low, high = _ends(k)
    if low != high:
        raise ArgumentError("diag_part: one diagonal at a time; `k` is an int.")
    return _diag_part(input, low)


@op(name="tf.linalg.tensor_diag", host="numpy")
def _tensor_diag(x: Any) -> Any:
    return jnp.diag(x.reshape(-1)).reshape(*x.shape, *x.shape)


def tensor_diag(diagonal: Any, name: str | None = None) -> Tensor:
    """The tensor of twice the axes that holds x where both halves of the index agree, else 0."""
    return _tensor_diag(diagonal)


@op(name="tf.linalg.tensor_diag_part", host="numpy")
def _tensor_diag_part(x: Any) -> Any:
    half = x.shape[: x.ndim // 2]
    return jnp.diag(x.reshape(int(np.prod(half)), -1)).reshape(half)


def tensor_diag_part(input: Any, name: str | None = None) -> Tensor:
    """The reverse of `tensor_diag`."""
    return _tensor_diag_part(input)


@op(name="tf.linalg.trace", host="numpy")
def _trace(x: Any) -> Any:
    return jnp.trace(x, 0, -2, -1, x.dtype)


def trace(x: Any, name: str | None = None) -> Tensor:
    """The sums along the diagonals of matrices."""
    return _trace(x)


@op(name="tf.linalg.band_part", host="numpy")
def _band_part(x: Any, lower: int, upper: int) -> Any:
    distance = np.arange(x.shape[-1]) - np.arange(x.shape[-2])[:, None]
    keep = ((lower < 0) | (-distance <= lower)) & ((upper < 0) | (distance <= upper))
    return jnp.where(keep, x, jnp.zeros((), x.dtype))


def band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Matrices with zeros below the `num_lower`-th diagonal under the main one and above the `num_upper`-th over it; -1 keeps all."""
    return _band_part(input, int(num_lower), int(num_upper))


# Decompositions.
cholesky = linalg.cholesky.spelled(_FLOAT, input="x")
det = linalg.det.spelled(_FLOAT, input="x")
logdet = linalg.logdet.spelled(_FLOAT, matrix="x")


class LogDeterminant(NamedTuple):
    """The sign of a determinant and the logarithm of its absolute value."""

    sign: Tensor
    log_abs_determinant: Tensor


_slogdet = linalg.slogdet.spelled(_FLOAT)


def slogdet(input: Any, name: str | None = None) -> LogDeterminant:
    """The signs of the determinants and the logarithms of their absolute values."""
    return LogDeterminant(*_slogdet(input))


@op(1, _FLOAT, name="tf.linalg.inv", host="numpy")
def _inverse(x: Any, adjoint: bool) -> Any:
    return jnp.linalg.inv(_flip(x, True) if adjoint else x)


def inv(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverses of square matrices (of their adjoints). A singular matrix raises an error where its values are known."""
    x = _square(input, "inv")
    return _regular(x, _inverse(x, bool(adjoint)), "inv")


def _square(x: Any, name: str) -> Tensor:
    x = strict.RULES[_FLOAT].named(name)([x])[0]
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{name} takes square matrices; received a tensor of shape {x.shape}.")
    return x


def _regular(given: Tensor, found: Tensor, name: str) -> Tensor:
    """Refuse a singular matrix where the values are known, as TensorFlow does: XLA answers with infinities or NaN.

    On an accelerator nothing is read back to look.
    """
    known = not (found.is_traced or found.is_symbolic) and _device_is_host()
    if known and not np.isfinite(np.asarray(found)).all() and np.isfinite(np.asarray(given)).all():
        raise ArgumentError(f"{name}: the matrix is singular, it has no inverse.")
    return found


@op(1, _FLOAT, name="tf.linalg.pinv")
def _pinv(a: Any, rcond: Any) -> Any:
    return jnp.linalg.pinv(a, rtol=rcond)


def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The Moore-Penrose pseudo-inverses; singular values below `rcond` times the largest count as 0."""
    x = as_tensor(a)
    default = 10.0 * max(x.shape[-2:]) * float(np.finfo(x._value.dtype).eps)
    return _pinv(x, default if rcond is None else float(rcond))


matrix_rank_of = linalg.matrix_rank.spelled(_FLOAT, a="x")


def matrix_rank(a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """How many singular values exceed `tol`, int32."""
    return matrix_rank_of(a, None if tol is None else float(tol))


eigh_of = linalg.eigh.spelled(_FLOAT)
eig_of = linalg.eig.spelled(_FLOAT)


def eigh(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Eigenvalues (ascending) and eigenvectors of symmetric (Hermitian) matrices."""
    return tuple(eigh_of(_square(tensor, "eigh")))


def eigvalsh(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues, ascending, of symmetric matrices."""
    return eigh(tensor)[0]


def eig(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors of square matrices, complex. CPU only."""
    return tuple(eig_of(_square(tensor, "eig")))


def eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of square matrices, complex."""
    return eig(tensor)[0]


class Qr(NamedTuple):
    """An orthogonal and an upper triangular factor."""

    q: Tensor
    r: Tensor


_qr = linalg.qr.spelled(_FLOAT)


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Qr:
    """An orthogonal and an upper triangular factor."""
    return Qr(*_qr(input, "complete" if full_matrices else "reduced"))


@op(1, _FLOAT, name="tf.linalg.svd")
def _svd(x: Any, full: bool) -> Any:
    u, s, v = jnp.linalg.svd(x, full_matrices=full)
    return s, u, _flip(v, True)


_values = linalg.svd.spelled(_FLOAT)


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """The singular values s, and u and v with `u diag(s) v^H` the matrix; or s alone."""
    return tuple(_svd(tensor, bool(full_matrices))) if compute_uv else _values(tensor, False, False)


class Lu(NamedTuple):
    """Both triangular factors in one matrix, and the permutation of the rows."""

    lu: Tensor
    p: Tensor


@op(1, _FLOAT, name="tf.linalg.lu")
def _lu(x: Any) -> Any:
    lu, _, permutation = jax.lax.linalg.lu(x)
    return lu, permutation.astype(jnp.int32)


def lu(input: Any, output_idx_type: Any = "int32", name: str | None = None) -> Lu:
    """The LU decomposition with pivots."""
    factors, permutation = _lu(input)
    return Lu(factors, cast(permutation, output_idx_type))


@op(3, "same", name="tf.linalg.lu_solve")
def _lu_solve(factors: Any, order: Any, b: Any) -> Any:
    b = jnp.take_along_axis(b, order[..., None].astype(jnp.int32), -2)
    y = jax.scipy.linalg.solve_triangular(factors, b, lower=True, unit_diagonal=True)
    return jax.scipy.linalg.solve_triangular(factors, y)


def lu_solve(lower_upper: Any, perm: Any, rhs: Any, validate_args: bool = False, name: str | None = None) -> Tensor:
    """x such that the matrix that was decomposed times x is `rhs`."""
    return _lu_solve(lower_upper, perm, rhs)


def lu_matrix_inverse(lower_upper: Any, perm: Any, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The inverse of the matrix that was decomposed."""
    factors = as_tensor(lower_upper)
    identity = np.broadcast_to(np.eye(factors.shape[-1], dtype=factors._value.dtype), factors.shape)
    return _lu_solve(factors, perm, identity)


@op(2, "same", name="tf.linalg.lu_reconstruct")
def _lu_whole(factors: Any, order: Any) -> Any:
    lower = jnp.tril(factors, -1) + jnp.eye(factors.shape[-1], dtype=factors.dtype)
    return jnp.take_along_axis(lower @ jnp.triu(factors), jnp.argsort(order, -1)[..., None], -2)


def lu_reconstruct(lower_upper: Any, perm: Any, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The matrix that was decomposed."""
    return _lu_whole(lower_upper, perm)


# Equations.
@op(2, _FLOAT, name="tf.linalg.solve", host="numpy")
def _solve(a: Any, b: Any, adjoint: bool) -> Any:
    return jnp.linalg.solve(_flip(a, True) if adjoint else a, b)


def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """x such that `matrix x = rhs`; both are matrices."""
    a, b = strict.RULES[_FLOAT].named("solve")([matrix, rhs])
    if b.ndim < 2:
        raise ShapeError(f"solve: `rhs` is a matrix; received shape {b.shape}. Give a vector an axis: rhs[:, tf.newaxis].")
    a = _square(a, "solve")
    return _regular(a, _solve(a, b, bool(adjoint)), "solve")


@op(2, _FLOAT, name="tf.linalg.triangular_solve")
def _triangular_solve(a: Any, b: Any, lower: bool, adjoint: bool) -> Any:
    a = jnp.broadcast_to(a, (*jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2]), *a.shape[-2:]))
    b = jnp.broadcast_to(b, (*a.shape[:-2], *b.shape[-2:]))
    return jax.scipy.linalg.solve_triangular(a, b, trans="C" if adjoint else 0, lower=lower)


def triangular_solve(matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None) -> Tensor:
    """`solve` of triangular matrices; the other triangle is not read."""
    return _triangular_solve(matrix, rhs, bool(lower), bool(adjoint))


@op(2, _FLOAT, name="tf.linalg.cholesky_solve")
def _cholesky_solve(chol: Any, b: Any) -> Any:
    return jax.scipy.linalg.cho_solve((chol, True), b)


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """x such that `chol chol^H x = rhs`."""
    return _cholesky_solve(chol, rhs)


@op(2, _FLOAT, name="tf.linalg.lstsq", host="numpy")
def _lstsq(a: Any, b: Any, weight: float, fast: bool) -> Any:
    if not fast:
        return jnp.linalg.pinv(a) @ b
    turned = _flip(a, True)
    if a.shape[-2] >= a.shape[-1]:
        return jnp.linalg.solve(turned @ a + weight * jnp.eye(a.shape[-1], dtype=a.dtype), turned @ b)
    return turned @ jnp.linalg.solve(a @ turned + weight * jnp.eye(a.shape[-2], dtype=a.dtype), b)


def lstsq(matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: str | None = None) -> Tensor:
    """The x of least `|matrix x - rhs|^2 + l2_regularizer |x|^2`."""
    return _lstsq(matrix, rhs, float(l2_regularizer), bool(fast))


@op(1, _FLOAT, name="tf.linalg.expm")
def _expm(x: Any) -> Any:
    flat = x.reshape(-1, *x.shape[-2:])
    return jax.vmap(jax.scipy.linalg.expm)(flat).reshape(x.shape)


def expm(input: Any, name: str | None = None) -> Tensor:
    """The exponentials of square matrices."""
    return _expm(input)


@op(1, _FLOAT, name="tf.linalg.sqrtm")
def _sqrtm(x: Any) -> Any:
    root = jax.scipy.linalg.sqrtm(x)
    return root if jnp.iscomplexobj(x) else root.real.astype(x.dtype)


def sqrtm(input: Any, name: str | None = None) -> Tensor:
    """The principal square root of a matrix. CPU only."""
    return _sqrtm(input)


# Matrices of three diagonals: 'compact' (..., 3, n) with the upper one first; 'sequence' of three vectors; 'matrix' (..., n, n).
def _diagonals(diagonals: Any, diagonals_format: str) -> tuple[Tensor, Tensor, Tensor]:
    """The upper, middle and lower one, each with n elements; the upper's last and the lower's first are 0."""
    if diagonals_format == "matrix":
        matrix = as_tensor(diagonals)
        parts = [_diagonal(matrix, offset) for offset in (1, 0, -1)]
    elif diagonals_format == "sequence":
        parts = [as_tensor(each) for each in diagonals]
    elif diagonals_format == "compact":
        compact = as_tensor(diagonals)
        if compact.ndim < 2 or compact.shape[-2] != 3:
            raise ShapeError(f"Expected 3 diagonals, (..., 3, n); received shape {compact.shape}.")
        parts = [compact[..., i, :] for i in range(3)]
    else:
        raise ArgumentError(f"diagonals_format is 'compact', 'sequence' or 'matrix'; received {diagonals_format!r}.")
    return _three(*parts)  # type: ignore[return-value]


@op(1, "same", name="tf.linalg.diagonal")
def _diagonal(x: Any, offset: int) -> Any:
    return jnp.diagonal(x, offset, -2, -1)


@op(3, _FLOAT, name="tf.linalg.diagonals")
def _three(upper: Any, middle: Any, lower: Any) -> tuple[Any, Any, Any]:
    n = middle.shape[-1]
    zero = jnp.zeros((*middle.shape[:-1], 1), middle.dtype)
    return jnp.concatenate([upper[..., : n - 1], zero], -1), middle, jnp.concatenate([zero, lower[..., lower.shape[-1] - n + 1 :]], -1)


@op(4, _FLOAT, name="tf.linalg.tridiagonal_solve")
def _tridiagonal_solve(upper: Any, middle: Any, lower: Any, rhs: Any) -> Any:
    return jax.lax.linalg.tridiagonal_solve(lower, middle, upper, rhs)


@op(4, _FLOAT, name="tf.linalg.tridiagonal_matmul")
def _tridiagonal_matmul(upper: Any, middle: Any, lower: Any, rhs: Any) -> Any:
    after, before = jnp.roll(rhs, -1, -2), jnp.roll(rhs, 1, -2)  # what comes round meets the zeros
    return upper[..., None] * after + middle[..., None] * rhs + lower[..., None] * before


def tridiagonal_solve(
    diagonals: Any, rhs: Any, diagonals_format: str = "compact", transpose_rhs: bool = False, conjugate_rhs: bool = False,
    name: str | None = None, partial_pivoting: bool = True, perturb_singular: bool = False,
) -> Tensor:  # fmt: skip
    """x of a matrix of three diagonals times x = rhs: (..., n) or (..., n, columns)."""
    three = _diagonals(diagonals, diagonals_format)
    rhs = as_tensor(rhs)
    vectors = rhs.ndim == three[1].ndim
    if transpose_rhs and not vectors:
        rhs = adjoint(rhs) if conjugate_rhs else matrix_transpose(rhs)
    found = _tridiagonal_solve(*three, rhs[..., None] if vectors else rhs)
    return found[..., 0] if vectors else found


def tridiagonal_matmul(diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: str | None = None) -> Tensor:
    """A matrix of three diagonals times rhs (..., n, columns)."""
    return _tridiagonal_matmul(*_diagonals(diagonals, diagonals_format), rhs)


# Norms.
@op(1, _FLOAT, name="tf.linalg.norm", host="numpy")
def _norm(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    if isinstance(axis, tuple) and len(axis) == 2 and order not in ("euclidean", "fro"):
        return jnp.linalg.norm(x, order, axis, keepdims)
    if order in ("euclidean", "fro", 2):
        squares = jnp.sum(jnp.real(x * jnp.conj(x)), axis, keepdims=keepdims)
        some = squares > 0  # the root has no finite slope at 0
        return jnp.where(some, jnp.sqrt(jnp.where(some, squares, 1)), 0).astype(x.dtype)
    size = jnp.abs(x)
    if order == np.inf:
        return jnp.max(size, axis, keepdims=keepdims)
    return jnp.sum(size**order, axis, keepdims=keepdims) ** (1 / order)


def norm(tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool | None = None, name: str | None = None) -> Tensor:
    """The norm of vectors (all elements, or one axis) or matrices (two axes): 'euclidean', 'fro' (two axes), 1, 2, inf, or any p."""
    if is_tensor(ord):
        ord = np.asarray(ord).item()
    if not (ord in ("euclidean", "fro") or (isinstance(ord, (int, float)) and ord > 0)):
        raise ArgumentError(f"norm: `ord` is 'euclidean', 'fro', inf or a positive number; received {ord!r}.")
    return _norm(tensor, ord, plain_ints(axis), bool(keepdims))


def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None) -> tuple[Tensor, Tensor]:
    """A tensor divided by its norm along the axes, and the norm."""
    x = as_tensor(tensor)
    length = norm(x, ord, axis, True)
    return _quotient(x, length), length


@op(2, _FLOAT, name="tf.linalg.normalize", host="numpy")
def _quotient(x: Any, length: Any) -> Any:
    return x / length
