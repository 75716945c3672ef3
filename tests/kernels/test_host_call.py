"""NumPy functions within compiled programs."""

import jax
import numpy as np
import pytest

import hornbeam as hb
from hornbeam.kernels.host_call import host_call
from hornbeam.ops.tf.candidates import uniform_candidate_sampler


@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)])
@pytest.mark.parametrize("dtype", ["int64", "uint64", "float64", "int32", "bool", "complex64"])
def test_numbers_of_any_width_arrive_whole(shape, dtype):
    large = 2**40 + 0.25 if dtype != "int32" else 7
    value = (np.arange(np.prod(shape, dtype=int)).reshape(shape) + large).astype(dtype)
    spec = jax.ShapeDtypeStruct(shape, np.dtype(dtype))
    seen = []

    @jax.jit
    def program(x):
        return host_call(lambda a, b: (seen.append(a), {"same": a, "other": b})[1], {"same": spec, "other": spec}, x, x)

    with jax.enable_x64(True):
        found = jax.tree.map(np.asarray, program(value))
    assert all(each.dtype == dtype and np.array_equal(each, value) for each in (*found.values(), *seen))


def test_a_compiled_step_looks_whole_numbers_up():
    terms = [2**40, 2**40 + 2**32]
    inputs = hb.Input((1,), dtype="int64")
    number = hb.ops.cast(inputs, "int64") + 0  # no string comes before: this is part of the program
    outputs = hb.layers.Dense(1)(hb.layers.IntegerLookup(vocabulary=terms, output_mode="one_hot")(number))
    model = hb.Model(inputs, outputs)
    model.compile("sgd", "mse")
    model.layers[-1].set_weights([np.array([[0.0], [1.0], [2.0]]), np.zeros(1)])
    x = np.array([[2**40], [2**40 + 2**32], [7]])
    assert model.predict(x, verbose=0).ravel().tolist() == [1, 2, 0]
    model.fit(x, np.array([[1.0], [2.0], [0.0]]), epochs=1, verbose=0)
    np.testing.assert_allclose(model.layers[-1].kernel.numpy().ravel(), [0, 1, 2], atol=1e-6)


def test_candidates_are_drawn_in_a_program():
    @hb.function
    def draw(true):
        return hb.ops.stop_gradient(uniform_candidate_sampler(true, 1, 4, True, 50, seed=3).sampled_candidates)

    found = draw(hb.ops.convert_to_tensor([[1], [2]], "int64"))
    assert found.dtype == "int64" and len(set(found.numpy().tolist())) == 4
