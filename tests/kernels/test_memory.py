"""Values that stay in memory."""

import jax
import numpy as np

from hornbeam.kernels.memory import in_memory


def test_it_is_the_identity_with_the_identitys_gradient():
    for x in (np.float32([[2, 3], [4, 5]]), np.float32([-1, 0, 1]), np.float32(0)):
        np.testing.assert_array_equal(in_memory(x), x)
        np.testing.assert_array_equal(jax.jit(jax.grad(lambda x: (in_memory(x) ** 2).sum()))(x), 2 * x)


def test_what_made_it_is_not_computed_again_by_who_reads_it():
    text = jax.jit(lambda key, x: x * in_memory(jax.random.uniform(key, (1,)))).lower(jax.random.key(0), np.zeros((64, 64), "float32"))
    compiled = text.compile().as_text()
    reading = compiled[compiled.index("ENTRY") :]
    assert "while" in reading and "f32[1]" in reading
