"""tf.linalg: one expression a line. Decompositions are compared by what does not depend on the signs of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (2e-4, 2e-5)

_DRAW = np.random.default_rng(5)
_SQUARE = _DRAW.normal(size=(3, 3)).astype("float32")
MATRICES: dict[str, Any] = {
    "a": _SQUARE, "p": (_SQUARE @ _SQUARE.T + 3 * np.eye(3, dtype="float32")), "r": _DRAW.normal(size=(4, 3)).astype("float32"),
    "x": _DRAW.normal(size=(2, 3, 3)).astype("float32"), "v": np.float32([1, 2, 3]), "w": np.float32([2, -1, 0.5]),
    "i": np.int32([[1, 2], [3, 4]]), "d": np.float64([[2, 1], [1, 3]]), "c": np.complex64([[1, 1j], [-1j, 2]]),
    "n": np.float32([[3, -4], [0, 12]]), "singular": np.float32([[1, 2], [2, 4]]), "rhs": _DRAW.normal(size=(3, 2)).astype("float32"),
}  # fmt: skip

CASES = {
    "products": table(
        """
        tf.matmul(a, p)
        tf.matmul(a, p, transpose_a=True)
        tf.matmul(a, p, transpose_b=True)
        tf.matmul(r, r, True)
        tf.matmul(c, c, adjoint_a=True)
        tf.matmul(x, a)
        tf.matmul(x, x, transpose_b=True)
        tf.matmul(i, i)
        tf.matmul(tf.cast(a, tf.float16), tf.cast(a, tf.float16), transpose_b=True)
        tf.matmul(tf.cast(i, tf.bfloat16), tf.cast(i, tf.bfloat16))
        tf.matmul([[1.0, 2.0]], [[3.0], [4.0]])
        tf.matmul(v, v)
        tf.matmul(a, v)
        tf.matmul(a, rhs, transpose_b=True)
        tf.matmul(a, d)
        tf.matmul(a, i)
        tf.matmul(a=a, b=p)
        tf.matmul(np.ones((2, 2)), d)
        a @ p
        a @ tf.reshape(v, (3, 1))
        tf.linalg.matvec(a, v)
        tf.linalg.matvec(a, v, transpose_a=True)
        tf.linalg.matvec(x, v)
        tf.linalg.matmul(a, a)
        tf.linalg.matrix_transpose(r)
        tf.linalg.matrix_transpose(x)
        tf.linalg.adjoint(c)
        tf.linalg.cross(v, w)
        tf.linalg.tensordot(a, p, 1)
        tf.linalg.einsum('ij,jk->ik', a, p)
        tf.linalg.trace(a)
        tf.linalg.trace(x)
        tf.linalg.trace(i)
        """, **MATRICES),
    "diagonals": table(
        """
        tf.linalg.diag(v)
        tf.linalg.diag([[1, 2], [3, 4]])
        tf.linalg.diag(v, k=1)
        tf.linalg.diag(v, k=-1, padding_value=9.0)
        tf.linalg.diag(v, num_rows=4)
        tf.linalg.diag_part(a)
        tf.linalg.diag_part(x)
        tf.linalg.diag_part(r, k=-1)
        tf.linalg.diag_part(r, k=1)
        tf.linalg.set_diag(a, v)
        tf.linalg.set_diag(x, [v, w])
        tf.linalg.set_diag(a, [8.0, 9.0], k=1)
        tf.linalg.tensor_diag(v)
        tf.linalg.tensor_diag_part(a)
        tf.linalg.band_part(a, 0, -1)
        tf.linalg.band_part(a, -1, 0)
        tf.linalg.band_part(r, 1, 1)
        tf.linalg.band_part(tf.ones((3, 3)), 0, 0)
        tf.linalg.eye(2)
        """, **MATRICES),
    "decompositions": table(
        """
        tf.linalg.det(a)
        tf.linalg.det(x)
        tf.linalg.det(i)
        tf.linalg.logdet(p)
        tf.linalg.slogdet(a)
        tf.linalg.slogdet(a).sign
        tf.linalg.inv(p)
        tf.linalg.inv(x)
        tf.linalg.inv(a, adjoint=True)
        tf.linalg.inv(singular)
        tf.linalg.inv(r)
        tf.linalg.inv(i)
        tf.linalg.inv(d)
        tf.linalg.pinv(r)
        tf.linalg.pinv(singular)
        tf.linalg.cholesky(p)
        tf.linalg.cholesky(p + tf.constant([[0, 1, 2], [0, 0, 3], [0, 0, 0.0]]))
        tf.linalg.cholesky(tf.constant([[1.0, 2.0], [2.0, 1.0]]))
        tf.linalg.matrix_rank(r)
        tf.linalg.matrix_rank(singular)
        tf.linalg.eigvalsh(p)
        tf.linalg.eigvalsh(a)
        tf.linalg.eigh(a)[0]
        tf.linalg.eigh(p)[0]
        tf.abs(tf.linalg.eigh(p)[1])
        tf.sort(tf.math.real(tf.linalg.eigvals(p)))
        tf.linalg.eigvals(d).dtype
        tf.eig(d)[0].dtype
        tf.linalg.svd(r, compute_uv=False)
        tf.linalg.svd(r)[0]
        tf.abs(tf.linalg.svd(r)[1])
        tf.abs(tf.linalg.svd(r)[2])
        [t.shape for t in tf.linalg.svd(r, full_matrices=True)]
        (lambda s, u, v: tf.matmul(u, tf.matmul(tf.linalg.diag(s), v, adjoint_b=True)))(*tf.linalg.svd(r))
        tf.abs(tf.linalg.qr(r).r)
        (lambda q, r: q @ r)(*tf.linalg.qr(r))
        [t.shape for t in tf.linalg.qr(r, full_matrices=True)]
        tf.linalg.lu(a)
        tf.linalg.lu(x)
        tf.linalg.lu_reconstruct(*tf.linalg.lu(a))
        tf.linalg.lu_solve(*tf.linalg.lu(a), rhs)
        tf.linalg.lu_matrix_inverse(*tf.linalg.lu(p))
        tf.linalg.expm(a)
        tf.linalg.expm(x)
        tf.linalg.sqrtm(p)
        tf.matmul(tf.linalg.sqrtm(p), tf.linalg.sqrtm(p))
        """, **MATRICES),
    "equations": table(
        """
        tf.linalg.solve(a, rhs)
        tf.linalg.solve(a, rhs, adjoint=True)
        tf.linalg.solve(x, tf.stack([rhs, rhs]))
        tf.linalg.solve(a, v)
        tf.linalg.solve(singular, [[1.0], [2.0]])
        tf.linalg.solve(d, [[1.0], [2.0]])
        tf.linalg.triangular_solve(a, rhs)
        tf.linalg.triangular_solve(a, rhs, lower=False)
        tf.linalg.triangular_solve(a, rhs, adjoint=True)
        tf.linalg.cholesky_solve(tf.linalg.cholesky(p), rhs)
        tf.linalg.lstsq(r, tf.ones((4, 1)))
        tf.linalg.lstsq(r, tf.ones((4, 1)), l2_regularizer=0.5)
        tf.linalg.lstsq(r, tf.ones((4, 1)), fast=False)
        tf.linalg.lstsq(tf.transpose(r), rhs)
        """, **MATRICES),
    "norms": table(
        """
        tf.norm(v)
        tf.norm(n)
        tf.norm(n, axis=0)
        tf.norm(n, axis=1, keepdims=True)
        tf.norm(n, ord=1)
        tf.norm(n, ord=1, axis=1)
        tf.norm(n, ord=2, axis=0)
        tf.norm(n, ord=np.inf)
        tf.norm(n, ord=np.inf, axis=1)
        tf.norm(n, ord=3, axis=1)
        tf.norm(n, ord='fro', axis=[0, 1])
        tf.norm(n, ord='euclidean')
        tf.norm(n, ord=1, axis=[0, 1])
        tf.norm(n, ord=2, axis=[0, 1])
        tf.norm(n, ord=np.inf, axis=[0, 1])
        tf.norm(x, axis=[-2, -1])
        tf.norm(x, axis=-1)
        tf.norm(tensor=v, ord=2)
        tf.norm(i)
        tf.norm(c)
        tf.norm(v, ord='other')
        tf.linalg.norm(v - w)
        tf.linalg.normalize(v)
        tf.linalg.normalize(n, axis=1)
        tf.linalg.normalize(n, ord=1, axis=0)
        tf.linalg.l2_normalize(n, axis=1)
        tf.linalg.global_norm([v, w])
        """, **MATRICES),
    "tridiagonal": table(
        """
        tf.linalg.tridiagonal_solve(t, v)
        tf.linalg.tridiagonal_solve(t, rhs)
        tf.linalg.tridiagonal_solve(m, v, diagonals_format="matrix")
        tf.linalg.tridiagonal_solve((v[:2], v, w[:2]), v, diagonals_format="sequence")
        tf.linalg.tridiagonal_solve(tf.stack([t, t + 1]), tf.stack([v, w]))
        tf.linalg.tridiagonal_matmul(t, rhs)
        tf.linalg.tridiagonal_matmul(m, rhs, diagonals_format="matrix")
        """,
        t=np.float32([[1, 2, 9], [0, 5, 6], [9, 1, 1]]), m=np.float32([[4, 1, 0], [1, 5, 2], [0, 1, 6]]), **MATRICES,
    ),
}
