"""Arrays that JAX takes as they are."""

import jax
import ml_dtypes
import numpy as np
import pytest

from hornbeam.engine.host_memory import aligned_copy, aligned_empty, aligned_take, owner
from hornbeam.engine.tensor import as_tensor


@pytest.mark.parametrize("dtype", ["float32", "int8", "complex64", ml_dtypes.bfloat16, "bool"])
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (300, 700), (40_000,)])
def test_shapes_types_and_addresses(shape, dtype):
    array = aligned_empty(shape, dtype)
    assert array.shape == shape and array.dtype == np.dtype(dtype) and array.flags.c_contiguous
    assert array.nbytes < 2**15 or array.ctypes.data % 64 == 0


def test_a_copy_is_of_the_type_asked_for_and_ones_own():
    source = np.arange(60_000.0).reshape(200, 300)[:, ::2]
    copy = aligned_copy(source, "int32")
    np.testing.assert_array_equal(copy, source.astype("int32"))
    source[:] = -1
    assert copy.min() == 0 and not copy.flags.writeable and owner(copy).base is None
    assert owner(source).shape == (60_000,)
    assert aligned_copy(np.array([b"a", None], object)).tolist() == [b"a", None]


def test_rows():
    array = np.random.default_rng(0).normal(size=(50, 3000))
    for rows in (np.array([3, 3, 0]), np.arange(49, -1, -1)):
        taken = aligned_take(array, rows)
        np.testing.assert_array_equal(taken, array[rows])
        assert taken.ctypes.data % 64 == 0 or taken.nbytes < 2**15


def test_a_large_array_is_copied_once_on_its_way_into_a_tensor():
    array = np.ones((300, 700), "float32")
    made = []
    put = jax.device_put
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jax, "device_put", lambda value, *rest: made.append(value) or put(value, *rest))
        tensor = as_tensor(array)
    assert len(made) == 1 and tensor._value.unsafe_buffer_pointer() == made[0].ctypes.data  # JAX made no copy of its own
    array[:] = 5
    assert float(np.asarray(tensor).max()) == 1
