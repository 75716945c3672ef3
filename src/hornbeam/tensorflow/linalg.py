"""`tf.linalg`. Names only."""

from hornbeam.engine.missing import lazily
from hornbeam.ops.tf.mathematics import global_norm, l2_normalize
from hornbeam.ops.tf.matrices import (
    adjoint,
    band_part,
    cholesky,
    cholesky_solve,
    cross,
    det,
    diag,
    diag_part,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    einsum,
    expm,
    inv,
    logdet,
    lstsq,
    lu,
    lu_matrix_inverse,
    lu_reconstruct,
    lu_solve,
    matmul,
    matrix_rank,
    matrix_transpose,
    matvec,
    norm,
    normalize,
    pinv,
    qr,
    set_diag,
    slogdet,
    solve,
    sqrtm,
    svd,
    tensor_diag,
    tensor_diag_part,
    tensordot,
    trace,
    triangular_solve,
    tridiagonal_matmul,
    tridiagonal_solve,
)
from hornbeam.ops.tf.tensors import eye

_KINDS = ("BlockDiag", "Circulant", "Householder", "Kronecker", "LowRankUpdate", "Permutation", "Toeplitz", "Zeros")
_FIRST = ("", "Adjoint", "Composition", "Diag", "FullMatrix", "Identity", "Inversion", "LowerTriangular", "ScaledIdentity")
_LAZY = {
    **{f"LinearOperator{kind}": "hornbeam.ops.tf.linear_operators" for kind in _FIRST},
    **{f"LinearOperator{kind}": "hornbeam.ops.tf.linear_operator_kinds" for kind in _KINDS},
}

__all__ = [
    *_LAZY,
    "adjoint", "band_part", "cholesky", "cholesky_solve", "cross", "det", "diag", "diag_part", "eig", "eigh", "eigvals", "eigvalsh",
    "einsum", "expm", "eye", "global_norm", "inv", "l2_normalize", "logdet", "lstsq", "lu", "lu_matrix_inverse", "lu_reconstruct",
    "lu_solve", "matmul", "matrix_rank", "matrix_transpose", "matvec", "norm", "normalize", "pinv", "qr", "set_diag", "slogdet", "solve",
    "sqrtm", "svd", "tensor_diag", "tensor_diag_part", "tensordot", "trace", "triangular_solve",
    "tridiagonal_matmul", "tridiagonal_solve",
]  # fmt: skip
__getattr__, __dir__ = lazily(__name__, _LAZY)
