"""Every kind of LinearOperator does what its dense matrix does. That the matrices are TensorFlow's was compared once."""

import numpy as np
import pytest

import hornbeam.tensorflow as tf

LA = tf.linalg
A = np.float32([[2.0, 1.0, 0.5], [0.0, 3.0, -1.0], [1.0, 0.5, 1.5]])
B = np.float32([[1.0, 2.0], [0.5, -1.0]])
U, V = np.float32([[1, 0], [0.5, 1], [0, 2]]), np.float32([[0, 1], [1, 0.5], [1, 1]])
full, diag = LA.LinearOperatorFullMatrix(A), LA.LinearOperatorDiag([1.0, 2.0, 3.0])
KINDS = {
    "full": full, "batch": LA.LinearOperatorFullMatrix(np.stack([A, A + np.eye(3, dtype=np.float32)])), "diag": diag,
    "complex": LA.LinearOperatorDiag(np.complex64([1 + 1j, 2 - 1j])), "identity": LA.LinearOperatorIdentity(3, [2]),
    "scaled": LA.LinearOperatorScaledIdentity(3, 2.0), "lower": LA.LinearOperatorLowerTriangular(A),
    "adjoint": LA.LinearOperatorAdjoint(full), "inverse": LA.LinearOperatorInversion(full),
    "composition": LA.LinearOperatorComposition([full, diag]), "blocks": LA.LinearOperatorBlockDiag([full, LA.LinearOperatorFullMatrix(B)]),
    "kronecker": LA.LinearOperatorKronecker([diag, LA.LinearOperatorFullMatrix(B)]),
    "low rank": LA.LinearOperatorLowRankUpdate(diag, U, [1.0, 0.5], V),
    "circulant": LA.LinearOperatorCirculant([6.0, 2.0, 2.0], input_output_dtype=tf.float32),
    "toeplitz": LA.LinearOperatorToeplitz([5.0, 2.0, 3.0], [5.0, 4.0, 1.0]), "turned": LA.LinearOperatorPermutation([1, 0, 2]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_does_what_its_matrix_does(kind):
    made = KINDS[kind]
    dense = made.to_dense().numpy()
    turned = np.conj(dense.swapaxes(-1, -2))
    x = (np.arange(dense.shape[-1] * 2).reshape(-1, 2) + 1).astype(dense.dtype)
    close = lambda found, expected: np.testing.assert_allclose(np.asarray(found), expected, rtol=2e-4, atol=2e-5)
    assert tuple(made.shape) == dense.shape and tuple(made.batch_shape) == dense.shape[:-2]
    close(made @ x, dense @ x)
    close(made.matmul(x, adjoint=True), turned @ x)
    close(made.matmul(np.conj(x.T), adjoint_arg=True), dense @ x)
    close(made.solve(x), np.linalg.solve(dense, x))
    close(made.solve(x, adjoint=True), np.linalg.solve(turned, x))
    close(made.determinant(), np.linalg.det(dense))
    close(made.log_abs_determinant(), np.linalg.slogdet(dense)[1])
    close(made.trace(), dense.trace(axis1=-2, axis2=-1))
    close(made.add_to_tensor(dense), 2 * dense)
    close(made.H.to_dense(), turned)
    close(made.inverse().to_dense(), np.linalg.inv(dense))


def test_products_keep_simple_forms_and_hints_are_believed():
    assert isinstance(diag @ diag, LA.LinearOperatorDiag) and isinstance(full @ diag, LA.LinearOperatorComposition)
    assert (LA.LinearOperatorIdentity(3) @ full) is full and diag.H is diag
    assert KINDS["blocks"].matvec(tf.ones(5)).shape == (5,)
    assert [part.shape for part in KINDS["blocks"].matmul([tf.ones((3, 1)), tf.ones((2, 1))])] == [(3, 1), (2, 1)]
    positive = LA.LinearOperatorFullMatrix(A @ A.T, is_self_adjoint=True, is_positive_definite=True)
    np.testing.assert_allclose(positive.cholesky().to_dense(), np.linalg.cholesky(A @ A.T), rtol=1e-4)
    positive.assert_positive_definite()
    with pytest.raises(ValueError, match="Cholesky"):
        full.cholesky()
    with pytest.raises(tf.errors.InvalidArgumentError, match="adjoint"):
        full.assert_self_adjoint()
    with pytest.raises(tf.errors.UnimplementedError, match="not square"):
        LA.LinearOperatorFullMatrix(U).determinant()
    weight = tf.Variable(A)
    with tf.GradientTape() as tape:
        value = LA.LinearOperatorFullMatrix(weight).log_abs_determinant()
    np.testing.assert_allclose(tape.gradient(value, weight), np.linalg.inv(A).T, rtol=1e-4)
