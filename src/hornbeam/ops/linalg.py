"""Products of matrices and tensors; decompositions."""

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.ops._rows import elsewhere as __getattr__  # noqa: F401
from hornbeam.ops._rows import in_float32, sum_dtype


def _matmul_cost(x1: Any, x2: Any) -> int:
    columns = x2.shape[-1] if x2.ndim > 1 else 1
    return max(x1.size * columns // 64, x2.size * (x1.shape[-2] if x1.ndim > 1 and x2.ndim > 2 else 1) // 8)


def _dot_dtype(dtype: Any) -> Any:
    return np.dtype(np.int32) if dtype == np.int8 else dtype


@op(2, "promote", host=in_float32(lambda x1, x2: np.matmul(x1, x2, dtype=_dot_dtype(x1.dtype))), cost=_matmul_cost)
def matmul(x1: Any, x2: Any) -> Any:
    """The product of matrices in the last two axes; axes before them broadcast. int8 gives int32."""
    return jnp.matmul(x1, x2, preferred_element_type=_dot_dtype(x1.dtype))


@op(2, "promote", host=in_float32(lambda x1, x2: np.dot(x1, x2)), cost=_matmul_cost)
def dot(x1: Any, x2: Any) -> Any:
    """The sum of products over the last axis of x1 and the last but one of x2."""
    return jnp.dot(x1, x2)


def _products(*arrays: Any) -> int:
    """About the work of sums of products whose axes are not looked at: over the largest axis that neighbours share they are summed."""
    shared = [max({1, *a.shape} & {1, *b.shape}) for a, b in itertools.pairwise(arrays)]
    return math.prod([each.size for each in arrays]) // (64 * math.prod(shared))


@op(2, "promote", host="numpy")
def vdot(x1: Any, x2: Any) -> Any:
    """The dot product of flattened tensors, x1 conjugated."""
    return jnp.vdot(x1, x2)


@op(2, "promote", host="numpy")
def inner(x1: Any, x2: Any) -> Any:
    """The sum of products over the last axes."""
    return jnp.inner(x1, x2)


@op(2, "promote", host=np.outer, cost=lambda x1, x2: x1.size * x2.size)
def outer(x1: Any, x2: Any) -> Any:
    """Every product of an element of x1 and one of x2."""
    return jnp.outer(x1, x2)


@op(2, "promote", host="numpy", cost=_products)
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """The sum of products over the axes named: how many (last of x1, first of x2), or a list for each."""
    return jnp.tensordot(x1, x2, axes)


@op(2, "promote", host="numpy", cost=lambda x1, x2: x1.size * x2.size)
def kron(x1: Any, x2: Any) -> Any:
    """The Kronecker product."""
    return jnp.kron(x1, x2)


@op(2, "promote", host="numpy")
def cross(x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The cross product of vectors of length 3 (or 2)."""
    return jnp.cross(x1, x2, axisa, axisb, axisc, axis)


@op(-1, "promote", name="einsum", host="numpy", cost=_products)
def _einsum(operands: Any, subscripts: str) -> Any:
    return jnp.einsum(subscripts, *operands)


def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """Sums of products in Einstein's notation: `einsum('bij,bjk->bik', a, b)`."""
    return _einsum(operands, subscripts)


@op(host="numpy")
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum along the diagonal."""
    return jnp.trace(x, offset, axis1, axis2, dtype=sum_dtype(x.dtype))


@op(1, "float", host="numpy")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors or matrices: Euclidean (Frobenius) by default, or of order `ord`."""
    return jnp.linalg.norm(x, ord, axis, keepdims)


def _flipped(x: Any) -> Any:
    return jnp.conj(jnp.swapaxes(x, -1, -2))


def _symmetric(x: Any) -> Any:
    """The symmetric (Hermitian) matrices whose lower triangles these have: the upper ones are not looked at, as in LAPACK."""
    return jnp.tril(x) + _flipped(jnp.tril(x, -1))


@op(1, "float", host="numpy")
def cholesky(x: Any, upper: bool = False) -> Any:
    """The lower (or upper) triangular factor of positive definite matrices, of their lower triangles. The gradient is symmetric."""
    middle = (x + _flipped(x)) / 2
    return jnp.linalg.cholesky(jax.lax.stop_gradient(_symmetric(x)) + (middle - jax.lax.stop_gradient(middle)), upper=upper)


@op(1, "float")
def cholesky_inverse(x: Any, upper: bool = False) -> Any:
    """The inverse of the matrices whose Cholesky factors these are."""
    identity = jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    return jax.scipy.linalg.cho_solve((x, not upper), identity)


@op(1, "float", host="numpy")
def det(x: Any) -> Any:
    """The determinants."""
    return jnp.linalg.det(x)


@op(1, "float", host="numpy")
def slogdet(x: Any) -> Any:
    """The signs of the determinants and the logarithms of their absolute values."""
    return tuple(jnp.linalg.slogdet(x))


@op(1, "float", host="numpy")
def logdet(x: Any) -> Any:
    """The logarithms of the determinants' absolute values."""
    return jnp.linalg.slogdet(x)[1]


@op(1, "float", host="numpy")
def inv(x: Any) -> Any:
    """The inverses of square matrices."""
    return jnp.linalg.inv(x)


@op(1, "float", host="numpy")
def pinv(x: Any, rcond: float | None = None) -> Any:
    """The Moore-Penrose pseudo-inverses; singular values below `rcond` times the largest count as 0."""
    return jnp.linalg.pinv(x, rtol=rcond)


@op(1, "float", differentiable=False, host="numpy")
def matrix_rank(x: Any, tol: float | None = None) -> Any:
    """How many singular values exceed `tol`, int32."""
    values = jnp.linalg.svd(x, compute_uv=False)
    if tol is None:
        tol = values.max(-1, keepdims=True) * max(x.shape[-2:]) * jnp.finfo(x.dtype).eps
    return jnp.sum(values > tol, -1, jnp.int32)


@op(1, "float")
def eig(x: Any) -> Any:
    """Eigenvalues and eigenvectors of square matrices, complex. CPU only."""
    return tuple(jnp.linalg.eig(x))


@op(1, "float")
def eigh(x: Any) -> Any:
    """Eigenvalues (ascending) and eigenvectors of symmetric (Hermitian) matrices, of their lower triangles."""
    return tuple(jnp.linalg.eigh(_symmetric(x)))


@op(1, "float")
def qr(x: Any, mode: str = "reduced") -> Any:
    """An orthogonal and an upper triangular factor; `mode` is 'reduced' or 'complete'."""
    return tuple(jnp.linalg.qr(x, mode))


@op(1, "float")
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """The singular value decomposition u, s, v^H, or s alone."""
    out = jnp.linalg.svd(x, full_matrices, compute_uv)
    return tuple(out) if compute_uv else out


@op(1, "float")
def lu_factor(x: Any) -> Any:
    """The LU decomposition in one matrix, and the pivots (int32)."""
    lu, pivots = jax.scipy.linalg.lu_factor(x)
    return lu, pivots.astype(jnp.int32)


@op(2, "float", host="numpy")
def solve(a: Any, b: Any) -> Any:
    """x such that a x = b; b is a matrix, or a vector one axis short of `a`."""
    if b.ndim == a.ndim - 1:
        return jnp.linalg.solve(a, b[..., None])[..., 0]
    return jnp.linalg.solve(a, b)


@op(2, "float")
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """`solve` for triangular `a`."""
    vector = b.ndim == a.ndim - 1
    out = jax.scipy.linalg.solve_triangular(a, b[..., None] if vector else b, lower=lower)
    return out[..., 0] if vector else out


@op(2, "float")
def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """The x of least |a x - b|^2."""
    return jnp.linalg.lstsq(a, b, rcond)[0]
